"""One run: a feed, a line on which something strikes, a client; and all that must be so, at any time and in the end."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from typing import Any

from socketstore import Backoff, Connection, Heartbeat, MessageDropped, Outbox, Store
from socketstore.testing import FaultProxy, in_virtual_time, loop_time
from tests.connection.diary import attempts
from tests.connection.resilience.clients import SILENCE, Client, decoder, say_hello
from tests.connection.resilience.orders import Orders
from tests.connection.resilience.schedule import Schedule, Trouble
from tests.connection.resilience.servers import Feed
from tests.connection.resilience.watching import Watch
from tests.connection.resilience.words import NAMES, said, wrapped

STALE_AFTER = 1.2
TICK = 0.07
"""Seconds, virtual ones, from one burst of messages to the next: a run takes about five, and what it takes to heal."""

LIVENESS: dict[str, Any] = {
    "heartbeat": Heartbeat(0.5, {"ping": 1}, is_reply=lambda content, _: "pong" in said(content), timeout=0.5),
    "stale_after": STALE_AFTER,
    "ping_interval": 0.7,
    "ping_timeout": 0.7,
    "close_timeout": 0.3,
    "attempt_timeout": 1.0,
}


class Run:
    """One run.

    Args:
        client: of which kind.
        seed: what the feed says is drawn from it.
        plan: what strikes.
    """

    def __init__(self, client: Client, seed: int, plan: Schedule) -> None:
        self.trouble = Trouble(plan.blows)
        self._client = client
        self._faults = plan.faults
        self._app = client.app()
        self._feed: Feed = client.feed(seed, self.trouble, client.begin, client.step)
        self._watch = Watch(self._feed.truth, client.number_of, SILENCE.seconds, STALE_AFTER)
        self._store = Store(self._app, self._app.initial, middleware=[self._watch])
        self._orders = Orders()
        self._reports: list[Any] = []

    async def live(self) -> None:
        """Live through it, and look."""
        asyncio.get_running_loop().set_exception_handler(lambda _, context: self._reports.append(context))
        async with self._feed, FaultProxy(self._feed.url, self._faults) as proxy:
            self.trouble.proxy = proxy
            async with self._connection(proxy.url) as connection:
                while not self._feed.has_ended:
                    await asyncio.sleep(TICK)
                    self._feed.produce()
                    for _ in range(3):
                        self._orders.give(connection)
                await self._store.wait_for(self._is_complete, timeout=120)
            await self._orders.done()
        await asyncio.sleep(0)
        self._check()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    def _connection(self, url: str) -> Connection:
        return Connection(
            url,
            self._store,
            decode=decoder(self._watch),
            encode=wrapped,
            on_open=say_hello,
            reconnect=Backoff(0.02, maximum=0.3, healthy_after=0.5),
            streams=self._client.streams(),
            subscriptions=self._client.subscriptions,
            outbox=Outbox(limit=10, when_full="drop_oldest", ttl=1.5),
            clock=loop_time,
            compression=None,
            **LIVENESS,
        )

    def _is_complete(self, state: Any) -> bool:
        link, feed = state["link"], state["feed"]
        return link.phase == "open" and all(
            feed.get(name) == self._feed.truth[name][-1] and link.streams[name].phase == "live" for name in NAMES
        )

    def _check(self) -> None:
        actions = self._watch.actions
        assert not self._watch.wrong, self._watch.wrong[:5]
        assert not self._reports, self._reports[:5]
        attempts(tuple(action for action in actions if not (isinstance(action, MessageDropped) and not action.epoch)))
        self._orders.check(self._feed.orders, actions, self.trouble.proxy.happened)
        replayed = self._app.initial
        for action in actions:
            replayed = self._app(replayed, action)
        assert replayed == self._store.state

    def story(self) -> str:
        """What was wrong first, and the last actions, for whoever looks for the reason of a failure."""
        return "\n".join((*self._watch.wrong[:5], *(f"{action!r:.200}" for action in self._watch.actions[-40:])))


@in_virtual_time
async def live_through(client: Client, seed: int, plan: Schedule) -> Counter[str]:
    """Live through one run; tell how often what has happened."""
    random.seed(seed)  # of the delays between attempts
    run = Run(client, seed, plan)
    try:
        async with asyncio.timeout(600):
            await run.live()
    except Exception as error:
        error.add_note(f"seed {seed}: {plan}\nhappened: {run.trouble.happened()}\n{run.story()}")
        raise
    return run.trouble.happened()
