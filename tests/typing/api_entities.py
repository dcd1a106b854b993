"""How collections are used, for the eyes of mypy and pyright; a test runs it as well.

A line with ``type: ignore`` is a mistake that the types must find: mypy complains when it does not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import assert_type

from socketstore import Action, Entities, Slice, Store


@dataclass(frozen=True, slots=True)
class Trade:
    id: str
    at: float = 0.0
    price: float = 0.0


class Trades(Entities[str, Trade], key="id", order="at", descending=True): ...


class BySize(Entities[int, Trade], key=lambda trade: int(trade.price), order=lambda trade: trade.at): ...


class DealMade(Action):
    trade: Trade


class DealsCame(Action):
    trades: Trades


@dataclass(frozen=True, slots=True)
class App:
    trades: Trades = Trades()  # noqa: RUF009 - it is immutable


def rows_have_their_type(trades: Trades) -> None:
    assert_type(trades["a"], Trade)
    assert_type(trades.get("a"), Trade | None)
    assert_type(trades.get("x", None), Trade | None)
    assert_type(trades.get("x", 3), Trade | int)
    assert_type(trades.first(10), tuple[Trade, ...])
    assert_type(trades.last(10), tuple[Trade, ...])
    assert_type(trades.ids(), tuple[str, ...])
    assert_type(iter(trades.values()), Iterator[Trade])
    assert_type(reversed(trades.values()), Iterator[Trade])
    assert_type(reversed(trades.items()), Iterator[tuple[str, Trade]])
    assert_type(reversed(trades.keys()), Iterator[str])
    assert_type(iter(trades), Iterator[str])
    assert_type(reversed(trades), Iterator[str])
    assert_type([(key, row) for key, row in trades.items()], list[tuple[str, Trade]])
    assert_type(len(trades), int)


def changes_return_the_same_class(trades: Trades) -> None:
    row = Trade("b")
    assert_type(trades.add(row), Trades)
    assert_type(trades.add_many([row]), Trades)
    assert_type(trades.set(row).set_many({"b": row}).set_all(trades), Trades)
    assert_type(trades.upsert(row).upsert_many(iter([row])), Trades)
    assert_type(trades.update("b", price=4.0), Trades)
    assert_type(trades.update_many({"b": {"price": 4.0}}), Trades)
    assert_type(trades.update_with("b", lambda trade: replace(trade, price=trade.price + 1)), Trades)
    assert_type(trades.remove("b").remove_many(["b"]).remove_all(), Trades)


def a_bare_class_has_its_types_too() -> None:
    trades = Entities[str, Trade]()
    assert_type(trades, Entities[str, Trade])
    assert_type(trades.upsert(Trade("a")), Entities[str, Trade])
    assert_type(trades.get("a"), Trade | None)


def mistakes_are_found(trades: Trades) -> None:
    trades.upsert({"id": "a"})  # type: ignore[arg-type]
    trades.get(3)  # type: ignore[call-overload]
    trades.remove(3)  # type: ignore[arg-type]
    trades.set_many([1])  # type: ignore[list-item]
    trades["a"] = Trade("a")  # type: ignore[index]
    trades.update_with("a", lambda trade: trade.price)  # type: ignore[arg-type, return-value]


def a_reducer_keeps_a_collection() -> None:
    trades: Slice[Trades] = Slice(Trades())

    @trades.on(DealMade)
    def traded(trades: Trades, action: DealMade) -> Trades:
        return trades.upsert(action.trade)

    @trades.on(DealsCame)
    def came(trades: Trades, action: DealsCame) -> Trades:
        return action.trades

    store = Store(trades, trades.initial)
    store.dispatch(DealMade(trade=Trade("a", price=3.0)))
    store.dispatch(DealsCame(trades=Trades([Trade("b", at=1.0)])))
    assert_type(store.state, Trades)
    assert_type(App(store.state).trades.first(1)[0].price, float)


def main() -> None:
    """Run what is here and no mistake."""
    trades = Trades([Trade("a")])
    rows_have_their_type(trades)
    changes_return_the_same_class(trades)
    a_bare_class_has_its_types_too()
    a_reducer_keeps_a_collection()
