"""HAR files, in which a browser keeps what its pages asked for, with the messages of their sockets.

The format is HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec/), and ``_webSocketMessages`` in it, as Chrome
(https://developer.chrome.com/blog/new-in-devtools-76#websocket) and Playwright write them.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from datetime import datetime
from operator import attrgetter
from typing import Any, BinaryIO, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from socketstore.codec import explain
from socketstore.errors import DecodeError
from socketstore.log.entries import ClosedEntry, Entry, ErrorEntry, NoteEntry, OpenedEntry
from socketstore.log.foreign.naming import Names
from socketstore.log.foreign.sockets import (
    ABNORMAL,
    SWITCHED,
    handshake_note,
    masked_words,
    message_entry,
    subprotocol_of,
)
from socketstore.sockets.masking import mask_url

MILLISECONDS = 1e11
"""Unix times from here on are in milliseconds, as Playwright writes them: in seconds it is the year 5138."""

KEPT = ("json", "text/plain")
"""Bodies that are kept; those of pages, styles, scripts and pictures are not."""


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class _Header(_Model):
    name: str
    value: str


class _Message(_Model):
    type: Literal["send", "receive", "error"]
    time: float
    opcode: int
    data: str
    clean: bool = Field(default=True, alias="_clean")
    error: str = Field(default="WebSocketError", alias="_error")


class _Body(_Model):
    mime_type: str = Field(default="", alias="mimeType")
    text: str | None = None
    encoding: str | None = None
    file: str | None = Field(default=None, alias="_file")


class _Headers(_Model):
    headers: tuple[_Header, ...] = ()

    @property
    def pairs(self) -> list[tuple[str, str]]:
        return [(header.name, header.value) for header in self.headers]


class _Request(_Headers):
    method: str = "GET"
    url: str
    body: _Body | None = Field(default=None, alias="postData")


class _Response(_Headers):
    status: int = 0
    content: _Body | None = None
    error: str | None = Field(default=None, alias="_error")
    failure: str | None = Field(default=None, alias="_failureText")

    @property
    def switches_to_websocket(self) -> bool:
        """As some proxies show a socket: by nothing but what both sides said over HTTP."""
        said = any(name.lower() == "upgrade" and value.lower() == "websocket" for name, value in self.pairs)
        return self.status == SWITCHED and said


class _Ours(_Model):
    """What `har_writing` adds, since HAR has no place for it."""

    connection: str
    epoch: int | None = None
    at: float | None = None


class _Entry(_Model):
    started: datetime = Field(alias="startedDateTime")
    time: float = 0.0
    request: _Request
    response: _Response
    resource: str | None = Field(default=None, alias="_resourceType")
    messages: tuple[_Message, ...] | None = Field(default=None, alias="_webSocketMessages")
    ours: _Ours | None = Field(default=None, alias="_socketstore")

    @property
    def is_socket(self) -> bool:
        named = self.resource == "websocket" or self.request.url.startswith(("ws:", "wss:"))
        return named or self.messages is not None or self.response.switches_to_websocket

    @property
    def was_opened(self) -> bool:
        return self.response.status == SWITCHED or any(message.type != "error" for message in self.messages or ())


class _Log(_Model):
    entries: tuple[_Entry, ...]


class _Root(_Model):
    log: _Log


def har_entries(file: BinaryIO, name: str) -> Iterator[Entry]:
    """Yield what is in a HAR file, in the order of time.

    It is read whole, as JSON of this form has to be: that takes about eight times the size of the file in memory.

    Each socket is a connection of its own. HAR says nothing of how it was closed, unless this library wrote it.

    Raises:
        DecodeError: it is no HAR file, or something in it has another form; with the place.
    """
    names = Names()
    root = _root(file.read().removeprefix(b"\xef\xbb\xbf"), name)
    streams = [
        _socket(entry, names, f"{name}, log.entries.{number}") if entry.is_socket else iter([_answer(entry)])
        for number, entry in enumerate(root.log.entries)
    ]
    yield from heapq.merge(*streams, key=attrgetter("at"))


def _root(text: bytes, name: str) -> _Root:
    try:
        return _Root.model_validate_json(text)
    except ValidationError as error:
        message = f"{name}: {explain(error)}; expected a HAR file"
        raise DecodeError(message) from error


def _socket(entry: _Entry, names: Names, place: str) -> Iterator[Entry]:
    ours = entry.ours
    at = ours.at if ours and ours.at is not None else entry.started.timestamp()
    connection = ours.connection if ours else names.name(entry.request.url)
    opened = ours.at is not None if ours else entry.was_opened
    wire: dict[str, Any] = {"connection": connection, "epoch": ours.epoch if ours else 1 if opened else None}
    if not ours:
        yield from _handshake(entry, connection, at)
    if opened:
        url, agreed = mask_url(entry.request.url), subprotocol_of(entry.response.pairs)
        yield OpenedEntry(**wire, at=at, url=url, subprotocol=agreed)
    for number, message in enumerate(entry.messages or ()):
        at = _seconds(message.time, at)
        yield _message(message, {**wire, "at": at}, f"{place}._webSocketMessages.{number}")
    if entry.response.content and entry.response.content.file and entry.messages is None:
        words = f'its messages are in {entry.response.content.file}; record them with record_har_content="embed"'
        yield NoteEntry(at=at, text=f"{connection}: {words}")
    if not ours:
        yield from _failure(entry, {**wire, "at": at}, opened=opened)


def _handshake(entry: _Entry, connection: str, at: float) -> Iterator[Entry]:
    if entry.request.headers or entry.response.headers:
        yield handshake_note(connection, at, entry.request.pairs, entry.response.pairs)


def _failure(entry: _Entry, wire: dict[str, Any], *, opened: bool) -> Iterator[Entry]:
    """Yield what HAR knows of a bad end, which it tells among the messages or beside them."""
    told = any(message.type == "error" for message in entry.messages or ())
    words = entry.response.failure or entry.response.error
    if not told and (words or not opened):
        status = f"the server answered with HTTP status {entry.response.status}"
        yield ErrorEntry(**wire, error="WebSocketError", message=masked_words(words or status))
    if told or words or not opened:
        yield ClosedEntry(**wire, code=ABNORMAL, clean=False)


def _message(message: _Message, wire: dict[str, Any], place: str) -> Entry:
    if message.type == "error":
        return ErrorEntry(**wire, error=message.error, message=masked_words(message.data))
    sent = message.type == "send"
    return message_entry(sent=sent, opcode=message.opcode, data=message.data, place=place, clean=message.clean, **wire)


def _seconds(time: float, before: float) -> float:
    """Return a Unix time in seconds; that of the message before for one that was left out."""
    if time <= 0:
        return before
    return time / 1000 if time >= MILLISECONDS else time


def _answer(entry: _Entry) -> NoteEntry:
    url = mask_url(entry.request.url)
    told = {
        "method": entry.request.method,
        "url": url,
        "status": entry.response.status,
        "sent": _kept(entry.request.body),
        "answer": _kept(entry.response.content),
    }
    at = entry.started.timestamp() + max(entry.time, 0) / 1000
    return NoteEntry(at=at, text=f"HTTP answer of {url}", data=told)


def _kept(body: _Body | None) -> str | None:
    if body is None or body.encoding or not any(kind in body.mime_type for kind in KEPT):
        return None
    return body.text
