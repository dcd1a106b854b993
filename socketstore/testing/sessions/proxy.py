"""Between a program and a real server: what both say is handed on, and recorded."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from socketstore.errors import ConnectionFailed, ScriptFailed, UsageError
from socketstore.log.log import Log
from socketstore.sockets.events import ConnectionEvent, ReadyState
from socketstore.sockets.masking import mask_url
from socketstore.sockets.server import WebSocketServer
from socketstore.sockets.websocket import WebSocket
from socketstore.testing.sessions.passing import Passing, Upstream

PATIENCE = 5.0  # seconds for the other server: fewer than programs have, so that they hear the reason
KNOWN = frozenset(HTTPStatus)  # `websockets` answers with no other
OF_THE_HOP = ("host", "connection", "upgrade", "content-length")


class RecordingProxy(WebSocketServer):
    """A server on this machine that passes everything on to another one and back, and writes it into a log.

    A client's path, query, headers and subprotocols are passed on as well, and so is a refusal of the other server.
    One client at a time: a recording holds one connection, with an epoch for each of its sockets.

    That the other server cannot be reached is HTTP 424 for the first client, so that its program does not try on for
    long: a `Connection` gives up at once. Once something has been recorded it is 502, after which programs try again.

    Args:
        target: the address of the other server; the path of a client, unless it is ``/``, is added to its path, and
            the query to its query.
        log: what is written.
        **options: for the sockets to the other server, as for `WebSocket`: ``ssl``, ``open_timeout``, ...; ``headers``
            are added to those of the client.

    Attributes:
        failures: what kept something from being recorded.
        epoch: how many clients have been connected.
    """

    def __init__(self, target: str, log: Log, **options: Any) -> None:
        super().__init__(
            process_request=self._let_in,
            select_subprotocol=self._subprotocol,
            max_size=None,
            compression=None,
            ping_timeout=None,  # the program may stand still in a debugger
            open_timeout=None,  # that of the other server counts
        )
        self.failures: list[BaseException] = []
        self.epoch = 0
        self._target = target
        self._recording = log
        self._upstream_options = {"max_size": None, "open_timeout": PATIENCE, **options}
        self._upstreams: dict[ServerConnection, Upstream] = {}
        self._open: set[WebSocket] = set()
        self._is_letting_in = False
        self.add_listener("connection", self._welcome)

    def standing(self) -> list[str]:
        """Say what is waited for."""
        return [f"waits for {mask_url(self._target)} to let the program in"] if self._is_letting_in else []

    async def finish_listeners(self) -> None:
        """Let go of the other server."""
        await asyncio.gather(*[upstream.close() for upstream in self._open])
        await super().finish_listeners()

    async def _let_in(self, wire: ServerConnection, request: Request) -> Response | None:
        if self._is_taken():
            message = "a second connection came while the first was open; record each one as a session of its own"
            self.failures.append(ScriptFailed(message))
            return wire.respond(HTTPStatus.SERVICE_UNAVAILABLE, f"{message}\n")
        self._is_letting_in = True
        try:
            upstream = self._upstream(request)
            await upstream.open()
        except (ConnectionFailed, UsageError) as error:
            self._forget_attempts()
            self.failures.append(error)
            return wire.respond(self._status(error), f"{error}\n")
        finally:
            self._is_letting_in = False
        self._open.add(upstream)
        upstream.add_listener("close", lambda _: self._open.discard(upstream))
        self._upstreams[wire] = upstream
        return None

    def _status(self, error: Exception) -> HTTPStatus:
        if isinstance(error, ConnectionFailed) and error.status is not None:
            return HTTPStatus(error.status) if error.status in KNOWN else HTTPStatus.BAD_GATEWAY
        return HTTPStatus.BAD_GATEWAY if self.epoch else HTTPStatus.FAILED_DEPENDENCY

    def _is_taken(self) -> bool:
        """Tell whether a client is connected, or about to be."""
        arriving = any(not wire.transport.is_closing() for wire in self._upstreams)
        return self._is_letting_in or arriving or any(one.ready_state is ReadyState.OPEN for one in self.clients)

    def _forget_attempts(self) -> None:
        """Forget that it failed before: it has been made up for, or it is said once more."""
        self.failures = [error for error in self.failures if not isinstance(error, ConnectionFailed)]

    def _upstream(self, request: Request) -> Upstream:
        offered = ",".join(request.headers.get_all("Sec-WebSocket-Protocol"))
        headers = {
            name: value
            for name, value in request.headers.raw_items()
            if name.lower() not in OF_THE_HOP and not name.lower().startswith("sec-websocket-")
        }
        url = _joined(self._target, request.path)
        subprotocols = [name for part in offered.split(",") if (name := part.strip())]
        options = {"subprotocols": subprotocols or None, **self._upstream_options}
        options["headers"] = {**headers, **(options.get("headers") or {})}
        return Upstream(url, **options)

    def _subprotocol(self, wire: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
        agreed = self._upstreams[wire].subprotocol
        return next((name for name in offered if name == agreed), None)

    def _welcome(self, event: ConnectionEvent) -> None:
        wire = self._sockets[event.socket]
        upstream = self._upstreams.pop(wire)
        self.epoch += 1
        self._forget_attempts()
        passing = Passing(event.socket, wire, upstream, self._recording, self.epoch, self.failures.append)
        passing.begin()


def _joined(target: str, asked: str) -> str:
    """Return the address of the other server for what a client asks for: its path, and perhaps a query."""
    base, _, own = target.partition("?")
    path, _, query = asked.partition("?")
    joined = base if path == "/" else base.rstrip("/") + path
    queries = "&".join(filter(None, (own, query)))
    return f"{joined}?{queries}" if queries else joined
