"""Two sessions side by side without holding them: what they share is read past, where they differ a window is held.

The window grows until both sessions go on with the same entries again. Memory is needed for the longest piece that they
do not share, and not for their length; if they share nothing, for both of them. The time grows with their length, not
faster.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from itertools import islice, zip_longest
from typing import NamedTuple, TypeAlias

from socketstore.cli.entries.aligning import Anchor, Stretch, anchors, stretches
from socketstore.log.storage import Line

WINDOW = 4_096  # entries of each session
SURE = 8  # anchors behind a cut, so that it does not rest on one that is there by chance

Key: TypeAlias = Callable[[Line], Hashable]


class Session(NamedTuple):
    """The entries of a session, and what is equal for two that say the same.

    Attributes:
        lines: in their order.
        quick: a key that is equal only if they say the same, but may differ all the same.
        exact: one that is equal if they say the same, and only then; it takes much longer.
    """

    lines: Iterable[Line]
    quick: Key
    exact: Key


class Window(NamedTuple):
    """A part of both sessions in which they differ.

    Attributes:
        old: entries of the first one.
        new: entries of the second one.
        stretches: where they differ.
    """

    old: Sequence[Line]
    new: Sequence[Line]
    stretches: Sequence[Stretch]


def windows(old: Session, new: Session) -> Iterator[Window]:
    """Yield the parts in which two sessions differ, in their order."""
    one, other = _Side(old), _Side(new)
    while _differ(one, other):
        yield _window(one, other)


class _Side:
    """What is still to be read of a session.

    Attributes:
        waiting: entries that were read, and not passed yet.
        quick: as in a `Session`.
    """

    def __init__(self, session: Session) -> None:
        self.waiting: deque[Line] = deque()
        self.quick = session.quick
        self._exact = session.exact
        self._keys: dict[bytes, Hashable] = {}
        self._lines = iter(session.lines)

    def __iter__(self) -> Iterator[Line]:
        while self.waiting:
            yield self.waiting.popleft()
        for line in self._lines:  # noqa: UP028 - `yield from` would end them where this is left off
            yield line

    def fill(self, size: int) -> bool:
        """Read until so many wait, and tell whether there are so many."""
        self.waiting.extend(islice(self._lines, max(size - len(self.waiting), 0)))
        return len(self.waiting) >= size

    def exact(self, line: Line) -> Hashable:
        """See `Session`; of the lines in a window it is found once, though they are looked at again and again."""
        key = self._keys.get(line.text)
        if key is None:
            key = self._keys[line.text] = self._exact(line)
        return key

    def forget(self) -> None:
        """Forget the keys of what has been passed."""
        self._keys.clear()

    def drop(self, count: int) -> list[Line]:
        """Pass entries, and return them."""
        return [self.waiting.popleft() for _ in range(count)]


def _differ(old: _Side, new: _Side) -> bool:
    """Pass what both go on with, and tell whether they differ then."""
    for one, other in zip_longest(old, new):
        if one is None or other is None or not _say_the_same(old, one, new, other):
            old.waiting.extendleft([one] if one else ())
            new.waiting.extendleft([other] if other else ())
            return True
    return False


def _say_the_same(old: _Side, one: Line, new: _Side, other: Line) -> bool:
    if one.text == other.text or old.quick(one) == new.quick(other):
        return True
    same = old.exact(one) == new.exact(other)
    old.forget()
    new.forget()
    return same


def _window(old: _Side, new: _Side) -> Window:
    size = WINDOW
    while old.fill(size) | new.fill(size):
        found = _anchors(old, new)
        if found:
            return _cut(old, new, found[-SURE])
        size *= 2
    return _cut(old, new, Anchor(len(old.waiting), len(new.waiting)))


def _anchors(old: _Side, new: _Side) -> list[Anchor]:
    """Return what the entries that wait share, or nothing if that is too little to rely on."""
    for mine, its in ((old.quick, new.quick), (old.exact, new.exact)):
        found = anchors(list(map(mine, old.waiting)), list(map(its, new.waiting)))
        if len(found) >= 2 * SURE:
            return found
    return []


def _cut(old: _Side, new: _Side, at: Anchor) -> Window:
    olds, news = old.drop(at.old), new.drop(at.new)
    found = stretches(list(map(old.quick, olds)), list(map(new.quick, news)))
    window = Window(olds, news, [each for stretch in found for each in _exactly(old, olds, new, news, stretch)])
    old.forget()
    new.forget()
    return window


def _exactly(old: _Side, olds: list[Line], new: _Side, news: list[Line], stretch: Stretch) -> Iterator[Stretch]:
    """Look closely at a stretch that only seems to differ."""
    first, last, start, stop = stretch
    for one in stretches(list(map(old.exact, olds[first:last])), list(map(new.exact, news[start:stop]))):
        yield Stretch(one.first + first, one.last + first, one.start + start, one.stop + start)
