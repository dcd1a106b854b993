"""A memoised selector, against a plain function that computes its answer each time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from benchmarks.rows import Job, Prepare, Row, in_one_process
from socketstore import selector

PRICES = 100


@dataclass(frozen=True, slots=True)
class Desk:
    prices: tuple[float, ...]
    ticks: int = 0


@selector(lambda desk: desk.prices)
def total(prices: tuple[float, ...]) -> float:
    return sum(prices)


def computed(desk: Desk) -> float:
    return sum(desk.prices)


DESK = Desk(tuple(float(price) for price in range(PRICES)))
ELSEWHERE = replace(DESK, ticks=1)  # something else has changed: the prices are the same object


def asking(function: Callable[[Any], float], *desks: Desk) -> Callable[[int], Job]:
    def prepare(size: int) -> Job:
        states = desks * (size // len(desks))

        def job() -> None:
            for state in states:
                function(state)

        return job

    return prepare


def against_function(*desks: Desk) -> Prepare:
    return in_one_process(asking(total, *desks), asking(computed, *desks))


WHAT = f"a selector, the sum of {PRICES} prices"
SUM = "the function itself"

ROWS = (
    Row("selector-same", f"{WHAT}; the same state again", SUM, None, against_function(DESK), 200_000),
    Row("selector-elsewhere", f"{WHAT}; another field changed", SUM, None, against_function(DESK, ELSEWHERE), 200_000),
)
