"""The proxy itself: where clients connect, and what a test may do to them."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from socketstore.errors import UsageError
from socketstore.sockets.addresses import NoAddress, parse_address
from socketstore.sockets.eventually import to_the_end
from socketstore.sockets.masking import mask_url
from socketstore.testing.proxy.faults import DIRECTIONS, Delay, Direction, Fault, Refuse, Throttle
from socketstore.testing.proxy.lane import Lane, Weather
from socketstore.testing.proxy.link import Link, Streams
from socketstore.testing.tcp_line import reset


class FaultProxy:
    """A TCP proxy on a free port of this machine, between a client and a server, that behaves as networks do.

    ::

        async with FaultProxy(server.url) as proxy, Connection(proxy.url, store):
            proxy.cut()

    What is wanted now is a method. What is to happen at a certain place in the stream is a `Fault`::

        FaultProxy(server.url, [Duplicate(after_messages=3), Cut(after_messages=5, after_bytes=2, connection=2)])

    Compression is kept from being agreed on, so that each message stands for itself. All times are those of the event
    loop. When the block ends, so do all connections; no task and no socket is left.

    Args:
        url: where the server is; ``ws://`` only, since what is encrypted cannot be disturbed message by message.
        faults: what is to happen, and where.

    Attributes:
        happened: the faults that have happened, in order.
        connections: how many clients have been let through.

    Raises:
        UsageError: the address is none, or ``wss://``; or a fault is none.
    """

    def __init__(self, url: str, faults: Iterable[Fault] = ()) -> None:
        self._target = _target(url)
        self._user_info, self._path = _around_the_host(url)
        self._faults = _checked(faults)
        self.happened: list[Fault] = []
        self.connections = 0
        self._weather: dict[Direction, Weather] = {direction: Weather() for direction in DIRECTIONS}
        self._refusals = 0
        self._links: set[Link] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._held: socket.socket | None = None
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """The address for the client: that of the server, but for host and port.

        Raises:
            UsageError: the proxy is not in use.
        """
        if self._held is None:
            message = "the proxy is not in use; expected `async with FaultProxy(...) as proxy:`"
            raise UsageError(message)
        return f"ws://{self._user_info}127.0.0.1:{self._held.getsockname()[1]}{self._path}"

    # What happens now.

    def cut(self) -> None:
        """End all connections that there are (FIN), without a close frame."""
        for link in self._links:
            link.cut()

    def reset(self) -> None:
        """Break all connections that there are (RST)."""
        for link in self._links:
            link.reset()

    def refuse(self, connections: int = 1) -> None:
        """Break so many of the next connections (RST) before their handshake.

        Raises:
            UsageError: it is no number of connections.
        """
        self._refusals += Refuse(connections=connections).connections

    def add(self, *faults: Fault) -> None:
        """Add faults: in connections that there are they are counted from here, in later ones from their beginning."""
        self._faults += _checked(faults)
        for link in self._links:
            for fault in faults:
                if fault.connection in (None, link.number):
                    link.lanes[fault.direction].add(fault)

    # How the network is from now on, for connections that there are and later ones.

    def black_hole(self, direction: Direction | None = None) -> None:
        """Let nothing through, and not the end of a connection either; ``None``: both ways."""
        self._set(direction, black_hole=True)

    def delay(self, seconds: float, direction: Direction | None = None) -> None:
        """Let everything come later; ``None``: both ways.

        Raises:
            UsageError: it is no number of seconds, or no direction.
        """
        self._set(direction, delay=Delay(seconds=seconds).seconds)

    def throttle(self, bytes_per_second: float, direction: Direction | None = None) -> None:
        """Let no more through than this; ``None``: both ways.

        Raises:
            UsageError: it is not more than 0, or no direction.
        """
        self._set(direction, bytes_per_second=Throttle(bytes_per_second=bytes_per_second).bytes_per_second)

    def heal(self) -> None:
        """Let the network be well again: what is on its way arrives, and no connection is refused."""
        self._refusals = 0
        self._set(None, delay=0.0, bytes_per_second=None, black_hole=False)

    @asynccontextmanager
    async def away(self) -> AsyncIterator[None]:
        """Stop listening while the block lasts: whoever connects is refused by the operating system."""
        await self._stop_listening()
        try:
            yield
        finally:
            await self._listen()

    async def __aenter__(self) -> Self:
        self._held = _reserved_port()
        await self._listen()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await to_the_end(self._end())

    def _set(self, direction: Direction | None, **changes: Any) -> None:
        directions = DIRECTIONS if direction is None else (direction,)
        for name in directions:
            if name not in DIRECTIONS:
                message = f"got direction={direction!r}; expected one of {', '.join(DIRECTIONS)}, or None for both"
                raise UsageError(message)
            for attribute, value in changes.items():
                setattr(self._weather[name], attribute, value)
            for lane in self._lanes(name):
                lane.set_weather(**changes)

    def _lanes(self, direction: Direction) -> list[Lane]:
        return [link.lanes[direction] for link in self._links]

    async def _listen(self) -> None:
        if self._held is not None:
            listening = _bound(self._held.getsockname()[1])
            self._server = await asyncio.start_server(self._welcome, sock=listening)

    async def _stop_listening(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.close()
            await asyncio.sleep(0)  # wait_closed() would wait for the connections too, from Python 3.12 on

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        if self._refusals:
            self._refusals -= 1
            reset(writer.transport)
            return
        try:
            server = await asyncio.open_connection(*self._target)
        except OSError:
            reset(writer.transport)
            return
        except asyncio.CancelledError:
            writer.transport.abort()
            return
        await self._carry((reader, writer), server)

    async def _carry(self, client: Streams, server: Streams) -> None:
        self.connections += 1
        number = self.connections
        faults = [fault for fault in self._faults if fault.connection in (None, number)]
        link = Link(number, client, server, self._weather, faults, self._note)
        self._links.add(link)
        try:
            await link.run()
        except asyncio.CancelledError:
            pass  # the block has ended; raised further, asyncio would log it
        finally:
            self._links.discard(link)

    def _note(self, fault: Fault) -> None:
        self.happened.append(fault)
        if isinstance(fault, Refuse):
            self._refusals += fault.connections

    async def _end(self) -> None:
        await self._stop_listening()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)  # sockets that were cut off are closed in the next round
        if self._held is not None:
            self._held.close()
            self._held = None


def _target(url: str) -> tuple[str, int]:
    try:
        address = parse_address(url)
    except NoAddress as error:
        message = f"got {mask_url(url)}; expected the address of a server: {error}"
        raise UsageError(message) from None
    if address.secure:
        message = f"got {mask_url(url)}; expected ws://, since what is encrypted cannot be disturbed message by message"
        raise UsageError(message)
    return address.host, address.port


def _around_the_host(url: str) -> tuple[str, str]:
    """Return what stands before the host of an address, and what stands behind its port."""
    _, _, behind = url.partition("://")
    authority = urlsplit(url).netloc
    user_info, at, _ = authority.rpartition("@")
    return user_info + at, behind[len(authority) :]


def _checked(faults: Iterable[Fault]) -> list[Fault]:
    faults = list(faults)
    for fault in faults:
        if not isinstance(fault, Fault):
            message = f"got the fault {fault!r:.200}; expected a Cut, Reset, Delay or another of them"
            raise UsageError(message)
    return faults


def _reserved_port() -> socket.socket:
    """Bind a free port without listening there, so that nobody else gets it while the proxy is `away`."""
    return _bound(0)


def _bound(port: int) -> socket.socket:
    # Only where the protocol is named does asyncio switch Nagle's algorithm off, which would hold small messages back.
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if hasattr(socket, "SO_REUSEPORT"):
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        bound.bind(("127.0.0.1", port))
    except BaseException:
        bound.close()
        raise
    return bound
