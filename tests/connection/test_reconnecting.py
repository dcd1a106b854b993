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
    UsageError,
)
from socketstore.connection.retry import is_fatal
from socketstore.testing import EchoServer
from tests.connection.diary import attempts, new_diary, until, words
from tests.sockets.peers import Peer, closing, raw_server


async def test_a_lost_connection_is_opened_again_after_the_delay() -> None:
    store = new_diary()
    async with EchoServer() as server, Connection(server.url, store, reconnect=Backoff(0.01)):
        server.clients[0].abort()
        await until(store, JustConnected, 2)
        scheduled = next(action for action in store.state if isinstance(action, ReconnectScheduled))
        assert (scheduled.attempt, scheduled.delay, scheduled.epoch) == (1, 0.01, None)
    assert attempts(store.state)[1] == ["Connecting", "JustConnected", "JustDisconnected"]


async def test_attempts_are_counted_since_the_last_success() -> None:
    answers = iter(["busy", "busy", "open", "busy", "open"])

    async def serve(peer: Peer) -> None:
        if next(answers, "open") == "busy":
            await peer.request()
            peer.write(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
        else:
            await peer.accept(closing(1012, "restart"))
            await peer.until_closing()

    store = new_diary()
    async with raw_server(serve) as url, Connection(url, store, reconnect=Backoff(0.001, factor=2)):
        await until(store, JustDisconnected, 5)
    numbers = [action.attempt for action in store.state if isinstance(action, Connecting)]
    delays = [action.delay for action in store.state if isinstance(action, ReconnectScheduled)]
    assert numbers[:5] == [1, 2, 3, 1, 2]
    assert delays[:4] == [0.001, 0.002, 0.001, 0.001]


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
            assert words(store.state) == ["Connecting", "GotError", "JustDisconnected"]


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


@pytest.mark.parametrize(
    ("kind", "status", "fatal"),
    [("url", None, True), ("tls", None, True), ("refused", None, False), ("dns", None, False), ("timeout", None, False),
     ("handshake", None, False), ("aborted", None, False), ("status", 301, True), ("status", 401, True),
     ("status", 404, True), ("status", 408, False), ("status", 429, False), ("status", 500, False),
     ("status", 503, False), ("status", 200, False)],
)  # fmt: skip
def test_only_what_would_stay_is_fatal(kind: str, status: int | None, fatal: bool) -> None:
    assert is_fatal(ConnectionFailed("", url="", kind=kind, status=status)) is fatal  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("backoff", "delays"),
    [
        (Backoff(), [1, 1, 1, 1]),
        (Backoff(0.5, factor=2, maximum=3), [0.5, 0.5, 1, 2, 3]),
        (Backoff(0), [0, 0, 0]),
        (Backoff(100), [60, 60]),
    ],
)
def test_each_delay_is_factor_times_the_one_before_up_to_the_maximum(backoff: Backoff, delays: list[float]) -> None:
    assert [backoff.delay(failures) for failures in range(len(delays))] == delays


def test_a_delay_never_overflows() -> None:
    assert Backoff(1, factor=1e300).delay(10**9) == 60
    assert Backoff(1e300, factor=1e300).delay(2) == 60


@pytest.mark.parametrize("arguments", [{"initial": -1}, {"factor": 0.5}, {"maximum": -1}, {"initial": float("nan")}])
def test_delays_that_make_no_sense_are_refused(arguments: dict[str, float]) -> None:
    with pytest.raises(UsageError, match="expected initial >= 0, factor >= 1 and maximum >= 0"):
        Backoff(**arguments)
