"""The watch over silence, in virtual time."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socketstore import (
    Action,
    CloseEvent,
    Connection,
    ConnectionState,
    Heard,
    Heartbeat,
    MessageEvent,
    RoundTripMeasured,
    ServerHeartbeat,
    Store,
    UsageError,
    WentStale,
    combine_reducers,
    connection_state,
)
from tests.connection.diary import Diary, words, write_down
from tests.connection.liveness.wires import Wires, until, waits

pytestmark = pytest.mark.looptime


@dataclass(frozen=True)
class Seen:
    link: ConnectionState = field(default_factory=ConnectionState)
    diary: Diary = ()


class Price(Action):
    value: int


class Desk:
    """A connection in virtual time, its store, and its sockets."""

    def __init__(self, **options: Any) -> None:
        self.wires = Wires(ping="pong")
        self.store = Store(combine_reducers(Seen, link=connection_state, diary=write_down), Seen())
        self._loop = asyncio.get_running_loop()
        self._begun = self._loop.time()
        options = {"stale_after": 30.0, "retry": lambda _: 5.0, **options}
        self.connection = Connection("ws://x", self.store, make_socket=self.wires, clock=self.now, **options)

    def now(self) -> float:
        return round(self._loop.time() - self._begun, 3)

    async def until(self, when: float) -> None:
        await until(self._begun + when)

    def at(self, when: float, *messages: str) -> None:
        """Let messages come at a time."""
        self._loop.call_at(self._begun + when, lambda: self.wires.last.bring(*messages))

    @property
    def link(self) -> ConnectionState:
        return self.store.state.link

    @property
    def words(self) -> list[str]:
        return words(self.store.state.diary)

    def times(self, kind: type[Any]) -> list[float]:
        return [action.at for action in self.store.state.diary if isinstance(action, kind)]


async def test_messages_from_before_a_silence_do_not_make_it_live_again_when_they_are_counted() -> None:
    desk = Desk(messages=Price)
    desk.at(1, '{"value": 1}')
    desk.at(1.5, '{"value": 2}')
    async with desk.connection:
        await desk.until(32)
        assert (desk.link.stale_since, desk.link.last_message_at) == (1.5, 1.5)
        await desk.until(62)
        assert desk.words[-1] == "ReconnectScheduled"
        assert (desk.link.stale_since, desk.link.last_message_at) == (1.5, 1.5)
    assert sum(action.messages for action in desk.store.state.diary if isinstance(action, Heard)) == 2


async def test_a_socket_that_closes_long_after_its_last_message_tells_when_that_came() -> None:
    desk = Desk(messages=Price, stale_after=None)
    desk.at(1, '{"value": 1}')
    desk.at(1.5, '{"value": 2}')
    async with desk.connection:
        await desk.until(100)
        desk.wires.last.end(CloseEvent(1006))
        assert (desk.link.stale_since, desk.link.last_message_at) == (100, 1.5)


async def test_silence_is_said_and_then_ends_the_socket_and_the_next_message_makes_it_live_again() -> None:
    desk = Desk()
    async with desk.connection:
        desk.at(10, "x")
        await desk.until(39.9)
        assert desk.link.stale_since is None
        await desk.until(40)
        assert desk.words[-1] == "WentStale"
        assert desk.store.state.diary[-1].silence == pytest.approx(30)
        assert (desk.link.phase, desk.link.stale_since) == ("open", 10)
        await desk.until(69.9)
        assert desk.link.phase == "open"
        await desk.until(70)
        assert desk.words[-3:] == ["GotError", "JustDisconnected", "ReconnectScheduled"]
        assert desk.link.last_error is not None
        assert desk.link.last_error.error == "ConnectionSilent"
        assert "nothing came for 60 s" in desk.link.last_error.message
        await desk.until(75)
        assert (desk.link.phase, desk.link.stale_since) == ("open", 10)  # since then, whatever has happened meanwhile
        desk.wires.last.bring("y")
        assert desk.link.stale_since is None


async def test_a_server_that_never_says_anything_is_silent_from_the_open_on() -> None:
    desk = Desk(reconnect_after=31)
    async with desk.connection:
        await desk.until(30)
        assert (desk.words[-1], desk.link.stale_since) == ("WentStale", 0)
        await desk.until(31)
        assert desk.words[-1] == "ReconnectScheduled"


async def test_a_silence_on_the_next_socket_is_told_too_and_what_is_shown_is_as_old_as_it_is() -> None:
    desk = Desk()
    async with desk.connection:
        desk.at(10, "x")
        await desk.until(200)
    assert desk.times(WentStale) == [40, 105, 170]
    assert desk.link.stale_since == 10


async def test_it_may_be_silent_for_ever_and_is_only_said_to_be_stale() -> None:
    desk = Desk(reconnect_after=math.inf)
    async with desk.connection:
        await desk.until(10_000)
        assert desk.words == ["Connecting", "JustConnected", "WentStale"]


async def test_nothing_is_watched_unless_it_was_asked_for() -> None:
    desk = Desk(stale_after=None)
    async with desk.connection:
        await desk.until(100_000)
        assert desk.words == ["Connecting", "JustConnected"]


@given(gaps=st.lists(st.sampled_from([1, 9, 29, 31, 45, 59, 61, 99]), max_size=6), last=st.sampled_from([71, 150, 301]))
async def test_every_silence_is_said_once_in_time_and_ends_with_the_next_message(gaps: list[int], last: int) -> None:
    desk = Desk(reconnect_after=300)
    times = [0.0, *(float(sum(gaps[: count + 1])) for count in range(len(gaps)))]
    async with desk.connection:
        for time in times[1:]:
            desk.at(time, "x")
        await desk.until(times[-1] + last)
    silent = [time for time, gap in zip(times, [*gaps, last], strict=True) if gap > 30]
    assert desk.times(WentStale) == [time + 30 for time in silent]
    assert ("GotError" in desk.words) == (last > 300)


MESSAGES = {
    "as it is": ({}, "x"),
    "an action": ({"messages": Price}, '{"type":"price","value":1}'),
    "rejected": ({"messages": Price}, "?"),
    "nothing for the program": ({"decode": lambda _: None}, "x"),
}


@pytest.mark.parametrize(("options", "message"), MESSAGES.values(), ids=MESSAGES)
async def test_any_message_ends_a_silence_and_the_next_silence_is_said_again(
    options: dict[str, Any], message: str
) -> None:
    desk = Desk(**options)
    async with desk.connection:
        desk.at(0.5, message)
        for time in (35, 36, 70):
            desk.at(time, message)
        await desk.until(34)
        assert desk.link.stale_since is not None
        await desk.until(35)
        assert desk.link.stale_since is None
        await desk.until(65.9)
        assert desk.link.stale_since is None
        await desk.until(69)
        assert desk.link.stale_since == pytest.approx(36)
        await desk.until(70)
        assert desk.link.stale_since is None
    assert desk.times(WentStale) == [30.5, 66]


async def test_a_message_after_a_short_silence_makes_live_at_once() -> None:
    desk = Desk(stale_after=0.3, reconnect_after=math.inf, messages=Price)
    async with desk.connection:
        for time in (0.1, 0.5):
            desk.at(time, '{"type":"price","value":1}')
        await desk.until(0.5)
        assert desk.link.stale_since is None
    assert (desk.times(WentStale), desk.times(Heard)) == ([0.4], [0.1, 0.5])


async def test_heard_counts_all_messages_that_no_other_word_tells_of() -> None:
    def decode(event: MessageEvent) -> object:
        return None if event.data == "-" else Price(value=1)

    desk = Desk(decode=decode)
    async with desk.connection:
        for time in (1, 1.1, 1.2, 5):
            desk.at(time, "+", "-")
        await desk.until(6)
    heard = [action for action in desk.store.state.diary if isinstance(action, Heard)]
    assert [(action.at, action.messages) for action in heard] == [(1, 2), (5, 6)]


async def test_what_tells_only_that_the_peer_lives_does_not_tell_that_the_feed_does() -> None:
    desk = Desk(
        reconnect_after=math.inf,
        heartbeat=Heartbeat(15, "ping", lambda content, _: content == "pong"),
        server_heartbeat=ServerHeartbeat(lambda content: content == "are you there?", "yes"),
    )
    async with desk.connection:
        for time in range(1, 100):
            desk.at(time + 0.5, "are you there?")
            asyncio.get_running_loop().call_at(time + 0.1, lambda: desk.wires.last.pong(0.05))
        desk.wires.last.bring("x")
        await desk.until(29.9)
        assert desk.link.stale_since is None
        await desk.until(99)
        assert (desk.link.phase, desk.link.stale_since) == ("open", 0)
    assert desk.times(WentStale) == [30]
    measured = [action for action in desk.store.state.diary if isinstance(action, RoundTripMeasured)]
    assert {action.by for action in measured} == {"heartbeat", "ping"}


async def test_what_waits_in_the_socket_is_read_before_anything_is_said() -> None:
    desk = Desk()
    loop = asyncio.get_running_loop()

    def come_later(message: str, rounds: int) -> None:
        loop.call_soon(come_later, message, rounds - 1) if rounds else desk.wires.last.bring(message)

    async with desk.connection:
        now = loop.time()
        loop.call_at(now + 30, come_later, "x", 4)  # the loop comes to the timer before it comes to the socket
        await desk.until(59)
        assert "WentStale" not in desk.words
        loop.call_at(now + 90, come_later, "y", 4)
        await desk.until(100)
    assert desk.times(WentStale) == [60]
    assert "GotError" not in desk.words


async def test_between_the_first_word_and_the_end_there_is_time_for_a_message_also_if_the_word_came_late() -> None:
    desk = Desk()
    async with desk.connection as connection:
        session = connection._supervisor.session
        session.heard_at -= 1000  # as if the loop had stood still
        await desk.until(30)
        assert desk.words[-1] == "WentStale"
        await desk.until(59.9)
        assert desk.words[-1] == "WentStale"
        await desk.until(60)
        assert desk.words[-1] == "ReconnectScheduled"


@pytest.mark.parametrize("moment", [5, 30, 45, 59.99, 60])
async def test_closing_leaves_nothing_behind_and_no_second_word(moment: float) -> None:
    desk = Desk()
    async with desk.connection as connection:
        asyncio.get_running_loop().call_at(asyncio.get_running_loop().time() + moment, connection.close)
        await connection.wait_closed()
        assert waits() == []
        said = desk.store.state
        await desk.until(1000)
    assert desk.store.state == said
    assert [word for word in desk.words if word != "WentStale"] == ["Connecting", "JustConnected", "JustDisconnected"]


async def test_a_socket_that_is_closing_is_left_to_its_end() -> None:
    desk = Desk()
    async with desk.connection:
        await desk.until(29)
        desk.wires.last.begin_closing()
        await desk.until(1000)
        assert desk.words == ["Connecting", "JustConnected"]
        desk.wires.last.close()


async def test_a_subscriber_may_close_the_connection_when_it_goes_stale() -> None:
    desk = Desk()
    async with desk.connection as connection:
        desk.store.subscribe(lambda _: connection.close(), select=lambda state: state.link.stale_since is not None)
        await desk.until(30)
        assert waits() == []
        await desk.until(1000)
    assert desk.words == ["Connecting", "JustConnected", "WentStale", "JustDisconnected"]


async def test_a_program_that_knows_better_reconnects_and_the_watch_begins_anew() -> None:
    desk = Desk()
    async with desk.connection as connection:
        await desk.until(20)
        connection.reconnect_now()
        await desk.until(49.9)
        assert "WentStale" not in desk.words
        await desk.until(50.1)
    assert desk.times(WentStale) == [50]


WRONG: dict[str, dict[str, Any]] = {
    "stale_after=0": {"stale_after": 0},
    "stale_after='30'": {"stale_after": "30"},
    "stale_after=30.0 and reconnect_after=29": {"reconnect_after": 29},
    "reconnect_after='60'": {"reconnect_after": "60"},
    "reconnect_after=60 without stale_after=": {"stale_after": None, "reconnect_after": 60},
}


@pytest.mark.parametrize(("complaint", "options"), WRONG.items(), ids=WRONG)
async def test_times_of_no_use_are_refused(complaint: str, options: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=f"got {complaint}"):
        Desk(**options)
