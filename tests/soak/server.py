"""The server of the soak, a process of its own: sends as fast as it is read, through a proxy that strikes.

``python -m tests.soak.server SEED EVERY`` prints its address, and strikes about every so many seconds until it gets a
line on its standard input. When that ends it prints what it has seen, as JSON, and ends.
"""

# ruff: noqa: S311, T201 - these dice are thrown for tests; its output is how it speaks
from __future__ import annotations

import asyncio
import json
import random
import sys
from collections import Counter
from typing import Any

from socketstore import ConnectionEvent, MessageEvent, ReadyState, SocketError, WebSocket, WebSocketServer
from socketstore.testing import Drop, Duplicate, FaultProxy, Reorder
from tests.soak.feed import NAMES

BURST = 50
NOTE = "x" * 200


class Client:
    """One socket: a sequence of numbers for each table, beginning where the last socket ended."""

    def __init__(self, server: SoakServer, socket: WebSocket) -> None:
        self._server = server
        self._socket = socket
        self._numbers = dict(server.newest)
        self._subscribed: list[str] = []
        self._last_order = 0
        self._more = asyncio.Event()
        socket.add_listener("message", self._hear)
        socket.add_listener("close", lambda _: self._more.set())

    async def pump(self) -> None:
        """Send changes of all that is subscribed, as fast as the other side reads."""
        try:
            while self._socket.ready_state is ReadyState.OPEN:
                await self._burst()
        except SocketError:
            pass  # it was struck down

    async def _burst(self) -> None:
        if not self._subscribed:
            self._more.clear()
            await self._more.wait()
        for _ in range(BURST):
            for name in self._subscribed:
                number = self._numbers[name] = self._numbers[name] + 1
                sent = self._socket.send(f'{{"type":"change","stream":"{name}","number":{number},"note":"{NOTE}"}}')
                self._server.newest[name] = max(number, self._server.newest[name])
        self._server.seen["messages"] += BURST * len(self._subscribed)
        if self._subscribed:
            await sent
        await asyncio.sleep(0)  # the proxy lives here too: let it read

    def _hear(self, event: MessageEvent) -> None:
        if self._socket.ready_state is ReadyState.OPEN:
            self._answer(json.loads(event.data))

    def _answer(self, body: dict[str, Any]) -> None:
        match body:
            case {"subscribe": keys}:
                self._follow(keys)
            case {"unsubscribe": keys}:
                self._subscribed = [name for name in self._subscribed if name not in keys]
            case {"resync": name}:
                self._snapshot(name)
            case {"ping": number}:
                self._say({"pong": number})
            case {"order": number}:
                self._note(number)
                self._say({"id": body.get("id")})

    def _follow(self, names: list[str]) -> None:
        self._say({"subscribed": names})
        for name in names:
            self._snapshot(name)
        self._subscribed += [name for name in names if name not in self._subscribed]
        self._more.set()

    def _note(self, number: int) -> None:
        """Note an order: each comes at most once, and those of one socket in the order in which they were given."""
        seen, orders = self._server.seen, self._server.orders
        seen["orders"] += 1
        seen["orders that came twice"] += number in orders
        seen["orders not in order"] += number <= self._last_order
        orders.add(number)
        self._last_order = number

    def _say(self, body: dict[str, Any]) -> None:
        if self._socket.ready_state is ReadyState.OPEN:
            self._socket.send(json.dumps(body))

    def _snapshot(self, name: str) -> None:
        self._say({"type": "soakSnapshot", "stream": name, "number": self._numbers[name]})


class SoakServer(WebSocketServer):
    def __init__(self) -> None:
        super().__init__(ping_interval=1, ping_timeout=1, close_timeout=0.5)
        self.newest = dict.fromkeys(NAMES, 0)
        self.seen: Counter[str] = Counter()
        self.orders: set[int] = set()
        self._pumps: set[asyncio.Task[None]] = set()
        self.add_listener("connection", self._welcome)

    def _welcome(self, event: ConnectionEvent) -> None:
        self.seen["sockets"] += 1
        pump = asyncio.create_task(Client(self, event.socket).pump())
        self._pumps.add(pump)
        pump.add_done_callback(self._pumps.discard)


async def strike(proxy: FaultProxy, seed: int, every: float, seen: Counter[str]) -> None:
    """Disturb the line again and again, each time in another way."""
    dice = random.Random(seed)
    while True:
        await asyncio.sleep(dice.uniform(0.5, 1.5) * every)
        blow = dice.choice(("fin", "reset", "black hole", "refuse", "drop", "duplicate", "reorder"))
        seen[blow] += 1
        if blow == "black hole":
            proxy.black_hole(dice.choice((None, "to_client", "to_server")))
            await asyncio.sleep(dice.uniform(0.5, 2.5) * every)
            proxy.heal()
        elif blow in ("fin", "reset"):
            (proxy.cut if blow == "fin" else proxy.reset)()
        elif blow == "refuse":
            proxy.refuse(2)
            proxy.reset()
        else:
            kinds: dict[str, Any] = {"drop": Drop, "duplicate": Duplicate, "reorder": Reorder}
            proxy.add(kinds[blow](connection=proxy.connections))
            await asyncio.sleep(every)  # it stands behind all that is on its way, which a cut would take with it


async def main(seed: int, every: float) -> None:
    server, loop = SoakServer(), asyncio.get_running_loop()
    async with server, FaultProxy(server.url) as proxy:
        print(proxy.url, flush=True)
        striking = asyncio.create_task(strike(proxy, seed, every, server.seen))
        await loop.run_in_executor(None, sys.stdin.readline)
        striking.cancel()
        proxy.heal()
        await loop.run_in_executor(None, sys.stdin.read)
    print(json.dumps(server.seen), flush=True)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2])))
