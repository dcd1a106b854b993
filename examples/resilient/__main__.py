"""A connection on a bad day: ``python -m examples.resilient``. Ends by itself, and says whether anything was lost.

Server and network do on purpose what they do on bad days (``>>``). The other lines are what the client's state says of
its connection and its two streams, whenever that has changed.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from contextlib import suppress

from examples.resilient.client import GOODS, Shop, shop
from examples.resilient.feed import Feed
from examples.resilient.troubles import BadDay
from examples.saying import say
from socketstore import SocketstoreError, Store

Light = tuple[str, ...]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m examples.resilient", description="A connection on a bad day.")
    parser.add_argument(
        "--patience", type=float, default=0.5, help="seconds of silence that are suspicious: %(default)s"
    )
    with suppress(KeyboardInterrupt):
        return asyncio.run(show(parser.parse_args().patience))
    return 1


async def show(patience: float) -> int:
    store, screen = Store(shop, shop.initial), Screen()
    store.subscribe(lambda light: screen.show(light, store.state.connection.round_trip), select=status)
    day = BadDay(store, patience, screen.tell)
    try:
        await day.live_through()
    except SocketstoreError as error:
        print(error, file=sys.stderr)
        return 1
    return sum_up(store.state, day.feed, day.orders)


class Screen:
    """Prints lines with the seconds since the program began."""

    def __init__(self) -> None:
        self._begin = time.monotonic()
        self._row("connection", *GOODS, "round trip")

    def show(self, light: Light, round_trip: float | None) -> None:
        self._row(*light, "-" if round_trip is None else f"{round_trip * 1000:.1f} ms")

    def tell(self, trouble: str) -> None:
        say(f"\n{self._now}  >> {trouble}")

    def _row(self, connection: str, *others: str) -> None:
        say(f"{self._now}  {connection:<30}{''.join(f'{word:<13}' for word in others)}".rstrip())

    @property
    def _now(self) -> str:
        return f"{time.monotonic() - self._begin:6.2f}"


def status(shop: Shop) -> Light:
    """Say how far the state can be trusted: what it says of the connection, and of each stream."""
    connection = shop.connection
    number = {"open": f", socket {connection.epoch}", "connecting": f", attempt {connection.attempt}"}
    certainty = "" if connection.stale_since is None else ", stale"
    streams = (connection.streams.get(goods) for goods in GOODS)
    return (
        connection.phase + number.get(connection.phase, "") + certainty,
        *("-" if stream is None else stream.phase for stream in streams),
    )


def sum_up(shop: Shop, feed: Feed, orders: list[str]) -> int:
    """Compare what the client has with what the server made; return the exit code."""
    got = {goods: [price for price in shop.prices if price.goods == goods] for goods in GOODS}
    whole = got == feed.prices and orders == feed.orders
    gaps = ", ".join(f"{stream.gaps} of {goods}" for goods, stream in shop.connection.streams.items())
    say(f"\nsockets: {shop.connection.epoch}; gaps that were found and closed: {gaps}")
    say(f"prices: {sum(map(len, feed.prices.values()))} made, {len(shop.prices)} got")
    say(f"orders: {len(orders)} given, {len(feed.orders)} taken")
    say("Nothing was lost, nothing came twice, all is in order." if whole else "Something is wrong.")
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main())
