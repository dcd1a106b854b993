"""Whatever happens in whatever order: nothing twice, nothing out of order, nothing lost without a word."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socketstore import NotOpen, Outbox, OutboxFull
from tests.connection.wires import Bench, Wire
from tests.sockets.peers import rounds

outboxes = st.builds(
    Outbox,
    limit=st.integers(1, 5),
    max_bytes=st.integers(1, 40),
    when_full=st.sampled_from(["drop_oldest", "drop_newest", "fail", "wait"]),
)

steps = st.one_of(
    st.tuples(st.just("send"), st.integers(0, 12), st.sampled_from([None, None, "red", "blue"])),
    st.tuples(st.just("open"), st.booleans(), st.integers(0, 3)),
    st.tuples(st.sampled_from(["ready", "cut", "closing"])),
    st.tuples(st.just("unblock"), st.integers(0, 3)),
    st.tuples(st.just("rounds"), st.integers(1, 4)),
)


@dataclass
class World:
    """A bench, and what was asked of it."""

    bench: Bench
    wires: list[Wire] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    keys: dict[str, str] = field(default_factory=dict)

    def send(self, size: int, key: str | None) -> None:
        message = f"{len(self.asked)}:".ljust(size, ".")
        self.asked.append(message)
        if key is not None:
            self.keys[message] = key
        try:
            self.bench.send(message, key=key)
        except OutboxFull:
            self.refused.add(message)

    async def do(self, step: tuple[Any, ...]) -> None:
        match step:
            case ("send", size, key):
                self.send(size, key)
            case ("open", ready, takes) if self.bench.session is None:
                self.wires.append(self.bench.open(ready=ready, takes=takes))
            case ("ready",) if self.bench.session is not None and not self.bench.session.greeted:
                self.bench.ready()
            case ("cut",):
                await self.bench.cut()
            case ("closing",):
                self.bench.wire.closing = True
            case ("unblock", takes):
                self.bench.wire.unblock(takes)
            case ("rounds", count):
                await rounds(count)

    @property
    def written(self) -> list[str]:
        return [message for wire in self.wires for message in wire.written]

    def check(self) -> None:
        written, left, dropped = self.written, self.bench.left, self.bench.dropped
        assert [*written, *left] == sorted([*written, *left], key=self.asked.index)
        missing = set(self.asked) - set(written) - set(left) - set(dropped) - self.refused
        assert all(self._was_replaced(message) for message in missing)
        fates = [*written, *left, *dropped, *self.refused, *missing]
        assert len(fates) == len(set(fates)) == len(self.asked)
        assert self.bench.sender.waiting.messages == len(left)
        assert self.bench.sender.waiting.bytes == sum(map(len, left))

    def check_bounds(self, outbox: Outbox) -> None:
        waiting = self.bench.sender.waiting
        if outbox.when_full != "wait":
            assert waiting.messages <= outbox.limit
            assert waiting.bytes <= outbox.max_bytes

    def _was_replaced(self, message: str) -> bool:
        later = self.asked[self.asked.index(message) + 1 :]
        key = self.keys.get(message)
        return key is not None and any(self.keys.get(other) == key for other in later)


async def lived_through(outbox: Outbox, story: list[tuple[Any, ...]]) -> World:
    world = World(Bench(outbox))
    for step in story:
        await world.do(step)
        world.check()
        world.check_bounds(outbox)
    return world


@given(outbox=outboxes, story=st.lists(steps, max_size=40))
async def test_every_message_is_sent_once_in_order_or_dropped_or_refused_or_waits(
    outbox: Outbox, story: list[tuple[Any, ...]]
) -> None:
    world = await lived_through(outbox, story)
    await world.bench.cut()
    waiting = world.bench.left
    last = world.bench.open()
    world.wires.append(last)
    while world.bench.left:
        await rounds(1)
    assert last.written == waiting
    world.check()
    await world.bench.cut()


@given(outbox=outboxes, story=st.lists(steps, max_size=40))
async def test_after_the_end_every_message_has_met_its_fate_and_none_is_taken(
    outbox: Outbox, story: list[tuple[Any, ...]]
) -> None:
    world = await lived_through(outbox, story)
    world.bench.sender.close()
    world.check()
    await world.bench.cut()
    world.bench.sender.ended()
    world.check()
    assert world.bench.left == []
    with pytest.raises(NotOpen):
        world.bench.send("late")
