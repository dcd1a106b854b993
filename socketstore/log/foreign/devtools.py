"""Events of the Chrome DevTools protocol, as programs that listen to a browser write them down.

The events are those of https://chromedevtools.github.io/devtools-protocol/tot/Network/, ``Network.webSocketCreated``
and its like: one JSON object with ``method`` and ``params`` on each line, or an array of them; also as chromedriver
wraps them in its performance log, ``{"message": "..."}``. Others are passed over, but for what they say of the time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, BinaryIO, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from socketstore.codec import explain
from socketstore.errors import DecodeError
from socketstore.log.entries import ClosedEntry, Entry, ErrorEntry, NoteEntry, OpenedEntry
from socketstore.log.foreign.event_files import Events, events
from socketstore.log.foreign.naming import Names
from socketstore.log.foreign.sockets import (
    ABNORMAL,
    NO_STATUS,
    SWITCHED,
    handshake_note,
    masked_words,
    message_entry,
    subprotocol_of,
)
from socketstore.sockets.masking import mask_url


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class _Event(_Model):
    request: str = Field(alias="requestId")
    timestamp: float


class _Created(_Model):
    request: str = Field(alias="requestId")
    url: str


class _Headers(_Model):
    headers: dict[str, str] = {}


class _Handshake(_Event):
    wall_time: float = Field(alias="wallTime")
    sent: _Headers = Field(alias="request")


class _Response(_Headers):
    status: int


class _Answered(_Event):
    response: _Response


class _Message(_Model):
    opcode: int
    data: str = Field(alias="payloadData")


class _Framed(_Event):
    message: _Message = Field(alias="response")


class _Failed(_Event):
    words: str = Field(alias="errorMessage")


class _Clock(_Model):
    timestamp: float
    wall_time: float = Field(alias="wallTime")


M = TypeVar("M", bound=BaseModel)


@dataclass(slots=True)
class _Socket:
    connection: str
    url: str = ""
    epoch: int | None = None
    request: tuple[tuple[str, str], ...] = ()
    failed: bool = False


def devtools_entries(file: BinaryIO, name: str) -> Iterator[Entry]:
    """Yield what events say of sockets; each socket is a connection of its own.

    The times of events count from an arbitrary moment: the first event that gives the wall time as well says which. The
    protocol tells no close codes: 1005 stands for a close, 1006 for one after an error.

    Args:
        file: the events, which can be read twice.
        name: of the file.

    Raises:
        DecodeError: something in it is no such event; with the place.
    """
    reader = _Reader(_offset(events(file, name)))
    file.seek(0)
    if reader.offset is None:
        yield NoteEntry(text=f"{name} tells no wall time: times count from an arbitrary moment")
    for place, event in events(file, name):
        yield from reader.entries(event, place)


class _Reader:
    """Turns events into entries, one after the other."""

    def __init__(self, offset: float | None) -> None:
        self.offset = offset
        self._names = Names()
        self._sockets: dict[tuple[Any, str], _Socket] = {}
        self._handlers: dict[str, Callable[[Any, _Socket, str], Iterator[Entry]]] = {
            "Network.webSocketWillSendHandshakeRequest": self._asked,
            "Network.webSocketHandshakeResponseReceived": self._opened,
            "Network.webSocketFrameSent": lambda *event: self._message(*event, sent=True),
            "Network.webSocketFrameReceived": lambda *event: self._message(*event, sent=False),
            "Network.webSocketFrameError": self._failed,
            "Network.webSocketClosed": self._closed,
        }

    def entries(self, event: dict[str, Any], place: str) -> Iterator[Entry]:
        """Return what an event says."""
        method, params = event["method"], event.get("params")
        if method == "Network.webSocketCreated":
            created = _checked(_Created, params, place)
            key = (event.get("sessionId"), created.request)
            known = self._sockets.get(key)
            if known is not None and not known.url:  # what happened to it was told before
                known.url = created.url
            else:
                self._sockets[key] = _Socket(self._names.name(created.url), created.url)
        elif method in self._handlers:
            key = (event.get("sessionId"), _checked(_Event, params, place).request)
            yield from self._handlers[method](params, self._socket(key), place)

    def _socket(self, key: tuple[Any, str]) -> _Socket:
        if key not in self._sockets:  # it was created before somebody listened
            self._sockets[key] = _Socket(self._names.name(f"socket-{key[1]}"), epoch=1)
        return self._sockets[key]

    def _wire(self, socket: _Socket, timestamp: float) -> dict[str, Any]:
        at = timestamp + (self.offset or 0.0)
        return {"at": at, "connection": socket.connection, "epoch": socket.epoch}

    def _asked(self, params: Any, socket: _Socket, place: str) -> Iterator[Entry]:
        socket.request = tuple(_checked(_Handshake, params, place).sent.headers.items())
        yield from ()

    def _opened(self, params: Any, socket: _Socket, place: str) -> Iterator[Entry]:
        event = _checked(_Answered, params, place)
        response = tuple(event.response.headers.items())
        yield handshake_note(socket.connection, self._wire(socket, event.timestamp)["at"], socket.request, response)
        if event.response.status != SWITCHED:
            return
        socket.epoch = 1
        wire = self._wire(socket, event.timestamp)
        yield OpenedEntry(**wire, url=mask_url(socket.url), subprotocol=subprotocol_of(response))

    def _message(self, params: Any, socket: _Socket, place: str, *, sent: bool) -> Iterator[Entry]:
        event = _checked(_Framed, params, place)
        wire = self._wire(socket, event.timestamp)
        yield message_entry(sent=sent, opcode=event.message.opcode, data=event.message.data, place=place, **wire)

    def _failed(self, params: Any, socket: _Socket, place: str) -> Iterator[Entry]:
        event = _checked(_Failed, params, place)
        socket.failed = True
        wire = self._wire(socket, event.timestamp)
        yield ErrorEntry(**wire, error="WebSocketError", message=masked_words(event.words))

    def _closed(self, params: Any, socket: _Socket, place: str) -> Iterator[Entry]:
        event = _checked(_Event, params, place)
        bad = socket.failed or socket.epoch is None
        wire = self._wire(socket, event.timestamp)
        yield ClosedEntry(**wire, code=ABNORMAL if bad else NO_STATUS, clean=not bad)


def _offset(told: Events) -> float | None:
    """Return what is to be added to a timestamp to make it a Unix time."""
    for place, event in told:
        if "wallTime" in (event.get("params") or ()):
            with suppress(DecodeError):  # an event of another domain, in which the word means something else
                clock = _checked(_Clock, event["params"], place)
                return clock.wall_time - clock.timestamp
    return None


def _checked(model: type[M], params: Any, place: str) -> M:
    try:
        return model.model_validate(params)
    except ValidationError as error:
        message = f"{place}: {explain(error)}"
        raise DecodeError(message) from error
