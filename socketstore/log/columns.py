"""The digest of a state: from any value to bytes that are the same for equal values, in every process.

Values are taken by the column: the items of all sequences that stand side by side, one attribute of many records. What
is of one kind in a column is written at once, mostly in C, and what it holds makes the next columns. So a book of
thousands of levels costs a few calls for each of them, and a state may be nested as deeply as it likes.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from enum import Enum
from hashlib import blake2b
from itertools import chain
from operator import itemgetter
from typing import Any, TypeAlias

from socketstore.codec import short
from socketstore.errors import EncodeError
from socketstore.log.leaves import (
    BUFFER,
    LEAF_KINDS,
    NUMBER,
    TEXT,
    Column,
    Kind,
    Put,
    WithoutKind,
    enumeration,
    put_counts,
)
from socketstore.store.entity_mapping import RowMapping
from socketstore.store.paths import ByClass, Item, Path, Shape, parts, shape_of, spell

DEEP = 10_000  # columns, one below the other, beyond which it is time to ask whether a state holds itself


class _Members(threading.local):
    """The digests of members of sets, by their `id`, while a digest is made: a set in a set is looked at twice."""

    known: dict[int, tuple[Any, str]] | None = None


_MEMBERS = _Members()


def digest_of(state: Any) -> str:
    """Return the digest of a state; see `states.digest`.

    Raises:
        EncodeError: something in it has no value that is the same elsewhere, or it holds itself.
    """
    _MEMBERS.known = {}
    try:
        return _digest_of(state)
    except WithoutKind as error:
        raise _refusal(state, error.kind) from None
    except RecursionError:  # only from one set to the next: other columns lie side by side
        message = f"got {short(state)}, in which a set holds itself, or sets hold sets too deeply; nest them less"
        raise EncodeError(message) from None
    finally:
        _MEMBERS.known = None


def _digest_of_member(member: Any) -> str:
    known = _MEMBERS.known
    if known is None:
        return _digest_of(member)
    if id(member) not in known:
        known[id(member)] = member, _digest_of(member)
    return known[id(member)][1]


def _digest_of(state: Any) -> str:
    hashing = blake2b(digest_size=20)

    def put(piece: bytes) -> None:
        hashing.update(len(piece).to_bytes(8, "little"))
        hashing.update(piece)

    _write(state, put)
    return hashing.hexdigest()


def _write(state: Any, put: Put) -> None:
    waiting: list[tuple[int, Column]] = [(0, [state])]
    while waiting:
        depth, column = waiting.pop()
        if depth == DEEP:
            _refuse_cycles(state)
        waiting.extend((depth + 1, below) for below in _write_column(column, put) if len(below))


def _write_column(column: Column, put: Put) -> Iterable[Column]:
    kinds = list(map(KINDS.__getitem__, map(type, column)))
    different = dict.fromkeys(kinds)
    put("\n".join(kind.label for kind in (different if len(different) == 1 else kinds)).encode())
    if len(different) == 1:
        return kinds[0].write(put, column)
    return [[value for value, kind in zip(column, kinds, strict=True) if kind is one] for one in different]


def _write_sequences(put: Put, column: Column) -> Iterable[Column]:
    put_counts(put, column)
    return [list(chain.from_iterable(column))]


def _write_sets(put: Put, column: Column) -> Iterable[Column]:
    put_counts(put, column)
    return [list(chain.from_iterable(map(_in_order, column)))]


def _write_mappings(put: Put, column: Column) -> Iterable[Column]:
    put_counts(put, column)
    keys = [_in_order(mapping) for mapping in column]
    values = [map(mapping.__getitem__, ordered) for mapping, ordered in zip(column, keys, strict=True)]
    return [list(chain.from_iterable(keys)), list(chain.from_iterable(values))]


def _write_rows(put: Put, column: Column) -> Iterable[Column]:
    put_counts(put, column)
    return [list(chain.from_iterable(column)), [row for rows in column for row in rows.values()]]


def _in_order(members: Iterable[Any]) -> list[Any]:
    """Put what has no order into one that is the same for equal sets."""
    listed = list(members)
    if len(listed) < 2:
        return listed
    kinds = {KINDS[kind] for kind in set(map(type, listed))}
    if kinds == {TEXT} or (kinds == {NUMBER} and all(member == member for member in listed)):
        return sorted(listed)
    return sorted(listed, key=_digest_of_member)


class Records:
    """Writes values of one class that have attributes; see `Write`."""

    def __init__(self, kind: type[Any], shape: Shape) -> None:
        self._shape = shape
        declared = dataclasses.fields(kind) if dataclasses.is_dataclass(kind) else ()
        self._left_out = {field.name for field in declared if not field.compare}
        self._orders: dict[tuple[str, ...], Order] = {}

    def __call__(self, put: Put, column: Column) -> Iterable[Column]:
        """Write a column."""
        contents = list(map(self._shape.contents, column))
        orders = [self._order(tuple(names)) for names, _ in contents]
        rows = [read(values) for (_, read), (__, values) in zip(orders, contents, strict=True)]
        different = {names for names, _ in orders}
        if len(different) > 1:  # plain objects may have any attributes
            put(b"various")
            return [[names for names, _ in orders], list(chain.from_iterable(rows))]
        put("\n".join(*different).encode())
        return list(zip(*rows, strict=True))

    def _order(self, names: tuple[str, ...]) -> Order:
        known = self._orders.get(names)
        if known is None:
            ordered = tuple(sorted(name for name in names if name not in self._left_out))
            known = self._orders[names] = ordered, _picking([names.index(name) for name in ordered])
        return known


Order: TypeAlias = tuple[tuple[str, ...], Callable[[Any], tuple[Any, ...]]]
"""Names in their order, and what picks their values in that order."""


def _picking(places: list[int]) -> Callable[[Any], tuple[Any, ...]]:
    several: Any = itemgetter(*places) if len(places) > 1 else None
    return several or (lambda values: tuple(values[place] for place in places))


def _kind_of(kind: type[Any]) -> Kind:
    if issubclass(kind, Enum) and not issubclass(kind, (str, int, float)):
        return enumeration(kind)
    leaves = (leaf for classes, leaf in LEAF_KINDS if issubclass(kind, classes))
    containers = (container for base, container in CONTAINER_KINDS if issubclass(kind, base))
    return next(leaves, None) or _rows_of(kind) or next(containers, None) or _records_of(kind)


def _rows_of(kind: type[Any]) -> Kind | None:
    return Kind(f"rows {kind.__name__}", _write_rows) if issubclass(kind, RowMapping) else None


def _records_of(kind: type[Any]) -> Kind:
    shape = shape_of[kind]
    return BUFFER if shape is None else Kind(f"record {kind.__name__}", Records(kind, shape))


CONTAINER_KINDS: tuple[tuple[type[Any], Kind], ...] = (
    (Mapping, Kind("mapping", _write_mappings)),
    (Set, Kind("set", _write_sets)),
    (Sequence, Kind("sequence", _write_sequences)),
)

KINDS = ByClass(_kind_of)


def _refuse_cycles(state: Any) -> None:
    """Return if nothing in a state holds itself.

    Raises:
        EncodeError: something does.
    """
    done: set[int] = set()
    above: dict[int, Any] = {}
    waiting: list[tuple[Any, Iterator[Any]]] = [(None, iter([state]))]
    while waiting:
        holder, values = waiting[-1]
        value = next(values, LAST)
        if value is LAST:
            waiting.pop()
            above.pop(id(holder), None)
            done.add(id(holder))
        elif id(value) in above:
            message = f"got a state in which {short(value)} holds itself; expected one that comes to an end"
            raise EncodeError(message)
        elif id(value) not in done and shape_of[type(value)] is not None:
            above[id(value)] = value
            waiting.append((value, (part for _, part in parts(value))))


LAST = object()


def _refusal(state: Any, kind: type[Any]) -> EncodeError:
    path, value = next(_of_class(state, kind), ((), state))
    message = (
        f"got {short(value)} ({kind.__name__}) at {spell(path) or 'the state itself'}, which has no digest: nothing "
        "tells whether another process has the same. Keep data in a state: numbers, text, data classes, collections"
    )
    return EncodeError(message)


def _of_class(state: Any, kind: type[Any]) -> Iterator[tuple[Path, Any]]:
    waiting: list[tuple[Path, Any]] = [((), state)]
    seen: dict[int, Any] = {}
    while waiting:
        path, value = waiting.pop()
        if type(value) is kind:
            yield path, value
        if id(value) not in seen:
            seen[id(value)] = value
            waiting.extend(((*path, step), part) for step, part in parts(value))
            waiting.extend(((*path, Item(key)), key) for key in (value if isinstance(value, Mapping) else ()))
