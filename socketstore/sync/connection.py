"""The connection for programs without an event loop: the same names, each call waits for its end."""

from __future__ import annotations

import asyncio
import atexit
import inspect
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from functools import partial
from types import TracebackType
from typing import Any, Self, TypeVar

from socketstore.connection import connection as asynchronous
from socketstore.connection.credentials import Headers, Url
from socketstore.errors import NotOpen, SocketError, UsageError
from socketstore.store.store import Store
from socketstore.sync.loop_thread import LoopThread

T = TypeVar("T")


class Connection:
    """Connects a store to a WebSocket server, and keeps it connected, from a thread of its own.

    ::

        from socketstore.sync import Connection

        with Connection("ws://localhost:8080", store) as connection:
            connection.send("I am LEGENDARY!")
            connection.wait_for(lambda state: len(state.lines) >= 2, timeout=5)

    It is `socketstore.Connection` with the same arguments, actions and methods; each method waits until what it is
    for has happened. Leaving ``with`` closes the connection and ends its thread; so does the end of the program.
    Methods may be called from any thread. The store's reducer and subscribers are called in the connection's thread
    (give ``subscribe`` a ``via=`` to hear in another one): there `send`, `close` and `reconnect_now` do not wait, and
    what can only wait is refused.

    Args:
        url: ``ws://`` or ``wss://``, or a function that gives it for each attempt. A plain function is called in a
            thread of its own, so that it may take its time.
        store: where the actions go.
        headers: added to the handshake, or a function that gives them for each attempt, likewise.
        on_open: called with this connection after each open, in a thread of its own: a greeting, a login. An
            ``async def`` is called with the asynchronous connection in the connection's event loop.
        **options: as `socketstore.Connection` takes them.

    Raises:
        UsageError: an argument cannot be used.
    """

    def __init__(
        self,
        url: Url,
        store: Store[Any],
        *,
        headers: Headers = None,
        on_open: Callable[[Any], object] | None = None,
        **options: Any,
    ) -> None:
        self._store = store
        self._connection = asynchronous.Connection(
            _in_a_thread(url),
            store,
            headers=_in_a_thread(headers),
            on_open=self._greeting(on_open) if callable(on_open) else on_open,
            **options,
        )
        self._thread: LoopThread | None = None

    def __repr__(self) -> str:
        return f"<sync {self._connection!r:.500}>"

    @property
    def name(self) -> str:
        """What stands in its actions."""
        return self._connection.name

    @property
    def epoch(self) -> int:
        """How many times it has opened a socket."""
        return self._connection.epoch

    @property
    def failure(self) -> SocketError | None:
        """Why the last attempt failed, or the socket broke; ``None`` if it did not, or was closed here."""
        return self._connection.failure

    @property
    def inbox_size(self) -> int:
        """Bytes of messages that have come and wait to be dispatched; see `socketstore.Connection.inbox_size`."""
        return self._connection.inbox_size

    def open(self) -> Self:
        """Connect, and return when the socket is open for the first time: what ``with`` does, for a notebook.

        Raises:
            ConnectionFailed: it failed for good, or not in time.
            UsageError: it is in use already, or an option of the socket cannot be used.
        """
        if self._thread is not None:
            message = f"{self!r} is in use; expected one `with`, or open(), at a time. Make another Connection."
            raise UsageError(message)
        self._thread = LoopThread(f"socketstore {self.name}")
        try:
            self._wait(self._connection.__aenter__)
        except BaseException:
            self._end()
            raise
        atexit.register(self.close)
        return self

    def send(self, message: Any, **options: Any) -> None:
        """Send a message, and wait until the send buffer has room again; see `socketstore.Connection.send`.

        Raises:
            NotOpen: the connection is not in use.
            SocketstoreError: as `socketstore.Connection.send` does.
        """
        sending = partial(self._connection.send, message, **options)
        if self._in_loop():
            sending()
        else:
            self._wait(lambda: _awaited(sending))

    def resubscribe(self, *keys: str) -> None:
        """End subscriptions, ask for them once more, and wait for the server; see `socketstore.Connection.resubscribe`.

        Raises:
            NotOpen: the connection is not in use, or no socket is open just now.
            SocketstoreError: as `socketstore.Connection.resubscribe` does.
        """
        self._wait(partial(self._connection.resubscribe, *keys))

    def reconnect_now(self) -> None:
        """Begin the next attempt at once; see `socketstore.Connection.reconnect_now`.

        Raises:
            NotOpen: the connection is not in use, or closed for good.
        """
        self._open_thread().call(self._connection.reconnect_now)

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Close the connection, wait until the last action has been dispatched, and end the thread.

        Harmless when closed already. In the connection's own thread it begins the closing and does not wait.

        Raises:
            UsageError: the code or the reason may not be sent.
        """
        if self._thread is None:
            return
        closing = partial(self._connection.close, code, reason)
        if self._in_loop():
            closing()
            return
        with suppress(NotOpen):  # another thread was quicker
            self._wait(lambda: _awaited(closing))
        self._end()

    def wait_closed(self, timeout: float | None = None) -> None:
        """Wait until it is closed for good; `timeout` in seconds.

        Raises:
            TimeoutError: it was not in time.
        """
        if self._thread is not None:
            self._wait(partial(_in_time, timeout, self._connection.wait_closed))

    def run(self) -> None:
        """Connect, and return when it is closed for good. Interrupted (Ctrl-C), it closes the connection.

        Raises:
            ConnectionFailed: it could not be opened, and will not be tried again.
            ConnectionLost: it broke, and will not be opened again.
        """
        with self:
            self.wait_closed()
            failure = self.failure
        if failure is not None:
            raise failure

    def wait_for(self, predicate: Callable[[Any], bool], *, timeout: float | None = None) -> Any:
        """Wait for the first state of the store that satisfies a predicate, and return it; `timeout` in seconds.

        Raises:
            WaitTimeout: none did in time.
            NotOpen: the connection is not in use, or was closed meanwhile.
        """
        return self._wait(partial(self._store.wait_for, predicate, timeout=timeout))

    def watch(self, select: Callable[[Any], T] | None = None, **options: Any) -> Iterator[Any]:
        """Iterate over the state, or what `select` reads of it; see `Store.watch`. Ends when the connection is closed.

        Raises:
            NotOpen: the connection is not in use.
        """
        watch = self._store.watch(select, **options) if select is not None else self._store.watch(**options)
        thread = self._open_thread()
        values = thread.call(watch.__aiter__)
        try:
            while True:
                yield thread.wait(partial(_next, values))
        except (NotOpen, StopAsyncIteration):
            return
        finally:
            with suppress(NotOpen):
                thread.wait(watch.aclose)

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _greeting(self, on_open: Callable[[Any], object]) -> Callable[[Any], object]:
        if inspect.iscoroutinefunction(on_open):
            return on_open
        return lambda _: asyncio.to_thread(on_open, self)

    def _in_loop(self) -> bool:
        return self._thread is not None and self._thread.is_here()

    def _open_thread(self) -> LoopThread:
        if self._thread is None:
            message = f"{self!r} is not in use; expected a call inside its `with`, or after open()"
            raise NotOpen(message)
        return self._thread

    def _wait(self, begin: Callable[[], Coroutine[Any, Any, T]]) -> T:
        return self._open_thread().wait(begin)

    def _end(self) -> None:
        atexit.unregister(self.close)
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.stop()


async def _awaited(begin: Callable[[], Any]) -> Any:
    return await begin()


async def _next(values: Any) -> Any:
    return await anext(values)


async def _in_time(seconds: float | None, wait: Callable[[], Coroutine[Any, Any, T]]) -> T:
    async with asyncio.timeout(seconds):
        return await wait()


def _in_a_thread(source: Any) -> Any:
    """Let a plain function be called in a thread, where it may wait for something."""
    if not callable(source) or inspect.iscoroutinefunction(source):
        return source
    return partial(asyncio.to_thread, source)
