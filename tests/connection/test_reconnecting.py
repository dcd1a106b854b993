"""One attempt after another: when, how often, and when not."""

from __future__ import annotations

import ssl

import pytest
import trustme

from socketstore import (
    Backoff,
    Connecting,
    Connection,
    ConnectionFailed,
    JustConnected,
    JustDisconnected,
    ReconnectScheduled,
)
from socketstore.testing import EchoServer, FakeSocket, FakeSockets
from tests.connection.diary import attempts, new_diary, until, words
from tests.sockets.peers import Peer, closing, raw_server


async def test_a_lost_connection_is_opened_again_after_the_delay() -> None:
    store = new_diary()
    async with (
        EchoServer() as server,
        Connection(server.url, store, reconnect=Backoff(0.01, jitter=0, healthy_after=0)),
    ):
        server.clients[0].abort()
        await until(store, JustConnected, 2)
        scheduled = next(action for action in store.state if isinstance(action, ReconnectScheduled))
        assert (scheduled.attempt, scheduled.delay, scheduled.epoch) == (1, 0.01, None)
    assert attempts(store.state)[1] == ["Connecting", "JustConnected", "JustDisconnected"]


async def test_attempts_are_counted_since_the_connection_was_healthy() -> None:
    answers = iter(["busy", "busy", "open", "busy", "open"])

    def answer(socket: FakeSocket) -> None:
        if next(answers, "open") == "busy":
            socket.refuse(503)
        else:
            socket.accept()
            socket.end(1012, "restart")

    store, sockets = new_diary(), FakeSockets(answer)
    backoff = Backoff(0.001, jitter=0, healthy_after=0)
    async with Connection("ws://feed", store, reconnect=backoff, make_socket=sockets.make):
        await until(store, JustDisconnected, 5)
    numbers = [action.attempt for action in store.state if isinstance(action, Connecting)]
    delays = [action.delay for action in store.state if isinstance(action, ReconnectScheduled)]
    assert numbers[:5] == [1, 2, 3, 1, 2]
    assert delays[:4] == [0.001, 0.002, 0.001, 0.002]


async def test_without_reconnect_there_is_one_attempt() -> None:
    async def closes(peer: Peer) -> None:
        await peer.accept(closing(1012))
        await peer.until_closing()

    store = new_diary()
    async with raw_server(closes) as url:
        await Connection(url, store, reconnect=None).run()
    assert words(store.state) == ["Connecting", "JustConnected", "JustDisconnected"]


async def test_a_failure_that_would_stay_is_not_tried_again() -> None:
    certificate = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost").configure_cert(certificate)
    async with (
        EchoServer(process_request=lambda connection, _: connection.respond(404, "")) as nowhere,
        EchoServer(ssl=certificate) as untrusted,
    ):
        for url, kind in (
            (nowhere.url, "status"),
            (f"wss://localhost:{untrusted.port}", "tls"),
            ("http://127.0.0.1", "url"),
        ):
            store = new_diary()
            with pytest.raises(ConnectionFailed) as failed:
                async with Connection(url, store, reconnect=Backoff(0)):
                    pass
            assert failed.value.kind == kind
            assert words(store.state) == ["Connecting", "GotError", "JustDisconnected", "GaveUp"]


async def test_a_failure_that_would_stay_ends_run_also_after_a_success() -> None:
    answers = iter([None, 404])

    def process_request(connection: object, _: object) -> object:
        status = next(answers)
        return status and connection.respond(status, "")  # type: ignore[attr-defined]

    store = new_diary()
    async with EchoServer(process_request=process_request) as server:
        server.add_listener("connection", lambda event: event.socket.close(1012))
        with pytest.raises(ConnectionFailed, match="HTTP 404"):
            await Connection(server.url, store, reconnect=Backoff(0)).run()
    assert len(attempts(store.state)) == 2
