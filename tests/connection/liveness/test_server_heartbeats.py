"""Heartbeats that the server sends, in virtual time."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from socketstore import (
    CloseEvent,
    Connection,
    GotError,
    Heartbeat,
    RoundTripMeasured,
    ServerHeartbeat,
    UsageError,
)
from tests.connection.diary import contents, new_diary, the, words
from tests.connection.liveness.wires import Wires, nothing, until, waits

pytestmark = pytest.mark.looptime


def is_ping(content: Any) -> bool:
    return isinstance(content, dict) and "ping" in content


def connected(wires: Wires, server_heartbeat: ServerHeartbeat, **options: Any) -> Connection:
    store = options.pop("store", None) or new_diary()
    return Connection("ws://localhost", store, server_heartbeat=server_heartbeat, make_socket=wires, **options)


def sent(wires: Wires) -> list[str | bytes]:
    return [message for _, message in wires.last.sent]


async def test_it_is_answered_with_what_it_brought_and_not_decoded() -> None:
    wires, store = Wires(), new_diary()
    heartbeat = ServerHeartbeat(is_ping, answer=lambda content: {"pong": content["ping"]})
    async with connected(wires, heartbeat, store=store, messages=int):
        wires.last.bring("1", '{"ping": 17}', "2", '{"ping": 18}')
    assert sent(wires) == ['{"pong":17}', '{"pong":18}']
    assert contents(store.state) == [1, 2]


async def test_the_answer_may_be_the_same_each_time() -> None:
    wires = Wires()
    async with connected(wires, ServerHeartbeat(lambda content: content == 2, answer="3")):
        wires.last.bring("2", "4")
    assert sent(wires) == ["3"]


@pytest.mark.parametrize("answer", [None, lambda _: None])
async def test_it_may_want_no_answer(answer: Any) -> None:
    wires, store = Wires(), new_diary()
    async with connected(wires, ServerHeartbeat(is_ping, answer), store=store):
        wires.last.bring('{"ping": 1}')
    assert (sent(wires), contents(store.state)) == ([], [])


async def test_it_is_answered_while_on_open_still_speaks() -> None:
    wires, asked = Wires(), asyncio.Event()

    async def log_in(_: Connection) -> None:
        wires.last.bring('{"ping": 1}')
        asked.set()
        await nothing()

    async with connected(wires, ServerHeartbeat(is_ping, "pong"), on_open=log_in):
        assert asked.is_set()
    assert sent(wires) == ["pong"]


async def test_when_it_does_not_come_the_socket_is_given_up() -> None:
    wires, store = Wires(), new_diary()
    begun = asyncio.get_running_loop().time()
    async with connected(wires, ServerHeartbeat(is_ping, timeout=30), store=store, retry=lambda _: 5.0):
        await until(begun + 20)
        wires.last.bring('{"ping": 1}')
        await until(begun + 40)
        wires.last.bring("something else")
        await until(begun + 49.9)
        assert "GotError" not in words(store.state)
        await until(begun + 50)
        assert the(store.state, GotError).error == "ConnectionSilent"
        assert "the server sent no heartbeat for 30 s" in the(store.state, GotError).message
        await until(begun + 84.9)
        assert len(wires.made) == 2  # the time for the first one is counted from the open
        assert words(store.state)[-1] == "JustConnected"
        await until(begun + 90)
        assert words(store.state).count("GotError") == 2


async def test_what_it_asks_may_raise_and_the_message_is_decoded(reported: list[BaseException | str]) -> None:
    wires, store = Wires(), new_diary()
    async with connected(wires, ServerHeartbeat(lambda content: content["ping"]), store=store):
        wires.last.bring("[]", "[]", '{"ping": 1}')
    assert contents(store.state) == ["[]", "[]"]
    assert [type(error) for error in reported] == [TypeError]
    reported.clear()


async def test_an_answer_that_cannot_be_made_is_reported_and_it_was_a_heartbeat_all_the_same(
    reported: list[BaseException | str],
) -> None:
    wires, store = Wires(), new_diary()
    async with connected(wires, ServerHeartbeat(is_ping, lambda content: content["pong"]), store=store):
        wires.last.bring('{"ping": 1}')
    assert (sent(wires), contents(store.state)) == ([], [])
    assert [type(error) for error in reported] == [KeyError]
    reported.clear()


async def test_both_sides_may_send_heartbeats_and_a_reply_is_not_taken_for_one() -> None:
    wires, store = Wires(), new_diary()
    begun = asyncio.get_running_loop().time()
    own = Heartbeat(15, {"ping": 0}, lambda content, _: content == {"ping": 0, "reply": True})
    async with connected(wires, ServerHeartbeat(is_ping, "pong"), store=store, heartbeat=own):
        await until(begun + 15)
        wires.last.bring('{"ping": 1}', '{"ping": 0, "reply": true}')
    assert sent(wires) == ['{"ping":0}', "pong"]
    assert sum(isinstance(action, RoundTripMeasured) for action in store.state) == 1


async def test_one_that_comes_while_the_socket_closes_is_not_answered() -> None:
    wires, store = Wires(), new_diary()
    async with connected(wires, ServerHeartbeat(is_ping, "pong"), store=store):
        wires.last.begin_closing()
        with wires.last.reading():
            wires.last.messages_came(['{"ping": 1}'])
        wires.last.end(CloseEvent(1000, clean=True))
    assert (sent(wires), contents(store.state)) == ([], [])


async def test_closing_leaves_nothing_behind() -> None:
    wires, store = Wires(), new_diary()
    begun = asyncio.get_running_loop().time()
    async with connected(wires, ServerHeartbeat(is_ping, "pong", timeout=1), store=store) as connection:
        connection.close()
        wires.last.bring('{"ping": 1}')
        assert waits() == []
        await until(begun + 10)
    assert sent(wires) == []
    assert "GotError" not in words(store.state)


WRONG: dict[str, tuple[Any, ...]] = {
    "is_heartbeat": ({"ping": 1},),
    "is_heartbeat that takes nothing": (lambda: True,),
    "is_heartbeat that must be awaited": (nothing,),
    "answer": (is_ping, lambda: "pong"),
    "answer that must be awaited": (is_ping, nothing),
    "timeout": (is_ping, None, -1),
}


@pytest.mark.parametrize(("name", "arguments"), WRONG.items(), ids=WRONG)
def test_what_cannot_be_asked_is_refused(name: str, arguments: tuple[Any, ...]) -> None:
    with pytest.raises(UsageError, match=f"got {name.split()[0]}="):
        ServerHeartbeat(*arguments)


def test_a_connection_wants_a_server_heartbeat_and_nothing_else() -> None:
    with pytest.raises(UsageError, match="expected a ServerHeartbeat, or None"):
        connected(Wires(), "ping")  # type: ignore[arg-type]
