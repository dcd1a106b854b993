"""Whatever happens in whatever order: in the end the server follows what is wanted, less what it has refused."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import looptime
from hypothesis import example, given
from hypothesis import strategies as st

from socketstore import SocketstoreError
from tests.connection.subscriptions.desk import Desk, WantedChanged, by_id, subscriptions
from tests.sockets.peers import rounds

KEYS = "abcd"
TIMEOUT = 5.0


@dataclass
class Server:
    """The other end of one socket: takes the messages one after another, whenever it is told to.

    Attributes:
        follows: what it sends by now.
        mute: what it follows, or has refused, without having said so.
    """

    follows: set[str] = field(default_factory=set)
    mute: set[str] = field(default_factory=set)
    taken: int = 0

    def take(self, desk: Desk, how: str) -> dict[str, Any] | None:
        """Take the next message, and return the answer."""
        if self.taken == len(desk.sent):
            return None
        message = desk.sent[self.taken]
        self.taken += 1
        if "unsub" in message:
            self.follows.difference_update(message["unsub"])
            self.mute.difference_update(message["unsub"])
            return {"done": message["id"]} if "id" in message else {"left": message["unsub"]}
        return self._subscribe(message, how)

    def _subscribe(self, message: dict[str, Any], how: str) -> dict[str, Any] | None:
        keys = set(message["sub"])
        assert not keys & self.follows, f"{keys & self.follows} are followed already: {message}"
        if how in ("accept", "accept silently"):
            self.follows |= keys
        if how in ("accept silently", "ignore"):
            self.mute |= keys
            return None
        if how == "accept":
            return {"done": message["id"]} if "id" in message else {"ok": message["sub"]}
        refused = {"failed": message["id"]} if "id" in message else {"no": message["sub"]}
        return {**refused, "why": "full"}


class Run:
    """One run: what the schedule may do."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.server = Server()
        self.on_its_way: deque[Any] = deque()
        self.tasks: list[asyncio.Task[None]] = []
        self.connected = False
        self.reconnect()

    def want(self, keys: str) -> None:
        self.desk.store.dispatch(WantedChanged(keys=tuple(keys)))

    def server_takes(self, how: str) -> None:
        """The server takes a message; its answer is on its way."""
        answer = self.server.take(self.desk, how) if self.connected else None
        if answer is not None:
            self.on_its_way.append(answer)

    async def hear(self, _: object = None) -> None:
        """The oldest answer arrives."""
        if self.on_its_way:
            assert await self.desk.hear(self.on_its_way.popleft()) or "id" in self.desk.sent[0]

    async def server_drops(self, key: str) -> None:
        """The server ends a subscription by itself.

        Not while the same key is being asked for again: nobody could tell that from a refusal.
        """
        idle = self.connected and self.server.taken == len(self.desk.sent) and not self.on_its_way
        if idle and key in self.server.follows - self.server.mute:
            self.server.follows.discard(key)
            assert await self.desk.hear({"no": [key], "why": "delisted"})

    def cut(self, _: object = None) -> None:
        if self.connected:
            self.desk.close()
            self.connected = False
            self.on_its_way.clear()

    def reconnect(self, _: object = None) -> None:
        if not self.connected:
            self.server = Server()
            self.desk.open()
            self.connected = True

    async def time_passes(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def loop_goes_round(self, times: int) -> None:
        await rounds(times)

    def again(self, key: str) -> None:
        self.tasks.append(asyncio.ensure_future(self.desk.part.again([key])))

    async def settle(self) -> None:
        """Let the server take and answer everything, until nothing happens any more."""
        self.reconnect()
        await asyncio.sleep(TIMEOUT + 1)
        while self.server.taken < len(self.desk.sent) or self.on_its_way:
            self.server_takes("accept")
            await self.hear()
            await asyncio.sleep(TIMEOUT + 1)


STEPS = st.one_of(
    st.tuples(st.just("want"), st.sets(st.sampled_from(KEYS)).map(lambda keys: "".join(sorted(keys)))),
    st.tuples(st.just("server_takes"), st.sampled_from(["accept", "accept", "refuse", "accept silently", "ignore"])),
    st.tuples(st.just("hear"), st.none()),
    st.tuples(st.just("server_drops"), st.sampled_from(KEYS)),
    st.tuples(st.sampled_from(["cut", "reconnect"]), st.none()),
    st.tuples(st.just("time_passes"), st.sampled_from([0.1, 1.0, TIMEOUT + 1])),
    st.tuples(st.just("loop_goes_round"), st.integers(1, 4)),
    st.tuples(st.just("again"), st.sampled_from(KEYS)),
)

WAYS: dict[str, Callable[..., Any]] = {"keys": subscriptions, "ids": by_id}


async def play(way: str, batch: int | None, pause: float, steps: list[tuple[str, Any]]) -> None:
    desk = Desk(WAYS[way](batch=batch, pause=pause, timeout=TIMEOUT), "a", "b")
    run = Run(desk)
    for name, argument in steps:
        outcome = getattr(run, name)(argument)
        if outcome is not None:
            await outcome
    await run.settle()
    wanted, refused, server = set(desk.store.state.wanted), set(desk.refused), run.server
    assert desk.connection.subscribed == server.follows - server.mute
    assert desk.connection.subscribed == wanted - refused
    assert server.follows <= wanted
    assert refused <= wanted
    outcomes = await asyncio.gather(*run.tasks, return_exceptions=True)
    assert all(outcome is None or isinstance(outcome, SocketstoreError) for outcome in outcomes)
    run.cut()
    await rounds(3)
    assert asyncio.all_tasks() == {asyncio.current_task()}


@given(
    st.sampled_from(sorted(WAYS)),
    st.sampled_from([None, 1, 2]),
    st.sampled_from([0.0, 0.5]),
    st.lists(STEPS, max_size=40),
)
@example("keys", None, 0.0, [("server_takes", "accept silently"), ("time_passes", 6.0), ("want", "b")])
def test_the_server_ends_up_with_what_is_wanted_less_what_it_refused(
    way: str, batch: int | None, pause: float, steps: list[tuple[str, Any]]
) -> None:
    with asyncio.Runner(loop_factory=looptime.new_event_loop) as runner:
        runner.run(play(way, batch, pause, steps))
