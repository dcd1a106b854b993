"""Heartbeats that a connection sends, in virtual time."""

from __future__ import annotations

import asyncio
import itertools
import json
import math
from typing import Any

import pytest

from socketstore import (
    Connection,
    GotError,
    GotMessage,
    Heartbeat,
    JustDisconnected,
    RoundTripMeasured,
    UsageError,
)
from tests.connection.diary import Diary, contents, new_diary, the, words
from tests.connection.liveness.wires import Wires, nothing, until, waits

PING = '{"op":"ping"}'
PONG = '{"op":"pong"}'
pytestmark = pytest.mark.looptime


def is_pong(content: Any, _: Any) -> bool:
    return bool(content == {"op": "pong"})


BEAT = Heartbeat(interval=15, message={"op": "ping"}, is_reply=is_pong, timeout=10)


def connected(wires: Wires, heartbeat: Heartbeat | None = BEAT, **options: Any) -> Connection:
    return Connection(
        "ws://localhost", options.pop("store", None) or new_diary(), heartbeat=heartbeat, make_socket=wires, **options
    )


async def test_a_heartbeat_that_is_answered_is_sent_again_after_each_interval_and_measured() -> None:
    wires, store = Wires(**{PING: PONG}), new_diary()
    begun = asyncio.get_running_loop().time()
    async with connected(wires, store=store) as connection:
        assert connection.round_trip is None
        await until(begun + 46)
        assert connection.round_trip == pytest.approx(0.25)
    assert connection.round_trip is None
    assert wires.sent(begun) == [[(15, PING), (30, PING), (45, PING)]]
    measured = [action for action in store.state if isinstance(action, RoundTripMeasured)]
    assert [(round(action.seconds, 3), action.by, action.epoch) for action in measured] == [(0.25, "heartbeat", 1)] * 3
    assert words(store.state) == ["Connecting", "JustConnected", *["RoundTripMeasured"] * 3, "JustDisconnected"]


async def test_without_a_reply_in_time_the_socket_is_given_up_and_another_one_opened() -> None:
    wires, store = Wires(), new_diary()
    begun = asyncio.get_running_loop().time()
    async with connected(wires, store=store, retry=lambda _: 5.0):
        await until(begun + 24.9)
        assert len(wires.made) == 1
        await until(begun + 25)
        assert words(store.state)[2:] == ["GotError", "JustDisconnected", "ReconnectScheduled"]
        assert the(store.state, GotError).error == "ConnectionSilent"
        assert "no reply to a heartbeat within 10 s" in the(store.state, GotError).message
        assert the(store.state, JustDisconnected).code == 1006
        await until(begun + 46)
    assert wires.sent(begun) == [[(15, PING)], [(45, PING)]]


async def test_the_time_for_the_reply_is_the_interval_unless_told_otherwise() -> None:
    wires = Wires()
    begun = asyncio.get_running_loop().time()
    async with connected(wires, Heartbeat(15, "ping", is_pong), retry=lambda _: 100.0):
        await until(begun + 29.9)
        assert wires.last.ready_state.name == "OPEN"
        await until(begun + 30)
        assert wires.last.ready_state.name == "CLOSED"


async def test_a_reply_may_take_for_ever_and_the_next_heartbeat_waits_for_it() -> None:
    wires = Wires()
    begun = asyncio.get_running_loop().time()
    async with connected(wires, Heartbeat(15, "ping", is_pong, math.inf)):
        await until(begun + 1000)
        wires.last.bring(PONG)
        await until(begun + 1001)
        assert wires.sent(begun) == [[(15, "ping"), (1000, "ping")]]


async def test_a_heartbeat_without_replies_is_only_sent() -> None:
    wires, store = Wires(), new_diary()
    begun = asyncio.get_running_loop().time()
    async with connected(wires, Heartbeat(20, b"\x09"), store=store):
        await until(begun + 61)
        wires.last.bring(PONG)
    assert wires.sent(begun) == [[(20, b"\x09"), (40, b"\x09"), (60, b"\x09")]]
    assert contents(store.state) == [PONG]


async def test_the_first_one_waits_until_on_open_has_come_to_its_end() -> None:
    wires, greeted = Wires(), asyncio.Event()
    begun = asyncio.get_running_loop().time()

    async def log_in(_: Connection) -> None:
        await greeted.wait()

    async def open_and_wait() -> None:
        async with connected(wires, on_open=log_in, open_timeout=None):
            await until(begun + 1016)

    opening = asyncio.create_task(open_and_wait())
    await until(begun + 1000)
    assert wires.sent() == [[]]
    greeted.set()
    await opening
    assert wires.sent(begun) == [[(1015, PING)]]


async def test_replies_are_neither_decoded_nor_rejected_and_what_is_none_is_decoded() -> None:
    wires, store = Wires(), new_diary()
    begun = asyncio.get_running_loop().time()
    async with connected(wires, store=store, messages=int):
        await until(begun + 16)
        wires.last.bring("1", PONG, "2")
    assert contents(store.state) == [1, 2]
    assert "MessageRejected" not in words(store.state)


async def test_a_reply_is_awaited_once() -> None:
    wires, store = Wires(), new_diary()
    begun = asyncio.get_running_loop().time()
    async with connected(wires, store=store):
        wires.last.bring(PONG)
        await until(begun + 16)
        wires.last.bring(PONG, PONG)
    assert contents(store.state) == [PONG, PONG]


async def test_a_reply_can_be_matched_with_the_heartbeat_that_it_answers() -> None:
    numbers = itertools.count(1)
    beat = Heartbeat(15, lambda: {"id": next(numbers)}, lambda reply, sent: reply == {"answers": sent["id"]}, math.inf)
    wires, store = Wires(), new_diary()
    begun = asyncio.get_running_loop().time()
    async with connected(wires, beat, store=store):
        await until(begun + 16)
        wires.last.bring('{"answers":1}')
        await until(begun + 31)
        wires.last.bring('{"answers":1}', '{"answers":2}')
    assert [json.loads(message) for _, message in wires.last.sent] == [{"id": 1}, {"id": 2}]
    assert contents(store.state) == ['{"answers":1}']


async def test_what_makes_the_message_may_raise_and_is_asked_again(reported: list[BaseException | str]) -> None:
    messages: list[Any] = [ZeroDivisionError(), object(), "ping"]

    def make() -> Any:
        message = messages.pop(0)
        if isinstance(message, Exception):
            raise message
        return message

    wires, store = Wires(), new_diary()
    begun = asyncio.get_running_loop().time()
    async with connected(wires, Heartbeat(15, make, is_pong, 1), store=store):
        await until(begun + 45)
    assert wires.sent(begun) == [[(45, "ping")]]
    assert [type(error).__name__ for error in reported] == ["ZeroDivisionError", "EncodeError"]
    assert "GotError" not in words(store.state)
    reported.clear()


async def test_what_recognises_the_reply_may_raise_and_the_message_is_decoded(
    reported: list[BaseException | str],
) -> None:
    wires, store = Wires(), new_diary()
    begun = asyncio.get_running_loop().time()
    async with connected(wires, Heartbeat(15, "ping", lambda reply, _: reply["op"] == "pong"), store=store):
        await until(begun + 15)
        wires.last.bring("[]", "0", PONG)
    assert contents(store.state) == ["[]", "0"]
    assert [type(error) for error in reported] == [TypeError]
    reported.clear()


async def test_a_reply_that_waits_behind_messages_that_are_handled_slowly_is_waited_for() -> None:
    wires, store = Wires(), new_diary()
    begun = asyncio.get_running_loop().time()
    async with connected(wires, store=store):
        for moment in range(300):
            asyncio.get_running_loop().call_at(begun + 20 + moment * 0.02, wires.last.bring, "x")

        def go_on(left: int) -> None:
            wires.last.bring("x" if left else PONG)
            if left:
                asyncio.get_running_loop().call_soon(go_on, left - 1)

        asyncio.get_running_loop().call_at(begun + 25, go_on, 20)  # as if the loop had slept, and now comes to it
        await until(begun + 29)
    assert "GotError" not in words(store.state)
    assert "RoundTripMeasured" in words(store.state)


async def test_a_server_that_goes_on_talking_and_does_not_reply_is_given_up() -> None:
    wires, store = Wires(), new_diary()
    begun = asyncio.get_running_loop().time()
    async with connected(wires, store=store, retry=lambda _: 100.0):
        for moment in range(1, 300):
            asyncio.get_running_loop().call_at(begun + moment * 0.11, wires.last.bring, "x")
        await until(begun + 26)
    assert the(store.state, GotError).error == "ConnectionSilent"


async def test_a_reply_that_comes_while_the_loop_catches_up_is_in_time() -> None:
    wires, store = Wires(), new_diary()
    loop = asyncio.get_running_loop()
    begun = loop.time()
    async with connected(wires, store=store):
        loop.call_at(begun + 25, lambda: loop.call_soon(loop.call_soon, wires.last.bring, PONG))
        await until(begun + 29)
    assert "GotError" not in words(store.state)


@pytest.mark.parametrize("moment", [5, 15.1, 24.99, 25])
async def test_closing_leaves_nothing_behind_and_no_second_word(moment: float) -> None:
    wires, store = Wires(), new_diary()
    begun = asyncio.get_running_loop().time()
    async with connected(wires, store=store) as connection:
        asyncio.get_running_loop().call_at(begun + moment, connection.close)
        await connection.wait_closed()
        assert waits() == []
        said = store.state
        await until(begun + 100)
    assert store.state == said
    assert words(said) == ["Connecting", "JustConnected", "JustDisconnected"]


async def test_a_socket_that_is_closing_already_is_neither_spoken_to_nor_given_up() -> None:
    wires, store = Wires(), new_diary()
    begun = asyncio.get_running_loop().time()
    async with connected(wires, store=store):
        await until(begun + 16)
        wires.last.begin_closing()
        await until(begun + 100)
        assert words(store.state) == ["Connecting", "JustConnected"]


async def test_what_a_subscriber_does_on_the_round_trip_may_close_the_connection() -> None:
    wires, store = Wires(), new_diary()
    begun = asyncio.get_running_loop().time()
    async with connected(wires, store=store) as connection:

        def close(diary: Diary) -> None:
            if isinstance(diary[-1], RoundTripMeasured):
                connection.close()

        store.subscribe(close)
        await until(begun + 16)
        wires.last.messages_came([PONG])  # in no read, so that subscribers are told at once
        assert waits() == []
        wires.last.bring("late")
        await until(begun + 100)
    assert words(store.state)[-2:] == ["RoundTripMeasured", "JustDisconnected"]
    assert not any(isinstance(action, GotMessage) for action in store.state)


WRONG: dict[str, dict[str, Any]] = {
    "an interval of nothing": {"interval": 0},
    "no time": {"interval": "15"},
    "not a number": {"interval": math.nan},
    "a message that must be awaited": {"message": nothing},
    "a reply that is no function": {"is_reply": {"op": "pong"}},
    "a reply that is not asked about the heartbeat": {"is_reply": lambda content: True},
    "a time for what is not waited for": {"timeout": 5},
    "no time for the reply": {"is_reply": is_pong, "timeout": 0},
}


@pytest.mark.parametrize("options", WRONG.values(), ids=WRONG)
def test_what_cannot_be_kept_up_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=f"got {list(options)[-1]}="):
        Heartbeat(**{"interval": 15, "message": "ping", **options})


def test_a_connection_wants_a_heartbeat_and_nothing_else() -> None:
    with pytest.raises(UsageError, match="got heartbeat=15; expected a Heartbeat, or None"):
        connected(Wires(), heartbeat=15)  # type: ignore[arg-type]


def test_a_function_that_nobody_can_look_into_is_taken_as_it_is() -> None:
    assert Heartbeat(1, "ping", max).is_reply is max
