"""Shows the ten order books as they change: ``python -m examples.market [CAPTURE.gz] [--speed X]``."""

from __future__ import annotations

import argparse
import asyncio
import sys
from contextlib import suppress
from decimal import Decimal

from rich.console import Console
from rich.live import Live
from rich.table import Table

from examples.market.books import Market, best_prices, depth, market, spread
from examples.market.client import connect
from examples.market.feed import Feed, load_feed
from examples.market.products import PRODUCTS
from examples.market.server import FeedServer
from socketstore import Store

COLUMNS = ("product", "best bid", "best ask", "spread", "bids", "asks", "last trade")


def main() -> int:
    arguments = parser().parse_args()
    try:
        feed = load_feed(arguments.capture)
    except (OSError, EOFError, ValueError) as error:
        print(f"could not read the recording: {error}", file=sys.stderr)
        return 2
    print(feed.title, flush=True)
    asyncio.run(show(feed, arguments.speed))
    return 0


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m examples.market", description="Ten order books, live.")
    parser.add_argument("capture", nargs="?", help="a recording of Coinbase's feed, compressed with gzip")
    parser.add_argument("--speed", type=speed, metavar="X", help="1: as recorded; without it: as fast as it goes")
    return parser


def speed(text: str) -> float:
    value = float(text)
    if not value > 0:
        raise ValueError
    return value


async def show(feed: Feed, speed: float | None) -> None:
    """Serve the feed and show its books until it ends. Where the output is no terminal, only the last are shown."""
    store = Store(market, market.initial)
    async with FeedServer(feed.frames, speed=speed) as server:
        # The screen reads the state when it is drawn, ten times a second, however often that changes.
        with Live(get_renderable=lambda: table(store.state), refresh_per_second=10, console=Console()):
            await connect(server.url, store).run()


def table(market: Market) -> Table:
    table = Table(*COLUMNS, title=f"connection: {market.connection.phase}")
    for column in table.columns[1:]:
        column.justify = "right"
    for product in PRODUCTS:
        table.add_row(product, *cells(market, product))
    return table


def cells(market: Market, product: str) -> tuple[str, ...]:
    book, trade = market.books.get(product), market.trades.get(product)
    if book is None:
        return ()
    bid, ask = best_prices(book)
    bids, asks = depth(book)
    return number(bid), number(ask), number(spread(book)), str(bids), str(asks), number(trade.price if trade else None)


def number(value: Decimal | None) -> str:
    return "" if value is None else f"{value:f}"


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):  # Ctrl-C is the way to leave a slow feed
        sys.exit(main())
