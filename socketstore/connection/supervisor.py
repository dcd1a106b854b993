"""One attempt after another, each of them told to the store from its first word to its last."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from socketstore.actions import AskedForCredentials, GaveUp, ReconnectCancelled, ReconnectScheduled
from socketstore.connection.attempt import Attempt
from socketstore.connection.backoff import Backoff
from socketstore.connection.credentials import Address, Credentials
from socketstore.connection.equipment import Equipment
from socketstore.connection.greeting import begin_greeting, greeted
from socketstore.connection.health import Health
from socketstore.connection.patience import end
from socketstore.connection.retry import Ended, Retry
from socketstore.connection.session import Session
from socketstore.errors import ConnectionFailed, ConnectionLost, NotOpen, SocketError, UsageError
from socketstore.sockets.emitter import report
from socketstore.sockets.events import OpenEvent, ReadyState
from socketstore.sockets.eventually import to_the_end
from socketstore.sockets.failures import connection_failed
from socketstore.sockets.masking import mask_error, mask_text, mask_url
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
        ended: how it ended, if it was not closed here.
        session: the open socket.
        opened: set once a socket has opened and `on_open` has come to its end.
        raises: whether somebody will raise `failure` at the end, so that it need not be reported.
    """

    def __init__(self, plan: Plan, equipment: Equipment, owner: Any, epoch: int) -> None:
        self.epoch = epoch
        self.failure: SocketError | None = None
        self.ended: Ended | None = None
        self.opened = asyncio.Event()
        self.raises = False
        self._plan = plan
        self._equipment = equipment
        self._feed = equipment.feed
        self._owner = owner
        self._health = Health(
            plan.reconnect or Backoff(), plan.retry, plan.max_attempts, credentials_change=plan.credentials.change
        )
        self._closed = False
        self._hurried = False
        self._woken = asyncio.Event()
        self._attempt: Attempt | None = None
        self.socket: WebSocket | None = None

    @property
    def session(self) -> Session | None:
        """The open socket, if there is one."""
        attempt = self._attempt
        return None if attempt is None or attempt.session is None or attempt.session.over else attempt.session

    @property
    def is_greeting(self) -> bool:
        """Whether the running task is `on_open` itself."""
        session = None if self._attempt is None else self._attempt.session
        return session is not None and session.greeting is not None and session.greeting is asyncio.current_task()

    def close(self, code: int, reason: str) -> None:
        """Close the socket, give up opening it, or stop waiting for the next attempt; there will be no other."""
        self._closed = True
        self._woken.set()
        if self.socket is not None:
            self._leave()
            self.socket.close(code, reason)

    def hurry(self) -> None:
        """Begin the next attempt now: do not wait for it, and drop the socket that is open or opening."""
        self._hurried = True
        self._woken.set()
        if self.socket is not None:
            self._leave()
            self.socket.abort()

    def _leave(self) -> None:
        if self._attempt is not None:
            self._attempt.leave()

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
        self._hurried = False
        self._woken.clear()
        if self._closed:
            return False
        attempt = self._attempt = Attempt(self._equipment, self._health.number, self.epoch + 1)
        await self._make(attempt)
        ended = self._health.note(attempt)
        self.failure, self.ended = (None, None) if self._closed else (attempt.failure, ended)
        if self._closed or (self._plan.reconnect is None and not self._hurried):
            return False
        return await self._wait(ended)

    async def _make(self, attempt: Attempt) -> None:
        """Make one attempt; when this returns or raises, its last word has been said."""
        try:
            url, headers = await self._ask()
        except ConnectionFailed as failed:
            attempt.fail(failed, failed.url)
            return
        except asyncio.CancelledError as cancelled:
            attempt.fail(connection_failed(cancelled, known := self._plan.credentials.known_url), known)
            raise
        options = {**self._plan.options, "open_timeout": self._plan.attempt_timeout}
        socket = self.socket = self._plan.make_socket(url, headers=headers, reading=attempt.reading, **options)
        try:
            socket.add_listener("open", self._count)
            attempt.begin(socket)
            await socket.open()
            await self._live(attempt, socket)
        except SocketError:  # the socket's own events have told of it
            pass
        except UsageError:
            if not self._plan.credentials.change or self.epoch == 0:
                raise
        finally:
            attempt.leave()
            socket.abort()
            await to_the_end(self._laid_to_rest(attempt, socket))
            self.socket = None

    def _count(self, _: OpenEvent) -> None:
        self.epoch += 1

    async def _ask(self) -> Address:
        """Ask where to connect, and with which headers.

        Raises:
            ConnectionFailed: no answer in time, or none of use; or it was closed meanwhile.
        """
        credentials = self._plan.credentials
        if not credentials.change:
            return await credentials.ask()
        self._feed.say(AskedForCredentials(attempt=self._health.number, **self._feed.stamp()))
        asking = asyncio.create_task(credentials.ask(), name="url= and headers=")
        woken = asyncio.create_task(self._woken.wait())
        try:
            await asyncio.wait([asking, woken], timeout=self._plan.attempt_timeout, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await to_the_end(end([asking, woken], source=self._feed))
        if asking.done() and not asking.cancelled():
            address = asking.result()
            if not self._woken.is_set():  # looked at last: nothing may be waited for between this and the socket
                return address
        raise self._not_told()

    def _not_told(self) -> ConnectionFailed:
        url = self._plan.credentials.known_url
        if self._woken.is_set():
            return connection_failed(asyncio.CancelledError(), url)
        message = (
            f"url= or headers= gave no answer within {self._plan.attempt_timeout} s; expected an address and headers"
        )
        return ConnectionFailed(message, url=url, kind="credentials")

    async def _live(self, attempt: Attempt, socket: WebSocket) -> None:
        """Accompany an open socket to its end."""
        session = attempt.session
        if session is not None:
            greeted = attempt.greeted = await self._greet(attempt, session)
            session.greeted = True
            if greeted:
                self.opened.set()
            if greeted and not session.over:
                self._equipment.parts.ready(session)
        await socket.wait_closed()

    async def _greet(self, attempt: Attempt, session: Session) -> bool:
        """Let `on_open` speak; tell whether it came to its end while the socket was open."""
        if self._plan.on_open is None:
            return True
        if session.socket.ready_state is not ReadyState.OPEN:  # closed again by a subscriber, or by the first words
            return False
        greeting = begin_greeting(self._plan.on_open, self._owner, session)
        try:
            return await greeted(greeting, session)
        except Exception as error:  # noqa: BLE001 - what the program's own function raises
            socket = session.socket
            if socket.ready_state is ReadyState.OPEN or not isinstance(error, (NotOpen, ConnectionLost)):
                attempt.go_wrong(self._not_greeted(error, socket))
                attempt.leave()
                socket.close(1011, "on_open failed")
            return False  # of a socket that is closing it will be said how that came

    def _not_greeted(self, error: Exception, socket: WebSocket) -> ConnectionFailed:
        mask_error(error, socket.hide)
        url = mask_url(socket.url)
        message = f"{url} was opened, but on_open raised {type(error).__name__}: {socket.hide(mask_text(str(error)))}"
        failed = ConnectionFailed(message, url=url, kind="aborted")
        failed.__cause__ = error
        return failed

    async def _laid_to_rest(self, attempt: Attempt, socket: WebSocket) -> None:
        await socket.wait_closed()
        if attempt.session is not None:
            await end(attempt.session.finish(), source=attempt)

    async def _wait(self, ended: Ended) -> bool:
        """Wait for the next attempt; tell whether there is one."""
        if self._hurried:
            return True
        delay = self._health.delay(ended)
        if delay is None:
            self._give_up(ended)
            return False
        stamp = self._feed.stamp()
        self._feed.say(ReconnectScheduled(attempt=self._health.number, delay=delay, reason=str(ended), **stamp))
        try:
            async with asyncio.timeout(delay):
                await self._woken.wait()
        except TimeoutError:
            pass
        except asyncio.CancelledError:
            self._feed.say(ReconnectCancelled(**self._feed.stamp()))
            raise
        if self._closed:
            self._feed.say(ReconnectCancelled(**self._feed.stamp()))
        return not self._closed

    def _give_up(self, ended: Ended) -> None:
        error = "" if ended.error is None else type(ended.error).__name__
        attempts = max(self._health.number - 1, 1)
        self._feed.say(GaveUp(error=error, message=str(ended), attempts=attempts, **self._feed.stamp()))
        if ended.error is not None and self.opened.is_set() and not self.raises:
            report(ended.error, "there will be no other attempt", source=self._feed)
