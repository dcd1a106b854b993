"""One socket, a client's or one that a server accepted: events out, messages in."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from socketstore.errors import InsecureWarning, SocketstoreError, UsageError
from socketstore.sockets.closing import ABNORMAL_CLOSURE, connection_lost
from socketstore.sockets.dialing import dial
from socketstore.sockets.events import (
    CloseEvent,
    ErrorEvent,
    OpenEvent,
    PingEvent,
    PongEvent,
)
from socketstore.sockets.eventually import Eventually, to_the_end
from socketstore.sockets.failures import connection_failed, option_error
from socketstore.sockets.inbox import MAX_INBOX
from socketstore.sockets.insecure import warn_if_insecure
from socketstore.sockets.known_secrets import KnownSecrets
from socketstore.sockets.masking import mask_error, mask_url
from socketstore.sockets.options import check_closing_words, check_loop, check_max_inbox, check_times, subprotocol_list
from socketstore.sockets.sending import SendingSocket
from socketstore.sockets.transports import Transport, check_transport
from socketstore.sockets.wire import Wire


class WebSocket(SendingSocket):
    """A WebSocket with the browser's events.

    ::

        socket = WebSocket("ws://localhost:8080")

        @socket.on("message")
        def received(event: MessageEvent) -> None:
            print(event.data)

        async with socket:
            await socket.send("I am LEGENDARY!")

    Events, in this order: one ``open``; any number of ``message``, ``ping`` and ``pong``; one ``error`` if it never
    opened or did not end cleanly; one ``close``, always the last. One object is one attempt: to connect again, make
    another. It belongs to the event loop in which it was opened; listeners are called there. Messages wait for whoever
    listens to them first, as long as the socket is open and there is room in its inbox.

    Args:
        url: ``ws://`` or ``wss://``.
        subprotocols: in order of preference.
        headers: added to the handshake.
        open_timeout: seconds for name look-up, TCP, TLS and handshake together; ``None`` waits for ever.
        reading: makes a context manager that surrounds the messages that are told in one go; it must not raise.
        max_inbox: bytes of messages that may wait for slow listeners. With more, the socket is read no further until
            half of them have been told, and the peer has to wait; see `inbox_size`.
        transport: the library that carries the messages. ``"picows"`` needs the extra ``fast``; it neither compresses
            nor goes through a proxy, and takes fewer options.
        **options: handed to `websockets.asyncio.client.connect`: ``ssl``, ``compression``, ``max_size`` (bytes, 1 MiB
            unless told otherwise), ``ping_interval``, ``ping_timeout``, ``close_timeout`` (seconds), ``origin``,
            ``proxy``, ``extensions``, ``user_agent_header``.

    Raises:
        UsageError: an argument cannot be used; some options of the transport are looked at by `open` only.
    """

    def __init__(
        self,
        url: str,
        *,
        subprotocols: Sequence[str] | None = None,
        headers: Mapping[str, str] | None = None,
        open_timeout: float | None = 10.0,
        reading: Callable[[], AbstractContextManager[object]] = nullcontext,
        max_inbox: int = MAX_INBOX,
        transport: Transport = "websockets",
        **options: Any,
    ) -> None:
        super().__init__()
        check_max_inbox(max_inbox)
        self.url = url
        self.reading = reading
        self._options = {
            **options,
            "subprotocols": subprotocol_list(subprotocols),
            "additional_headers": headers,
            "open_timeout": open_timeout,
            "max_inbox": max_inbox,
            "transport": transport,
        }
        check_times(self._options)
        check_transport(self._options)
        self._secrets = KnownSecrets(url, self._options)
        self._opening: asyncio.Task[Wire] | None = None
        self._closing: asyncio.Task[None] | None = None
        self._closed = asyncio.Event()

    @classmethod
    def accepted(cls, wire: Wire, url: str, headers: Mapping[str, str]) -> Self:
        """Make the server's end of a connection; its events begin with `start`."""
        socket = cls(url, headers=headers)
        socket._wire, socket._loop = wire, wire.loop
        wire.hide = socket._secrets.hide
        return socket

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {mask_url(self.url)} {self.ready_state.name}>"

    def hide(self, text: str) -> str:
        """Return a text with ``***`` in the place of the secrets that this socket was given."""
        return self._secrets.hide(text)

    async def open(self) -> None:
        """Connect, and return once ``open`` has been emitted.

        Cancelling it gives the attempt up; ``error`` and ``close`` are emitted then too.

        Raises:
            ConnectionFailed: it could not be opened; ``error`` and ``close`` have been emitted.
            UsageError: it was opened before, or an option cannot be used.
        """
        if self._close_asked and self._opening is None and self._wire is None:
            raise connection_failed(asyncio.CancelledError(), self.url)
        if self._opening is not None or self._wire is not None or self._end is not None:
            message = f"{self!r} was opened before; expected a new WebSocket for each attempt"
            raise UsageError(message)
        self._loop = asyncio.get_running_loop()
        self._opening = self._dial()
        cancellations = _cancellations()
        try:
            wire = await self._connected(self._opening)
        except BaseException as error:
            failed = self._give_up(error)
            closed = isinstance(error, asyncio.CancelledError) and _cancellations() == cancellations
            if closed or isinstance(error, Exception):
                raise failed from error
            raise
        self._wire = wire
        self._emit("open", OpenEvent(mask_url(self.url), self._secrets.hide(self.subprotocol or "") or None))
        self.start()

    def start(self) -> None:
        """Emit what has come so far, then everything as it comes; harmless when started already."""
        if self._wire is not None:
            self._wire.attach(self, is_heard=self._take is not None or bool(self._listeners["message"]))

    def close(self, code: int = 1000, reason: str = "") -> Awaitable[None]:
        """Begin the closing handshake, or give up opening; harmless when closed already.

        Messages that the peer sent before its own close frame still arrive. Awaiting the result waits until ``close``
        has been emitted: at most ``close_timeout`` seconds, after which the connection is cut, and messages that wait
        for slow listeners are dropped. Cancelling that wait does not stop the closing.

        Args:
            code: 1000, another code that may be sent (RFC 6455, section 7.4), or 3000 to 4999.
            reason: at most 123 bytes of UTF-8.

        Raises:
            UsageError: the code or the reason may not be sent, or this is not the socket's event loop.
        """
        check_closing_words(code, reason)
        if not self._close_asked and self._end is None:
            check_loop(self._loop, self)
            self._close_asked = True
            if self._wire is not None:
                self._closing = asyncio.create_task(self._wire.close_in_time(code, reason))
            elif self._opening is not None:
                self._opening.cancel()
            else:
                self._finish(CloseEvent(ABNORMAL_CLOSURE), connection_failed(asyncio.CancelledError(), self.url))
        return Eventually(self.wait_closed)

    def abort(self) -> None:
        """Cut the connection without a closing handshake; harmless when closed. ``close`` is emitted soon after.

        Messages that wait for slow listeners are dropped.
        """
        if self._end is not None:
            return
        check_loop(self._loop, self)
        if self._wire is not None:
            self._wire.cut()
        else:
            self.close()

    async def wait_closed(self) -> None:
        """Wait until ``close`` has been emitted. Safe to cancel.

        Raises:
            UsageError: this is not the socket's event loop.
        """
        if self._end is None:
            check_loop(self._loop, self)
        await self._closed.wait()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await to_the_end(self.close())
        await self.finish_listeners()

    # What the wire says: the methods of `Sink`, with `messages_came`.

    def ping_came(self, data: bytes) -> None:
        """Emit ``ping``."""
        self._emit("ping", PingEvent(data))

    def pong_came(self, data: bytes, round_trip: float | None) -> None:
        """Emit ``pong``."""
        self._emit("pong", PongEvent(data, round_trip))

    def connection_ended(self) -> None:
        """Emit ``error``, if it was not a clean end, and ``close``."""
        if self._wire is not None:
            event, cause = self._wire.how_it_ended(close_asked=self._close_asked), self._wire.cause
            event = replace(event, reason=self._secrets.hide(event.reason))
            if cause is not None:
                mask_error(cause, self._secrets.hide)
            self._finish(event, None if event.clean else connection_lost(event, cause, mask_url(self.url)))

    def _add(self, event: str, listener: Callable[[Any], object], *, once: bool) -> None:
        super()._add(event, listener, once=once)
        if event == "message" and self._wire is not None:
            self._wire.be_heard()

    def _finish(self, event: CloseEvent, error: Exception | None) -> None:
        if self._end is not None:
            return
        self._end = event
        if error is not None:
            self._emit("error", ErrorEvent(error))
        self._emit("close", event)
        self._closed.set()

    def _dial(self) -> asyncio.Task[Wire]:
        """Begin to connect and to shake hands; a socket without a network does it another way."""
        self._warn_if_insecure()
        return asyncio.create_task(dial(self.url, self._options, self._secrets.hide))

    def _warn_if_insecure(self) -> None:
        try:
            warn_if_insecure(self.url, self._options)
        except InsecureWarning as error:  # the program has made an error of it
            raise self._give_up(error) from error

    async def _connected(self, opening: asyncio.Task[Wire]) -> Wire:
        wire = await opening
        if self._close_asked:  # in the moment between the handshake and here
            raise asyncio.CancelledError
        return wire

    def _give_up(self, error: BaseException) -> SocketstoreError:
        """End an attempt that has failed, and return the translation of its error."""
        opening = self._opening
        if opening is not None and opening.done() and not opening.cancelled() and opening.exception() is None:
            opening.result().cut()
        failed = connection_failed(error, self.url, self._secrets.hide)
        self._finish(CloseEvent(ABNORMAL_CLOSURE), failed)
        return option_error(error, self) or failed


def _cancellations() -> int:
    """Return how often the current task has been asked to end."""
    task = asyncio.current_task()
    return 0 if task is None else task.cancelling()
