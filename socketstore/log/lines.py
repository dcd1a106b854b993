"""Entries as lines of JSON, and back: the format that docs/log-format.md describes."""

from __future__ import annotations

import math
import re
import traceback
from collections.abc import Iterable, Mapping
from typing import Any, Generic, Literal, NamedTuple, TypeVar, cast

from pydantic import BaseModel, PydanticUserError, TypeAdapter, ValidationError
from pydantic_core import to_json
from typing_extensions import TypedDict  # pydantic's need on Python 3.11

from socketstore.actions import Action, known, refuse_unless_json
from socketstore.codec import TaggedUnion, encode, explain, parse, short
from socketstore.errors import DecodeError, EncodeError, LogCorrupted, LogVersionError
from socketstore.log.entries import FORMAT, VERSION, ActionEntry, Entry, FailedEntry
from socketstore.log.kinds import KINDS, entry_of_fields, fields_of_entry

A = TypeVar("A")

HEADER_START = b'{"kind":"header","format":"%s","version":' % FORMAT.encode()


NUMBERED = re.compile(rb'\{"kind":"[^"\\]*","sequence":(\d+),')
"""How the lines begin that this version writes."""


def header_line(at: float, first: int = 1, *, compacted: bool = False) -> bytes:
    """Write the first line of a log.

    Args:
        at: the Unix time.
        first: the number of the first entry, if others are in an earlier part or were dropped.
        compacted: they were dropped, and if there are earlier parts they do not count.
    """
    begins = b"" if first == 1 else b',"first":%d' % first
    alone = b',"compacted":true' if compacted else b""
    return HEADER_START + b'%d,"created":%s%s%s}\n' % (VERSION, to_json(at), begins, alone)


def is_before(line: bytes, after: int) -> bool:
    """Tell whether a line is surely an entry whose number is at most `after`."""
    written = NUMBERED.match(line)
    return written is not None and int(written[1]) <= after


def is_object(text: bytes) -> bool:
    """Tell whether a text is a whole JSON object; no part of one is."""
    try:
        return isinstance(parse(text), dict)
    except DecodeError:
        return False


def sequence_of(line: bytes) -> int | None:
    """Return the number in a line, whatever else is in it; ``None`` if there is none."""
    written = NUMBERED.match(line)
    if written:
        return int(written[1])
    try:
        fields = parse(line)
    except DecodeError:
        return None
    sequence = fields.get("sequence") if isinstance(fields, dict) else None
    return sequence if type(sequence) is int else None


def action_line(sequence: int, at: float, action: Any) -> bytes:
    """Write an action: an `Action` under its tag, a JSON value as it is.

    Raises:
        EncodeError: it has no JSON form.
    """
    if isinstance(action, Action):
        kind, key, content = b"action", b"action", encode(action)
    else:
        refuse_unless_json(action)
        kind, key, content = b"value", b"value", encode(action)
    return b'{"kind":"%s","sequence":%d,"at":%s,"%s":%s}\n' % (kind, sequence, to_json(at), key, content.encode())


def failed_line(sequence: int, at: float, of: int, error: BaseException) -> bytes:
    """Write that the reducer raised on entry `of`."""
    words = "".join(traceback.format_exception_only(error)).strip()  # also for an error that cannot be made a str
    text = words.encode("utf-8", "backslashreplace").decode()
    return entry_line(sequence, at, FailedEntry(sequence, at, of, text))


def entry_line(sequence: int, at: float, entry: Entry) -> bytes:
    """Write an entry of any kind.

    Raises:
        EncodeError: something in it has no JSON form.
    """
    if isinstance(entry, ActionEntry):
        return action_line(sequence, at, entry.action)
    stamp = {"kind": entry.kind, "sequence": sequence, "at": at}
    return encode(stamp | fields_of_entry(entry)).encode() + b"\n"


class Header(NamedTuple):
    """What the first line of a log says.

    Attributes:
        version: of the format.
        created: the Unix time at which the file was made; 0 if it does not say so.
        first: the number that its first entry has, or will have.
        compacted: the entries before that were dropped.
    """

    version: int = VERSION
    created: float = 0.0
    first: int = 1
    compacted: bool = False


def check_header_line(line: bytes, source: str) -> Header:
    """Read the first line of a log.

    Args:
        line: the line.
        source: the name of the file, for messages.

    Raises:
        LogCorrupted: it is no header of a log.
        LogVersionError: the log is of a newer version.
    """
    fields = fields_of(line, 1, source)
    version = fields.get("version")
    if fields.get("kind") != "header" or fields.get("format") != FORMAT or type(version) is not int:
        message = f"{source} is no socketstore log: its first line is {short(line)}; expected a header"
        raise LogCorrupted(message, line=1)
    if version > VERSION:
        message = f"{source} has version {version}; this socketstore reads up to {VERSION}. Upgrade socketstore."
        raise LogVersionError(message)
    first, created = fields.get("first"), fields.get("created")
    return Header(
        version,
        created if isinstance(created, (int, float)) else 0.0,
        first if type(first) is int else 1,
        fields.get("compacted") is True,
    )


def fields_of(line: bytes, number: int, source: str) -> dict[str, Any]:
    """Read one line as a JSON object.

    Raises:
        LogCorrupted: it is none.
    """
    try:
        fields = parse(line)
    except DecodeError as error:
        message = f"{source}, line {number}: {error}"
        raise LogCorrupted(message, line=number) from error
    if not isinstance(fields, dict):
        message = f"{source}, line {number}: got {short(fields)}; expected an object"
        raise LogCorrupted(message, line=number)
    return fields


class _ActionLine(TypedDict, Generic[A]):
    kind: Literal["action"]
    sequence: int
    at: float
    action: A


class LineReader:
    """Reads lines; knows the action classes that were defined when it was made.

    Args:
        source: the name of the file, for messages.
        actions: the classes that count where others have the same tag.
    """

    def __init__(self, source: str, actions: Iterable[type[Action]] = ()) -> None:
        self._source = source
        self._actions = TaggedUnion(known(Action), actions)
        self._adapter: TypeAdapter[Any] = TypeAdapter(cast(Any, _ActionLine)[self._actions.annotation])

    def entry(self, line: bytes, number: int) -> Entry | None:
        """Read one line after the first; `None` for a kind that this version does not know.

        Raises:
            LogCorrupted: the line cannot be read.
            DecodeError: its action's class is unknown, or its fields do not fit.
        """
        try:
            fields = self._adapter.validate_json(line)
        except ValidationError as error:
            return self._other(line, number, error)
        return ActionEntry(fields["sequence"], fields["at"], fields["action"])

    def _other(self, line: bytes, number: int, error: ValidationError) -> Entry | None:
        match fields_of(line, number, self._source):
            case {"kind": "value", "sequence": int(sequence), "at": int() | float() as at, "value": value}:
                return ActionEntry(sequence, at, value)
            case {"kind": "action", "sequence": int(), "action": dict(action)}:
                self._refuse_action(action, number, error)
            case {"kind": str(kind)} as fields if kind in KINDS:
                return self._known_kind(fields, line, number)
            case {"kind": str(kind)} if kind not in ("header", "action", "value"):
                return None
        message = f"{self._source}, line {number}: {short(line)} is no entry: {explain(error)}"
        raise LogCorrupted(message, line=number)

    def _known_kind(self, fields: Mapping[str, Any], line: bytes, number: int) -> Entry:
        try:
            return entry_of_fields(fields)
        except ValueError as error:  # pydantic's is one
            reason = explain(error) if isinstance(error, ValidationError) else error
            message = f"{self._source}, line {number}: {short(line)} is no entry: {reason}"
            raise LogCorrupted(message, line=number) from error

    def _refuse_action(self, action: Mapping[str, Any], number: int, error: ValidationError) -> None:
        try:
            self._actions.refuse_tag(action.get("type"))
        except DecodeError as unknown:
            message = f"{self._source}, line {number}: {unknown}"
            raise DecodeError(message) from unknown
        message = f"{self._source}, line {number}: {explain(error)}"
        raise DecodeError(message) from error


def same(one: Any, other: Any) -> bool:
    """Tell whether two values are equal, where not-a-number counts as equal to itself."""
    if one == other:
        return True
    if type(one) is not type(other):
        return False
    if isinstance(one, float):
        return math.isnan(one) and math.isnan(other)
    if isinstance(one, BaseModel):
        return same(one.__dict__, other.__dict__) and one.__pydantic_private__ == other.__pydantic_private__
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    return False


class LineWriter:
    """Writes actions as lines, and reads each back first: one bad line would make the whole log unreadable."""

    def __init__(self) -> None:
        self._readers: dict[type[Action], LineReader] = {}

    def action(self, sequence: int, at: float, action: Any) -> bytes:
        """Write an action.

        Raises:
            EncodeError: reading it back would not give an equal action.
        """
        try:
            line = action_line(sequence, at, action)
            read = self._read(line, action)
            if same(read, action):
                return line
            problem = f"would come back as {short(read)}"
        except RecursionError as error:
            problem = f"is nested too deeply: {error}"
        except (DecodeError, LogCorrupted, PydanticUserError) as error:
            problem = f"could not be read back: {error}"
        message = f"got {short(action)}, which {problem}. Expected an action whose fields have types that JSON keeps."
        raise EncodeError(message)

    def _read(self, line: bytes, action: Any) -> Any:
        if not isinstance(action, Action):
            return fields_of(line, 1, "its line")["value"]
        kind = type(action)
        reader = self._readers.get(kind) or self._readers.setdefault(kind, LineReader("its line", [kind]))
        entry = reader.entry(line, 1)
        return entry.action if isinstance(entry, ActionEntry) else entry
