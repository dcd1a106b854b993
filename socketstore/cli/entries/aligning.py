"""Two sequences side by side: what they share, and the stretches in which they differ.

Patience diff (Bram Cohen): what stands exactly once in both is an anchor; between two anchors `difflib` does the rest.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

MATCHED = 4_000_000  # comparisons within one stretch beyond which it counts as replaced in the whole


class Stretch(NamedTuple):
    """Where two sequences differ: from here to there in the first one, and in the second one."""

    first: int
    last: int
    start: int
    stop: int


class Anchor(NamedTuple):
    """Where something stands that two sequences share: in the first one, and in the second one."""

    old: int
    new: int


def stretches(old: Sequence[Hashable], new: Sequence[Hashable]) -> Iterator[Stretch]:
    """Yield what stands between what two sequences have in common, in its order."""
    previous = (0, 0)
    for one, other in [*anchors(old, new), (len(old), len(new))]:
        yield from _between(old, new, *previous, one, other)
        previous = one + 1, other + 1


def _between(
    old: Sequence[Hashable], new: Sequence[Hashable], first: int, start: int, last: int, stop: int
) -> Iterator[Stretch]:
    while first < last and start < stop and old[first] == new[start]:
        first, start = first + 1, start + 1
    while first < last and start < stop and old[last - 1] == new[stop - 1]:
        last, stop = last - 1, stop - 1
    if first == last and start == stop:
        return
    one, other = old[first:last], new[start:stop]
    if _takes_too_long(one, other):
        yield Stretch(first, last, start, stop)
        return
    for what, begin, end, opening, closing in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if what != "equal":
            yield Stretch(first + begin, first + end, start + opening, start + closing)


def _takes_too_long(old: Sequence[Hashable], new: Sequence[Hashable]) -> bool:
    counts = Counter(new)
    return sum(counts[item] for item in old) * min(len(old), len(new)) > MATCHED


def anchors(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[Anchor]:
    """Return the places of what stands once in both: the longest run that is in the same order in both."""
    places = {item: place for place, item in enumerate(new)}
    olds, news = Counter(old), Counter(new)
    pairs = [Anchor(place, places[item]) for place, item in enumerate(old) if olds[item] == 1 and news[item] == 1]
    return _longest_rising(pairs)


def _longest_rising(pairs: Sequence[Anchor]) -> list[Anchor]:
    """Return the longest part of the pairs, which rise on the left, that rises on the right as well."""
    tops: list[int] = []  # the smallest right side at which a run of each length can end
    ends: list[int] = []  # and the pair that it is
    before: list[int] = []  # for each pair the one before it in its run
    for index, (_, right) in enumerate(pairs):
        length = bisect_left(tops, right)
        before.append(ends[length - 1] if length else -1)
        tops[length : length + 1] = [right]
        ends[length : length + 1] = [index]
    run = []
    index = ends[-1] if ends else -1
    while index >= 0:
        run.append(pairs[index])
        index = before[index]
    return run[::-1]
