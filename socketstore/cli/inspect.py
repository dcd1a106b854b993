"""``socketstore inspect``: the entries of a recorded session."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterator
from contextlib import nullcontext, suppress
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
from socketstore.cli.entries.raw import RawEntry, last_number, start_of
from socketstore.cli.entries.reading import Reader
from socketstore.cli.entries.table import Table
from socketstore.cli.failing import WRONG_USAGE, Failure
from socketstore.cli.options import Session
from socketstore.cli.output import Screen
from socketstore.cli.words import json_printable
from socketstore.log.log import Log
from socketstore.log.opening import open_log

Limit = Annotated[
    int | None, typer.Option("--limit", min=1, metavar="N", help="No more than the first N.", rich_help_panel=PANEL)
]
Last = Annotated[int | None, typer.Option("--last", min=1, metavar="N", help="Only the last N.", rich_help_panel=PANEL)]
Follow = Annotated[bool, typer.Option("--follow", "-f", help="Go on as the session grows, until Ctrl-C.")]
FIRST_LOOK = 1_000  # entries

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
    follow: Follow = False,  # noqa: FBT002 - a switch
    json: AsJson = False,  # noqa: FBT002 - a switch
) -> None:
    """Show the entries of a recorded session, one a line; needs no action classes."""
    wanted = choose_filter(
        kinds=kind, types=type, since=since, until=until, after=after, before=before, text=text, regex=regex
    )
    if limit is not None and last is not None:
        message = "got --limit and --last; give one of them"
        raise Failure(message, exit_code=WRONG_USAGE)
    with open_log(session) as log, suppress(KeyboardInterrupt) if follow else nullcontext():
        _show(log, islice(_selected(log, wanted, last, follow=follow), limit), json=json)


def _selected(log: Log, wanted: Filter, last: int | None, *, follow: bool) -> Iterator[RawEntry]:
    reader, start = Reader(log, wanted.after), start_of(log)
    if last is not None:
        reader, entries = _last(log, wanted, last, start)
        yield from entries
    elif not follow:
        yield from wanted.select(reader.now(), start=start)
    if follow:
        yield from wanted.select(reader.on(), start=start)


def _last(log: Log, wanted: Filter, last: int, start: float | None) -> tuple[Reader, deque[RawEntry]]:
    """Look for the last entries from the end, further back each time, until there are enough of them."""
    end, stretch = last_number(log), max(FIRST_LOOK, last)
    while True:
        after = max(end - stretch, wanted.after)
        reader = Reader(log, after)
        entries = deque(wanted.select(reader.now(), start=start), last)
        if len(entries) == last or after == wanted.after:
            return reader, entries
        stretch *= 8


def _show(log: Log, entries: Iterator[RawEntry], *, json: bool) -> None:
    if json:
        for entry in entries:
            text = entry.text.decode("utf-8", "replace")
            print(json_printable(text) if sys.stdout.isatty() else text, flush=True)
        return
    first = next(entries, None)
    if first is None:
        print("No entries match.", file=sys.stderr)
        return
    table = Table(Screen(), start_of(log) or first.at)
    table.head()
    for entry in chain([first], entries):
        table.row(entry)
