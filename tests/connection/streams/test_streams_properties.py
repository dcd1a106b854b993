"""Streams of a connection under random faults of the line, the sockets and the resyncs, in virtual time.

Whatever happens: a stream that the state says is live holds all that its server had sent by the last message that came,
each once and in order; in the end every stream is live; and the recorded actions alone give the same state.
"""

from __future__ import annotations

import asyncio
import json
from random import Random
from typing import Any

import pytest
from immutables import Map

from socketstore import Backoff, Connection, Numbers, NumbersPerConnection, Resync, Silence, Store
from tests.connection.streams.pretend import Delta, Pretence, Whole, numbered, see, whole

pytestmark = pytest.mark.looptime

NAMES = ("a", "b", "c")


class Server:
    """Sends numbered messages of some streams on a line with faults, and answers resyncs, mostly."""

    def __init__(self, random: Random, *, resumes: bool) -> None:
        self.random = random
        self.resumes = resumes
        self.sent = dict.fromkeys(NAMES, 0)
        self.newest: dict[str, int] = {}
        self.faults = True
        self.pretence = Pretence()
        self.on_their_way: list[Delta] = []

    def happens(self, chance: float) -> bool:
        return self.faults and self.random.random() < chance

    def send(self) -> None:
        name = self.random.choice(NAMES)
        self.sent[name] += 1
        if not self.happens(0.05):
            self.on_their_way.append(Delta(stream=name, number=self.sent[name]))
        if self.happens(0.05):
            again = max(1, self.sent[name] - self.random.randrange(5))
            self.on_their_way.append(Delta(stream=name, number=again))

    async def deliver(self) -> None:
        """Bring what is on its way, sometimes in another order, in one read or several."""
        if self.happens(0.1):
            self.random.shuffle(self.on_their_way)
        count = self.random.randint(1, 3)
        arriving, self.on_their_way = self.on_their_way[:count], self.on_their_way[count:]
        for delta in arriving:
            self.newest[delta.stream] = max(self.newest.get(delta.stream, 0), delta.number)
        await self.pretence.socket.receive(*arriving)
        self.check()

    async def cut(self) -> None:
        self.on_their_way.clear()
        self.newest.clear()
        await self.pretence.socket.cut()

    def greet(self, connection: Any) -> None:
        """Go on where the last socket left off, as the cursors say; or not."""
        if self.resumes and not self.happens(0.3):
            for name, position in connection.cursors.items():
                numbers = range(position + 1, self.sent[name] + 1)
                self.on_their_way += [Delta(stream=name, number=number) for number in numbers]

    async def resync(self, request: Resync) -> Any:
        await asyncio.sleep(self.random.uniform(0, 2))
        if self.happens(0.2):
            raise OSError("no route")
        standing = self.sent[request.stream] - (self.random.randrange(6) if self.happens(0.3) else 0)
        if self.happens(0.1):
            await self.pretence.socket.receive(whole(request.stream, max(0, standing)))
            return None
        await asyncio.sleep(self.random.uniform(0, 2))
        return whole(request.stream, max(0, standing))

    def check(self) -> None:
        for name, phase in self.pretence.phases.items():
            seen = self.pretence.seen.get(name, [])
            assert seen == list(range(1, len(seen) + 1)), (name, seen)
            assert phase != "live" or len(seen) >= self.newest.get(name, 0), (name, len(seen), self.newest)


async def live_through(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - faults, no secrets
    server = Server(random, resumes=random.random() < 0.5)
    streams = numbered(
        server.resync,
        detect=[Numbers(lambda delta: delta.number, lasting=True), Silence(20, resync_after=20)],
        resume=server.resumes,
        backoff=Backoff(0.5, maximum=5.0),
        timeout=6,
        max_messages=random.choice([5, 1000]),
        concurrency=random.choice([1, 4]),
    )
    pretence = server.pretence
    async with pretence.connection(streams, on_open=server.greet) as connection:
        for _ in range(300):
            await asyncio.sleep(random.uniform(0, 0.5))
            if pretence.store.state["link"].phase != "open":
                continue
            server.send()
            await server.deliver()
            if server.happens(0.01):
                await server.cut()
        server.faults = False
        for _ in range(60):
            await asyncio.sleep(0.5)
            if pretence.store.state["link"].phase == "open":
                server.send()
                await server.deliver()
        while server.on_their_way:
            await server.deliver()
        await pretence.store.wait_for(lambda _: set(pretence.phases.values()) == {"live"}, timeout=300)
        assert {name: len(seen) for name, seen in pretence.seen.items()} == server.sent
        assert connection.stream_figures.waiting_messages == 0
    replayed: Store[Any] = Store(see, Map())
    for action in pretence.store.state["diary"]:
        replayed.dispatch(action)
    assert replayed.state == pretence.store.state["seen"]


@pytest.mark.parametrize("seed", range(10))
async def test_what_is_live_is_complete_whatever_happens(seed: int) -> None:
    await live_through(seed)


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("part", range(10))
async def test_the_same_with_many_seeds(part: int) -> None:
    for seed in range(1000 + 100 * part, 1100 + 100 * part):
        await live_through(seed)


# Without an order: the numbers of the socket tell that something is missing, snapshots come on the socket when asked.


class Numbering:
    """A server that numbers all that it sends on a socket, and sends whole streams to those who ask."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.faults = True
        self.pretence = Pretence()
        self.sent = dict.fromkeys(NAMES, 0)
        self.arrived: dict[str, int] = {}
        self.number = 0
        self.sending: set[asyncio.Task[None]] = set()

    def happens(self, chance: float) -> bool:
        return self.faults and self.random.random() < chance

    async def send(self, kind: type[Delta | Whole], name: str) -> None:
        self.number += 1
        message = kind(stream=name, number=self.sent[name]).model_dump() | {"on_socket": self.number}
        if self.happens(0.05) or self.pretence.store.state["link"].phase != "open":
            return
        self.arrived[name] = self.sent[name]
        await self.pretence.socket.receive(*[json.dumps(message)] * (1 + self.happens(0.05)))
        self.check()

    def greet(self, connection: Connection) -> None:
        self.number = 0
        self.arrived.clear()

    async def resync(self, request: Resync) -> None:
        await asyncio.sleep(self.random.uniform(0, 1))
        if self.happens(0.2):
            raise OSError("no route")
        sending = asyncio.get_running_loop().create_task(self.send(Whole, request.stream))
        self.sending.add(sending)
        sending.add_done_callback(self.sending.discard)

    def check(self) -> None:
        for name, phase in self.pretence.phases.items():
            seen = self.pretence.seen.get(name, [])
            assert phase != "live" or seen == list(range(1, len(seen) + 1)), (name, seen)
            assert phase != "live" or len(seen) >= self.arrived.get(name, 0), (name, len(seen), self.arrived)


async def live_through_without_an_order(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - faults, no secrets
    server, numbers = Numbering(random), NumbersPerConnection(lambda content: content["on_socket"], start=1)
    streams = numbered(server.resync, detect=numbers, backoff=Backoff(0.5, maximum=5.0), timeout=3)
    async with server.pretence.connection(streams, on_open=server.greet):
        for step in range(300):
            server.faults = step < 200
            await asyncio.sleep(random.uniform(0, 0.5))
            name = random.choice(NAMES)
            server.sent[name] += 1
            await server.send(Delta, name)
            if server.happens(0.01) and server.pretence.store.state["link"].phase == "open":
                await server.pretence.socket.cut()
        await server.pretence.store.wait_for(lambda _: set(server.pretence.phases.values()) == {"live"}, timeout=300)
        assert {name: len(seen) for name, seen in server.pretence.seen.items()} == server.sent


@pytest.mark.parametrize("seed", range(10))
async def test_what_is_live_is_complete_without_an_order_as_well(seed: int) -> None:
    await live_through_without_an_order(seed)
