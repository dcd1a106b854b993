"""One attempt after another, each of them told to the store from its first word to its last."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from socketstore.actions import GaveUp, ReconnectCancelled, ReconnectScheduled
from socketstore.connection.attempt import Attempt, Equipment
from socketstore.connection.backoff import Backoff
from socketstore.connection.credentials import Credentials
from socketstore.connection.greeting import begin_greeting, greeted
from socketstore.connection.health import Health
from socketstore.connection.patience import end
from socketstore.connection.retry import Ended, Retry
from socketstore.connection.session import Session
from socketstore.errors import ConnectionFailed, SocketError, UsageError
from socketstore.sockets.emitter import report
from socketstore.sockets.events import ReadyState
from socketstore.sockets.eventually import to_the_end
from socketstore.sockets.failures import connection_failed
from socketstore.sockets.masking import mask_url
from socketstore.sockets.websocket import WebSocket

OnOpen = Callable[[Any], Awaitable[object] | object]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a connection was asked to do; see `Connection` for what each means."""

    credentials: Credentials
    reconnect: Backoff | None
    retry: Retry
    max_attempts: int | None
    on_open: OnOpen | None
    attempt_timeout: float | None
    make_socket: Callable[..., WebSocket]
    options: dict[str, Any] = field(default_factory=dict)


class Supervisor:
    """Makes one attempt after another, until it is closed or another one cannot help.

    Args:
        plan: what was asked.
        equipment: what each attempt works with.
        owner: the connection, which `on_open` is called with.
        epoch: how many sockets the connection has opened before.

    Attributes:
        epoch: how many sockets the connection has opened.
        failure: why the last attempt failed.
        session: the open socket.
        opened: set once a socket has opened and `on_open` has come to its end.
        raises: whether somebody will raise `failure` at the end, so that it need not be reported.
    """

    def __init__(self, plan: Plan, equipment: Equipment, owner: Any, epoch: int) -> None:
        self.epoch = epoch
        self.failure: SocketError | None = None
        self.opened = asyncio.Event()
        self.raises = False
        self._plan = plan
        self._equipment = equipment
        self._feed = equipment.feed
        self._owner = owner
        self._health = Health(plan.reconnect or Backoff(), self._feed)
        self._closed = asyncio.Event()
        self._hurried = asyncio.Event()
        self._farewell: tuple[int, str] = (1000, "")
        self._attempt: Attempt | None = None
        self._asking: asyncio.Task[Any] | None = None
        self._greeting: asyncio.Task[None] | None = None
        self.socket: WebSocket | None = None

    @property
    def session(self) -> Session | None:
        """The open socket, if there is one."""
        attempt = self._attempt
        return None if attempt is None or attempt.session is None or attempt.session.over else attempt.session

    @property
    def is_greeting(self) -> bool:
        """Whether the running task is `on_open` itself."""
        return self._greeting is not None and asyncio.current_task() is self._greeting

    def close(self, code: int, reason: str) -> None:
        """Close the socket, give up opening it, or stop waiting for the next attempt; there will be no other."""
        if not self._closed.is_set():
            self._farewell = code, reason
            self._closed.set()
        if self._asking is not None:
            self._asking.cancel()
        if self.socket is not None:
            self.socket.close(code, reason)

    def hurry(self) -> None:
        """Begin the next attempt now: do not wait for it, and drop the socket that is open or opening."""
        self._hurried.set()
        if self._asking is not None:
            self._asking.cancel()
        if self.socket is not None:
            self.socket.abort()

    async def run(self) -> None:
        """Make one attempt after another.

        Raises:
            UsageError: an option of the socket cannot be used.
        """
        try:
            while await self._once():
                pass
        finally:
            self._equipment.parts.ended()

    async def _once(self) -> bool:
        """Make an attempt and wait for the next one; tell whether there is one."""
        self._hurried.clear()
        attempt = self._attempt = Attempt(self._equipment, self._health.number, self.epoch + 1)
        await self._make(attempt)
        self.failure = attempt.failure
        self._health.note(attempt)
        if self._closed.is_set():
            self.failure = None
            return False
        if self._plan.reconnect is None:
            return False
        return await self._wait(attempt)

    async def _make(self, attempt: Attempt) -> None:
        """Make one attempt; when this returns or raises, its last word has been said."""
        try:
            url, headers = await self._ask()
        except ConnectionFailed as failed:
            attempt.fail(failed, failed.url)
            return
        options = {**self._plan.options, "open_timeout": self._plan.attempt_timeout}
        socket = self.socket = self._plan.make_socket(url, headers=headers, reading=attempt.reading, **options)
        try:
            attempt.begin(socket)
            await socket.open()
            self.epoch += 1
            await self._live(attempt, socket)
        except SocketError:  # the socket's own events have told of it
            pass
        except UsageError:
            if self.epoch == 0:
                raise
        finally:
            socket.abort()
            await to_the_end(self._laid_to_rest(attempt, socket))
            self.socket = None
