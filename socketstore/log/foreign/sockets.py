"""What the formats of browsers have in common: messages with an opcode, and headers."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from typing import Any

from socketstore.errors import DecodeError
from socketstore.log.entries import ClosedEntry, Entry, FrameInEntry, FrameOutEntry, NoteEntry
from socketstore.sockets.masking import mask_header, mask_text

TEXT, BINARY, CLOSE = 1, 2, 8
"""Opcodes (RFC 6455, section 5.2)."""

NO_STATUS, ABNORMAL = 1005, 1006
"""Close codes that stand in no frame (RFC 6455, section 7.4.1): the peer gave none, or said nothing at all."""

SWITCHED = 101
"""The HTTP status with which a server takes to WebSockets (RFC 6455, section 4.2.2)."""

CONTROLS = {9: "ping", 10: "pong"}


def message_entry(*, sent: bool, opcode: int, data: str, place: str, clean: bool = True, **wire: Any) -> Entry:
    """Return the entry of one message: text as it is, anything else in base64.

    Args:
        sent: by the client.
        opcode: of its frame.
        data: what came with it.
        place: where it stands, for messages.
        clean: for a close: whether both sides had said goodbye.
        wire: the time, the connection and its epoch.

    Raises:
        DecodeError: it is not base64.
    """
    kind = FrameOutEntry if sent else FrameInEntry
    if opcode == TEXT:
        return kind(**wire, data=data)
    content = _decoded(data, place)
    if opcode == BINARY:
        return kind(**wire, data=content)
    if opcode == CLOSE:
        code, reason = _close_of(content)
        return ClosedEntry(**wire, code=code, reason=reason, clean=clean)
    name = CONTROLS.get(opcode, f"frame with opcode {opcode}")
    told = {"connection": wire["connection"], "sent": sent, "opcode": opcode, "base64": data}
    return NoteEntry(at=wire["at"], text=f"{name} on {wire['connection']}", data=told)


def close_data(code: int, reason: str) -> str:
    """Return what stands in a close frame, in base64 (RFC 6455, section 5.5.1)."""
    return base64.b64encode(code.to_bytes(2, "big") + reason.encode()).decode()


def masked_headers(headers: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Return headers without their secrets."""
    return [[name, mask_header(name, value)] for name, value in headers]


def masked_words(text: str) -> str:
    """Return what a browser says of an error, without secrets but with the status, which follows the word "code"."""
    before, words, status = text.rpartition("response code: ")
    return f"{mask_text(before)}{words}{status}" if words and status.isdigit() else mask_text(text)


def handshake_note(
    connection: str, at: float, request: Iterable[tuple[str, str]], response: Iterable[tuple[str, str]]
) -> NoteEntry:
    """Return the note that keeps what both sides said in order to open a socket."""
    told = {"connection": connection, "request": masked_headers(request), "response": masked_headers(response)}
    return NoteEntry(at=at, text=f"handshake of {connection}", data=told)


def subprotocol_of(response: Iterable[tuple[str, str]]) -> str | None:
    """Return what both sides agreed to speak."""
    return next((value for name, value in response if name.lower() == "sec-websocket-protocol"), None)


def _decoded(data: str, place: str) -> bytes:
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError) as error:
        message = f"{place}: got {data[:60]!r} as binary data; expected base64: {error}"
        raise DecodeError(message) from error


def _close_of(content: bytes) -> tuple[int, str]:
    if len(content) < 2:
        return NO_STATUS, ""
    return int.from_bytes(content[:2], "big"), content[2:].decode("utf-8", "replace")
