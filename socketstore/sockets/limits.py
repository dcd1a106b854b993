"""How many a server lets in, and how many it lets wait at its door."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from types import NoneType
from typing import Any

from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from socketstore.errors import UsageError
from socketstore.sockets.frames import ServerWire
from socketstore.sockets.options import expect

RETRY_AFTER = 5  # seconds

ProcessRequest = Callable[[ServerConnection, Request], "Awaitable[Response | None] | Response | None"]


class Door:
    """Counts who is in and who waits.

    Who has sent a request is in, until the TCP connection has ended. Who has not waits; when too many do, the one that
    has waited longest is cut, not the one that has just come: so those who only want to fill the queue cannot keep
    out a client that sends its request at once.

    Args:
        max_connections: how many may be in; ``None``: any number.
        max_handshakes: how many may wait; ``None``: any number.
        process_request: asked about each request for which there is room.

    Raises:
        UsageError: an argument cannot be used.
    """

    def __init__(
        self, max_connections: int | None, max_handshakes: int | None, process_request: ProcessRequest | None
    ) -> None:
        _check_limit(max_connections, "max_connections")
        _check_limit(max_handshakes, "max_handshakes")
        expect(process_request, "process_request", (Callable, NoneType), "a function of connection and request")
        self._most = max_connections
        self._most_waiting = max_handshakes
        self._process_request = process_request
        self._inside: set[GuardedWire] = set()
        self._waiting: dict[GuardedWire, None] = {}  # in the order in which they came

    def arrived(self, wire: GuardedWire) -> None:
        """Let a TCP connection wait; cut the first of those that wait if there are too many now."""
        self._waiting[wire] = None
        if self._most_waiting is not None and len(self._waiting) > self._most_waiting:
            first = next(iter(self._waiting))
            del self._waiting[first]
            first.transport.abort()

    def left(self, wire: GuardedWire) -> None:
        """Forget one whose TCP connection has ended."""
        self._waiting.pop(wire, None)
        self._inside.discard(wire)

    def process_request(
        self, connection: GuardedWire, request: Request
    ) -> Awaitable[Response | None] | Response | None:
        """Let a client in and ask the program about it, or answer that there is no room."""
        self._waiting.pop(connection, None)
        if self._most is not None and len(self._inside) >= self._most:
            return _no_room(connection)
        if not connection.gone:
            self._inside.add(connection)
        return None if self._process_request is None else self._process_request(connection, request)


class GuardedWire(ServerWire):
    """The server's side of a connection that passes a door.

    Args:
        *args: as `ServerWire` takes them.
        door: who counts it.
        **kwargs: as `ServerWire` takes them.

    Attributes:
        gone: whether the TCP connection has ended.
    """

    def __init__(self, *args: Any, door: Door, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.gone = False
        self._door = door

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for the request."""
        super().connection_made(transport)
        self._door.arrived(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Make room for another."""
        self.gone = True
        self._door.left(self)
        super().connection_lost(exc)


def _check_limit(value: object, name: str) -> None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
        message = f"got {name}={value!r:.200}; expected a number of at least 1, or None for any number"
        raise UsageError(message)


def _no_room(connection: ServerConnection) -> Response:
    response = connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "This server has as many connections as it may.\n")
    response.headers["Retry-After"] = str(RETRY_AFTER)
    return response
