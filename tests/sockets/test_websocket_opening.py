"""Opening a socket: what can keep it from opening, and giving up."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable

import pytest
from websockets.http11 import Request, Response

from socketstore import (
    CloseEvent,
    ConnectionFailed,
    ErrorEvent,
    MessageEvent,
    OpenEvent,
    ReadyState,
    UsageError,
    WebSocket,
)
from socketstore.testing import EchoServer
from tests.sockets.peers import Ear, Peer, closing, nobody_listens, raw_server, rounds, text


async def says_nothing(peer: Peer) -> None:
    await peer.until_gone()


async def answers_garbage(peer: Peer) -> None:
    await peer.request()
    peer.write(b"220 smtp.example ESMTP\r\n\r\n")


async def answers_garbage_and_keeps_the_line(peer: Peer) -> None:
    await answers_garbage(peer)
    await peer.until_gone()


async def hangs_up(peer: Peer) -> None:
    await peer.request()


async def vanishes(peer: Peer) -> None:
    await peer.request()
    peer.vanish()


async def upgrades_to_something_else(peer: Peer) -> None:
    await peer.request()
    peer.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: smtp\r\nConnection: Upgrade\r\n\r\n")


async def is_away(peer: Peer) -> None:
    await peer.request()
    peer.write(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")


async def fails_to_open(url: str, **options: object) -> ConnectionFailed:
    """Open a socket that must fail, and return the error, which all listeners were told of as well."""
    socket = WebSocket(url, **options)  # type: ignore[arg-type]
    ear = Ear(socket)
    with pytest.raises(ConnectionFailed) as failed:
        await socket.open()
    assert ear.events == [ErrorEvent(failed.value), CloseEvent(1006, "", clean=False)]
    assert socket.ready_state is ReadyState.CLOSED
    await socket.close()
    return failed.value


@pytest.mark.parametrize(
    ("behave", "kind", "words"),
    [
        (says_nothing, "timeout", "no answer in time"),
        (answers_garbage, "handshake", "is there a WebSocket server at this address"),
        (answers_garbage_and_keeps_the_line, "handshake", "is there a WebSocket server at this address"),
        (hangs_up, "handshake", "is there a WebSocket server at this address"),
        (upgrades_to_something_else, "handshake", "nvalid"),
        (is_away, "status", "HTTP 503 instead of 101"),
    ],
)
async def test_a_server_that_does_not_shake_hands(
    behave: Callable[[Peer], Awaitable[None]], kind: str, words: str
) -> None:
    async with raw_server(behave) as url:
        failed = await fails_to_open(url, open_timeout=0.2 if kind == "timeout" else 10)
    assert failed.kind == kind
    assert words in str(failed)
    assert failed.url == url
    assert failed.__cause__ is not None


async def test_a_server_that_vanishes_during_the_handshake() -> None:
    async with raw_server(vanishes) as url:
        assert (await fails_to_open(url)).kind in ("network", "handshake")


async def test_a_refused_port() -> None:
    with nobody_listens() as url:
        failed = await fails_to_open(url)
    assert failed.kind == "refused"
    assert str(failed) == f"could not open {url}: nothing listens there; start the server or check the port"


async def test_a_port_refused_on_each_address_of_a_host() -> None:
    with nobody_listens() as url:
        assert (await fails_to_open(url.replace("127.0.0.1", "localhost"))).kind == "refused"


@pytest.mark.filterwarnings("ignore::socketstore.InsecureWarning")
async def test_an_unknown_host() -> None:
    failed = await fails_to_open("ws://nowhere.invalid/", proxy=None)
    assert failed.kind == "dns"
    assert "check its spelling" in str(failed)


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1", "", None, "ws://[", "ws://", "127.0.0.1:80", "ws://h:port", "ws://h:99999", "ws://h/#part", 3],
)
async def test_a_url_that_is_none(url: str) -> None:
    failed = await fails_to_open(url)
    assert failed.kind == "url"
    assert "expected ws://host:port/path or wss://..." in str(failed)


@pytest.mark.filterwarnings("ignore::socketstore.InsecureWarning")
@pytest.mark.parametrize("host", ["a" * 64 + ".invalid", "..", "é" * 64 + ".invalid"])
async def test_a_host_name_that_cannot_be_looked_up(host: str) -> None:
    assert (await fails_to_open(f"ws://{host}", proxy=None)).kind == "url"


async def test_a_wrong_path() -> None:
    def answer(connection: object, request: Request) -> Response | None:
        return None if request.path == "/right" else connection.respond(404, "no such feed")  # type: ignore[attr-defined]

    async with EchoServer(process_request=answer) as server:
        failed = await fails_to_open(server.url + "/wrong")
        assert (failed.kind, failed.status) == ("status", 404)
        assert "HTTP 404 instead of 101; check the path" in str(failed)
        async with WebSocket(server.url + "/right"):
            pass


@pytest.mark.only_websockets("the options of picows are known beforehand")
@pytest.mark.parametrize("option", [{"colour": "red"}, {"compression": "zip"}, {"ssl": 3}])
async def test_an_option_that_does_not_exist_is_a_usage_error(option: dict[str, object]) -> None:
    socket = WebSocket("ws://127.0.0.1:1", **option)  # type: ignore[arg-type]
    ear = Ear(socket)
    with pytest.raises(UsageError, match=r"an option of <WebSocket .* CLOSED> cannot be used"):
        await socket.open()
    assert ear.names == ["error", "close"]


async def test_headers_are_sent_with_the_handshake() -> None:
    async with EchoServer() as server:
        ear = Ear(server)
        async with WebSocket(server.url, headers={"Authorization": "Bearer token"}):
            assert ear.events[1].request.headers["Authorization"] == "Bearer token"


@pytest.mark.filterwarnings("ignore::socketstore.InsecureWarning")
async def test_no_proxy_lies_between_a_program_and_its_own_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    async with (
        EchoServer() as server,
        WebSocket(server.url) as socket,
        WebSocket(server.url.replace("127.0.0.1", "localhost")),
    ):
        assert socket.ready_state is ReadyState.OPEN


@pytest.mark.filterwarnings("ignore::socketstore.InsecureWarning")
@pytest.mark.only_websockets("proxies are refused")
async def test_a_proxy_lies_between_where_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    async with EchoServer() as server:
        assert (await fails_to_open(server.url, proxy="http://127.0.0.1:1")).kind == "refused"
        assert (await fails_to_open(server.url, proxy="nonsense://127.0.0.1:1")).kind == "url"
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("all_proxy", "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    assert (await fails_to_open("ws://elsewhere.invalid")).kind == "refused"


# wss://


async def test_wss_with_a_trusted_certificate(server_side: ssl.SSLContext, client_side: ssl.SSLContext) -> None:
    async with EchoServer(ssl=server_side) as server:
        assert server.url == f"wss://127.0.0.1:{server.port}"
        async with WebSocket(f"wss://localhost:{server.port}", ssl=client_side) as socket:
            ear = Ear(socket)
            await socket.send("x" * 100_000)
            assert (await ear.next(MessageEvent)).data == "x" * 100_000
            assert socket.buffered_amount == 0
    assert ear.the(CloseEvent) == CloseEvent(1000, "", clean=True)


async def test_wss_with_a_certificate_that_nobody_vouches_for(server_side: ssl.SSLContext) -> None:
    async with EchoServer(ssl=server_side) as server:
        failed = await fails_to_open(f"wss://localhost:{server.port}")
    assert failed.kind == "tls"
    assert "check the certificate" in str(failed)


async def test_wss_with_a_certificate_for_another_host(
    server_side: ssl.SSLContext, client_side: ssl.SSLContext
) -> None:
    async with EchoServer(ssl=server_side) as server:
        failed = await fails_to_open(server.url, ssl=client_side)
    assert failed.kind == "tls"
    assert "127.0.0.1" in str(failed)


async def test_wss_to_a_server_without_tls(client_side: ssl.SSLContext) -> None:
    async def answers_in_plain_text(peer: Peer) -> None:
        await peer.reader.read(1)
        peer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await peer.until_gone()

    async with raw_server(answers_in_plain_text) as url:
        failed = await fails_to_open(url.replace("ws:", "wss:"), ssl=client_side)
    assert failed.kind == "tls"
    assert "ws:// or wss://" in str(failed)


async def test_an_abort_cuts_wss_too(server_side: ssl.SSLContext, client_side: ssl.SSLContext) -> None:
    async with EchoServer(ssl=server_side) as server:
        socket = WebSocket(f"wss://localhost:{server.port}", ssl=client_side)
        await socket.open()
        ear = Ear(socket)
        socket.abort()
        await socket.wait_closed()
    assert ear.names == ["error", "close"]


# One object is one attempt.


async def test_a_socket_opens_only_once() -> None:
    async with EchoServer() as server:
        socket = WebSocket(server.url)
        async with socket:
            with pytest.raises(UsageError, match="opened before; expected a new WebSocket"):
                await socket.open()
        with pytest.raises(UsageError, match="opened before"):
            await socket.open()


async def test_close_before_open_ends_it() -> None:
    socket = WebSocket("ws://127.0.0.1:1")
    ear = Ear(socket)
    await socket.close()
    await socket.close()
    assert ear.names == ["error", "close"]
    assert ear.the(CloseEvent) == CloseEvent(1006)
    with pytest.raises(ConnectionFailed, match="closed before it was open") as failed:
        await socket.open()
    assert failed.value.kind == "aborted"
    assert ear.names == ["error", "close"]


@pytest.mark.parametrize("give_up", [WebSocket.close, WebSocket.abort])
async def test_close_while_opening_gives_up(give_up: Callable[[WebSocket], object]) -> None:
    async with raw_server(says_nothing) as url:
        socket = WebSocket(url)
        ear = Ear(socket)
        opening = asyncio.ensure_future(socket.open())
        await rounds(5)
        give_up(socket)
        assert socket.ready_state is ReadyState.CLOSING
        with pytest.raises(ConnectionFailed) as failed:
            await opening
        assert failed.value.kind == "aborted"
        assert ear.events == [ErrorEvent(failed.value), CloseEvent(1006)]


async def test_cancelling_open_is_a_cancellation_even_when_it_was_closed_as_well() -> None:
    async with raw_server(says_nothing) as url:
        socket = WebSocket(url)
        opening = asyncio.ensure_future(socket.open())
        await rounds(5)
        socket.close()
        opening.cancel()
        await asyncio.wait([opening])
        assert opening.cancelled()


async def test_a_task_that_survived_a_cancellation_can_close_while_opening() -> None:
    async def survivor(socket: WebSocket) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await socket.open()

    async with raw_server(says_nothing) as url:
        socket = WebSocket(url)
        task = asyncio.ensure_future(survivor(socket))
        await rounds(1)
        task.cancel()
        await rounds(5)
        socket.close()
        with pytest.raises(ConnectionFailed):
            await task


STEPS = [*range(16), 20, 30, 45, 70]


@pytest.mark.parametrize("steps", STEPS)
async def test_cancelled_at_any_moment_a_socket_says_exactly_one_close(steps: int) -> None:
    async with EchoServer() as server:
        socket = WebSocket(server.url)
        ear = Ear(socket)
        opening = asyncio.ensure_future(socket.open())
        await rounds(steps)
        opening.cancel()
        await asyncio.wait([opening])
        if opening.cancelled():
            assert steps == 0 or ear.names == ["error", "close"]
        else:
            await socket.close()
            assert ear.names == ["open", "close"]


@pytest.mark.parametrize("steps", STEPS)
async def test_closed_at_any_moment_a_socket_says_exactly_one_close(steps: int) -> None:
    async with EchoServer() as server:
        socket = WebSocket(server.url)
        ear = Ear(socket)
        opening = asyncio.ensure_future(socket.open())
        await rounds(steps)
        await socket.close()
        await asyncio.wait([opening])
        opened = opening.exception() is None
        assert ear.names == (["open", "close"] if opened else ["error", "close"])


async def test_a_first_message_in_the_packet_of_the_handshake_is_not_lost() -> None:
    async def eager(peer: Peer) -> None:
        await peer.accept(text("first"), text("second"), closing(4000, "that was all"))
        await peer.until_closing()

    async with raw_server(eager) as url:
        socket = WebSocket(url)
        ear = Ear(socket)
        async with socket:
            await socket.wait_closed()
    assert ear.events == [
        OpenEvent(url),
        MessageEvent("first"),
        MessageEvent("second"),
        CloseEvent(4000, "that was all", clean=True),
    ]


async def test_many_sockets_open_at_once() -> None:
    async with EchoServer() as server:
        sockets = [WebSocket(server.url) for _ in range(20)]
        await asyncio.gather(*(socket.open() for socket in sockets))
        assert len(server.clients) == 20
        await asyncio.gather(*(socket.close() for socket in sockets))
