"""Two sessions as what was changed, added and removed between them."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, islice
from operator import attrgetter
from typing import Any, Literal, TypeAlias

from pydantic_core import to_json

from socketstore.cli.entries.raw import RawEntry, raw_entry
from socketstore.cli.entries.windows import Session, windows
from socketstore.log.storage import Line
from socketstore.store.differences import Difference, differences

What: TypeAlias = Literal["changed", "added", "removed"]

NUMBERS = frozenset({"sequence", "of"})
"""Keys that count entries: an entry that was put in changes them in all that follow."""

TIMES = frozenset({"at"})

NEAR = 20  # entries that an entry may have moved by and still count as changed


@dataclass(frozen=True)
class Change:
    """One place in which two sessions differ.

    Attributes:
        before: the entry of the first session; `None` where one was added.
        after: the entry of the second session; `None` where one was removed.
        ignored: keys that do not count.
    """

    before: RawEntry | None
    after: RawEntry | None
    ignored: frozenset[str]

    @property
    def what(self) -> What:
        """What became of the entry."""
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "changed"

    @cached_property
    def differences(self) -> list[Difference]:
        """Where the two entries differ."""
        if self.before is None or self.after is None:
            return []
        found = differences(content(self.before, self.ignored), content(self.after, self.ignored))
        return [replace(difference, path=_dotted(difference.path)) for difference in found]


@dataclass(frozen=True)
class Recorded:
    """The lines of a session.

    Attributes:
        lines: in their order.
        source: the name of the file, for messages.
    """

    lines: Iterable[Line]
    source: str

    def entry(self, line: Line) -> RawEntry:
        """Read one of them.

        Raises:
            LogCorrupted: it is no entry.
        """
        return raw_entry(line, self.source)


def compare(old: Recorded, new: Recorded, ignored: frozenset[str]) -> Iterator[Change]:
    """Yield where two sessions differ, in their order, as they are read; what they share takes no memory.

    Raises:
        LogCorrupted: an entry in which they differ cannot be read.
    """
    for window in windows(_session(old, ignored), _session(new, ignored)):
        for stretch in window.stretches:
            before = map(old.entry, window.old[stretch.first : stretch.last])
            after = map(new.entry, window.new[stretch.start : stretch.stop])
            yield from _changes(before, after, ignored)


def _session(recorded: Recorded, ignored: frozenset[str]) -> Session:
    quick = quick_key if ignored >= TIMES else attrgetter("text")
    return Session(recorded.lines, quick, lambda line: key(recorded.entry(line), ignored))


_FRONT = re.compile(
    rb'{("kind":"[^"\\]*",)"sequence":\d+,"at":[^,]+,((?:"version":\d+,)?)'
    rb'(?:("action":{"type":"[^"\\]*","connection":"[^"\\]*",)"at":[^,]+,)?'
)


def quick_key(line: Line) -> bytes:
    """Return, without reading an entry, what another one has only if both say the same, but for numbers and times."""
    front = _FRONT.match(line.text)
    return b"".join((*front.groups(b""), line.text[front.end() :])) if front else line.text


def key(entry: RawEntry, ignored: frozenset[str]) -> bytes:
    """Return what is equal for two entries that say the same."""
    return to_json(_sorted(content(entry, ignored)))


def content(entry: RawEntry, ignored: frozenset[str]) -> Mapping[str, Any]:
    """Return what counts of an entry: its fields, and those of its action, without what is to be ignored."""
    fields = {name: value for name, value in entry.fields.items() if name not in ignored | NUMBERS}
    action = fields.get("action")
    if isinstance(action, Mapping):
        fields["action"] = {name: value for name, value in action.items() if name not in ignored}
    return fields


def _dotted(path: str) -> str:
    """Spell keys as people spell those of JSON: ``action.bids[0]``."""
    return re.sub(r"\['([^\W\d]\w*)'\]", r".\1", path).removeprefix(".")


def _sorted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _sorted(value[name]) for name in sorted(value)}
    return list(map(_sorted, value)) if isinstance(value, list) else value


def _changes(olds: Iterator[RawEntry], news: Iterator[RawEntry], ignored: frozenset[str]) -> Iterator[Change]:
    """Pair, within a stretch, entries of the same kind and type that are not far from each other."""
    near = deque[RawEntry]()
    for old in olds:
        near.extend(islice(news, NEAR - len(near)))
        partner = _partner(old, near)
        if partner is None:
            yield Change(old, None, ignored)
            continue
        yield from (Change(None, near.popleft(), ignored) for _ in range(partner))
        yield Change(old, near.popleft(), ignored)
    yield from (Change(None, new, ignored) for new in chain(near, news))


def _partner(old: RawEntry, near: Iterable[RawEntry]) -> int | None:
    name = old.kind, old.type
    return next((index for index, new in enumerate(near) if (new.kind, new.type) == name), None)
