"""The sockets of a log as a HAR file, for the network panel of a browser and other tools.

HAR keeps messages with their times, but neither closes nor names of connections: closes stand as frames of their own,
as Chrome shows them, and the rest in ``_socketstore``, which others pass over (HAR 1.2: custom fields begin with "_").
"""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any
from urllib.parse import parse_qsl

from socketstore.log.entries import ClosedEntry, Entry, ErrorEntry, FrameInEntry, FrameOutEntry, OpenedEntry, WireEntry
from socketstore.log.foreign.sockets import BINARY, CLOSE, TEXT, close_data
from socketstore.sockets.masking import mask_text, mask_url

ERROR = -1
"""The opcode that Chrome gives to an error, which is no frame."""


@dataclass(slots=True)
class _Socket:
    connection: str
    started: float
    epoch: int | None = None
    opened: OpenedEntry | None = None
    ended: float = 0.0
    closed: bool = False
    messages: list[dict[str, Any]] = field(default_factory=list)


class HarWriter:
    """Gathers the entries of a log, and makes a HAR file of them.

    HAR has the messages of one socket together, so all are held in memory: about four times the size of the log.

    Attributes:
        written: how many entries have a place in it.
        left: how many have none, by kind.
    """

    def __init__(self) -> None:
        self.written = 0
        self.left: Counter[str] = Counter()
        self._sockets: list[_Socket] = []
        self._open: dict[str, _Socket] = {}

    def add(self, entry: Entry) -> None:
        """Take one entry."""
        if not isinstance(entry, WireEntry):
            self.left[entry.kind] += 1
            return
        self.written += 1
        socket = self._socket_of(entry)
        socket.ended = max(socket.ended, entry.at)
        if isinstance(entry, OpenedEntry):
            socket.opened = entry
            socket.started = entry.at
        else:
            socket.messages.append(_message(entry))
        socket.closed = isinstance(entry, ClosedEntry)

    def document(self) -> dict[str, Any]:
        """Return the HAR file as a JSON value."""
        left = ", ".join(f"{count} {kind}" for kind, count in sorted(self.left.items()))
        log: dict[str, Any] = {
            "version": "1.2",
            "creator": {"name": "socketstore", "version": version("socketstore")},
            "pages": [],
            "entries": [_entry(socket) for socket in self._sockets],
        }
        return {"log": log | ({"comment": f"entries that have no place in HAR were left out: {left}"} if left else {})}

    def _socket_of(self, entry: WireEntry) -> _Socket:
        """Return the socket that an entry speaks of: the one that is open, or a new one."""
        socket = self._open.get(entry.connection)
        fresh = socket is None or socket.closed or (isinstance(entry, OpenedEntry) and socket.opened is not None)
        if socket is None or fresh:
            socket = _Socket(entry.connection, entry.at)
            self._open[entry.connection] = socket
            self._sockets.append(socket)
        socket.epoch = socket.epoch if entry.epoch is None else entry.epoch
        return socket


def har_document(entries: Iterable[Entry]) -> dict[str, Any]:
    """Return the HAR file of some entries as a JSON value."""
    writer = HarWriter()
    for entry in entries:
        writer.add(entry)
    return writer.document()


def _message(entry: WireEntry) -> dict[str, Any]:
    said: dict[str, Any] = {}
    match entry:
        case ClosedEntry(code=code, reason=reason, clean=clean):
            said = {"type": "receive", "opcode": CLOSE, "data": close_data(code, reason), "_clean": clean}
        case ErrorEntry(error=error, message=message):
            said = {"type": "error", "opcode": ERROR, "data": mask_text(message), "_error": error}
        case FrameInEntry(data=data):
            said = {"type": "receive"} | _content(data)
        case FrameOutEntry(data=data):
            said = {"type": "send"} | _content(data)
    return said | {"time": entry.at}


def _content(data: str | bytes) -> dict[str, Any]:
    if isinstance(data, str):
        return {"opcode": TEXT, "data": data}
    return {"opcode": BINARY, "data": base64.b64encode(data).decode()}


def _entry(socket: _Socket) -> dict[str, Any]:
    took = (socket.ended - socket.started) * 1000
    at = {} if socket.opened is None else {"at": socket.opened.at}
    return {
        "startedDateTime": _moment(socket.started),
        "time": took,
        "request": _request(socket),
        "response": _response(socket),
        "cache": {},
        "timings": {"send": 0, "wait": 0, "receive": took},
        "_resourceType": "websocket",
        "_webSocketMessages": socket.messages,
        "_socketstore": {"connection": socket.connection, "epoch": socket.epoch, **at},
    }


def _moment(at: float) -> str:
    """Return a time as HAR has it; one that is in no calendar stands in ``_socketstore`` and the messages alone."""
    try:
        moment = datetime.fromtimestamp(at, UTC)
    except (ValueError, OverflowError, OSError):
        moment = datetime.fromtimestamp(0, UTC)
    return moment.isoformat(timespec="milliseconds")


def _request(socket: _Socket) -> dict[str, Any]:
    url = mask_url(socket.opened.url) if socket.opened else f"ws://{socket.connection}/"
    text = url.partition("#")[0].partition("?")[2]  # not urlsplit, which refuses some that are no addresses
    query = [{"name": name, "value": value} for name, value in parse_qsl(text, keep_blank_values=True)]
    about = {"method": "GET", "url": url, "httpVersion": "HTTP/1.1", "cookies": [], "headers": []}
    return about | {"queryString": query, "headersSize": -1, "bodySize": 0}


def _response(socket: _Socket) -> dict[str, Any]:
    opened = socket.opened
    agreed = opened.subprotocol if opened else None
    return {
        "status": 101 if opened else 0,
        "statusText": "Switching Protocols" if opened else "",
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": [] if agreed is None else [{"name": "Sec-WebSocket-Protocol", "value": agreed}],
        "content": {"size": 0, "mimeType": "x-unknown"},
        "redirectURL": "",
        "headersSize": -1,
        "bodySize": -1,
    }
