"""A server that follows a script, and what it says when its client does not."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from socketstore import (
    CloseEvent,
    Connection,
    ConnectionFailed,
    JustDisconnected,
    MessageEvent,
    ScriptFailed,
    UsageError,
    WebSocket,
)
from socketstore.testing import ScriptedClient, ScriptedServer
from tests.connection.diary import contents, new_diary, until
from tests.sockets.peers import Ear


async def greets(client: ScriptedClient) -> None:
    await client.accept("hello")
    await client.expect({"op": "subscribe"})
    await client.send({"price": 1}, {"price": 2})
    await client.close(1013, "come back later")


async def test_a_connection_and_a_script_play_together() -> None:
    store = new_diary()
    async with ScriptedServer(greets) as server, Connection(server.url, store, reconnect=None) as connection:
        await connection.send({"op": "subscribe", "id": 7, "more": {"depth": 5}})
        await server.done()
        diary = await until(store, JustDisconnected)
    assert contents(diary) == ["hello", '{"price":1}', '{"price":2}']
    assert (diary[-1].code, diary[-1].reason) == (1013, "come back later")


async def test_each_connection_has_its_own_script_and_the_others_have_one_too() -> None:
    def says(words: str) -> Any:
        async def script(client: ScriptedClient) -> None:
            await client.accept(words)
            await client.close()

        return script

    async with ScriptedServer(says("first"), says("second"), then=says("later")) as server:
        for number, words in enumerate(["first", "second", "later", "later"], 1):
            socket = WebSocket(server.url)
            ear = Ear(socket)
            await socket.open()
            await socket.wait_closed()
            assert ear.the(MessageEvent).data == words
            assert server.clients[-1].number == number
        await server.done()


async def deviates(script: Any, messages: list[Any], *, close: bool = True) -> str:
    """What a test is told whose client sends these messages."""

    async def play() -> None:
        async with ScriptedServer(script) as server, WebSocket(server.url) as socket:
            for message in messages:
                await socket.send(message)
            if close:
                await socket.close(4000, "enough")
            await asyncio.Event().wait()

    with pytest.raises(ScriptFailed) as failed:
        await play()
    return str(failed.value)


async def test_a_wrong_message_fails_the_test_at_once_and_says_where() -> None:
    said = await deviates(greets, ['{"op": "unsubscribe"}'], close=False)
    assert said == (
        "connection 1, step 2, expect({'op': 'subscribe'}): got '{\"op\": \"unsubscribe\"}'; "
        "expected {'op': 'subscribe'}"
    )


async def test_a_client_that_leaves_instead_fails_the_test() -> None:
    said = await deviates(greets, [])
    assert said == (
        "connection 1, step 2, expect({'op': 'subscribe'}): the client closed (4000 enough); "
        "expected {'op': 'subscribe'}"
    )


async def test_sending_to_a_client_that_has_left_fails_the_test() -> None:
    async def sends(client: ScriptedClient) -> None:
        await client.accept()
        await client.gone()
        await client.send("anybody?")

    assert "step 3, send('anybody?'): the client closed (4000 enough): this side is CLOSED" in await deviates(sends, [])


async def test_a_predicate_that_does_not_hold_fails_the_test() -> None:
    def is_long(message: Any) -> bool:
        return len(message) > 10

    async def wants(client: ScriptedClient) -> None:
        await client.accept()
        assert await client.expect_that(is_long) == "x" * 11
        await client.expect_that(is_long)

    said = await deviates(wants, ["x" * 11, "short"])
    assert "expect_that(is_long): got 'short'; expected a message of which is_long holds" in said


async def test_a_close_that_is_not_the_expected_one_fails_the_test() -> None:
    async def wants(client: ScriptedClient) -> None:
        await client.accept()
        assert await client.expect_close(1000)

    said = await deviates(wants, ["whatever"])
    assert said.endswith("expect_close(1000): got the close frame (4000, 'enough'); expected a close frame with 1000")


async def test_a_client_that_comes_too_often_fails_the_test() -> None:
    async def accepts(client: ScriptedClient) -> None:
        await client.accept()

    async def play() -> None:
        async with ScriptedServer(accepts) as server, WebSocket(server.url):
            with pytest.raises(ConnectionFailed, match="HTTP 503"):
                await WebSocket(server.url).open()
            await asyncio.Event().wait()

    with pytest.raises(ScriptFailed, match=r"connection 2 came; expected 1\. Give the others a script: then=\.\.\."):
        await play()


async def test_what_a_script_raises_itself_fails_the_test() -> None:
    async def is_wrong(client: ScriptedClient) -> None:
        await client.accept()
        assert await client.receive() == "right"

    async def play() -> None:
        async with ScriptedServer(is_wrong) as server, WebSocket(server.url) as socket:
            await socket.send("wrong")
            await asyncio.Event().wait()

    with pytest.raises(AssertionError, match="right"):
        await play()


async def test_done_says_where_each_script_stands_when_it_takes_too_long() -> None:
    async def wants(client: ScriptedClient) -> None:
        await client.accept()
        await client.expect("more")

    async def play() -> None:
        async with ScriptedServer(wants, wants) as server, WebSocket(server.url):
            await server.done(timeout=0.05)

    with pytest.raises(ScriptFailed) as failed:
        await play()
    assert str(failed.value) == (
        "the scripts are not done after 0.05 s: connection 1 is at step 2, expect('more'); connection 2 has not come"
    )


async def test_an_error_of_the_test_itself_is_raised_with_a_note_of_the_servers() -> None:
    async def speaks_too_soon(client: ScriptedClient) -> None:
        await client.send("hello")

    async def play() -> None:
        async with ScriptedServer(speaks_too_soon) as server:
            try:
                await WebSocket(server.url).open()
            finally:
                _ = 1 / 0

    with pytest.raises(ZeroDivisionError) as failed:
        await play()
    assert "The scripted server: connection 1, step 1, send('hello')" in failed.value.__notes__[0]


async def test_a_cancellation_from_outside_stays_one() -> None:
    async def accepts(client: ScriptedClient) -> None:
        await client.accept()

    async def block() -> None:
        async with ScriptedServer(accepts) as server, WebSocket(server.url):
            inside.set()
            await asyncio.Event().wait()

    inside = asyncio.Event()
    task = asyncio.create_task(block())
    await inside.wait()
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()


async def test_a_failure_in_the_last_moment_is_raised_and_no_cancellation_is_left() -> None:
    async def raises(client: ScriptedClient) -> None:
        await client.accept()
        await client.gone()
        raise ValueError("late")

    async def play() -> None:
        async with ScriptedServer(raises) as server, WebSocket(server.url):
            pass

    with pytest.raises(ValueError, match="late"):
        await play()
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_scripts_that_still_run_are_ended_with_the_block_and_the_client_is_told() -> None:
    async def goes_on(client: ScriptedClient) -> None:
        await client.accept()
        await client.receive()

    async with ScriptedServer(goes_on) as server:
        socket = WebSocket(server.url)
        ear = Ear(socket)
        await socket.open()
    await socket.wait_closed()
    assert ear.the(CloseEvent) == CloseEvent(1001, "the scripted server ends", clean=True)


async def test_a_client_that_does_not_leave_is_cut_off() -> None:
    async def accepts(client: ScriptedClient) -> None:
        await client.accept()

    async with ScriptedServer(accepts) as server:
        _, writer = await asyncio.open_connection("127.0.0.1", int(server.url.rpartition(":")[2]))
    assert len(server.clients) == 1
    writer.transport.abort()


@pytest.mark.parametrize(
    ("expected", "message", "fits"),
    [
        ("text", "text", True),
        ("text", b"text", False),
        (b"\x00", b"\x00", True),
        ({"a": 1}, '{"a": 1, "b": 2}', True),
        ({"a": {"b": [1, {"c": 2}]}}, '{"a": {"b": [1, {"c": 2, "d": 3}], "e": 4}}', True),
        ({"a": [1]}, '{"a": [1, 2]}', False),
        ({"a": 1}, '{"a": true}', False),
        ({"a": 1}, '{"b": 1}', False),
        ({"a": None}, "{}", False),
        ([1, 2.0], "[1.0, 2]", True),
        ({"a": 1}, "no JSON", False),
    ],
)
async def test_what_an_expected_message_may_look_like(expected: Any, message: Any, fits: bool) -> None:
    async def wants(client: ScriptedClient) -> None:
        await client.accept()
        await client.expect(expected)

    async def play() -> None:
        async with ScriptedServer(wants) as server, WebSocket(server.url) as socket:
            await socket.send(message)
            await server.done()

    if fits:
        await play()
    else:
        with pytest.raises(ScriptFailed, match=r"got .*; expected"):
            await play()


async def test_fragments_pings_and_pauses() -> None:
    go = asyncio.Event()

    async def script(client: ScriptedClient) -> None:
        await client.accept()
        await client.send_fragments("Hel", "lo")
        await client.send_fragments(b"by", b"tes")
        await client.ping(b"?")
        await go.wait()
        for count in range(3):
            await client.send(count)
        assert client.is_open
        await client.close()
        assert not client.is_open

    async with ScriptedServer(script) as server:
        socket = WebSocket(server.url)
        ear = Ear(socket)
        await socket.open()
        await ear.next(MessageEvent, 2)
        go.set()
        await server.done()
        await socket.wait_closed()
    assert [event.data for event in ear.all(MessageEvent)] == ["Hello", b"bytes", "0", "1", "2"]
    assert ear.names.count("ping") == 1


async def test_misuse_is_refused() -> None:
    with pytest.raises(UsageError, match="expected an async function of one ScriptedClient"):
        ScriptedServer(["send"])  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="does not listen"):
        _ = ScriptedServer().url

    async def speaks_too_soon(client: ScriptedClient) -> None:
        await client.send("hello")

    with pytest.raises(ScriptFailed, match=r"this side is CONNECTING; expected an open connection: accept\(\) first"):
        async with ScriptedServer(speaks_too_soon) as server:
            await WebSocket(server.url).open()
