"""From messages to actions, and from what a program sends to messages."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field, field_validator
from websockets.frames import Opcode

from socketstore import (
    Action,
    Connection,
    EncodeError,
    GotMessage,
    MessageEvent,
    MessageRejected,
    WebSocketServer,
)
from socketstore.decoding.decoder import encode_default, reader
from socketstore.testing import EchoServer
from tests.connection.diary import new_diary, the, until, without_heard
from tests.sockets.peers import Peer, closing, frame, raw_server, text


class Bid(Action):
    type: Literal["bid"] = "bid"
    price: float


class Ask(Action):
    type: Literal["ask"] = "ask"
    price: float


class Fussy(Action):
    type: Literal["fussy"] = "fussy"

    @field_validator("type")
    @classmethod
    def explode(cls, value: str) -> str:
        raise KeyError(value)


async def receive(*messages: str | bytes, **options: Any) -> list[Any]:
    """The actions that a connection makes of these messages, in one read."""

    async def speak(peer: Peer) -> None:
        frames = [text(message) if isinstance(message, str) else frame(Opcode.BINARY, message) for message in messages]
        await peer.accept(*frames, closing(1000))
        await peer.until_closing()

    store = new_diary()
    async with raw_server(speak) as url:
        await Connection(url, store, reconnect=None, clock=lambda: 1.0, **options).run()
    return without_heard(store.state[2:-1])


def got(data: Any) -> GotMessage:
    return GotMessage(data=data, at=1.0, epoch=1)


async def test_without_messages_text_and_bytes_come_as_they_are() -> None:
    assert await receive("text", b"\xff", "") == [got("text"), got(b"\xff"), got("")]


async def test_an_action_class_is_dispatched_as_it_is() -> None:
    assert await receive('{"price": 1}', b'{"price": 2}', messages=Bid) == [Bid(price=1), Bid(price=2)]


@pytest.mark.parametrize("union", [Bid | Ask, Annotated[Bid | Ask, Field(discriminator="type")]])
async def test_a_union_chooses_the_class(union: Any) -> None:
    sent = ['{"type":"ask","price":2}', '{"type":"bid","price":1}']
    assert await receive(*sent, messages=union) == [Ask(price=2), Bid(price=1)]


async def test_a_value_that_is_no_action_comes_in_got_message() -> None:
    assert await receive("[1, 2]", messages=list[int]) == [got([1, 2])]


@pytest.mark.parametrize("message", ['{"price": "high"}', "{", b"\xff", '{"prize": 1}', "[]"])
async def test_a_bad_message_is_rejected_with_what_came_and_why_and_the_next_is_heard(message: str | bytes) -> None:
    rejected, good = await receive(message, '{"price": 1}', messages=Bid)
    assert isinstance(rejected, MessageRejected)
    assert rejected.raw == message
    assert "expected Bid" in rejected.reason
    assert (rejected.at, rejected.epoch) == (1.0, 1)
    assert good == Bid(price=1)


async def test_a_validator_of_the_programs_own_may_raise_anything() -> None:
    (rejected,) = await receive('{"type":"fussy"}', messages=Fussy)
    assert isinstance(rejected, MessageRejected)
    assert "KeyError" in rejected.reason


async def test_decode_returns_one_action_several_or_none() -> None:
    def decode(event: MessageEvent) -> Any:
        prices = json.loads(event.data)
        match prices:
            case []:
                return None
            case [price]:
                return Bid(price=price)
        return [Ask(price=price) for price in prices]

    actions = await receive("[]", "[1]", "[2, 3]", "[4]", decode=decode)
    assert actions == [Bid(price=1), Ask(price=2), Ask(price=3), Bid(price=4)]


async def test_a_tuple_from_decode_is_several_actions_and_any_other_value_is_one() -> None:
    actions = await receive("a", decode=lambda event: ("one", {"two": 2}))
    assert actions == ["one", {"two": 2}]
    assert await receive("a", decode=lambda event: "abc") == ["abc"]


@pytest.mark.parametrize(
    ("options", "actions"),
    [
        ({"messages": None, "decode": None}, got("[1, 2]")),
        ({"messages": list[int], "decode": None}, got([1, 2])),
        ({"messages": None, "decode": lambda _: "one"}, "one"),
        ({"messages": None, "decode": lambda _: ["one", "two"]}, ("one", "two")),
        ({"messages": None, "decode": lambda _: None}, ()),
    ],
)
def test_a_reader_gives_one_action_as_it_is_and_none_or_several_as_a_tuple(
    options: dict[str, Any], actions: Any
) -> None:
    assert reader(**options)("[1, 2]", got) == actions


async def test_a_decode_that_raises_rejects_the_message_and_the_next_is_heard() -> None:
    def decode(event: MessageEvent) -> Any:
        return Bid(price=1 / int(event.data))

    rejected, good = await receive("0", "2", decode=decode)
    assert rejected.raw == "0"
    assert "decode raised ZeroDivisionError" in rejected.reason
    assert good == Bid(price=0.5)


async def test_what_is_sent_becomes_text_bytes_or_json() -> None:
    store = new_diary()
    async with EchoServer() as server, Connection(server.url, store) as connection:
        for message in ("text", b"bytes", Bid(price=1), {"a": [1, None]}):
            await connection.send(message)
        await until(store, GotMessage, 4)
        with pytest.raises(EncodeError, match="JSON"):
            connection.send(object())
    data = [action.data for action in store.state if isinstance(action, GotMessage)]
    assert data == ["text", b"bytes", '{"type":"bid","price":1.0}', '{"a":[1,null]}']
    assert encode_default("text") == "text"


async def test_encode_may_be_ones_own() -> None:
    store = new_diary()
    async with (
        WebSocketServer() as server,
        Connection(server.url, store, encode=lambda message: f"<{message}>") as connection,
    ):
        there = server.clients[0]
        there.add_listener("message", lambda message: there.send(message.data))
        await connection.send(3)
        await until(store, GotMessage)
    assert the(store.state, GotMessage).data == "<3>"


MESSAGES = st.one_of(
    st.floats(0, 10).map(lambda price: (json.dumps({"type": "bid", "price": price}), Bid(price=price))),
    st.floats(0, 10).map(lambda price: (json.dumps({"type": "ask", "price": price}), Ask(price=price))),
    st.text(max_size=20).map(lambda junk: ("?" + junk, None)),
)


@settings(deadline=None, max_examples=20)
@given(st.lists(MESSAGES, max_size=12), st.lists(st.integers(1, 200), max_size=6))
async def test_any_sequence_of_messages_in_any_chunks_becomes_the_same_sequence_of_actions(
    messages: list[tuple[str, Action | None]], sizes: list[int]
) -> None:
    async def speak(peer: Peer) -> None:
        await peer.accept()
        stream = b"".join(halves(message) for message, _ in messages) + closing(1000)
        for size in [*sizes, len(stream)]:
            peer.write(stream[:size])
            await peer.writer.drain()
            stream = stream[size:]
        await peer.until_closing()

    store = new_diary()
    async with raw_server(speak) as url:
        await Connection(url, store, reconnect=None, messages=Bid | Ask).run()
    actions = without_heard(store.state[2:-1])
    assert [action.raw if isinstance(action, MessageRejected) else action for action in actions] == [
        action or message for message, action in messages
    ]


def halves(message: str) -> bytes:
    """A message in two fragments with a ping in between."""
    data = message.encode()
    middle = len(data) // 2
    return frame(Opcode.TEXT, data[:middle], fin=False) + frame(Opcode.PING) + frame(Opcode.CONT, data[middle:])
