"""A connection: one attempt after another, each of them told to the store from its first word to its last."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from types import NoneType, TracebackType
from typing import Any, Self

from socketstore.actions import ReconnectCancelled, ReconnectScheduled
from socketstore.connection.attempt import Attempt, Feed
from socketstore.connection.backoff import Backoff
from socketstore.connection.decoding import Decode, Encode, decoder, encode_default
from socketstore.connection.greeting import begin_greeting, greeted
from socketstore.connection.retry import is_fatal
from socketstore.errors import ConnectionFailed, NotOpen, SocketError, UsageError
from socketstore.sockets.events import OpenEvent, ReadyState
from socketstore.sockets.eventually import Eventually, to_the_end
from socketstore.sockets.options import check_closing_words, check_loop, expect
from socketstore.sockets.websocket import WebSocket
from socketstore.store.store import Store


class Connection:
    """Connects a store to a WebSocket server, and keeps it connected.

    ::

        async with Connection("ws://localhost:8080", store) as connection:
            await connection.send("I am LEGENDARY!")
            await store.wait_for(lambda state: len(state.lines) >= 2, timeout=5)

    What the socket does is dispatched in the order in which it happened: ``Connecting``; ``JustConnected``; then a
    ``GotMessage``, an action of your own or a ``MessageRejected`` for each message; ``GotError`` if it went wrong; and
    exactly one ``JustDisconnected`` for each attempt, also for one that never opened. Subscribers are told once for
    all that one read of the socket brought, of the last state; middleware sees every action.

    Args:
        url: ``ws://`` or ``wss://``.
        store: where the actions go.
        name: stands in every action, to tell several connections to one store apart.
        messages: a class or union that pydantic validates: each message is read from JSON into it. An `Action` is
            dispatched as it is, any other value as ``GotMessage(data=value)``.
        decode: instead of `messages`, a function of one message event that returns an action, several (a list or
            tuple), or ``None``; for protocols of any other shape.
        encode: makes text or bytes of what `send` is given; without it text and bytes stay, anything else is JSON.
        reconnect: how long to wait after a failure or a disconnection; ``None`` ends with the first attempt.
        on_open: called, and awaited, with the connection after each open: a greeting, a login. If it raises, the
            attempt counts as failed; it is cancelled if the socket closes meanwhile.
        open_timeout: seconds that ``async with`` waits for the first open, over all attempts; ``None``: for ever.
        attempt_timeout: seconds for one attempt.
        clock: gives the Unix time that stands in the actions.
        **websocket_options: as `WebSocket` takes them: ``subprotocols``, ``headers``, ``ssl``, ``max_size``, ...

    Raises:
        UsageError: an argument cannot be used.
    """

    def __init__(
        self,
        url: str,
        store: Store[Any],
        *,
        name: str = "default",
        messages: Any = None,
        decode: Decode | None = None,
        encode: Encode | None = None,
        reconnect: Backoff | None = Backoff(),  # noqa: B008 - frozen
        on_open: Callable[[Connection], Awaitable[object] | object] | None = None,
        open_timeout: float | None = 30.0,
        attempt_timeout: float | None = 10.0,
        clock: Callable[[], float] = time.time,
        **websocket_options: Any,
    ) -> None:
        expect(url, "url", str, "text: ws://host:port/path or wss://...")
        expect(store, "store", Store, "a Store")
        expect(name, "name", str, "text")
        expect(reconnect, "reconnect", (Backoff, NoneType), "a Backoff, or None for a single attempt")
        expect(open_timeout, "open_timeout", (int, float, NoneType), "seconds, or None to wait for ever")
        expect(attempt_timeout, "attempt_timeout", (int, float, NoneType), "seconds, or None to wait for ever")
        expect(clock, "clock", Callable, "a function that returns Unix seconds")
        expect(encode, "encode", (Callable, NoneType), "a function of one message")
        expect(on_open, "on_open", (Callable, NoneType), "a function of the connection")
        self.url = url
        self.name = name
        self.epoch = 0
        self.failure: SocketError | None = None
        self._feed = Feed(name, store, decoder(messages, decode), clock)
        self._encode = encode or encode_default
        self._reconnect = reconnect
        self._on_open = on_open
        self._open_timeout = open_timeout
        self._options = {**websocket_options, "open_timeout": attempt_timeout}
        self._socket: WebSocket | None = None
        self._supervisor: asyncio.Task[None] | None = None
        self._greeting: asyncio.Task[None] | None = None
        self._opened = asyncio.Event()
        self._close_asked = asyncio.Event()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r} {self._socket or self.url}>"

    def send(self, message: Any) -> Awaitable[None]:
        """Send a message: text or bytes as they are, anything else (an action, a model, a dict) as ``encode=`` says.

        Awaiting the result waits until the send buffer has room again. Cancelling that wait does not take it back.

        Raises:
            NotOpen: the socket is not open just now.
            EncodeError: the message has no JSON form.
        """
        data = self._encode(message)
        if self._socket is None:
            complaint = f"{self!r} cannot send; expected an open connection. Wait until the state says it is open."
            raise NotOpen(complaint)
        return self._socket.send(data)

    def close(self, code: int = 1000, reason: str = "") -> Awaitable[None]:
        """Close the socket, or give up opening it, and do not connect again; harmless when closed already.

        Awaiting the result waits until the last action has been dispatched. Cancelling that wait does not stop the
        closing. May be called from a listener, at any moment.

        Args:
            code: 1000, another code that may be sent (RFC 6455, section 7.4), or 3000 to 4999.
            reason: at most 123 bytes of UTF-8.

        Raises:
            UsageError: the code or the reason may not be sent, or this is not the connection's event loop.
        """
        check_closing_words(code, reason)
        self._check_loop()
        self._close_asked.set()
        if self._socket is not None:
            self._socket.close(code, reason)
        return Eventually(self.wait_closed)

    async def wait_closed(self) -> None:
        """Wait until it is closed for good and the last action has been dispatched. Safe to cancel.

        Raises:
            UsageError: this is not the connection's event loop.
        """
        self._check_loop()
        if self._socket is not None and asyncio.current_task() is self._greeting:
            await self._socket.wait_closed()  # the rest cannot happen before on_open, which waits here, has returned
        elif self._supervisor is not None and not self._supervisor.done():
            await self._ended(self._supervisor)

    async def run(self) -> None:
        """Connect, and return when it is closed for good. Cancelling it closes the connection.

        Raises:
            ConnectionFailed: it could not be opened, and will not be tried again.
            ConnectionLost: it broke, and ``reconnect`` is ``None``.
        """
        async with self:
            await self.wait_closed()
        if self.failure is not None:
            raise self.failure

    async def __aenter__(self) -> Self:
        """Wait for the first open.

        Raises:
            ConnectionFailed: it failed for good, or not in time.
            UsageError: it is in use already, or an option of the socket cannot be used.
        """
        if self._supervisor is not None and not self._supervisor.done():
            message = f"{self!r} is in use; expected one `async with` at a time. Make another Connection."
            raise UsageError(message)
        self._opened, self._close_asked, self.failure = asyncio.Event(), asyncio.Event(), None
        self._supervisor = asyncio.create_task(self._supervise(), name=f"socketstore {self.name}")
        clock = asyncio.timeout(self._open_timeout)
        try:
            async with clock:
                await self._first_open(self._supervisor)
        except BaseException as error:
            self._supervisor.cancel()
            await to_the_end(self._ended(self._supervisor))
            if isinstance(error, TimeoutError) and clock.expired():
                raise self._not_in_time() from self.failure
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await to_the_end(self.close())

    def _check_loop(self) -> None:
        if self._supervisor is not None and not self._supervisor.done():
            check_loop(self._supervisor.get_loop(), self)

    async def _ended(self, supervisor: asyncio.Task[None]) -> None:
        await asyncio.wait([supervisor])

    async def _first_open(self, supervisor: asyncio.Task[None]) -> None:
        opened = asyncio.create_task(self._opened.wait())
        try:
            await asyncio.wait([opened, supervisor], return_when=asyncio.FIRST_COMPLETED)
        finally:
            opened.cancel()
        if not self._opened.is_set():
            supervisor.result()
            raise self.failure or self._closed_before_open()

    async def _supervise(self) -> None:
        """Make one attempt after another, until it is closed or another one cannot help."""
        number = 1
        while not self._close_asked.is_set():
            attempt = Attempt(self._feed, number, self.epoch + 1)
            await self._make(attempt)
            self.failure = attempt.failure
            number = 1 if attempt.succeeded else number + 1
            if self._close_asked.is_set():
                break
            if self._reconnect is None or (isinstance(attempt.failure, ConnectionFailed) and is_fatal(attempt.failure)):
                return
            await self._wait(self._reconnect.delay(number - 1), number)
        self.failure = None

    async def _make(self, attempt: Attempt) -> None:
        """Make one attempt; when this returns or raises, its last word has been said."""
        socket = self._socket = WebSocket(self.url, reading=attempt.reading, **self._options)
        socket.add_listener("open", self._count)
        try:
            attempt.begin(socket)
            await socket.open()
            await self._greet(attempt, socket)
            await socket.wait_closed()
        except SocketError:  # the socket's own events have told of it
            pass
        finally:
            socket.abort()
            self._socket = None
            await to_the_end(socket.wait_closed())

    def _count(self, _: OpenEvent) -> None:
        self.epoch += 1

    async def _greet(self, attempt: Attempt, socket: WebSocket) -> None:
        if self._on_open is None:
            attempt.succeeded = True
            self._opened.set()
            return
        if socket.ready_state is not ReadyState.OPEN:  # closed again by a subscriber, or by the server's first words
            return
        self._greeting = begin_greeting(self._on_open, self)
        try:
            if await greeted(self._greeting, socket):
                attempt.succeeded = True
                self._opened.set()
        except Exception as error:  # noqa: BLE001 - what the program's own function raises
            attempt.go_wrong(self._not_greeted(error))
            socket.close(1011, "on_open failed")

    async def _wait(self, delay: float, number: int) -> None:
        self._feed.say(ReconnectScheduled(attempt=number, delay=delay, **self._feed.stamp()))
        try:
            async with asyncio.timeout(delay):
                await self._close_asked.wait()
        except TimeoutError:
            return
        except asyncio.CancelledError:
            self._feed.say(ReconnectCancelled(**self._feed.stamp()))
            raise
        self._feed.say(ReconnectCancelled(**self._feed.stamp()))

    def _not_in_time(self) -> ConnectionFailed:
        last = f"the last attempt failed: {self.failure}" if self.failure else "no attempt got an answer"
        message = f"could not open {self.url} within {self._open_timeout} s; {last}"
        return ConnectionFailed(message, url=self.url, kind="timeout")

    def _not_greeted(self, error: Exception) -> ConnectionFailed:
        message = f"{self.url} was opened, but on_open raised {type(error).__name__}: {error}"
        failed = ConnectionFailed(message, url=self.url, kind="aborted")
        failed.__cause__ = error
        return failed

    def _closed_before_open(self) -> ConnectionFailed:
        message = f"{self.url} was closed before it was open"
        return ConnectionFailed(message, url=self.url, kind="aborted")
