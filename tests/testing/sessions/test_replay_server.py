"""A recorded session as a server."""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import re
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.frames import Opcode

from socketstore import (
    Connection,
    ConnectionFailed,
    GotMessage,
    JustConnected,
    JustDisconnected,
    ListenFailed,
    LogUnavailable,
    ScriptFailed,
    Store,
    UsageError,
    WebSocket,
    WebSocketServer,
    open_log,
)
from socketstore.testing import EchoServer, ReplayServer, in_virtual_time, loop_time
from tests.sockets.peers import raw_client
from tests.testing.sessions.recordings import came, client, closed, opened, recording, went


async def served(path: Path, *sends: str | bytes, **options: Any) -> Any:
    async with ReplayServer(path, **{"speed": math.inf, **options}) as server:
        return await client(server.url, *sends)


async def test_a_client_gets_the_recorded_messages_text_and_bytes_and_the_close(tmp_path: Path) -> None:
    path = recording(tmp_path, opened(), came("one"), came(b"\x00two"), came(""), closed(1013, "come back later"))
    heard = await served(path)
    assert heard.messages == ["one", b"\x00two", ""]
    assert heard.close == (1013, "come back later", True)


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        (closed(1000, ""), (1000, "", True)),
        (closed(1005), (1005, "", True)),
        (closed(4001, "who are you?"), (4001, "who are you?", True)),
        (closed(1006, clean=False), (1006, "", False)),
        (closed(1011, "it broke", clean=False), (1006, "", False)),
    ],
)
async def test_the_socket_ends_as_it_did(tmp_path: Path, end: Any, expected: Any) -> None:
    many = [came("x" * 100_000) for _ in range(20)]
    heard = await served(recording(tmp_path, opened(), *many, end))
    assert len(heard.messages) == 20
    assert heard.close == expected


@in_virtual_time
async def times_of(path: Path, speed: float) -> list[float]:
    async with ReplayServer(path, speed=speed) as server:
        return [round(at, 1) for at in (await client(server.url, clock=loop_time)).times]


def test_messages_come_at_their_time_or_that_many_times_as_fast(tmp_path: Path) -> None:
    path = recording(tmp_path, opened(), came("a", 10), came("b", 10), came("c", 70), closed(at=80))
    assert times_of(path, 1.0) == [10, 10, 70]
    assert times_of(path, 20.0) == [0.5, 0.5, 3.5]


@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf])
def test_a_time_that_is_none_has_come(tmp_path: Path, odd: float) -> None:
    times = (odd, 10, odd, 12)
    path = recording(tmp_path, opened(odd), *(came(str(at), at) for at in times), closed(at=odd))
    assert times_of(path, 1.0) == [0, 0, 0, 2]


TWO = (opened(), came("first"), closed(1012), opened(epoch=2), came("second", epoch=2), closed(1000, "end", epoch=2))


@pytest.mark.parametrize(("then", "further"), [("again", ["first", "second"]), ("last", ["second", "second"])])
async def test_one_client_gets_one_epoch_after_the_other(tmp_path: Path, then: Any, further: list[str]) -> None:
    async with ReplayServer(recording(tmp_path, *TWO), then=then) as server:
        heard = [await client(server.url) for _ in range(4)]
    assert [one.messages for one in heard] == [[words] for words in ["first", "second", *further]]
    assert [one.close[0] for one in heard[:2]] == [1012, 1000]


async def test_a_client_that_comes_once_more_can_be_refused(tmp_path: Path) -> None:
    async with ReplayServer(recording(tmp_path, *TWO), then="refuse") as server:
        await client(server.url)
        await client(server.url)
        with pytest.raises(ConnectionFailed) as failed:
            await client(server.url)
        assert server.standing() == ["refused 1 times a client that came again after the last episode; see then="]
    assert failed.value.status == 503


async def test_clients_at_the_same_time_each_get_their_own_session(tmp_path: Path) -> None:
    path = recording(tmp_path, opened(), went("go"), came("one"), came("two"), closed())
    async with ReplayServer(path, sent="strict", then="refuse") as server, asyncio.TaskGroup() as tasks:
        heard = [tasks.create_task(client(server.url, "go")) for _ in range(5)]
    assert [one.result().messages for one in heard] == [["one", "two"]] * 5


@pytest.mark.parametrize(("offered", "agreed"), [(["chat.v1", "chat.v2"], "chat.v2"), (["other"], None), (None, None)])
async def test_the_subprotocol_is_the_recorded_one_if_it_is_offered(tmp_path: Path, offered: Any, agreed: Any) -> None:
    said: list[str] = []
    path = recording(tmp_path, opened(subprotocol="chat.v2"), closed())
    async with ReplayServer(path, say=said.append) as server:
        assert (await client(server.url, subprotocols=offered)).subprotocol == agreed
    missed = [line for line in said if "offers the subprotocols 'other', and gets none" in line]
    assert len(missed) == (offered == ["other"])


async def test_a_recording_without_an_end_leaves_the_socket_open_until_the_client_leaves(tmp_path: Path) -> None:
    async with ReplayServer(recording(tmp_path, opened(), came("one"))) as server, WebSocket(server.url):
        await server.done()
        assert len(server.clients) == 1


async def test_a_client_that_has_closed_the_socket_itself_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "session.jsonl"
    with open_log(path, mode="x") as log:
        log.write(opened())
        log.write(came("one"))
        log.note("the client closed", {"closedBy": "client"})
        log.write(closed())
    async with ReplayServer(path, speed=math.inf) as server, WebSocket(server.url):
        await server.done()
        assert len(server.clients) == 1


async def test_a_connection_that_left_when_it_was_recorded_is_waited_for(tmp_path: Path) -> None:
    path, states = tmp_path / "session.jsonl", []
    for serve in (EchoServer, lambda: ReplayServer(path, speed=math.inf, sent="strict", then="refuse")):
        store = Store(lambda words, action: (*words, type(action).__name__), ())
        with open_log(path if not states else tmp_path / "again.jsonl", mode="x") as log:
            async with serve() as server, Connection(server.url, store, log=log) as connection:
                await connection.send("hello")
                await store.wait_for(lambda words: "GotMessage" in words, timeout=5)
                await server.clients[0].ping()
        states.append(store.state)
    assert states[0] == states[1]


async def test_the_client_of_another_connection_that_has_closed_does_not_count(tmp_path: Path) -> None:
    path = tmp_path / "session.jsonl"
    book, trades = {"connection": "book", "epoch": 1}, {"connection": "trades", "epoch": 1}
    with open_log(path, mode="x") as log:
        for entry in (opened(**book), opened(**trades), came("b", **book)):
            log.write(entry)
        log.note("the client closed", {"closedBy": "client", **trades})
        log.write(closed(**trades))
        log.write(closed(1013, **book))
    assert (await served(path, connection="book")).close == (1013, "", True)


# What the client sends.


async def test_strict_sends_what_came_behind_a_message_of_the_client_only_when_that_has_come(tmp_path: Path) -> None:
    path = recording(tmp_path, opened(), came("hello"), went("ask"), came("answer"), closed())
    async with ReplayServer(path, sent="strict") as server:
        socket = WebSocket(server.url)
        messages: asyncio.Queue[str | bytes] = asyncio.Queue()
        socket.add_listener("message", lambda event: messages.put_nowait(event.data))
        async with socket:
            assert await messages.get() == "hello"
            await socket.ping()
            assert messages.empty()
            await socket.send("ask")
            assert await messages.get() == "answer"
            await server.done()


@pytest.mark.parametrize(
    ("recorded", "sent"),
    [
        ("ask", "ask"),
        (b"\x01", b"\x01"),
        ('{"op":"subscribe","ids":[1,2]}', '{ "ids": [1, 2], "op": "subscribe" }'),
        ('{"op":"login","keys":[{"token":"***"}]}', '{"op":"login","keys":[{"token":"abc"}]}'),
        ("login *** as Ann", "login a(b\nc as Ann"),
    ],
)
async def test_strict_takes_the_same_text_bytes_or_json(tmp_path: Path, recorded: Any, sent: Any) -> None:
    path = recording(tmp_path, opened(), went(recorded), came("answer"), closed())
    assert (await served(path, sent, sent="strict")).messages == ["answer"]


@pytest.mark.parametrize(
    ("recorded", "sent", "says"),
    [
        ("ask", "tell", "message 1 of the client: got 'tell'; expected 'ask'"),
        ("ask", b"ask", "got b'ask'; expected 'ask'"),
        ("1", "true", "got 'true'; expected '1'"),
        ("login *** as Ann", "login abc as Bob", "expected 'login"),
        ('{"op":"a","id":1}', '{"op":"a","id":2}', r"\['id'\]: 1 -> 2"),
        ('{"op":"a"}', '{"op":"a","id":2}', r"\['id'\]: added 2"),
        ('{"op":"a","id":1}', '{"id":2,"op":"a"}', r"recording\n  \['id'\]: 1 -> 2\n  Where"),
        (
            '{"a":[{"token":"***","id":1}],"b":{"x":1,"y":2}}',
            '{"b":{"y":2,"x":1},"a":[{"id":2,"token":"s"}]}',
            r"recording\n  \['a'\]\[0\]\['id'\]: 1 -> 2\n  Where",
        ),
        ("a" * 2000 + "b", "a" * 2000 + "c", r"message, from \[1980\] on: 'a{20}b' -> 'a{20}c'"),
    ],
)
async def test_strict_fails_the_test_at_the_first_other_message(
    tmp_path: Path, recorded: Any, sent: Any, says: str
) -> None:
    path = recording(tmp_path, opened(), went(recorded), came("answer"), closed())
    server = ReplayServer(path, sent="strict")

    async def test() -> None:
        async with server:
            await asyncio.Event().wait()

    listening = asyncio.Event()
    server.add_listener("listening", lambda _: listening.set())
    testing = asyncio.create_task(test())
    await listening.wait()
    heard = await client(server.url, sent)
    assert (heard.messages, heard.close) == ([], (1008, "this is not what the client sent when it was recorded", True))
    with pytest.raises(ScriptFailed, match=says):
        await testing


async def test_strict_fails_at_a_message_more_than_was_recorded(tmp_path: Path) -> None:
    path = recording(tmp_path, opened(), went("ask"), came("answer"))
    with pytest.raises(ScriptFailed, match="holds no further message"):
        async with ReplayServer(path, sent="strict") as server:
            await client(server.url, "ask", "ask")


async def test_a_function_says_what_may_differ(tmp_path: Path) -> None:
    path = recording(tmp_path, opened(), went("id 1"), came("answer"), closed())
    heard = await served(path, "id 7", sent="strict", match=lambda recorded, got: recorded[:3] == got[:3])
    assert heard.messages == ["answer"]


async def test_a_function_that_raises_fails_the_test(tmp_path: Path) -> None:
    path = recording(tmp_path, opened(), went("id 1"), came("answer"), closed())
    with pytest.raises(ScriptFailed, match="match= raised ZeroDivisionError"):
        async with ReplayServer(path, sent="strict", match=lambda recorded, got: 1 / 0) as server:
            await client(server.url, "id 1")


async def test_done_says_what_was_not_served(tmp_path: Path) -> None:
    path = recording(tmp_path, opened(), went("ask"), came("answer"))
    with pytest.raises(ScriptFailed, match="of the 1 episodes were not served"):
        async with ReplayServer(path, sent="strict") as server, WebSocket(server.url):
            await server.done(timeout=0.01)


async def test_a_server_that_runs_by_itself_goes_on_and_keeps_the_failures(tmp_path: Path) -> None:
    server = ReplayServer(recording(tmp_path, opened(), went("ask"), came("answer"), closed()), sent="strict")
    await server.listen()
    running = asyncio.create_task(server.serve_forever())
    assert (await client(server.url, "tell")).close[0] == 1008
    assert (await client(server.url, "ask")).messages == ["answer"]
    assert len(server.failures) == 1
    await server.close()
    await running


async def test_ignore_goes_by_time_alone_and_says_what_it_heard(tmp_path: Path) -> None:
    said: list[str] = []
    path = recording(tmp_path, opened(), went("ask"), came("answer"), closed(1013, at=0.05))
    heard = await served(path, "anything", speed=1.0, say=said.append)
    assert heard.messages == ["answer"]
    assert said == [
        "client 1, episode 1 of 1: connected",
        "client 1, episode 1 of 1: received 'anything'",
        "client 1, episode 1 of 1: served to its end, 1 messages",
        "client 1, episode 1 of 1: closed, 1013",
    ]


async def test_a_message_of_any_size_is_taken_as_it_was_then(tmp_path: Path) -> None:
    large = "x" * 3_000_000
    path = recording(tmp_path, opened(), went(large), came("thank you"), closed())
    assert (await served(path, large, sent="strict")).messages == ["thank you"]
    async with ReplayServer(path, sent="strict", max_size=2_000_000) as server:
        assert (await client(server.url, large)).close[0] == 1009


# What a recording holds.


async def test_a_recording_of_actions_is_served_by_its_messages(tmp_path: Path) -> None:
    path = tmp_path / "actions.jsonl"
    with open_log(path, mode="x") as log:
        log.append(JustConnected(url="ws://feed", epoch=1))
        log.append(GotMessage(data="one", epoch=1))
        log.append({"something": "else"})
        log.append(GotMessage(data=b"\x02", epoch=1))
        log.append(JustDisconnected(code=1012, clean=True, epoch=1))
        log.append(JustDisconnected(code=1006))
    async with ReplayServer(path, speed=math.inf) as server:
        assert len(server.episodes) == 1
        heard = await client(server.url)
    assert heard.messages == ["one", b"\x02"]
    assert heard.close == (1012, "", True)


@pytest.mark.parametrize(
    ("actions", "options", "says"),
    [
        ([GotMessage(data={"price": 1}, epoch=1)], {}, "is what a decoder made of a message.*Connection"),
        ([GotMessage(data="one", epoch=1)], {"sent": "strict"}, "holds actions and no frames"),
        (["nothing of a socket"], {}, "nothing to serve"),
    ],
)
async def test_actions_that_do_not_tell_what_the_server_sent_are_refused(
    tmp_path: Path, actions: list[Any], options: Any, says: str
) -> None:
    path = tmp_path / "actions.jsonl"
    with open_log(path, mode="x") as log:
        for action in actions:
            log.append(action)
    with pytest.raises(UsageError, match=says):
        async with ReplayServer(path, **options):
            pass


async def test_of_several_connections_one_must_be_chosen(tmp_path: Path) -> None:
    book, trades = {"connection": "book"}, {"connection": "trades"}
    path = recording(
        tmp_path, opened(**book), opened(**trades), came("b", **book), came("t", **trades), closed(**trades)
    )
    with pytest.raises(UsageError, match="holds several connections: 'book', 'trades'; choose one: connection=NAME"):
        async with ReplayServer(path):
            pass
    assert (await served(path, connection="trades")).messages == ["t"]


async def test_a_recording_that_begins_in_the_middle_is_served_from_there(tmp_path: Path) -> None:
    heard = await served(recording(tmp_path, came("middle", epoch=3), closed(1000, "end", epoch=3)))
    assert (heard.messages, heard.close) == (["middle"], (1000, "end", True))


async def test_an_open_log_is_served_and_stays_open(tmp_path: Path) -> None:
    with open_log(recording(tmp_path, opened(), came("one"), closed())) as log:
        async with ReplayServer(log) as server:
            assert (await client(server.url)).messages == ["one"]
        assert len(list(log.read())) == 3


@pytest.mark.parametrize(
    "options",
    [
        {"speed": 0},
        {"speed": "fast"},
        {"speed": 10**400},
        {"sent": "maybe"},
        {"then": "never"},
        {"match": 1},
        {"log": 1},
    ],
)
def test_what_cannot_be_used_is_refused(options: Any) -> None:
    with pytest.raises(UsageError, match=next(iter(options))[:4] if "log" not in options else "recording"):
        ReplayServer(**{"log": "session.jsonl", **options})


@pytest.mark.parametrize("end", [closed(), closed(1006, clean=False)])
async def test_a_slow_client_holds_back_the_server_and_misses_nothing(tmp_path: Path, end: Any) -> None:
    frames = [came("x" * 10_000) for _ in range(2_000)]
    server = ReplayServer(recording(tmp_path, opened(), *frames, end), speed=math.inf)
    async with server, connect(server.url, max_queue=2, compression=None) as reader:
        for _ in range(100):  # times enough for all of it to be sent
            await asyncio.sleep(0)
        (to_client,) = server.clients
        assert 0 < to_client.buffered_amount < 1_000_000
        count = 0
        with contextlib.suppress(ConnectionClosed):
            while await reader.recv():
                count += 1
        assert count == 2_000
        assert reader.close_code == end.code


@pytest.mark.parametrize("end", [closed(1006, clean=False), closed(1005), closed(4001)])
async def test_a_server_that_ends_adds_nothing_to_the_end_that_was_recorded(tmp_path: Path, end: Any) -> None:
    path = recording(tmp_path, opened(), came("x" * 8_000_000), end)
    async with ReplayServer(path, speed=math.inf, write_limit=10_000_000) as server:  # it does not wait for the reader
        reader = await connect(server.url, max_size=None, compression=None)
        await server.done()
    assert len(await reader.recv()) == 8_000_000
    await reader.wait_closed()
    assert reader.close_code == end.code


def test_a_client_that_stands_still_is_not_cut(tmp_path: Path) -> None:
    path = recording(tmp_path, opened(), came("late", 100))

    @in_virtual_time
    async def main() -> list[tuple[Opcode, bytes]]:
        async with ReplayServer(path) as server, raw_client(server) as peer:
            frames = [await peer.frame()]
            while frames[-1].opcode is Opcode.PING:
                frames.append(await peer.frame())
            return [(frame.opcode, bytes(frame.data)) for frame in frames[-1:]]

    assert main() == [(Opcode.TEXT, b"late")]


@pytest.mark.filterwarnings("ignore::socketstore.LogWarning")
async def test_a_file_that_is_cut_short_while_it_is_served_is_told_of(tmp_path: Path) -> None:
    path = recording(tmp_path, opened(), *[came("x" * 10_000) for _ in range(2_000)], closed())
    server = ReplayServer(path, speed=math.inf)
    await server.listen()
    async with connect(server.url, max_queue=1) as reader:
        await reader.recv()
        os.truncate(path, 15_000_000)
        with contextlib.suppress(ConnectionClosed):
            while await reader.recv():
                pass
    await server.close()
    assert reader.close_code == 1011
    (failure,) = server.failures
    assert isinstance(failure, LogUnavailable)
    assert re.search(r"ended after \d+ of 2000 messages", str(failure))


async def test_an_address_that_is_taken_leaves_no_log_open(tmp_path: Path) -> None:
    path = recording(tmp_path, opened(), came("one"), closed(1000))
    async with WebSocketServer() as taken:
        server = ReplayServer(path, port=taken.port)
        with pytest.raises(ListenFailed):
            await server.listen()
        assert server._log is None


@pytest.mark.parametrize(("recorded", "most"), [("x", 2**20), ("é" * 600_000, 1_200_000)])
async def test_a_message_may_be_as_large_as_what_was_recorded_but_a_mebibyte_in_any_case(
    tmp_path: Path, recorded: str, most: int
) -> None:
    path = recording(tmp_path, opened(), went(recorded), came("thanks"), closed())
    async with ReplayServer(path, sent="strict", match=lambda *_: True, max_size="recorded") as server:
        assert (await client(server.url, b"x" * most)).close == (1000, "", True)
        heard = await client(server.url, b"x" * (most + 1))
        assert heard.close is not None
        assert heard.close[0] == 1009
