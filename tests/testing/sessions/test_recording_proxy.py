"""What both sides say is handed on and recorded, and can be served again."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from socketstore import Connection, ConnectionFailed, Store, WebSocket, WebSocketServer, open_log
from socketstore.log.log import Log
from socketstore.testing import ReplayServer, ScriptedClient, ScriptedServer, in_virtual_time, loop_time
from socketstore.testing.sessions.proxy import RecordingProxy
from tests.sockets.peers import Peer, client_handshake, closing, raw_client, raw_server, rounds
from tests.testing.sessions.recordings import client, contents

Script = Callable[[ScriptedClient], Awaitable[object]]


@pytest.fixture
async def log(tmp_path: Path) -> AsyncIterator[Log]:
    with open_log(tmp_path / "session.jsonl", mode="x") as log:
        yield log


def recorded(log: Log) -> list[Any]:
    return contents(entry for entry in log.read() if entry.kind != "note")  # type: ignore[misc]


def notes(log: Log) -> list[Any]:
    return [entry.data for entry in log.read() if entry.kind == "note"]  # type: ignore[union-attr]


async def talks(peer: ScriptedClient) -> None:
    await peer.accept("hello", b"\x00")
    await peer.expect("hi")
    await peer.send("bye")
    await peer.close(4001, "that is all")


async def test_what_was_recorded_is_served_again_in_the_same_way(log: Log) -> None:
    async with ScriptedServer(talks) as server, RecordingProxy(server.url, log) as proxy:
        first = await client(proxy.url, "hi")
        await server.done()
    heard = ["hello", b"\x00", "bye"]
    assert [entry for entry in recorded(log) if entry[0] != "frameOut"] == [
        ("opened", 1, None),
        *(("frameIn", 1, data) for data in heard),
        ("closed", 1, 4001),
    ]
    assert recorded(log).index(("frameOut", 1, "hi")) < recorded(log).index(("frameIn", 1, "bye"))
    assert notes(log) == []
    async with ReplayServer(log, speed=math.inf, sent="strict") as again:
        second = await client(again.url, "hi")
    assert (second.messages, second.close) == (first.messages, first.close)
    assert first.close == (4001, "that is all", True)


async def cuts(peer: ScriptedClient) -> None:
    await peer.accept("hello")
    await peer.receive()
    peer.cut()


async def test_a_line_that_breaks_breaks_for_the_program_as_well(log: Log) -> None:
    async with ScriptedServer(cuts) as server, RecordingProxy(server.url, log) as proxy:
        heard = await client(proxy.url, "hi")
    assert heard.close == (1006, "", False)
    assert recorded(log)[-1] == ("closed", 1, 1006)


async def waits(peer: ScriptedClient) -> None:
    await peer.accept("hello")
    assert await peer.expect_close() == (1000, "")


async def test_that_the_program_closed_is_noted(log: Log) -> None:
    async with ScriptedServer(waits) as server, RecordingProxy(server.url, log) as proxy:
        socket = WebSocket(proxy.url)
        came = asyncio.Event()
        socket.add_listener("message", lambda _: came.set())
        async with socket:
            await came.wait()
        await server.done()
    assert notes(log) == [{"closedBy": "client", "connection": "default", "epoch": 1}]
    assert recorded(log)[-1] == ("closed", 1, 1000)


async def silent(peer: ScriptedClient) -> None:
    await peer.gone()


async def leaves(peer: ScriptedClient) -> None:
    await peer.accept()
    await peer.gone()


async def test_a_program_that_breaks_off_is_passed_on_as_well(log: Log) -> None:
    ends: asyncio.Queue[bytes] = asyncio.Queue()

    async def hears_the_end(peer: Peer) -> None:
        await peer.accept()
        ends.put_nowait(await peer.reader.read())  # up to the end of the line: a close frame would be in there

    async with raw_server(hears_the_end) as url, RecordingProxy(url, log) as proxy:
        socket = WebSocket(proxy.url)
        await socket.open()
        socket.abort()
        assert await ends.get() == b""
    assert recorded(log)[-1] == ("closed", 1, 1006)


async def floods(peer: ScriptedClient) -> None:
    await peer.accept("x" * 8_000_000)
    peer.cut()


async def test_what_came_before_the_line_broke_still_reaches_a_slow_program(log: Log) -> None:
    async with ScriptedServer(floods) as server, RecordingProxy(server.url, log) as proxy:
        reader = await connect(proxy.url, max_size=None, compression=None)
        while recorded(log)[-1][0] != "closed":
            await rounds(10)
        assert len(await reader.recv()) == 8_000_000
        await reader.wait_closed()
    assert reader.close_code == 1006


async def test_the_proxy_ends_when_the_other_server_has_been_left(log: Log) -> None:
    order: list[str] = []

    async def answers_late(peer: Peer) -> None:
        await peer.accept()
        assert await peer.until_closing() == (1000, "")
        await rounds(200)
        order.append("answered")
        peer.write(closing(1000))

    async with raw_server(answers_late) as url:
        async with RecordingProxy(url, log) as proxy, WebSocket(proxy.url):
            pass
        order.append("left")
    assert order == ["answered", "left"]


async def test_a_program_that_comes_again_has_the_next_epoch(log: Log) -> None:
    async with ScriptedServer(talks, talks) as server, RecordingProxy(server.url, log) as proxy:
        await client(proxy.url, "hi")
        await client(proxy.url, "hi")
    assert [entry for entry in recorded(log) if entry[0] == "opened"] == [("opened", 1, None), ("opened", 2, None)]


async def test_path_query_headers_and_subprotocol_are_passed_on(log: Log) -> None:
    seen: list[Any] = []

    async def looks(peer: ScriptedClient) -> None:
        await peer.accept(subprotocol="b")
        seen.append(peer.request)
        await peer.close()

    async with ScriptedServer(looks) as server, RecordingProxy(server.url, log) as proxy:
        heard = await client(
            f"{proxy.url}/feed?token=abc",
            subprotocols=["a", "b"],
            headers={"X-Key": "k", "Authorization": "Basic c2VjcmV0"},
        )
    assert heard.subprotocol == "b"
    (request,) = seen
    assert request.path == "/feed?token=abc"
    assert (request.headers["X-Key"], request.headers["Authorization"]) == ("k", "Basic c2VjcmV0")
    assert len(request.headers.get_all("Host")) == 1
    written = log.path.read_text()
    assert '"subprotocol":"b"' in written
    assert "abc" not in written
    assert "c2VjcmV0" not in written


@pytest.mark.parametrize(
    ("target", "asked", "got"),
    [
        ("", "", "/"),
        ("/feed", "", "/feed"),
        ("/feed", "?token=1", "/feed?token=1"),
        ("/feed?v=2", "", "/feed?v=2"),
        ("/feed?v=2", "/books?depth=5", "/feed/books?v=2&depth=5"),
        ("/feed/", "/books", "/feed/books"),
    ],
)
async def test_path_and_query_are_added_to_those_of_the_address(log: Log, target: str, asked: str, got: str) -> None:
    seen: list[str] = []
    async with WebSocketServer() as server, RecordingProxy(server.url + target, log) as proxy:
        server.add_listener("connection", lambda event: seen.append(event.request.path))
        async with WebSocket(proxy.url + asked):
            pass
    assert seen == [got]


async def test_a_secret_is_not_written_and_still_taken_when_it_is_sent_again(log: Log) -> None:
    login = '{"op":"login","api_key":"s3cret"}'

    async def lets_in(peer: ScriptedClient) -> None:
        await peer.accept()
        await peer.expect({"op": "login", "api_key": "s3cret"})
        await peer.send("welcome")
        await peer.close()

    async with ScriptedServer(lets_in) as server, RecordingProxy(server.url, log) as proxy:
        await client(proxy.url, login)
    assert "s3cret" not in log.path.read_text()
    async with ReplayServer(log, speed=math.inf, sent="strict") as again:
        assert (await client(again.url, login)).messages == ["welcome"]


async def test_a_refusal_is_passed_on_and_made_up_for_by_a_later_opening(log: Log) -> None:
    async def refuses(peer: ScriptedClient) -> None:
        await peer.refuse(401)

    async with ScriptedServer(refuses, talks) as server, RecordingProxy(server.url, log) as proxy:
        with pytest.raises(ConnectionFailed) as failed:
            await client(proxy.url)
        assert failed.value.status == 401
        assert [type(error) for error in proxy.failures] == [ConnectionFailed]
        await client(proxy.url, "hi")
        assert proxy.failures == []


async def test_a_refusal_that_python_has_no_name_for_is_a_bad_gateway(log: Log) -> None:
    async def refuses(peer: Peer) -> None:
        await peer.request()
        peer.write(b"HTTP/1.1 520 Web Server Returned an Unknown Error\r\nContent-Length: 0\r\n\r\n")

    async with raw_server(refuses) as url, RecordingProxy(url, log) as proxy:
        with pytest.raises(ConnectionFailed) as failed:
            await client(proxy.url)
    assert failed.value.status == 502
    assert "HTTP 520" in str(proxy.failures[0])


async def test_a_server_that_is_not_there_ends_a_program_at_once_and_later_has_it_come_again(log: Log) -> None:
    statuses: list[int | None] = []
    async with RecordingProxy("ws://127.0.0.1:9", log) as proxy:
        for _ in range(2):
            with pytest.raises(ConnectionFailed) as failed:
                await client(proxy.url)
            statuses.append(failed.value.status)
            proxy.epoch = 1  # as when one has been recorded
        assert "ws://127.0.0.1:9" in str(proxy.failures[0])
    assert statuses == [424, 502]


async def test_a_connection_does_not_try_on_where_nothing_can_be_recorded(log: Log) -> None:
    async with RecordingProxy("ws://127.0.0.1:9", log) as proxy:
        with pytest.raises(ConnectionFailed, match="424"):
            await Connection(proxy.url, Store(lambda state, _: state, None)).run()


def test_a_server_that_says_nothing_is_waited_for_for_less_time_than_programs_have(tmp_path: Path) -> None:
    @in_virtual_time
    async def main() -> None:
        async with ScriptedServer(then=silent) as server:
            with open_log(tmp_path / "session.jsonl", mode="x") as log:
                async with RecordingProxy(server.url, log) as proxy:
                    coming = asyncio.create_task(client(proxy.url))
                    while not proxy.standing():
                        await rounds(1)
                    assert proxy.standing() == [f"waits for {server.url} to let the program in"]
                    with pytest.raises(ConnectionFailed, match="424"):
                        await coming
                    assert "no answer in time" in str(proxy.failures[0])
                async with RecordingProxy(server.url, log, open_timeout=12) as proxy:
                    began = loop_time()
                    with pytest.raises(ConnectionFailed, match="424"):
                        await client(proxy.url, open_timeout=20)
                    assert loop_time() - began == pytest.approx(12, abs=0.5)

    main()


async def test_a_second_program_at_the_same_time_is_refused(log: Log) -> None:
    async with ScriptedServer(then=leaves) as server, RecordingProxy(server.url, log) as proxy, WebSocket(proxy.url):
        with pytest.raises(ConnectionFailed) as failed:
            await client(proxy.url)
    assert failed.value.status == 503
    assert "a session of its own" in str(proxy.failures[0])


async def test_of_two_programs_that_come_at_once_one_is_refused(log: Log) -> None:
    async with ScriptedServer(then=leaves) as server, RecordingProxy(server.url, log) as proxy:
        sockets = [WebSocket(proxy.url), WebSocket(proxy.url)]
        outcomes = await asyncio.gather(*(socket.open() for socket in sockets), return_exceptions=True)
        for socket in sockets:
            await socket.close()
    (failed,) = [outcome for outcome in outcomes if outcome is not None]
    assert isinstance(failed, ConnectionFailed)
    assert failed.status == 503
    assert proxy.epoch == 1


async def test_one_that_leaves_while_it_is_let_in_keeps_nobody_out(log: Log) -> None:
    async with ScriptedServer(leaves, then=leaves) as server, RecordingProxy(server.url, log) as proxy:
        async with raw_client(proxy, handshake=False) as peer:
            peer.write(client_handshake())
            peer.vanish()
        for _ in range(100):
            await asyncio.sleep(0)
        async with WebSocket(proxy.url):
            pass


async def test_a_server_that_is_away_is_one_failure_however_often_it_was_tried(log: Log) -> None:
    async with RecordingProxy("ws://127.0.0.1:9", log) as proxy:
        for _ in range(3):
            with pytest.raises(ConnectionFailed):
                await client(proxy.url)
        assert len(proxy.failures) == 1


async def test_headers_for_the_other_server_are_added_to_those_of_the_program(log: Log) -> None:
    async with WebSocketServer() as server, RecordingProxy(server.url, log, headers={"X-Key": "1"}) as proxy:
        seen: list[Any] = []
        server.add_listener("connection", lambda event: seen.append(event.request.headers))
        async with WebSocket(proxy.url, headers={"X-Name": "bagel"}):
            pass
    assert (seen[0]["X-Key"], seen[0]["X-Name"]) == ("1", "bagel")


async def test_an_option_that_does_not_exist_is_a_failure_that_names_it(log: Log) -> None:
    async with ScriptedServer(then=leaves) as server, RecordingProxy(server.url, log, bogus=1) as proxy:
        with pytest.raises(ConnectionFailed) as failed:
            await client(proxy.url)
    assert failed.value.status == 424
    assert "bogus" in str(proxy.failures[0])


async def test_what_cannot_be_written_is_a_failure_and_the_program_goes_on(log: Log) -> None:
    async with ScriptedServer(talks) as server, RecordingProxy(server.url, log) as proxy:
        log.close()
        heard = await client(proxy.url, "hi")
    assert heard.messages == ["hello", b"\x00", "bye"]
    assert proxy.failures


async def stalled(amount: Callable[[], int]) -> int:
    """Return an amount once it grows no more, however often the loop goes round."""
    while True:
        before = amount()
        for _ in range(300):
            await asyncio.sleep(0)
        if amount() == before > 0:
            return before


FLOOD = [f"{number:03}" + "x" * 100_000 for number in range(400)]


async def test_a_program_that_reads_slowly_holds_the_other_server_up_and_misses_nothing(log: Log) -> None:
    sent: list[int] = []

    async def flood(connection: ServerConnection) -> None:
        for number, message in enumerate(FLOOD):
            await connection.send(message)
            sent.append(number)

    async with serve(flood, "127.0.0.1", 0, compression=None) as server:
        port = server.sockets[0].getsockname()[1]
        async with (
            RecordingProxy(f"ws://127.0.0.1:{port}", log, compression=None) as proxy,
            connect(proxy.url, max_size=None, max_queue=1, compression=None) as reader,
        ):
            assert await stalled(lambda: len(sent)) < len(FLOOD)
            (program,) = proxy.clients
            assert program.buffered_amount < 2_000_000
            assert [message async for message in reader] == FLOOD
    assert recorded(log) == [("opened", 1, None), *(("frameIn", 1, message) for message in FLOOD), ("closed", 1, 1000)]


async def test_a_server_that_reads_slowly_holds_the_program_up_and_misses_nothing(log: Log) -> None:
    may_read, heard = asyncio.Event(), list[str | bytes]()

    async def reads_late(connection: ServerConnection) -> None:
        await may_read.wait()
        async for message in connection:
            heard.append(message)

    async with serve(reads_late, "127.0.0.1", 0, compression=None, max_queue=1) as server:
        port = server.sockets[0].getsockname()[1]
        async with RecordingProxy(f"ws://127.0.0.1:{port}", log, compression=None) as proxy:
            sent: list[int] = []

            async def flood() -> None:
                async with connect(proxy.url, compression=None) as writer:
                    for number, message in enumerate(FLOOD):
                        await writer.send(message)
                        sent.append(number)

            program = asyncio.create_task(flood())
            assert await stalled(lambda: len(sent)) < len(FLOOD)
            may_read.set()
            await program
    assert heard == FLOOD


async def test_a_slow_program_that_leaves_ends_the_recording(log: Log) -> None:
    gone = asyncio.Event()

    async def flood(connection: ServerConnection) -> None:
        with suppress(ConnectionClosed):
            for message in FLOOD:
                await connection.send(message)
        gone.set()

    async with serve(flood, "127.0.0.1", 0, compression=None) as server:
        port = server.sockets[0].getsockname()[1]
        async with RecordingProxy(f"ws://127.0.0.1:{port}", log, compression=None) as proxy:
            reader = await connect(proxy.url, max_size=None, max_queue=1, compression=None)
            await stalled(lambda: log.last)
            reader.transport.abort()
            await gone.wait()
    assert recorded(log)[-1] == ("closed", 1, 1006)
