"""Requests, answers, closes and cancellations in any order: each request ends, and ends truthfully."""

from __future__ import annotations

import asyncio
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from socketstore import ConnectionLost, NotOpen, Outbox, OutboxFull
from socketstore.connection.outgoing.requests import Requests
from socketstore.sockets.events import CloseEvent
from tests.connection.wires import Bench
from tests.sockets.peers import rounds

steps = st.one_of(
    st.tuples(st.just("ask"), st.integers(0, 3), st.booleans(), st.booleans()),
    st.tuples(st.just("answer"), st.integers(0, 3)),
    st.tuples(st.just("cancel"), st.integers(0, 10)),
    st.tuples(st.sampled_from(["open", "cut", "closing"])),
)


class World:
    """A bench with requests, and what was asked and sent."""

    def __init__(self) -> None:
        self.bench = Bench(Outbox(limit=5))
        self.requests = Requests(self.bench.sender)
        self.asked: list[asyncio.Task[Any]] = []
        self.idempotent: set[str] = set()
        self.written: list[str] = []
        self.answered = 0

    async def do(self, step: tuple[Any, ...]) -> None:
        name, *arguments = step
        await getattr(self, name)(*arguments)

    async def ask(self, id: int, idempotent: bool, by_function: bool) -> None:
        message = str(len(self.asked))
        reply: Any = (lambda content: content == {"id": id}) if by_function else id
        self.asked.append(asyncio.create_task(self.requests.ask(message, reply, None, idempotent=idempotent)))
        if idempotent:
            self.idempotent.add(message)
        await rounds(1)

    async def answer(self, id: int) -> None:
        if self.bench.session is not None:
            self.answered += self.requests.consumes(f'{{"id":{id}}}')

    async def cancel(self, number: int) -> None:
        if number < len(self.asked):
            self.asked[number].cancel()
            await rounds(2)

    async def open(self) -> None:
        if self.bench.session is None:
            self.bench.open(ready=False)
            assert self.bench.session is not None
            self.requests.opened(self.bench.session)
            self.requests.ready(self.bench.session)
            self.bench.ready()

    async def cut(self) -> None:
        session = self.bench.session
        if session is not None:
            self.written.extend(self.bench.wire.written)
            session.end = CloseEvent(1006)
            session.finish()
            self.requests.closed(session)
            await self.bench.cut()

    async def closing(self) -> None:
        self.bench.wire.closing = True

    async def end(self) -> list[Any]:
        await self.cut()
        self.bench.sender.ended()
        self.requests.ended()
        return await asyncio.gather(*self.asked, return_exceptions=True)


@given(story=st.lists(steps, max_size=40))
async def test_every_request_ends_with_the_truth_and_none_that_may_not_is_sent_twice(
    story: list[tuple[Any, ...]],
) -> None:
    world = World()
    for step in story:
        await world.do(step)
    outcomes = await world.end()
    once = [message for message in world.written if message not in world.idempotent]
    assert len(once) == len(set(once))
    for number, outcome in enumerate(outcomes):
        was_sent = str(number) in world.written
        assert isinstance(outcome, (dict, ConnectionLost, NotOpen, OutboxFull, asyncio.CancelledError))
        assert not (isinstance(outcome, (NotOpen, OutboxFull)) and was_sent)
        assert was_sent or not isinstance(outcome, (dict, ConnectionLost))
    assert sum(isinstance(outcome, dict) for outcome in outcomes) <= world.answered
    assert not world.requests._flying
    assert (len(world.requests), world.requests._again, world.bench.left) == (0, {}, [])
