"""The program's end: one connection, from the exchange to a store."""

from __future__ import annotations

from collections.abc import Awaitable

from examples.market.actions import Said, Subscribe
from examples.market.books import Market
from examples.market.products import PRODUCTS
from socketstore import Connection, Store


def connect(url: str, store: Store[Market]) -> Connection:
    """Make the connection; it subscribes as soon as it is open.

    A recorded feed ends, so there is no second attempt; leave `reconnect` out for an exchange that is alive.
    """
    return Connection(url, store, messages=Said, on_open=subscribe, reconnect=None)


def subscribe(connection: Connection) -> Awaitable[None]:
    return connection.send(Subscribe(product_ids=PRODUCTS))
