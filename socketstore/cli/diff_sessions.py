"""Where two recorded sessions differ: what was changed, added and removed, as in a diff of two files."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, Protocol

from socketstore.cli.differing import difference_for_machines, show_difference
from socketstore.cli.entries.comparing import Change, Recorded, compare
from socketstore.cli.entries.raw import raw_lines, start_of
from socketstore.cli.entries.table import Table
from socketstore.cli.output import Screen, as_json
from socketstore.cli.progress import progress_of
from socketstore.log.opening import open_log

INDENT = " " * 20
MARKS = {"changed": ("~ ", "yellow"), "added": ("+ ", "green"), "removed": ("- ", "red")}


class Teller(Protocol):
    """Takes what is found."""

    def change(self, change: Change) -> None:
        """Show one place."""

    def end(self, counts: Counter[str], first: int | None) -> None:
        """Show how many there are of each, and the number of the entry where the first one is."""


class ForPeople:
    """Prints entries behind ``~``, ``+`` or ``-``, and below what was changed the paths."""

    def __init__(self, screen: Screen, old: Table, new: Table) -> None:
        self._screen = screen
        self._old = old
        self._new = new

    def change(self, change: Change) -> None:
        """Show one place."""
        mark, style = MARKS[change.what]
        if change.before is not None:
            self._old.row(change.before, mark=mark, mark_style=style)
        elif change.after is not None:
            self._new.row(change.after, mark=mark, mark_style=style)
        for difference in change.differences:
            show_difference(self._screen, difference, indent=INDENT)

    def end(self, counts: Counter[str], first: int | None) -> None:
        """Say how many there are."""
        if first is None:
            self._screen.write("The sessions are the same.")
        else:
            numbers = ", ".join(f"{counts[what]} {what}" for what in MARKS)
            self._screen.write((f"They differ from entry {first} on: {numbers}.", "bold"))


class ForMachines:
    """Prints an object for each place, and one at the end."""

    def change(self, change: Change) -> None:
        """Print one place."""
        named: dict[str, Any] = {"change": change.what}
        if change.before is not None:
            named["before"] = change.before.fields
        if change.after is not None:
            named["after"] = change.after.fields
        if change.differences:
            named["differences"] = list(map(difference_for_machines, change.differences))
        print(as_json(named))

    def end(self, counts: Counter[str], first: int | None) -> None:
        """Print how many there are."""
        print(as_json({"same": first is None, "first": first, **{what: counts[what] for what in MARKS}}))


def diff_sessions(old: Path, new: Path, ignored: frozenset[str], limit: int | None, *, json: bool) -> bool:
    """Show where two sessions differ, and tell whether they are the same."""
    with open_log(old) as one, open_log(new) as other:
        screen = Screen()
        tables = (Table(screen, start_of(log) or 0.0, number_width=5) for log in (one, other))
        teller: Teller = ForMachines() if json else ForPeople(screen, *tables)
        with progress_of("Reading") as progress:
            before = Recorded(raw_lines(one, progress=progress), str(one.path))
            changes = compare(before, Recorded(raw_lines(other), str(other.path)), ignored)
            counts, first = Counter[str](), None
            for number, change in enumerate(changes, start=1):
                counts[change.what] += 1
                first = first or _place(change)
                if limit is None or number <= limit:
                    teller.change(change)
        teller.end(counts, first)
    return first is None


def _place(change: Change) -> int | None:
    entry = change.before or change.after
    return None if entry is None else entry.sequence
