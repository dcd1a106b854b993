"""A server that hands out sockets of the same class as the client's."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Sequence
from functools import partial
from ssl import SSLContext
from types import TracebackType
from typing import Any, Self, cast

from websockets.asyncio.server import Server, ServerConnection, broadcast, serve
from websockets.http11 import Request, Response

from socketstore.errors import ListenFailed, UsageError
from socketstore.sockets.addresses import local_url
from socketstore.sockets.events import (
    CloseEvent,
    ConnectionEvent,
    ErrorEvent,
    HeadersEvent,
    ListeningEvent,
    ReadyState,
)
from socketstore.sockets.eventually import Eventually, to_the_end
from socketstore.sockets.failures import listen_failed, option_error
from socketstore.sockets.frames import ServerWire
from socketstore.sockets.inbox import MAX_INBOX
from socketstore.sockets.limits import Door, GuardedWire, ProcessRequest
from socketstore.sockets.listening import ServerListeners
from socketstore.sockets.masking import mask_error
from socketstore.sockets.options import (
    check_closing_words,
    check_host,
    check_loop,
    check_max_inbox,
    check_times,
    expect,
    origin_list,
    subprotocol_list,
)
from socketstore.sockets.websocket import WebSocket
from socketstore.sockets.wire_log import wire_logger


class WebSocketServer(ServerListeners):
    """A WebSocket server with events.

    ::

        server = WebSocketServer(port=8080)

        @server.on("connection")
        def greet(event: ConnectionEvent) -> None:
            socket = event.socket
            socket.add_listener("message", lambda message: socket.send(message.data))

        async with server:
            await server.serve_forever()

    Events: ``listening``; for each client ``headers`` (inspect and add response headers) and ``connection`` (with the
    socket and the request); ``error`` for a handshake that failed or an address that could not be bound; ``close``,
    once everything is closed. A client that connects finds every listener of its ``connection`` event in place before
    its first message is emitted.

    Args:
        host: the interface to listen on: only this machine, unless told otherwise.
        port: 0 takes a free one; see `port`.
        subprotocols: those that the server speaks, in order of preference.
        ssl: makes it ``wss://``.
        origins: the web pages that may connect, as browsers name them in ``Origin``: texts such as
            ``"https://example.org"``, compiled patterns, and ``None`` for clients that send none, as programs do.
            Others get HTTP 403. Without it every page that a browser of this machine shows may connect.
        max_connections: how many clients may be connected; a further one gets HTTP 503 with ``Retry-After``.
        max_handshakes: how many may have opened a TCP connection without having sent their request. When there is
            one more, the one that has waited longest is cut; ``None``: any number.
        open_timeout: seconds that a client has for its handshake, and once more for that of TLS.
        process_request: a function, plain or async, of connection and request that returns a response to refuse it.
        max_inbox: bytes of messages of one client that may wait for slow listeners; see `WebSocket`.
        **options: handed to `websockets.asyncio.server.serve`: ``compression``, ``max_size`` (bytes, 1 MiB unless told
            otherwise), ``ping_interval``, ``ping_timeout``, ``close_timeout`` (seconds), ``server_header``.

    Raises:
        UsageError: an argument cannot be used.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        subprotocols: Sequence[str] | None = None,
        ssl: SSLContext | None = None,
        origins: Sequence[str | re.Pattern[str] | None] | None = None,
        max_connections: int | None = None,
        max_handshakes: int | None = 1000,
        open_timeout: float | None = 10.0,
        process_request: ProcessRequest | None = None,
        max_inbox: int = MAX_INBOX,
        **options: Any,
    ) -> None:
        super().__init__()
        check_host(host)
        expect(port, "port", int, "a number; 0 takes a free one")
        if "process_response" in options:
            message = 'got process_response=; add response headers in a listener of the "headers" event instead'
            raise UsageError(message)
        self.host = host
        self._port = port
        self._secure = ssl is not None
        check_times({**options, "open_timeout": open_timeout})
        check_max_inbox(max_inbox)
        self._max_inbox = max_inbox
        self._door = Door(max_connections, max_handshakes, process_request)
        self._options = {
            "logger": wire_logger,
            **options,
            "ssl": ssl,
            "origins": origin_list(origins),
            "open_timeout": open_timeout,
            "subprotocols": subprotocol_list(subprotocols),
        }
        self._listen_asked = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server: Server | None = None
        self._sockets: dict[WebSocket, ServerWire] = {}
        self._strangers: set[ServerWire] = set()
        self._farewell: tuple[int, str] | None = None
        self._closing: asyncio.Task[None] | None = None
        self._closed = asyncio.Event()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.url} with {len(self._sockets)} clients>"

    @property
    def port(self) -> int:
        """The port: once listening, the one that was taken where 0 was asked for."""
        return self._port

    @property
    def url(self) -> str:
        """Where a client on this machine finds it."""
        return local_url(self.host, self.port, secure=self._secure)

    @property
    def clients(self) -> tuple[WebSocket, ...]:
        """The sockets that are connected now."""
        return tuple(socket for socket in self._sockets if socket.ready_state is not ReadyState.CLOSED)

    async def listen(self) -> None:
        """Begin to accept connections, and return once ``listening`` has been emitted.

        Raises:
            ListenFailed: the address cannot be used; ``error`` has been emitted. Or it was closed meanwhile.
            UsageError: it has listened, or was closed, before; or an option cannot be used.
        """
        if self._listen_asked or self._closing is not None:
            message = f"{self!r} has listened, or was closed, before; expected a new WebSocketServer"
            raise UsageError(message)
        self._listen_asked = True
        self._loop = asyncio.get_running_loop()
        self._server = server = await self._bind()
        if self._closing is not None:
            server.close()
            await server.wait_closed()
            message = f"{self!r} was closed before it listened"
            raise ListenFailed(message)
        self._port = int(server.sockets[0].getsockname()[1])
        self._emit("listening", ListeningEvent(self.url))

    async def _bind(self) -> Server:
        wire = partial(
            GuardedWire,
            door=self._door,
            on_handshake_failure=self._handshake_failed,
            strangers=self._strangers,
            max_inbox=self._max_inbox,
        )
        try:
            return await serve(
                self._serve_client,
                self.host,
                self._port,
                create_connection=cast(type[ServerConnection], wire),
                process_request=cast(Any, self._door.process_request),
                process_response=self._add_headers,
                **self._options,
            )
        except (OSError, OverflowError, UnicodeError) as error:
            failed = listen_failed(error, self.host, self._port)
            self._emit("error", ErrorEvent(failed))
            raise failed from error
        except (TypeError, ValueError) as error:
            raise option_error(error, self) or error from error

    def broadcast(self, message: str | bytes) -> None:
        """Send a message to every client that is connected now; a slow one holds nobody up, its buffer grows.

        Raises:
            UsageError: it is neither text nor bytes.
        """
        check_loop(self._loop, self)
        try:
            broadcast(self._sockets.values(), message)
        except (TypeError, UnicodeEncodeError) as error:
            complaint = f"got {message!r:.200}; expected a str (of valid Unicode) or bytes: {error}"
            raise UsageError(complaint) from error

    def close(self, code: int = 1001, reason: str = "") -> Awaitable[None]:
        """Stop listening and close every client; harmless when closed already.

        Awaiting the result waits until ``close`` has been emitted, at most ``close_timeout`` seconds for each client,
        all at once. Cancelling that wait does not stop the closing.

        Args:
            code: what the clients are told: 1001, going away (RFC 6455, section 7.4.1).
            reason: at most 123 bytes of UTF-8.

        Raises:
            UsageError: the code or the reason may not be sent.
        """
        check_closing_words(code, reason)
        if self._closing is None:
            check_loop(self._loop, self)
            loop = asyncio.get_running_loop()
            self._farewell = code, reason
            self._closing = loop.create_task(self._close(code, reason))
        return Eventually(self.wait_closed)

    async def wait_closed(self) -> None:
        """Wait until ``close`` has been emitted. Safe to cancel.

        Raises:
            UsageError: this is not the server's event loop.
        """
        if not self._closed.is_set():
            check_loop(self._loop, self)
        await self._closed.wait()

    async def serve_forever(self) -> None:
        """Listen, if it does not yet, until `close` is called. Cancelling it closes the server."""
        if self._server is None:
            await self.listen()
        try:
            await self.wait_closed()
        except asyncio.CancelledError:
            await self.close()
            raise

    async def __aenter__(self) -> Self:
        await self.listen()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await to_the_end(self.close())
        await self.finish_listeners()

    async def _serve_client(self, wire: ServerConnection) -> None:
        """Live as long as one client does; `websockets` runs it in a task of its own."""
        if not isinstance(wire, ServerWire) or wire.request is None:
            return
        socket = WebSocket.accepted(wire, self.url + wire.request.path, wire.request.headers)
        self._sockets[socket] = wire
        try:
            if self._farewell is not None:
                socket.close(*self._farewell)
            self._emit("connection", ConnectionEvent(socket, wire.request))
            await asyncio.sleep(0)  # an async listener adds its own listeners before the first message is emitted
            socket.start()
            await socket.wait_closed()
        except asyncio.CancelledError:
            wire.cut()  # the event loop ends: websockets would wait for the client's close frame
            raise
        finally:
            del self._sockets[socket]
            await socket.finish_listeners()

    def _add_headers(self, wire: ServerConnection, request: Request, response: Response) -> None:
        if isinstance(wire, ServerWire):
            wire.loop.call_soon(wire.let_go)  # the answer, which may be a refusal, is sent in this round of the loop
        self._emit("headers", HeadersEvent(request, response.headers))

    def _handshake_failed(self, error: Exception) -> None:
        if self._closing is None:
            mask_error(error)
            self._emit("error", ErrorEvent(error))

    async def _close(self, code: int, reason: str) -> None:
        if self._server is not None:
            self._server.close(close_connections=False)
            for wire in tuple(self._strangers):
                wire.turn_away()
            for socket in self.clients:
                socket.close(code, reason)
            await self._server.wait_closed()
        self._emit("close", CloseEvent(code, reason, clean=True))
        self._closed.set()
