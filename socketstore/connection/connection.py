"""A connection: what a program sees of the attempts that keep a store connected to a server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Self, TypeVar

from socketstore.connection.arguments import check_arguments
from socketstore.connection.backoff import Backoff
from socketstore.connection.credentials import Credentials, Headers, Url
from socketstore.connection.equipment import Equipment
from socketstore.connection.feed import Feed
from socketstore.connection.figures import Figures
from socketstore.connection.liveness.heartbeat import Heartbeat, ServerHeartbeat
from socketstore.connection.liveness.parts import liveness
from socketstore.connection.opening import first_open
from socketstore.connection.outgoing.outbox import Outbox
from socketstore.connection.outgoing.requests import Requests
from socketstore.connection.outgoing.sender import Sender
from socketstore.connection.outgoing.speaking import Speaking
from socketstore.connection.part import Parts
from socketstore.connection.retry import Retry, default_retry
from socketstore.connection.streams.definition import Streams
from socketstore.connection.streams.gate import StreamsPart
from socketstore.connection.subscriptions.definition import Subscriptions
from socketstore.connection.subscriptions.subscribing import Subscribing
from socketstore.connection.supervisor import Plan, Supervisor
from socketstore.connection.wire_log import WireLog, WireRecorder
from socketstore.decoding.decoder import Decode, Encode, encode_default, reader
from socketstore.errors import NotOpen, UsageError
from socketstore.sockets.eventually import Eventually, to_the_end
from socketstore.sockets.insecure import warn_if_insecure
from socketstore.sockets.options import check_closing_words, check_loop, check_times
from socketstore.sockets.transports import check_transport
from socketstore.sockets.websocket import WebSocket
from socketstore.store.store import Store

S = TypeVar("S")


class Connection(Speaking, Figures):
    """Connects a store to a WebSocket server, and keeps it connected.

    ::

        async with Connection("ws://localhost:8080", store) as connection:
            await connection.send("I am LEGENDARY!")
            await store.wait_for(lambda state: len(state.lines) >= 2, timeout=5)

    What the socket does is dispatched in the order in which it happened: ``Connecting``; ``JustConnected``; then a
    ``GotMessage``, an action of your own or a ``MessageRejected`` for each message; ``GotError`` if it went wrong; and
    exactly one ``JustDisconnected`` for each attempt, also for one that never opened. Between two attempts stands
    ``ReconnectScheduled``, after the last one ``GaveUp`` unless it was closed here. Subscribers are told once for
    all that came in one go, of the last state; middleware sees every action. Messages that come faster than
    the reducer takes them wait, up to ``max_inbox`` bytes of them, and are dispatched in slices of a few milliseconds.

    Args:
        url: ``ws://`` or ``wss://``, or a function, plain or async, that gives it for each attempt (a token expires).
        store: where the actions go.
        name: stands in every action, to tell several connections to one store apart.
        messages: a class or union that pydantic validates: each message is read from JSON into it. An `Action` is
            dispatched as it is, any other value as ``GotMessage(data=value)``.
        decode: instead of `messages`, a function of one message event that returns an action, several (a list or
            tuple), or ``None``; for protocols of any other shape.
        encode: makes text or bytes of what `send` is given; without it text and bytes stay, anything else is JSON.
        headers: added to the handshake; or a function, plain or async, that gives them for each attempt.
        reconnect: how long to wait after a failure or a disconnection; ``None`` ends with the first attempt.
        retry: decides by how an attempt ended whether there is another one; see `default_retry`.
        max_attempts: how many attempts in a row may fail to become healthy; ``None``: any number.
        on_open: called, and awaited, with the connection after each open: a greeting, a login. If it raises, the
            attempt counts as failed; it is cancelled if the socket closes meanwhile.
        heartbeat: sent again and again while the socket is open, with a reply that is waited for; ``None``: nothing.
        server_heartbeat: what the server sends again and again, and how it is answered; ``None``: nothing.
        stale_after: seconds without a message after which ``WentStale`` is said; ``None``: never. What heartbeats,
            subscriptions and requests take for an answer, pings and pongs: none of it tells that the feed is alive.
        reconnect_after: seconds without a message after which the socket is given up and ``retry`` decides; ``None``:
            twice `stale_after`; ``math.inf``: never.
        subscriptions: which subscriptions are wanted is read from the state, and the server is asked for them after
            each open and each change; see `Subscriptions`.
        streams: which sequences of messages must be complete, how gaps in them are found, and how they are closed.
        outbox: how much of what is sent while the socket is not open may wait for the next open; ``None``: nothing.
        max_rejected: how many messages of one socket may be rejected before it is closed with 1008; ``None``: any.
        open_timeout: seconds that ``async with`` waits for the first open, over all attempts; ``None``: for ever.
        attempt_timeout: seconds for one attempt.
        clock: gives the Unix time that stands in the actions.
        make_socket: makes the socket of each attempt; a test gives a fake one.
        log: where what happens on the sockets is written: opens, each message as it came and as it was sent, errors
            and closes, each before the actions that it leads to; a `Log`, best the one that is given to `record`. One
            that fails is reported once, and the connection lives on.
        **websocket_options: as `WebSocket` takes them: ``transport``, ``subprotocols``, ``ssl``, ``max_size``,
            ``max_inbox``, ...

    Raises:
        UsageError: an argument cannot be used.
    """

    def __init__(
        self,
        url: Url,
        store: Store[S],
        *,
        name: str = "default",
        messages: Any = None,
        decode: Decode | None = None,
        encode: Encode | None = None,
        headers: Headers = None,
        reconnect: Backoff | None = Backoff(),  # noqa: B008 - frozen
        retry: Retry = default_retry,
        max_attempts: int | None = None,
        on_open: Callable[[Connection], Awaitable[object] | object] | None = None,
        heartbeat: Heartbeat | None = None,
        server_heartbeat: ServerHeartbeat | None = None,
        stale_after: float | None = None,
        reconnect_after: float | None = None,
        subscriptions: Subscriptions[S] | None = None,
        streams: Streams | None = None,
        outbox: Outbox | None = Outbox(),  # noqa: B008 - frozen
        max_rejected: int | None = None,
        open_timeout: float | None = 30.0,
        attempt_timeout: float | None = 10.0,
        clock: Callable[[], float] = time.time,
        make_socket: Callable[..., WebSocket] = WebSocket,
        log: WireLog | None = None,
        **websocket_options: Any,
    ) -> None:
        check_arguments(
            store=store,
            name=name,
            encode=encode,
            reconnect=reconnect,
            retry=retry,
            max_attempts=max_attempts,
            on_open=on_open,
            subscriptions=subscriptions,
            streams=streams,
            outbox=outbox,
            max_rejected=max_rejected,
            clock=clock,
            make_socket=make_socket,
            log=log,
        )
        check_times({**websocket_options, "open_timeout": open_timeout, "attempt_timeout": attempt_timeout})
        check_transport(websocket_options)
        self.name = name
        self._feed = Feed(name, store, clock, None if log is None else WireRecorder(log, name))
        self._streams = None if streams is None else StreamsPart(streams, self._feed, self)
        self._open_timeout = open_timeout
        self._encode = encode or encode_default
        self._sender = Sender(outbox, self._feed)
        self._requests = Requests(self._sender)
        self._subscribing = None if subscriptions is None else Subscribing(subscriptions)
        living = liveness(heartbeat, server_heartbeat, stale_after, reconnect_after)
        counting = None if self._streams is None else self._streams.counting
        parts = (counting, *living, self._requests, self._subscribing, self._streams, self._sender)
        self._equipment = Equipment(
            feed=self._feed,
            read=reader(messages, decode),
            encode=self._encode,
            parts=Parts(*(part for part in parts if part is not None)),
            deliver=None if self._streams is None else self._streams.deliver,
            max_rejected=max_rejected,
        )
        self._plan = Plan(
            credentials=Credentials(url, headers),
            reconnect=reconnect,
            retry=retry,
            max_attempts=max_attempts,
            on_open=on_open,
            attempt_timeout=attempt_timeout,
            make_socket=make_socket,
            options=websocket_options,
        )
        self._supervisor: Supervisor | None = None
        self._running: asyncio.Task[None] | None = None

    def __repr__(self) -> str:
        socket = None if self._supervisor is None else self._supervisor.socket
        return f"<{type(self).__name__} {self.name!r} {socket or self._plan.credentials.known_url}>"

    async def resubscribe(self, *keys: str) -> None:
        """End subscriptions and ask for them once more, on the socket that is open; wait until the server follows them.

        For a stream that must begin anew. Safe to cancel: what has begun goes on.

        Raises:
            NotOpen: no socket is open just now, or ``on_open`` has not come to its end.
            SubscriptionFailed: the server refused, or did not answer in time; or ``select`` does not name the key.
            ConnectionLost: the socket closed meanwhile; on the next one everything that is wanted is asked for anyway.
            UsageError: there are no ``subscriptions=``, a key is no text, or this is not the connection's event loop.
        """
        self._check_loop()
        if self._subscribing is None:
            message = f"{self!r} has no subscriptions; expected subscriptions=Subscriptions(...)"
            raise UsageError(message)
        await self._subscribing.again(keys)

    def reconnect_now(self) -> None:
        """Begin the next attempt at once: do not wait for it, or drop the socket that is open or opening.

        For a program that knows more than the connection does: the network is back, the machine woke up.

        Raises:
            NotOpen: the connection is not in use, or closed for good.
            UsageError: this is not the connection's event loop.
        """
        self._check_loop()
        if self._supervisor is None or not self._is_running():
            complaint = f"{self!r} is not in use; expected a connection inside its `async with`"
            raise NotOpen(complaint)
        self._supervisor.hurry()

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
        if self._supervisor is not None:
            self._sender.close()
            self._supervisor.close(code, reason)
        return Eventually(self.wait_closed)

    async def wait_closed(self) -> None:
        """Wait until it is closed for good and the last action has been dispatched. Safe to cancel.

        Raises:
            UsageError: this is not the connection's event loop.
        """
        self._check_loop()
        supervisor = self._supervisor
        if supervisor is not None and supervisor.is_greeting and supervisor.socket is not None:
            await (
                supervisor.socket.wait_closed()
            )  # the rest cannot happen before on_open, which waits here, has returned
        elif self._running is not None and not self._running.done():
            await asyncio.wait([self._running])

    async def run(self) -> None:
        """Connect, and return when it is closed for good. Cancelling it closes the connection.

        Raises:
            ConnectionFailed: it could not be opened, and will not be tried again.
            ConnectionLost: it broke, and will not be opened again.
        """
        async with self:
            if self._supervisor is not None:
                self._supervisor.raises = True
            await self.wait_closed()
        if self.failure is not None:
            raise self.failure

    async def __aenter__(self) -> Self:
        """Wait for the first open.

        Raises:
            ConnectionFailed: it failed for good, or not in time.
            UsageError: it is in use already, or an option of the socket cannot be used.
        """
        if self._is_running():
            message = f"{self!r} is in use; expected one `async with` at a time. Make another Connection."
            raise UsageError(message)
        if self._plan.make_socket is WebSocket:  # here, where the warning can point at the code of the program
            warn_if_insecure(self._plan.credentials.known_url, self._plan.options)
        self._sender.begin()
        supervisor = self._supervisor = Supervisor(self._plan, self._equipment, self, self.epoch)
        running = self._running = asyncio.create_task(supervisor.run(), name=f"socketstore {self.name}")
        await first_open(supervisor, running, self._open_timeout, self._plan.credentials.known_url)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await to_the_end(self.close())

    def _is_running(self) -> bool:
        return self._running is not None and not self._running.done()

    def _check_loop(self) -> None:
        if self._running is not None and not self._running.done():
            check_loop(self._running.get_loop(), self)
