"""Differences of states and entries, by path: for people, and for machines."""

from __future__ import annotations

from typing import Any

from socketstore.cli.output import Screen
from socketstore.cli.words import printable
from socketstore.store.differences import Difference
from socketstore.store.paths import ABSENT

INDENT = " " * 10


def style_of_difference(difference: Difference) -> str:
    """Return its colour."""
    if difference.before is ABSENT:
        return "green"
    return "red" if difference.after is ABSENT else "yellow"


def show_difference(screen: Screen, difference: Difference, *, indent: str = "") -> None:
    """Print one line."""
    screen.write(indent, (printable(str(difference)), style_of_difference(difference)))


def difference_for_machines(difference: Difference) -> dict[str, Any]:
    """Return it as an object; ``before`` is missing where something was added, ``after`` where it was removed."""
    named = {"path": difference.path, "before": difference.before, "after": difference.after}
    return {name: value for name, value in named.items() if value is not ABSENT}
