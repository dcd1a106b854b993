"""What both sides of the soak know: tables of which each change, and the truth after any number of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from immutables import Map

from socketstore import Action

NAMES = ("a", "b", "c", "d")
ROWS = 64


class Change(Action):
    """Change number 1, 2, ... of a table: what it changes follows from its number, so that nothing must be kept."""

    stream: str
    number: int
    note: str = ""


class SoakSnapshot(Action):
    stream: str
    number: int


@dataclass(frozen=True, slots=True)
class Table:
    """What is right after change `number`: the sum of all of them, and in each row the last one that fell there."""

    number: int = 0
    total: int = 0
    rows: Map[int, int] = Map()  # noqa: RUF009 - immutable

    @property
    def is_right(self) -> bool:
        return self == truth(self.number)


def truth(number: int) -> Table:
    rows = Map({last % ROWS: last for last in range(max(1, number - ROWS + 1), number + 1)})
    return Table(number, number * (number + 1) // 2, rows)


Tables = Map[str, Table]


def tables(state: Tables, action: object) -> Tables:
    match action:
        case SoakSnapshot(stream=stream, number=number):
            return state.set(stream, truth(number))
        case Change(stream=stream, number=number):
            table = state[stream]
            rows = table.rows.set(number % ROWS, number)
            return state.set(stream, replace(table, number=number, total=table.total + number, rows=rows))
    return state


def held_under(content: Any, word: str) -> Any:
    """What a message holds under a word, if it is one with that word."""
    return content.get(word) if isinstance(content, dict) else None
