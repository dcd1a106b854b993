"""Selectors as a program uses them; mypy and pyright check this file, `test_api_selectors.py` runs it.

Each ``type: ignore[code]`` marks a mistake that mypy must find: where it no longer does, mypy reports the ignore.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import Any, assert_type

from socketstore import Selector, Store, Watch, selector, selector_family


@dataclass(frozen=True, slots=True)
class Trade:
    symbol: str
    price: float


@dataclass(frozen=True, slots=True)
class App:
    trades: tuple[Trade, ...] = ()
    symbol: str = "ABC"


def trades(app: App) -> tuple[Trade, ...]:
    return app.trades


def symbol(app: App) -> str:
    return app.symbol


@selector(trades, symbol)
def of_symbol(trades: tuple[Trade, ...], symbol: str) -> tuple[Trade, ...]:
    return tuple(trade for trade in trades if trade.symbol == symbol)


@selector(of_symbol, lambda app: app.symbol)
def headline(trades: tuple[Trade, ...], symbol: str) -> str:
    return f"{len(trades)} {symbol}"


@selector(lambda app: app.trades, lambda app: app.symbol, equal=operator.is_)
def of_any_state(trades: tuple[Trade, ...], symbol: str) -> int:
    return len(trades)


@selector(symbol, symbol, symbol, symbol, symbol, symbol)
def six(a: str, b: str, c: str, d: str, e: str, f: str) -> str:
    return a + b + c + d + e + f


@selector(symbol, symbol, symbol, symbol, symbol, symbol, symbol)
def seven(*symbols: str) -> int:
    return len(symbols)


@selector(lambda app: app.symbol)
def of_lambdas_alone(symbol: str) -> int:
    return len(symbol)


@selector(trades, of_lambdas_alone)
def of_both(trades: tuple[Trade, ...], length: int) -> int:
    return len(trades) + length


@selector_family
def count_of(symbol: str) -> Selector[App, int]:
    return selector(trades)(len)


@selector_family(limit=100)
def last_price(symbol: str, default: float = 0.0) -> Selector[App, float]:
    @selector(trades)
    def last(trades: tuple[Trade, ...]) -> float:
        return next((trade.price for trade in reversed(trades) if trade.symbol == symbol), default)

    return last


def the_types_are_known(store: Store[App]) -> None:
    assert_type(of_symbol, Selector[App, tuple[Trade, ...]])
    assert_type(of_symbol(store.state), tuple[Trade, ...])
    assert_type(headline, Selector[App, str])
    assert_type(of_any_state(store.state), int)
    assert_type(six, Selector[App, str])
    assert_type(seven, Selector[App, int])
    assert_type(last_price("ABC"), Selector[App, float])
    assert_type(last_price("ABC", default=1.0)(store.state), float)
    assert_type(of_lambdas_alone, Selector[Any, int])
    assert_type(of_both(store.state), int)
    assert_type(count_of("ABC"), Selector[App, int])
    assert_type(of_symbol.recomputations, int)
    store.subscribe(lambda text: text.upper(), select=headline)
    assert_type(store.watch(last_price("ABC")), Watch[float])
    of_symbol.reset()
    last_price.reset()


def mistakes_that_only_the_types_find(store: Store[App]) -> None:
    @selector(trades, symbol)  # type: ignore[arg-type]
    def swapped(symbol: str, trades: tuple[Trade, ...]) -> int:
        return len(trades)

    @selector(trades, symbol)  # type: ignore[arg-type]
    def one_short(trades: tuple[Trade, ...]) -> int:
        return len(trades)

    @selector(symbol, of_lambdas_alone)  # type: ignore[arg-type]
    def wrong_although_one_input_is_of_lambdas_alone(symbol: int, length: bytes) -> int:
        return symbol

    store.subscribe(lambda number: number + 1, select=headline)  # type: ignore[operator]


def mistakes_that_are_refused() -> None:
    last_price(["ABC"])  # type: ignore[arg-type]


def a_mistake_that_fails_when_it_runs() -> None:
    of_symbol("a state")  # type: ignore[arg-type]


def main() -> Store[App]:
    store = Store(lambda app, _: app, App((Trade("ABC", 2.0), Trade("X", 9.0))))
    the_types_are_known(store)
    mistakes_that_only_the_types_find(store)
    return store
