"""A bad day: everything that goes wrong with servers and networks, one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from examples.resilient.client import Shop, connect, is_certain, order
from examples.resilient.feed import Feed
from socketstore import Connection, Store
from socketstore.testing import FaultProxy


class BadDay:
    """Makes trouble between a server and a client, with an order in the middle of each.

    Args:
        store: that of the client.
        patience: seconds of silence that the client takes for suspicious; a trouble lasts a few times as long.
        tell: called with each trouble, in words.

    Attributes:
        feed: the server.
        orders: the ids of the orders that the client has given.
    """

    def __init__(self, store: Store[Shop], patience: float, tell: Callable[[str], object]) -> None:
        self.feed = Feed(every=patience / 20)
        self.orders: list[str] = []
        self._store = store
        self._patience = patience
        self._tell = tell
        self._answers: list[asyncio.Task[None]] = []

    async def live_through(self) -> None:
        """Live through it, until the client knows every price and every order has been taken."""
        async with self.feed, FaultProxy(self.feed.url) as network:
            trading = asyncio.create_task(self.feed.trade())
            async with connect(network.url, self._store, patience=self._patience) as connection:
                await self._certain()
                await self._troubles(connection, network)
                trading.cancel()
                await asyncio.gather(*self._answers)
                made = sum(map(len, self.feed.prices.values()))
                await self._store.wait_for(lambda shop: len(shop.prices) >= made, timeout=30)

    async def _troubles(self, connection: Connection, network: FaultProxy) -> None:
        self._tell("the server loses a price of tea")
        self.feed.lose_one("tea")
        await self._order(connection)

        self._tell("the server has too much to do: 1013, come back later")
        self.feed.send_all_away()
        await self._order(connection)

        self._tell("the server forgets who follows coffee, and says nothing")
        self.feed.forget("coffee")
        await self._order(connection, patience=2)

        self._tell("the network breaks the connection, and is away for a while")
        network.reset()
        async with network.away():
            await self._order(connection, certain=False)
        await self._certain()

        self._tell("a cable is pulled: the socket seems open, and nothing comes")
        network.black_hole()
        await self._order(connection, patience=4, certain=False)
        self._tell("the cable is back")
        network.heal()
        await self._order(connection)

    async def _order(self, connection: Connection, *, patience: float = 1, certain: bool = True) -> None:
        """Order something, let time pass, and wait until the state is certain again."""
        id = f"order {len(self.orders) + 1}"
        self.orders.append(id)
        self._answers.append(asyncio.create_task(order(connection, id)))
        await asyncio.sleep(patience * self._patience)
        if certain:
            await self._certain()

    async def _certain(self) -> None:
        await self._store.wait_for(is_certain, timeout=30)
