"""What one client and the other server say is handed on, each to the other, and recorded."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, cast

from socketstore.errors import ConnectionLost
from socketstore.log.log import Log
from socketstore.sockets.events import CloseEvent, MessageEvent, ReadyState
from socketstore.sockets.frames import ServerWire
from socketstore.sockets.masking import mask_url
from socketstore.sockets.websocket import WebSocket
from socketstore.sockets.wire import Wire
from socketstore.testing.sessions.hanging_up import hang_up
from socketstore.testing.sessions.wire import closed_by_client

NAME = "default"
MAX_UNSENT = 1_000_000
"""Bytes that wait for one who reads slowly, from which on nothing more is taken from the other one."""


class Upstream(WebSocket):
    """A socket to the other server."""

    @property
    def wire(self) -> Wire:
        """What carries its messages, once it is open."""
        return cast(Wire, self._wire)


class Passing:
    """One client and its socket to the other server, neither of which is read much faster than the other one reads.

    Args:
        client: the client.
        wire: its connection.
        upstream: the other server.
        log: what is written.
        epoch: of what is written.
        fail: told of what could not be written.
    """

    def __init__(
        self,
        client: WebSocket,
        wire: ServerWire,
        upstream: Upstream,
        log: Log,
        epoch: int,
        fail: Callable[[Exception], object],
    ) -> None:
        self._client = client
        self._wire = wire
        self._upstream = upstream
        self._log = log
        self._fail = fail
        self._stamp: dict[str, Any] = {"connection": NAME, "epoch": epoch}
        self._over = False

    def begin(self) -> None:
        """Write that the socket has opened, and pass everything on from now."""
        url, subprotocol = mask_url(self._upstream.url), self._upstream.subprotocol
        self._write(lambda: self._log.socket_opened(**self._stamp, url=url, subprotocol=subprotocol))
        self._client.add_listener("message", self._went)
        self._client.add_listener("close", self._client_closed)
        self._upstream.add_listener("close", self._server_closed)
        self._upstream.add_listener("close", self._close_client)
        self._upstream.add_listener("message", self._came)  # last: what has come waits for it

    def _came(self, event: MessageEvent) -> Coroutine[Any, Any, None] | None:
        if self._client.ready_state is not ReadyState.OPEN:
            return None
        self._write(lambda: self._log.frame_came(event.data, **self._stamp))
        return _passed_on(event.data, self._upstream.wire, self._client)

    def _went(self, event: MessageEvent) -> Coroutine[Any, Any, None] | None:
        if self._upstream.ready_state is not ReadyState.OPEN:
            return None
        self._write(lambda: self._log.frame_sent(event.data, **self._stamp))
        return _passed_on(event.data, self._wire, self._upstream)

    def _server_closed(self, event: CloseEvent) -> None:
        if not self._over:
            self._end(event)

    async def _close_client(self, event: CloseEvent) -> None:
        if event.clean:
            _close(self._client, event)
        else:
            await hang_up(self._wire)

    def _client_closed(self, event: CloseEvent) -> None:
        if not self._over:
            self._write(lambda: self._log.note("the client closed the socket", closed_by_client(**self._stamp)))
            self._end(event)
            if event.clean:
                _close(self._upstream, event)
            else:
                self._upstream.abort()

    def _end(self, event: CloseEvent) -> None:
        self._over = True
        code, reason, clean = event.code, event.reason, event.clean
        self._write(lambda: self._log.socket_closed(**self._stamp, code=code, reason=reason, clean=clean))

    def _write(self, write: Callable[[], object]) -> None:
        try:
            write()
        except Exception as error:  # noqa: BLE001 - the program goes on, the recording is thrown away
            self._fail(error)


def _passed_on(data: str | bytes, source: Wire, target: WebSocket) -> Coroutine[Any, Any, None] | None:
    """Send a message; if too much waits to be sent, put off what comes, and return what waits until there is room."""
    sent = target.send(data)
    if target.buffered_amount < MAX_UNSENT:
        return None
    source.put_off()
    return _listening_again(source, sent)


async def _listening_again(source: Wire, room: Awaitable[None]) -> None:
    try:
        with suppress(ConnectionLost):  # which the end of the socket tells of
            await room
    finally:
        source.be_heard()


def _close(socket: WebSocket, event: CloseEvent) -> None:
    """Close the other side in the same way."""
    if event.code == 1005:
        socket.close()
    else:
        socket.close(event.code, event.reason)
