"""Where two states differ, by path."""

from __future__ import annotations

import pickle
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import islice
from operator import is_
from typing import Any, TypeAlias
from weakref import ReferenceType

from socketstore.codec import short
from socketstore.errors import UsageError
from socketstore.store.paths import ABSENT, Item, Path, Shape, Step, shape_of, spell

MATCHED = 250_000  # comparisons, of the items of two sequences, beyond which finding out what moved takes too long
FAR = 100  # characters that two texts have in common, beyond which they are shown from where they differ
CONTEXT = 20  # and so many before that
NUMBERS_AND_TEXT = (bool, int, float, str, bytes, type(None))


@dataclass(frozen=True, slots=True)
class Difference:
    """One place in which two states differ; ``str()`` makes a line of it.

    Attributes:
        path: the way from the state to the place, as in ``feed.books['BTC'].bids[0]``; empty for the state itself.
            An item that was removed from a sequence has the index that it had, one that was added the one that it
            has; what was added to, or removed from, a set has the path of the set.
        before: the value in the first state, or `ABSENT`. Of a dict whose keys have changed places, the keys.
        after: the value in the second state, or `ABSENT`; or the keys.
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
        begin = _begin(self.before, self.after)
        if begin:
            return f"{place}, from [{begin}] on: {short(self.before[begin:])} -> {short(self.after[begin:])}"
        return f"{place}: {short(self.before)} -> {short(self.after)}"


def _begin(before: Any, after: Any) -> int:
    """Return where to begin to show two texts, so that it is seen where they differ."""
    if type(before) is not type(after) or not isinstance(before, (str, bytes)):
        return 0
    lengths = range(1, min(len(before), len(after)) + 1)
    alike = bisect_left(lengths, x=True, key=lambda length: before[:length] != after[:length])
    return alike - CONTEXT if alike >= FAR else 0


def differences(before: Any, after: Any, *, limit: int = 100) -> list[Difference]:
    """Find where two states differ.

    Data classes, models, named tuples, sequences, mappings, sets and plain objects are compared part by part, and
    never by an ``==`` of their own; what is the same object in both is skipped, so that the cost is that of what
    changed and of what directly holds it. Values of different types differ, not-a-number is equal to itself. In a
    sequence, what was put in or taken out is told from what merely moved. Of mappings, only a dict has an order that
    counts. Cycles are no problem.

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
    return list(islice(each_difference(before, after), limit))


Pair: TypeAlias = tuple[Path, Any, Any]


Skip: TypeAlias = Callable[[Path, Any, Any], bool]


def each_difference(before: Any, after: Any, *, skip: Skip | None = None) -> Iterator[Difference]:
    """Yield the differences as they are found; what lies at or below a pair that is to be skipped is passed over."""
    waiting: list[Iterator[Pair]] = [iter([((), before, after)])]  # no recursion: a state may be nested very deeply
    compared: dict[tuple[int, int], Pair] = {}  # kept alive, so that no other object gets their id
    while waiting:
        path, before, after = pair = next(waiting[-1], LAST)
        if pair is LAST:
            waiting.pop()
            continue
        if before is after or (id(before), id(after)) in compared or (skip and skip(path, before, after)):
            continue
        shape = shape_of[type(before)] if type(before) is type(after) else None
        if found := _difference(path, shape, before, after):
            yield found
        if shape is not None:
            compared[id(before), id(after)] = pair
            waiting.append(_pairs(path, shape, before, after))


LAST: Pair = ((), ABSENT, ABSENT)


def _difference(path: Path, shape: Shape | None, before: Any, after: Any) -> Difference | None:
    """Return how two values differ, leaving aside their parts."""
    if shape is None:
        is_same = type(before) is type(after) and alike(before, after)
        return None if is_same else Difference(spell(path), before, after)
    if isinstance(before, dict) and _is_reordered(before, after):
        return Difference(spell(path), before.keys(), after.keys())
    return None


def alike(before: Any, after: Any) -> bool:
    """Tell whether two leaves of one type have the same value; what cannot be compared is pickled for it."""
    if before is after or isinstance(before, ReferenceType):  # a weak reference holds nothing
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


def _pairs(path: Path, shape: Shape, before: Any, after: Any) -> Iterator[Pair]:
    if isinstance(before, Set):
        yield from ((path, member, ABSENT) for member in before if member not in after)
        yield from ((path, ABSENT, member) for member in after if member not in before)
    elif isinstance(before, Sequence) and not hasattr(before, "_fields"):
        yield from (((*path, Item(index)), one, other) for index, one, other in _sequence_pairs(before, after))
    else:
        yield from (((*path, step), one, other) for step, one, other in _keyed_pairs(shape, before, after))


def _keyed_pairs(shape: Shape, before: Any, after: Any) -> Iterator[tuple[Step, Any, Any]]:
    old, new = _by_key(shape, before), _by_key(shape, after)
    for key, value in old.items():
        other = new.get(key, ABSENT)
        if other is not value:  # first of all, as most are the same
            yield shape.step(key), value, other
    yield from ((shape.step(key), ABSENT, value) for key, value in new.items() if key not in old)


def _by_key(shape: Shape, value: Any) -> Mapping[Any, Any]:
    return value if isinstance(value, Mapping) else dict(zip(*shape.contents(value), strict=True))


def _is_reordered(before: dict[Any, Any], after: dict[Any, Any]) -> bool:
    """Tell whether the keys that two mappings share stand in another order."""
    if all(map(is_, before, after)):
        return False
    return [key for key in before if key in after] != [key for key in after if key in before]


def _sequence_pairs(before: Sequence[Any], after: Sequence[Any]) -> Iterator[tuple[int, Any, Any]]:
    before, after = list(before), list(after)  # once: there are sequences that make their items when asked
    old, new = [_mark(value) for value in before], [_mark(value) for value in after]
    for first, end, start, stop in _changed_stretches(old, new):
        shared = min(end - first, stop - start)
        yield from ((start + offset, before[first + offset], after[start + offset]) for offset in range(shared))
        yield from ((index, before[index], ABSENT) for index in range(first + shared, end))
        yield from ((index, ABSENT, after[index]) for index in range(start + shared, stop))


def _mark(value: Any) -> Any:
    """Return what tells whether an item is the same one: a number or text by its value, an object by itself."""
    return (type(value), value) if type(value) in NUMBERS_AND_TEXT else id(value)


def _changed_stretches(old: list[Any], new: list[Any]) -> Iterator[tuple[int, int, int, int]]:
    """Yield what stands between what two sequences have in common: begin and end in the old one, and in the new."""
    head = _common(zip(old, new, strict=False))
    tail = _common(zip(reversed(old[head:]), reversed(new[head:]), strict=False))
    old, new = old[head : len(old) - tail], new[head : len(new) - tail]
    if _takes_too_long(old, new):
        yield from _moved_on(old, new, head)
        return
    for what, first, last, start, close in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what != "equal":
            yield head + first, head + last, head + start, head + close


def _takes_too_long(old: list[Any], new: list[Any]) -> bool:
    """Foresee the worst that matching costs: a look at every pair of equal items, once for each stretch it finds."""
    counts = Counter(new)
    return sum(counts[mark] for mark in old) * min(len(old), len(new)) > MATCHED


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
