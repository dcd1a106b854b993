"""Two sessions as what was changed, added and removed between them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import zip_longest
from typing import Any, Literal, TypeAlias

from pydantic_core import to_json

from socketstore.cli.entries.aligning import Stretch, stretches
from socketstore.cli.entries.raw import RawEntry
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


def compare(old: Iterable[RawEntry], new: Iterable[RawEntry], ignored: frozenset[str]) -> Iterator[Change]:
    """Yield where two sessions differ, in their order; what they begin with in common takes no memory."""
    pairs = zip_longest(old, new)
    olds: list[RawEntry] = []
    news: list[RawEntry] = []
    for one, other in pairs:
        if not olds and not news and one and other and key(one, ignored) == key(other, ignored):
            continue
        olds += [one] if one else []
        news += [other] if other else []
    for stretch in stretches([key(entry, ignored) for entry in olds], [key(entry, ignored) for entry in news]):
        yield from _changes(olds, news, stretch, ignored)


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


def _changes(olds: list[RawEntry], news: list[RawEntry], stretch: Stretch, ignored: frozenset[str]) -> Iterator[Change]:
    """Pair, within a stretch, entries of the same kind and type that are not far from each other."""
    waiting = stretch.start
    for old in olds[stretch.first : stretch.last]:
        partner = _partner(old, news, waiting, min(stretch.stop, waiting + NEAR))
        if partner is None:
            yield Change(old, None, ignored)
            continue
        yield from (Change(None, news[index], ignored) for index in range(waiting, partner))
        yield Change(old, news[partner], ignored)
        waiting = partner + 1
    yield from (Change(None, news[index], ignored) for index in range(waiting, stretch.stop))


def _partner(old: RawEntry, news: list[RawEntry], start: int, stop: int) -> int | None:
    name = (old.kind, old.type)
    return next((index for index in range(start, stop) if (news[index].kind, news[index].type) == name), None)
