"""The connection for programs without an event loop: the same names, each call waits for its end."""

from __future__ import annotations

import asyncio
import atexit
import inspect
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from types import TracebackType
from typing import Any, Self, TypeVar

from socketstore.connection import connection as asynchronous
from socketstore.connection.credentials import Credentials, Headers, Url
from socketstore.connection.streams.definition import Streams
from socketstore.errors import ConnectionFailed, NotOpen, UsageError
from socketstore.sockets.insecure import warn_if_insecure
from socketstore.sockets.options import expect
from socketstore.store.store import Store
from socketstore.sync.figures import Figures
from socketstore.sync.loop_thread import LoopThread

T = TypeVar("T")


class Connection(Figures):
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
    what can only wait is refused. It belongs to the process that opened it: a fork makes a connection of its own.

    Args:
        url: ``ws://`` or ``wss://``, or a function that gives it for each attempt. A plain function is called in a
            thread of its own, so that it may take its time.
        store: where the actions go.
        headers: added to the handshake, or a function that gives them for each attempt, likewise.
        on_open: called with this connection after each open, in a thread of its own: a greeting, a login. If the
            socket closes meanwhile, what the function waits for raises `NotOpen`. An ``async def`` is called with the
            asynchronous connection in the connection's event loop.
        streams: as `socketstore.Connection` takes it; what its ``resync`` does is called as `on_open` is.
        loop_factory: makes the event loop of the thread, as `asyncio.Runner` takes it: ``uvloop.new_event_loop``.
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
        streams: Streams | None = None,
        loop_factory: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop,
        **options: Any,
    ) -> None:
        expect(loop_factory, "loop_factory", Callable, "a function that makes an event loop")
        self._loop_factory = loop_factory
        self._store = store
        self._options = options
        self._url = url
        self._connection = asynchronous.Connection(
            self._errand(url),
            store,
            headers=self._errand(headers),
            on_open=self._greeting(on_open),
            streams=self._resyncing(streams) if isinstance(streams, Streams) else streams,
            **options,
        )
        self._thread: LoopThread | None = None
        self._door = threading.Lock()

    def __repr__(self) -> str:
        return f"<sync {self._connection!r:.500}>"

    def open(self) -> Self:
        """Connect, and return when the socket is open for the first time: what ``with`` does, for a notebook.

        Raises:
            ConnectionFailed: it failed for good, or not in time.
            UsageError: it is in use already, or an option of the socket cannot be used.
        """
        thread = self._begin()
        try:
            thread.wait(self._connection.__aenter__)
        except BaseException as error:
            self._end(thread)
            if isinstance(error, NotOpen):
                raise self._closed_meanwhile() from error
            raise
        return self

    def send(self, message: Any, **options: Any) -> None:
        """Send a message, and wait until the send buffer has room again; see `socketstore.Connection.send`.

        Raises:
            NotOpen: the connection is not in use.
            SocketstoreError: as `socketstore.Connection.send` does.
        """
        sending = partial(self._connection.send, message, **options)
        thread = self._open_thread()
        if thread.is_here():
            sending()
        else:
            thread.wait(lambda: _awaited(sending))

    def resubscribe(self, *keys: str) -> None:
        """End subscriptions, ask for them once more, and wait for the server; see `socketstore.Connection.resubscribe`.

        Raises:
            NotOpen: the connection is not in use, or no socket is open just now.
            SocketstoreError: as `socketstore.Connection.resubscribe` does.
        """
        self._wait(partial(self._connection.resubscribe, *keys))

    def request(self, message: Any, **options: Any) -> Any:
        """Send a message, wait for the answer to it and return that; see `socketstore.Connection.request`.

        Raises:
            NotOpen: the connection is not in use.
            SocketstoreError: as `socketstore.Connection.request` does.
        """
        return self._wait(partial(self._connection.request, message, **options))

    def reconnect_now(self) -> None:
        """Begin the next attempt at once; see `socketstore.Connection.reconnect_now`.

        Raises:
            NotOpen: the connection is not in use, or closed for good.
        """
        self._open_thread().call(self._connection.reconnect_now)

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Close the connection, wait until the last action has been dispatched, and end the thread.

        Harmless when closed already. In the connection's own thread it begins the closing and does not wait; in
        `on_open` it waits until the socket has closed.

        Raises:
            UsageError: the code or the reason may not be sent.
        """
        thread = self._thread
        if thread is None or not thread.is_of_this_process():
            return
        with suppress(NotOpen):  # another thread was quicker
            thread.call(partial(self._connection.close, code, reason))
        if thread.is_here():
            return
        if thread.errands.current() is not None:  # its thread is one of those that the end waits for
            self.wait_closed()
            return
        try:
            with suppress(NotOpen):
                thread.wait(self._connection.wait_closed)
        finally:
            self._end(thread)

    def wait_closed(self, timeout: float | None = None) -> None:
        """Wait until it is closed for good; `timeout` in seconds. In `on_open`: until the socket has closed.

        Raises:
            TimeoutError: it was not in time.
        """
        thread = self._thread
        if thread is not None and thread.is_of_this_process():
            with suppress(NotOpen):
                thread.wait(partial(_in_time, timeout, self._connection.wait_closed))

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
            thread.begin(watch.aclose)

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _greeting(self, on_open: Any) -> Any:
        if not callable(on_open) or inspect.iscoroutinefunction(on_open):
            return on_open
        return lambda _: self._open_thread().errands.run(on_open, self)

    def _errand(self, source: Any) -> Any:
        """Let a plain function be called in a thread, where it may wait for something."""
        if not callable(source) or inspect.iscoroutinefunction(source):
            return source
        return lambda: self._open_thread().errands.run(source)

    def _resyncing(self, streams: Streams) -> Streams:
        resync = streams.resync
        if resync is None or inspect.iscoroutinefunction(resync):
            return streams
        ours: Any = self
        return replace(
            streams, resync=lambda asked: self._open_thread().errands.run(resync, replace(asked, connection=ours))
        )

    def _closed_meanwhile(self) -> ConnectionFailed:
        url = Credentials(self._url).known_url
        return ConnectionFailed(f"{url} was closed before it was open", url=url, kind="aborted")

    def _begin(self) -> LoopThread:
        with self._door:
            if self._thread is not None:
                message = f"{self!r} is in use; expected one `with`, or open(), at a time. Make another Connection."
                raise UsageError(message)
            if isinstance(self._url, str) and "make_socket" not in self._options:
                # here, where the warning can point at the code of the program
                warn_if_insecure(self._url, self._options)
            self._thread = LoopThread(f"socketstore {self.name}", self._loop_factory)
            atexit.register(self.close)
            return self._thread

    def _open_thread(self) -> LoopThread:
        thread = self._thread
        if thread is None or not thread.is_of_this_process():
            message = f"{self!r} is not in use here; expected a call inside its `with`, or after open()"
            raise NotOpen(message)
        return thread

    def _wait(self, begin: Callable[[], Coroutine[Any, Any, T]]) -> T:
        return self._open_thread().wait(begin)

    def _end(self, thread: LoopThread) -> None:
        try:
            thread.stop()
        finally:
            with self._door:
                if self._thread is thread:
                    atexit.unregister(self.close)
                    self._thread = None


async def _awaited(begin: Callable[[], Any]) -> Any:
    return await begin()


async def _next(values: Any) -> Any:
    return await anext(values)


async def _in_time(seconds: float | None, wait: Callable[[], Coroutine[Any, Any, T]]) -> T:
    async with asyncio.timeout(seconds):
        return await wait()
