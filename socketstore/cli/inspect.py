"""``socketstore inspect``: the entries of a recorded session."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Annotated

import typer

from socketstore.cli.entries.filters import (
    PANEL,
    After,
    Before,
    Containing,
    Filter,
    Kinds,
    Pattern,
    Since,
    Types,
    Until,
    choose_filter,
)
from socketstore.cli.entries.raw import RawEntry, raw_entries, start_of
from socketstore.cli.entries.table import Table
from socketstore.cli.failing import WRONG_USAGE, Failure
from socketstore.cli.options import Session
from socketstore.cli.output import Screen
from socketstore.log.log import Log
from socketstore.log.opening import open_log

Limit = Annotated[
    int | None, typer.Option("--limit", min=1, metavar="N", help="No more than the first N.", rich_help_panel=PANEL)
]
Last = Annotated[int | None, typer.Option("--last", min=1, metavar="N", help="Only the last N.", rich_help_panel=PANEL)]
AsJson = Annotated[bool, typer.Option("--json", help="Print the entries as they stand in a .jsonl file.")]


def inspect(
    session: Session,
    kind: Kinds = None,
    type: Types = None,
    since: Since = None,
    until: Until = None,
    after: After = 0,
    before: Before = None,
    text: Containing = None,
    regex: Pattern = None,
    limit: Limit = None,
    last: Last = None,
    json: AsJson = False,  # noqa: FBT002 - a switch
) -> None:
    """Show the entries of a recorded session, one a line; needs no action classes."""
    wanted = choose_filter(
        kinds=kind, types=type, since=since, until=until, after=after, before=before, text=text, regex=regex
    )
    if limit is not None and last is not None:
        message = "got --limit and --last; give one of them"
        raise Failure(message, exit_code=WRONG_USAGE)
    with open_log(session) as log:
        _show(log, _cut(_selected(log, wanted), limit, last), json=json)


def _selected(log: Log, wanted: Filter) -> Iterator[RawEntry]:
    return wanted.select(raw_entries(log, after=wanted.after), start=start_of(log))


def _cut(entries: Iterator[RawEntry], limit: int | None, last: int | None) -> Iterable[RawEntry]:
    return deque(entries, last) if last is not None else islice(entries, limit)


def _show(log: Log, entries: Iterable[RawEntry], *, json: bool) -> None:
    if json:
        for entry in entries:
            print(entry.text.decode("utf-8", "replace"))
        return
    screen = Screen()
    table = Table(screen, start_of(log))
    shown = iter(entries)
    first = next(shown, None)
    if first is None:
        return
    table.head()
    for entry in chain([first], shown):
        table.row(entry)
