"""Where two states differ, by path."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import islice
from typing import Any, TypeAlias

from socketstore.codec import short
from socketstore.errors import UsageError
from socketstore.store.paths import ABSENT, Item, Path, Step, parts, shape_of, spell

MATCHED = 500  # items of two sequences beyond which finding out what moved would take too long
NUMBERS_AND_TEXT = (bool, int, float, str, bytes, type(None))


@dataclass(frozen=True, slots=True)
class Difference:
    """One place in which two states differ; ``str()`` makes a line of it.

    Attributes:
        path: the way from the state to the place, as in ``feed.books['BTC'].bids[0]``; empty for the state itself.
            An item that was removed from a sequence has the index that it had, one that was added the one that it
            has; what was added to, or removed from, a set has the path of the set.
        before: the value in the first state, or `ABSENT`.
        after: the value in the second state, or `ABSENT`.
    """

    path: str
    before: Any
    after: Any

    def __str__(self) -> str:
        place = self.path or "state"
        if self.before is ABSENT:
            return f"{place}: added {short(self.after)}"
        if self.after is ABSENT:
            return f"{place}: removed {short(self.before)}"
        return f"{place}: {short(self.before)} → {short(self.after)}"


def differences(before: Any, after: Any, *, limit: int = 100) -> list[Difference]:
    """Find where two states differ.

    Data classes, models, named tuples, sequences, mappings, sets and plain objects are compared part by part, and
    never by an ``==`` of their own; what is the same object in both is skipped, so that the cost is that of what
    changed and of what directly holds it. Values of different types differ, not-a-number is equal to itself. In a
    sequence, what was put in or taken out is told from what merely moved. Cycles are no problem.

    Args:
        before: the first state.
        after: the second one.
        limit: how many differences to return at most. Ask for one more than you show to know whether there are more.

    Raises:
        UsageError: the limit is not a positive number.
    """
    if not isinstance(limit, int) or limit < 1:
        message = f"limit={limit!r}; expected how many differences to return at most, 1 or more"
        raise UsageError(message)
    return list(islice(_differences(before, after), limit))


Pair: TypeAlias = tuple[Path, Any, Any]


def _differences(before: Any, after: Any) -> Iterator[Difference]:
    waiting: list[Pair] = [((), before, after)]  # a stack of our own: a state may be nested deeper than Python's is
    compared: set[tuple[int, int]] = set()
    while waiting:
        path, before, after = waiting.pop()
        if type(before) is not type(after):
            yield Difference(spell(path), before, after)
        elif shape_of[type(before)] is None:
            if not alike(before, after):
                yield Difference(spell(path), before, after)
        elif (id(before), id(after)) not in compared:
            compared.add((id(before), id(after)))
            waiting.extend(reversed([pair for pair in _pairs(path, before, after) if pair[1] is not pair[2]]))


def alike(before: Any, after: Any) -> bool:
    """Tell whether two leaves of one type have the same value; what cannot be compared is pickled for it."""
    if before is after:
        return True
    try:
        if before == after or (before != before and after != after):
            return True
    except Exception:  # noqa: BLE001 - an array, a signalling not-a-number: what an == may raise is anything
        return _pickled_alike(before, after)
    return not isinstance(before, NUMBERS_AND_TEXT) and _pickled_alike(before, after)


def _pickled_alike(before: Any, after: Any) -> bool:
    try:
        return pickle.dumps(before) == pickle.dumps(after)
    except Exception:  # noqa: BLE001 - nor can it be pickled: then only itself is like it
        return False


def _pairs(path: Path, before: Any, after: Any) -> Iterator[Pair]:
    if isinstance(before, Set):
        yield from ((path, member, ABSENT) for member in before if member not in after)
        yield from ((path, ABSENT, member) for member in after if member not in before)
    elif isinstance(before, Sequence) and not hasattr(before, "_fields"):
        yield from (((*path, Item(index)), one, other) for index, one, other in _sequence_pairs(before, after))
    else:
        yield from (((*path, step), one, other) for step, one, other in _keyed_pairs(before, after))


def _keyed_pairs(before: Any, after: Any) -> Iterator[tuple[Step, Any, Any]]:
    if isinstance(before, Mapping):
        yield from ((Item(key), value, after.get(key, ABSENT)) for key, value in before.items())
        yield from ((Item(key), ABSENT, value) for key, value in after.items() if key not in before)
        return
    old, new = dict(parts(before)), dict(parts(after))
    for step in old | new:
        yield step, old.get(step, ABSENT), new.get(step, ABSENT)


def _sequence_pairs(before: Sequence[Any], after: Sequence[Any]) -> Iterator[tuple[int, Any, Any]]:
    old, new = [_mark(value) for value in before], [_mark(value) for value in after]
    for first, end, start, stop in _changed_stretches(old, new):
        shared = min(end - first, stop - start)
        yield from ((start + offset, before[first + offset], after[start + offset]) for offset in range(shared))
        yield from ((index, before[index], ABSENT) for index in range(first + shared, end))
        yield from ((index, ABSENT, after[index]) for index in range(start + shared, stop))


def _mark(value: Any) -> Any:
    """Return what tells whether an item is the same one: a number or text by its value, an object by itself."""
    return (type(value), value) if isinstance(value, NUMBERS_AND_TEXT) else id(value)


def _changed_stretches(old: list[Any], new: list[Any]) -> Iterator[tuple[int, int, int, int]]:
    """Yield what stands between what two sequences have in common: begin and end in the old one, and in the new."""
    head = _common(zip(old, new, strict=False))
    tail = _common(zip(reversed(old[head:]), reversed(new[head:]), strict=False))
    end, stop = len(old) - tail, len(new) - tail
    if max(end, stop) - head > MATCHED:
        yield from _moved_on(old[head:end], new[head:stop], head)
        return
    matcher = SequenceMatcher(None, old[head:end], new[head:stop], autojunk=False)
    for what, first, last, start, close in matcher.get_opcodes():
        if what != "equal":
            yield head + first, head + last, head + start, head + close


def _common(pairs: Any) -> int:
    count = 0
    for one, other in pairs:
        if one != other:
            break
        count += 1
    return count


def _moved_on(old: list[Any], new: list[Any], at: int) -> Iterator[tuple[int, int, int, int]]:
    """Recognise, in a long stretch, a window that moved on: its oldest items gone, and new ones at its end."""
    gone = old.index(new[0]) if new and new[0] in old else 0
    kept = len(old) - gone
    if gone and kept * 2 >= len(old) and old[gone:] == new[:kept]:
        yield at, at + gone, at, at
        yield at + len(old), at + len(old), at + kept, at + len(new)
    else:
        yield at, at + len(old), at, at + len(new)
