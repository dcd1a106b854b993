"""What one bad message, or a reducer that raises, does to a connection: nothing that is not seen, and nothing more."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from socketstore import (
    Action,
    Connection,
    ConnectionState,
    GotError,
    GotMessage,
    Heard,
    JustDisconnected,
    MessageEvent,
    MessageRejected,
    Store,
    TooManyRejects,
    combine_reducers,
    connection_state,
)
from tests.connection.diary import Diary, new_diary, the, until, without_heard, words, write_down
from tests.sockets.peers import Peer, closing, raw_server, text


class Price(Action):
    value: int


def says(*messages: str) -> Any:
    async def speak(peer: Peer) -> None:
        await peer.accept(*(text(message) for message in messages), closing(1000))
        await peer.until_closing()

    return raw_server(speak)


def price(value: object) -> str:
    return f'{{"type": "price", "value": {value}}}'


def write_down_unless_zero(diary: Diary, action: object) -> Diary:
    if isinstance(action, Price):
        _ = 1 / action.value
    return write_down(diary, action)


async def test_a_message_on_which_the_reducer_raises_is_rejected_as_it_came_and_the_next_is_reduced(
    reported: list[BaseException | str],
) -> None:
    store = Store(write_down_unless_zero, ())
    async with says(price(1), price(0), price(2)) as url:
        await Connection(url, store, messages=Price, reconnect=None).run()
    assert words(without_heard(store.state)) == [
        "Connecting", "JustConnected", "Price", "MessageRejected", "Price", "JustDisconnected",
    ]  # fmt: skip
    rejected = the(store.state, MessageRejected)
    assert (rejected.raw, rejected.reason) == (price(0), "dispatching Price raised ZeroDivisionError: division by zero")
    assert [type(error) for error in reported] == [ZeroDivisionError]
    reported.clear()


async def test_a_decode_that_is_cancelled_takes_no_other_message_of_the_read_with_it(
    reported: list[BaseException | str],
) -> None:
    def decode(event: MessageEvent) -> str | bytes:
        if event.data == "cancel":
            raise asyncio.CancelledError
        return event.data

    store = new_diary()
    async with says("one", "cancel", "two") as url:
        await Connection(url, store, decode=decode, reconnect=None).run()
    assert [action for action in store.state if isinstance(action, str)] == ["one", "two"]
    assert [type(error) for error in reported] == [asyncio.CancelledError]
    reported.clear()


async def test_a_socket_with_too_many_bad_messages_is_closed_with_a_reason() -> None:
    bad = ["?"] * 4
    store = new_diary()
    async with says(price(1), *bad) as url:
        with pytest.raises(TooManyRejects, match="more than 3 messages could not be read"):
            await Connection(url, store, messages=Price, max_rejected=3, reconnect=None).run()
    error = the(store.state, GotError)
    assert error.error == "TooManyRejects"
    assert words(without_heard(store.state))[-6:] == [*["MessageRejected"] * 4, "GotError", "JustDisconnected"]


async def test_of_a_socket_with_too_many_bad_messages_no_other_is_read() -> None:
    store = new_diary()
    async with says(*["?"] * 500, price(1)) as url:
        with pytest.raises(TooManyRejects):
            await Connection(url, store, messages=Price, max_rejected=3, reconnect=None).run()
    assert words(without_heard(store.state)).count("MessageRejected") == 4
    assert "Price" not in words(store.state)
    assert the(store.state, JustDisconnected).dropped == 497


async def test_the_server_is_told_why_it_was_closed() -> None:
    told: list[tuple[int | None, str]] = []

    async def speak(peer: Peer) -> None:
        await peer.accept(text("?"), text("?"))
        told.append(await peer.until_closing())

    async with raw_server(speak) as url:
        with pytest.raises(TooManyRejects):
            await Connection(url, new_diary(), messages=Price, max_rejected=1, reconnect=None).run()
    assert told == [(1008, "more than 1 messages could not be read")]


async def test_rejects_are_counted_for_each_socket() -> None:
    store = new_diary()
    async with says("?", "?") as url:
        connection = Connection(
            url, store, messages=Price, max_rejected=2, retry=lambda ended: ended.in_a_row < 3 and 0.0
        )
        await connection.run()
    assert words(without_heard(store.state)).count("MessageRejected") == 6
    assert "GotError" not in words(store.state)


async def test_the_time_of_the_last_message_is_known_also_of_actions_of_the_programs_own() -> None:
    reducer = combine_reducers(link=connection_state, diary=write_down)
    store: Store[Any] = Store(reducer, {"link": ConnectionState(), "diary": ()})
    times = iter(range(100, 200))
    async with says(price(1), price(2)) as url:
        await Connection(url, store, messages=Price, reconnect=None, clock=lambda: float(next(times))).run()
    heard = [action for action in store.state["diary"] if isinstance(action, Heard)]
    assert sum(action.messages for action in heard) == 2
    assert store.state["link"].last_message_at == heard[-1].at


async def test_a_connection_whose_messages_tell_their_own_time_says_no_more() -> None:
    store = new_diary()
    async with says("a", "b") as url:
        await Connection(url, store, reconnect=None).run()
    assert words(store.state) == ["Connecting", "JustConnected", "GotMessage", "GotMessage", "JustDisconnected"]


async def test_a_subscriber_that_raises_rejects_nothing(reported: list[BaseException | str]) -> None:
    store = new_diary()
    store.subscribe(lambda diary: 1 / 0 if isinstance(diary[-1], GotMessage) else None)
    async with says("a") as url:
        connection = Connection(url, store, reconnect=None)
        async with connection:
            await until(store, GotMessage)
            await connection.wait_closed()
    assert "MessageRejected" not in words(store.state)
    assert reported
    reported.clear()
