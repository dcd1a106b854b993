"""Entries for people: a line for each, in columns, with its number and the seconds since the start."""

from __future__ import annotations

from socketstore.cli.entries.raw import RawEntry
from socketstore.cli.entries.telling import name_of_entry, style_of_entry, words_of_entry
from socketstore.cli.output import NAME_WIDTH, Screen
from socketstore.cli.words import printable

NUMBER_WIDTH = 7
TIME_WIDTH = 10


class Table:
    """Prints entries below each other.

    Args:
        screen: where to.
        start: the Unix time from which the seconds count.
        number_width: of the column of the numbers.
    """

    def __init__(self, screen: Screen, start: float, *, number_width: int = NUMBER_WIDTH) -> None:
        self._screen = screen
        self._start = start
        self._width = number_width

    def head(self) -> None:
        """Print what the columns are."""
        head = f"{'entry':>{self._width}}{'seconds':>{TIME_WIDTH}}  {'what':{NAME_WIDTH}}  content"
        self._screen.write((head, "dim"))

    def row(self, entry: RawEntry, *, mark: str = "", mark_style: str = "") -> None:
        """Print an entry, behind a mark if there is one."""
        number = f"{entry.sequence:>{self._width}}"
        elapsed = f"{entry.at - self._start:{TIME_WIDTH}.3f}  "
        name = printable(name_of_entry(entry)).ljust(NAME_WIDTH)
        style = f"bold {style_of_entry(entry)}"
        self._screen.write((mark, mark_style), number, (elapsed, "dim"), (name, style), "  ", words_of_entry(entry))
