"""What happened on the sockets of a recording, read without the action classes of the program that recorded it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from socketstore.codec import short
from socketstore.errors import LogCorrupted, UsageError
from socketstore.log.entries import ClosedEntry, FrameInEntry, FrameOutEntry, NoteEntry, OpenedEntry
from socketstore.log.kinds import KINDS, entry_of_fields
from socketstore.log.lines import fields_of
from socketstore.log.storage import Line

SocketEntry: TypeAlias = OpenedEntry | FrameInEntry | FrameOutEntry | ClosedEntry
"""What a server needs in order to do again what another one did."""


class Lines(Protocol):
    """What is read here: a log, or what stands in for one."""

    @property
    def path(self) -> Path:
        """Where it is, for messages."""
        ...

    def lines(self, after: int = 0) -> Iterator[Line]:
        """Yield the lines whose entries have a greater number; some before them may be among these."""
        ...


WIRE = ("opened", "frameIn", "frameOut", "closed")
SPOKEN = ("justConnected", "gotMessage", "justDisconnected")


def wire_entries(log: Lines, after: int = 0) -> Iterator[SocketEntry | NoteEntry]:
    """Yield the entries of the wire, and the notes, whose number is greater than `after`.

    Raises:
        LogCorrupted: an entry cannot be read.
        LogUnavailable: the file cannot be read.
    """
    for line, fields in _fields(log, after):
        if fields["kind"] in WIRE or fields["kind"] == "note":
            yield _entry(log, line, fields)


def spoken_entries(log: Lines, after: int = 0) -> Iterator[SocketEntry]:
    """Yield what the actions of a connection tell of its wire, for a recording that holds no frames.

    Raises:
        UsageError: a message was decoded when it was recorded, so that what the server sent is unknown.
        LogCorrupted: an entry cannot be read.
        LogUnavailable: the file cannot be read.
    """
    for line, fields in _fields(log, after):
        action = fields.get("action")
        if fields["kind"] == "action" and isinstance(action, dict) and action.get("type") in SPOKEN:
            yield _entry(log, line, _spoken(log, line, fields, action))


def holds_actions(log: Lines) -> bool:
    """Tell whether a store was recorded, and not only a socket."""
    return any(fields["kind"] in ("action", "value") for _, fields in _fields(log, 0))


def closed_by_client(connection: str, epoch: int | None) -> dict[str, Any]:
    """Return the data of the note before the end of a socket which its client closes, and not its server."""
    return {"closedBy": "client", "connection": connection, "epoch": epoch}


def is_client_close(entry: NoteEntry, connection: str, epoch: int | None) -> bool:
    """Tell whether this is the note that the client closes this socket now. One without a name speaks of any."""
    named = closed_by_client(connection, epoch)
    return isinstance(entry.data, dict) and {**named, **entry.data} == named and "closedBy" in entry.data


def _fields(log: Lines, after: int) -> Iterator[tuple[Line, dict[str, Any]]]:
    for line in log.lines(after):
        fields = fields_of(line.text, line.place, str(log.path))
        if type(fields.get("sequence")) is not int or not isinstance(fields.get("kind"), str):
            raise _corrupted(log, line, "expected a kind and a number")
        if fields["sequence"] > after:
            yield line, fields


def _entry(log: Lines, line: Line, fields: Mapping[str, Any]) -> Any:
    try:
        return entry_of_fields(fields)
    except ValueError as error:
        raise _corrupted(log, line, error) from error


def _spoken(log: Lines, line: Line, fields: Mapping[str, Any], action: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of the entry of the wire that an action stands for."""
    kind = WIRE[(0, 1, 3)[SPOKEN.index(action["type"])]]
    named = {name: value for name, value in action.items() if name in KINDS[kind].__dataclass_fields__}
    if kind == "frameIn":
        named = {**{name: named.get(name) for name in ("connection", "epoch")}, **_payload(log, line, named)}
    return {**named, "kind": kind, "sequence": fields["sequence"], "at": fields["at"]}


def _payload(log: Lines, line: Line, named: Mapping[str, Any]) -> dict[str, Any]:
    match named.get("data"):
        case str() as text:
            return {"text": text}
        case {"base64": str(text)}:
            return {"base64": text}
    message = (
        f"{log.path}, line {line.place}: {short(named.get('data'))} is what a decoder made of a message; expected the "
        "text or the bytes that came. Record the wire as well: Connection(..., log=log)"
    )
    raise UsageError(message)


def _corrupted(log: Lines, line: Line, reason: object) -> LogCorrupted:
    message = f"{log.path}, line {line.place}: {short(line.text)} is no entry: {reason}"
    return LogCorrupted(message, line=line.place)
