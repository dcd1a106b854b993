"""The state behind the window, what changes it, and how it is put into words. No toolkit, no socket, no thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from immutables import Map
from pydantic import BaseModel

from socketstore import Action, ConnectionState, Slice, combine_reducers, connection_state

KEPT = 20  # prices of each symbol, the latest last
BARS = "▁▂▃▄▅▆▇█"


class PriceChanged(Action):
    """The server says so."""

    symbol: str
    price: float


class SymbolAdded(Action):
    """The user of the window wants one more."""

    symbol: str


class Follow(BaseModel, frozen=True):
    """What the server is told: which prices to send. It is sent, never reduced: so it is a model, but no action."""

    symbols: tuple[str, ...]


Prices = Map[str, tuple[float, ...]]
"""The last prices by symbol; none yet for one that has just been added."""


@dataclass(frozen=True, slots=True)
class Desk:
    prices: Prices
    connection: ConnectionState


SYMBOLS = ("ACME", "BREW", "COAL", "DUNE", "ECHO", "FERN")  # with which the window begins

prices: Slice[Prices] = Slice(Map(dict.fromkeys(SYMBOLS, ())))


@prices.on(PriceChanged)
def add_price(prices: Prices, action: PriceChanged) -> Prices:
    before = prices.get(action.symbol)
    if before is None:  # it was not asked for
        return prices
    return prices.set(action.symbol, (*before[1 - KEPT :], action.price))


@prices.on(SymbolAdded)
def add_symbol(prices: Prices, action: SymbolAdded) -> Prices:
    return prices if action.symbol in prices else prices.set(action.symbol, ())


desk = combine_reducers(Desk, prices=prices, connection=connection_state)
"""The reducer of the program; its state before the first action is ``desk.initial``."""


class Row(NamedTuple):
    """A line of the table, in words; `trend` is above, below or equal to zero."""

    symbol: str
    price: str
    change: str
    line: str
    trend: float


def rows(prices: Prices) -> list[Row]:
    """Put the prices into words, by symbol."""
    return [row(symbol, prices[symbol]) for symbol in sorted(prices)]


def row(symbol: str, prices: tuple[float, ...]) -> Row:
    if not prices:
        return Row(symbol, "…", "", "", 0)
    change = 100 * (prices[-1] / prices[0] - 1)
    return Row(symbol, f"{prices[-1]:,.2f}", f"{change:+.2f} %", sparkline(prices), round(change, 2))


def sparkline(prices: tuple[float, ...]) -> str:
    """Draw prices as a row of bars."""
    low, high = min(prices), max(prices)
    step = (high - low) / (len(BARS) - 1) or 1
    return "".join(BARS[round((price - low) / step)] for price in prices)


class Status(NamedTuple):
    """A light and the words beside it."""

    light: Literal["green", "amber", "red"]
    text: str


def status(desk: Desk) -> Status:
    """Select what the status light says. It is the same as long as nothing happens but prices."""
    connection = desk.connection
    match connection.phase:
        case "open":
            return Status("green", f"live from {connection.url}")
        case "waiting":
            return Status("amber", f"disconnected; attempt {connection.attempt + 1} follows")
        case "closed" | "failed":
            return Status("red", connection.last_error.message if connection.last_error else "disconnected")
    return Status("amber", f"connecting to {connection.url}" if connection.url else "connecting")
