"""The client: what it knows, what it follows, and how its connection survives.

Nothing in here remembers, repeats or repairs anything. It is said once what is wanted, and how to ask for it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import Any

from socketstore import (
    Acknowledged,
    Action,
    Backoff,
    Connection,
    ConnectionState,
    Numbers,
    Resync,
    Silence,
    Slice,
    Store,
    Streams,
    Subscriptions,
    combine_reducers,
    connection_state,
)

GOODS = ("tea", "coffee")


class PriceChanged(Action):
    """A price. Those of each kind of goods are numbered 1, 2, ..."""

    goods: str
    number: int
    price: float


@dataclass(frozen=True, slots=True)
class Shop:
    """What the client knows.

    Attributes:
        wanted: the goods that it follows.
        prices: every price of theirs, in the order in which the reducer saw them.
        connection: how far all that can be trusted.
    """

    wanted: tuple[str, ...] = GOODS
    prices: tuple[PriceChanged, ...] = ()
    connection: ConnectionState = field(default_factory=ConnectionState)


prices: Slice[tuple[PriceChanged, ...]] = Slice(())


@prices.on(PriceChanged)
def changed(prices: tuple[PriceChanged, ...], price: PriceChanged) -> tuple[PriceChanged, ...]:
    return (*prices, price)


shop = combine_reducers(Shop, wanted=Slice(GOODS), prices=prices, connection=connection_state)


def following(content: Any) -> Acknowledged | None:
    match content:
        case {"op": "following", "goods": goods}:
            return Acknowledged(*goods)
        case {"op": "left"}:
            return Acknowledged()
    return None


subscriptions: Subscriptions[Shop] = Subscriptions(
    select=lambda shop: shop.wanted,
    subscribe=lambda goods: {"op": "follow", "goods": goods},
    unsubscribe=lambda goods: {"op": "leave", "goods": goods},
    acknowledged=following,
)

ids = count(1)


async def missing(request: Resync) -> list[PriceChanged]:
    """Ask for what came after the last price that is known."""
    if request.cause == "silent":  # the server may have forgotten that this is followed
        await request.connection.resubscribe(request.stream)
    question = {"op": "history", "goods": request.stream, "after": request.position or 0, "id": f"h{next(ids)}"}
    answer = await request.connection.request(question, reply=question["id"])
    return [PriceChanged.model_validate(price) for price in answer["prices"]]


def connect(url: str, store: Store[Shop], *, patience: float) -> Connection:
    """Make the connection. `patience`: how many seconds of silence are suspicious."""
    return Connection(
        url,
        store,
        messages=PriceChanged,
        subscriptions=subscriptions,
        streams=Streams(
            of=lambda action: action.goods if isinstance(action, PriceChanged) else None,
            detect=[Numbers(lambda price: price.number, start=1, lasting=True), Silence(patience, resync_after=0)],
            resync=missing,
            backoff=Backoff(patience / 10, maximum=patience),
        ),
        reconnect=Backoff(patience / 10, maximum=patience),
        stale_after=patience * 1.5,
        ping_interval=patience,
    )


def is_certain(shop: Shop) -> bool:
    """Tell whether all that is wanted is live."""
    connection = shop.connection
    live = {goods for goods, stream in connection.streams.items() if stream.phase == "live"}
    return connection.phase == "open" and connection.stale_since is None and live >= set(shop.wanted)


async def order(connection: Connection, id: str) -> None:
    """Order something. The server knows an order by its id, so that it may be sent again if its socket dies."""
    await connection.request({"op": "order", "id": id}, reply=id, timeout=30, idempotent=True)
