"""The state: order books, last prices and trades by product; and the reducers that fold the messages into it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from immutables import Map

from examples.market.actions import L2Snapshot, L2Update, Level, Match, Ticker
from socketstore import ConnectionState, JustConnected, Slice, combine_reducers, connection_state

Best = Callable[[Iterable[Decimal]], Decimal]
"""``max`` for bids, ``min`` for asks."""


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a book.

    Attributes:
        levels: the size that is offered at each price.
        best: the best of these prices, kept so that nobody has to look through all of them.
    """

    levels: Map[Decimal, Decimal]
    best: Decimal | None


@dataclass(frozen=True, slots=True)
class Book:
    bids: Side
    asks: Side


@dataclass(frozen=True, slots=True)
class Market:
    """The whole state; the maps are by product."""

    books: Map[str, Book]
    tickers: Map[str, Ticker]
    trades: Map[str, Match]
    connection: ConnectionState


books: Slice[Map[str, Book]] = Slice(Map())
tickers: Slice[Map[str, Ticker]] = Slice(Map())
trades: Slice[Map[str, Match]] = Slice(Map())


@books.on(JustConnected)
def forget_books(_: Map[str, Book], __: JustConnected) -> Map[str, Book]:
    """Begin again: updates were missed while there was no connection, and new snapshots are on their way."""
    return books.initial


@books.on(L2Snapshot)
def set_book(books: Map[str, Book], action: L2Snapshot) -> Map[str, Book]:
    return books.set(action.product_id, Book(filled(action.bids, max), filled(action.asks, min)))


@books.on(L2Update)
def change_book(books: Map[str, Book], action: L2Update) -> Map[str, Book]:
    book = books.get(action.product_id)
    if book is None:  # it means nothing without the snapshot that it changes
        return books
    for side, price, size in action.changes:
        if side == "buy":
            book = replace(book, bids=changed(book.bids, price, size, max))
        else:
            book = replace(book, asks=changed(book.asks, price, size, min))
    return books.set(action.product_id, book)


@tickers.on(Ticker)
def set_ticker(tickers: Map[str, Ticker], action: Ticker) -> Map[str, Ticker]:
    return tickers.set(action.product_id, action)


@trades.on(Match)
def set_trade(trades: Map[str, Match], action: Match) -> Map[str, Match]:
    return trades.set(action.product_id, action)


market = combine_reducers(Market, books=books, tickers=tickers, trades=trades, connection=connection_state)
"""The reducer of the program; its state before the first action is ``market.initial``."""


def filled(levels: Iterable[Level], best: Best) -> Side:
    """Make a side of a book from its levels."""
    sizes = Map(levels)
    return Side(sizes, best_of(sizes, best))


def changed(side: Side, price: Decimal, size: Decimal, best: Best) -> Side:
    """Set the size at a price, or take the price away if the size is zero."""
    if size:
        return Side(side.levels.set(price, size), price if side.best is None else best((side.best, price)))
    if price not in side.levels:
        return side
    levels = side.levels.delete(price)
    return Side(levels, best_of(levels, best) if price == side.best else side.best)


def best_of(levels: Map[Decimal, Decimal], best: Best) -> Decimal | None:
    """Look through all prices: needed only for a snapshot, and when the best price goes away."""
    return best(levels) if levels else None


def best_prices(book: Book) -> tuple[Decimal | None, Decimal | None]:
    """Select the best bid and the best ask."""
    return book.bids.best, book.asks.best


def depth(book: Book) -> tuple[int, int]:
    """Select how many prices there are on each side."""
    return len(book.bids.levels), len(book.asks.levels)


def spread(book: Book) -> Decimal | None:
    """Select what lies between the best ask and the best bid."""
    bid, ask = best_prices(book)
    return None if bid is None or ask is None else ask - bid
