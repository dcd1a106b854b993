"""Which entries are wanted: the options that several commands share, and what they mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Annotated, Any

import typer

from socketstore.cli.completing import complete_kinds
from socketstore.cli.entries.raw import KIND_NAMES, RawEntry
from socketstore.cli.failing import WRONG_USAGE, Failure
from socketstore.cli.times import Moment, moment

PANEL = "Which entries"

Kinds = Annotated[
    list[str] | None,
    typer.Option(
        "--kind",
        metavar="KIND",
        help=f"Of this kind: {', '.join(KIND_NAMES)}; may be given several times.",
        autocompletion=complete_kinds,
        rich_help_panel=PANEL,
    ),
]
Types = Annotated[
    list[str] | None,
    typer.Option(
        "--type",
        metavar="TYPE",
        help="Actions with this tag, for example gotMessage or 'got*'; may be given several times.",
        rich_help_panel=PANEL,
    ),
]
Since = Annotated[
    str | None,
    typer.Option(
        "--since", metavar="TIME", help="From then on: seconds from the start, or ISO 8601.", rich_help_panel=PANEL
    ),
]
Until = Annotated[
    str | None,
    typer.Option(
        "--until", metavar="TIME", help="Up to then: seconds from the start, or ISO 8601.", rich_help_panel=PANEL
    ),
]
After = Annotated[
    int, typer.Option("--after", min=0, metavar="N", help="Behind entry number N.", rich_help_panel=PANEL)
]
Before = Annotated[
    int | None, typer.Option("--before", min=1, metavar="N", help="Before entry number N.", rich_help_panel=PANEL)
]
Containing = Annotated[
    str | None, typer.Option("--text", metavar="TEXT", help="That contain this text.", rich_help_panel=PANEL)
]
Pattern = Annotated[
    str | None,
    typer.Option(
        "--regex",
        metavar="PATTERN",
        help="In which this regular expression of Python is found.",
        rich_help_panel=PANEL,
    ),
]


@dataclass(frozen=True, slots=True)
class Filter:
    """What an entry must be to be wanted; what is not given does not matter."""

    kinds: frozenset[str] = frozenset()
    types: tuple[str, ...] = ()
    since: Moment | None = None
    until: Moment | None = None
    after: int = 0
    before: int | None = None
    pattern: re.Pattern[str] | None = None

    def select(self, entries: Iterator[RawEntry], *, start: float | None = None) -> Iterator[RawEntry]:
        """Yield the entries that are wanted.

        Args:
            entries: in their order, from the one behind `after` on.
            start: the Unix time of the first entry of the session; without it, that of the first of these.
        """
        wants: Callable[[RawEntry], bool] | None = None
        for entry in entries:
            if self.before is not None and entry.sequence >= self.before:
                return
            wants = wants or self._test(entry.at if start is None else start)
            if wants(entry):
                yield entry

    def _test(self, start: float) -> Callable[[RawEntry], bool]:
        tests: list[Callable[[RawEntry], bool]] = []
        if self.kinds:
            tests.append(lambda entry: entry.kind in self.kinds)
        if self.types:
            tests.append(lambda entry: entry.type is not None and any(fnmatchcase(entry.type, t) for t in self.types))
        if self.since is not None:
            first = self.since.after(start)
            tests.append(lambda entry: entry.at >= first)
        if self.until is not None:
            last = self.until.after(start)
            tests.append(lambda entry: entry.at <= last)
        if self.pattern is not None:
            search = self.pattern.search
            tests.append(lambda entry: search(searchable(entry)) is not None)
        return lambda entry: all(test(entry) for test in tests)


def choose_filter(
    *,
    kinds: Sequence[str] | None = None,
    types: Sequence[str] | None = None,
    since: str | None = None,
    until: str | None = None,
    after: int = 0,
    before: int | None = None,
    text: str | None = None,
    regex: str | None = None,
) -> Filter:
    """Make a filter of what the options say.

    Raises:
        Failure: one of them cannot be understood.
    """
    return Filter(
        _known_kinds(kinds or ()),
        tuple(types or ()),
        moment("--since", since),
        moment("--until", until),
        after,
        before,
        _pattern(text, regex),
    )


def searchable(entry: RawEntry) -> str:
    """Return the JSON of an entry, and behind it its texts as they are where JSON had to escape something."""
    text = entry.text.decode("utf-8", "replace")
    return "\n".join([text, *_texts(entry.fields)]) if "\\" in text else text


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)


def _known_kinds(kinds: Sequence[str]) -> frozenset[str]:
    for kind in kinds:
        if kind not in KIND_NAMES:
            message = f"got --kind {kind}; expected one of {', '.join(KIND_NAMES)}"
            raise Failure(message, exit_code=WRONG_USAGE)
    return frozenset(kinds)


def _pattern(text: str | None, regex: str | None) -> re.Pattern[str] | None:
    if text is not None and regex is not None:
        message = "got --text and --regex; give one of them"
        raise Failure(message, exit_code=WRONG_USAGE)
    if regex is None:
        return None if text is None else re.compile(re.escape(text))
    try:
        return re.compile(regex)
    except re.error as error:
        message = f"got --regex {regex}; expected a regular expression of Python: {error}"
        raise Failure(message, exit_code=WRONG_USAGE) from error
