"""Entries as lines of JSON, and back: the format that docs/log-format.md describes."""

from __future__ import annotations

import math
import re
import traceback
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, lru_cache
from typing import Annotated, Any, Literal, NamedTuple, Never, NotRequired, TypeGuard, cast

from pydantic import (
    Field,
    GetCoreSchemaHandler,
    GetPydanticSchema,
    TypeAdapter,
    ValidationError,
)
from pydantic_core import CoreSchema, core_schema, to_json
from typing_extensions import TypedDict  # pydantic's need on Python 3.11

import socketstore.middleware.request_actions  # actions of ours are known once they are imported
import socketstore.middleware.undo_history  # noqa: F401 - the same
from socketstore.actions import Action, refuse_unless_json, struct_from_fields, struct_to_json
from socketstore.codec import encode, explain, parse, short
from socketstore.errors import DecodeError, LogCorrupted, LogVersionError
from socketstore.log.action_classes import action_classes, union_of_actions
from socketstore.log.entries import FORMAT, VERSION, ActionEntry, Entry, FailedEntry
from socketstore.log.kinds import KINDS, entry_of_fields
from socketstore.log.old_actions import read_old
from socketstore.structs import is_struct

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
    """Write an action: an `Action` or a struct under its tag, a JSON value as it is.

    Raises:
        EncodeError: it has no JSON form.
    """
    if isinstance(action, Action):
        kind, key, content = b"action", b"action", encode(action).encode()
        if action.__action_version__ != 1:
            key = b'version":%d,"action' % action.__action_version__
    elif is_struct(action):
        kind, key, content = b"action", b"action", struct_to_json(action)
    else:
        refuse_unless_json(action)
        kind, key, content = b"value", b"value", encode(action).encode()
    return b'{"kind":"%s","sequence":%d,"at":%s,"%s":%s}\n' % (kind, sequence, to_json(at), key, content)


def failed_entry(sequence: int, at: float, of: int, error: BaseException) -> FailedEntry:
    """Say that the reducer raised on entry `of`."""
    words = "".join(traceback.format_exception_only(error)).strip()  # also for an error that cannot be made a str
    return FailedEntry(sequence, at, of, words.encode("utf-8", "backslashreplace").decode())


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

    def is_of(self, first: int, created: float) -> bool:
        """Tell whether a file is the one it was, and no other that has taken its place."""
        return self.first == first and (self.created == created or math.isnan(self.created))


def check_header_line(line: bytes, source: str) -> Header:
    """Read the first line of a log.

    Args:
        line: the line.
        source: the name of the file, for messages.

    Raises:
        LogCorrupted: it is no header of a log.
        LogVersionError: the log is of a newer version.
    """
    fields = _object_in(line)
    if fields.get("kind") != "header" or fields.get("format") != FORMAT or not _is_count(fields.get("version")):
        message = f"{source} is no socketstore log: its first line is {short(line)}; expected a header"
        raise LogCorrupted(message, line=1)
    return check_header_fields(fields, source)


def check_header_fields(fields: Mapping[str, Any], source: str) -> Header:
    """Read what stands in the header of a log.

    Args:
        fields: by their keys.
        source: the name of the file, for messages.

    Raises:
        LogCorrupted: something in it is of the wrong type.
        LogVersionError: the log is of a newer version.
    """
    version, first, created = fields.get("version"), fields.get("first", 1), fields.get("created", 0.0)
    if type(version) is int and version > VERSION:
        message = f"{source} has version {version}; this socketstore reads up to {VERSION}. Upgrade socketstore."
        raise LogVersionError(message)
    if not _is_count(version) or not _is_count(first) or type(created) not in (int, float):
        got = f"version={short(version)}, created={short(created)} and first={short(first)}"
        message = f"{source}: got {got} in its header; expected 1 or {VERSION}, a time, and 1, 2, ..."
        raise LogCorrupted(message, line=1)
    return Header(version, created, first, fields.get("compacted") is True)


def _is_count(value: object) -> TypeGuard[int]:
    return type(value) is int and value > 0


def _object_in(line: bytes) -> dict[str, Any]:
    try:
        fields = parse(line)
    except DecodeError:
        return {}
    return fields if isinstance(fields, dict) else {}


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


Sequence = Annotated[int, Field(strict=True, ge=1)]
Seconds = Annotated[float, Field(strict=True)]

_VERSION = re.compile(rb'\{"kind":"action","sequence":\d+,"at":[^,]+,"version":(\d+),')


KEPT = 16
"""Sets of action classes for which is kept what reads them: to make it anew for each read takes some milliseconds."""


class LineReader:
    """Reads lines; knows the action classes that were defined when it was made.

    Args:
        source: the name of the file, for messages.
        actions: the classes that count where others have the same tag, and those of structs.
    """

    def __init__(self, source: str, actions: Iterable[type[Any]] = ()) -> None:
        self._source = source
        self._actions = action_classes(actions)
        self._validators = _validators(self._actions.all)
        only_first = self._validators.keys() == {1}
        self._validate = self._validators[1] if only_first else self._validate_by_version

    def entry(self, line: bytes, number: int) -> Entry | None:
        """Read one line after the first; `None` for one that is passed over: of an unknown kind, or a removed action.

        Raises:
            LogCorrupted: the line cannot be read.
            DecodeError: its action's class is unknown, or its fields do not fit.
        """
        try:
            fields = self._validate(line)
        except ValidationError:
            return self._other(line, number)
        return ActionEntry(fields["sequence"], fields["at"], fields["action"])

    def actions(self, lines: bytes) -> list[Entry] | None:
        """Read lines of actions, with commas between them; `None` if one has to be read by itself, as it is odd."""
        if b'"version"' in lines:  # an action of a later version than the first, or a field of that name
            return None
        try:
            return self._many.validate_json(b"[%s]" % lines)
        except ValidationError:
            return None

    @cached_property
    def _many(self) -> TypeAdapter[list[Entry]]:
        return _action_entries(tuple(kind for kind in self._actions.all if _version(kind) == 1))

    def _validate_by_version(self, line: bytes) -> Any:
        found = _VERSION.match(line)
        return self._validators.get(int(found[1]) if found else 1, self._validators[1])(line)

    def _other(self, line: bytes, number: int) -> Entry | None:
        fields = fields_of(line, number, self._source)
        kind = fields.get("kind")
        if not isinstance(kind, str) or kind == "header":
            message = f"{self._source}, line {number}: {short(line)} is no entry: it is of kind {short(kind)}"
            raise LogCorrupted(message, line=number)
        if kind != "action" and kind not in KINDS:
            return None
        try:
            return self._old_action(fields, number) if kind == "action" else entry_of_fields(fields)
        except DecodeError:
            raise
        except ValueError as error:  # pydantic's is one
            reason = explain(error) if isinstance(error, ValidationError) else error
            message = f"{self._source}, line {number}: {short(line)} is no entry: {reason}"
            raise LogCorrupted(message, line=number) from error

    def _old_action(self, fields: Mapping[str, Any], number: int) -> Entry | None:
        """Read an action that is not of the newest version of a known class, or does not fit it."""
        stamp = _ACTION_STAMP.validate_python(fields)
        try:
            action = self._read(stamp["action"], fields.get("version", 1))
        except DecodeError as error:
            said, gap, example = str(error).partition("\n\n")
            where = f"This is entry {stamp['sequence']}."
            message = f"{self._source}, line {number}: {said.rstrip('.:')}. {where}{gap}{example}"
            raise DecodeError(message) from error
        return None if action is None else ActionEntry(stamp["sequence"], stamp["at"], action)

    def _read(self, fields: Mapping[str, Any], version: object) -> Any:
        tag = fields.get("type")
        struct = self._actions.structs.get(tag) if isinstance(tag, str) else None
        if struct is None:
            return read_old(self._actions.models, fields, version)
        return struct_from_fields(struct, fields)


def _version(kind: type[Any]) -> int:
    version: int = getattr(kind, "__action_version__", 1)  # structs have none
    return version


@lru_cache(KEPT)
def _validators(classes: tuple[type[Any], ...]) -> dict[int, Callable[[bytes], Any]]:
    """Return, for each version that a class has, what reads the lines of actions of those classes."""
    by_version: dict[int, list[type[Any]]] = {1: []}
    for kind in classes:
        by_version.setdefault(_version(kind), []).append(kind)
    return {
        version: _action_line(union_of_actions(tuple(kinds)) if kinds else Never, version).validate_json
        for version, kinds in by_version.items()
    }


def _action_line(action: Any, version: int) -> TypeAdapter[Any]:
    this = Annotated[int, Field(strict=True, ge=version, le=version)]  # no Literal: that takes true for 1
    beside = NotRequired[this] if version == 1 else this
    fields = {"kind": Literal["action"], "sequence": Sequence, "at": Seconds, "version": beside, "action": action}
    return TypeAdapter(cast(Any, TypedDict)("ActionLine", fields))


@lru_cache(KEPT)
def _action_entries(classes: tuple[type[Any], ...]) -> TypeAdapter[list[Entry]]:
    """Make what reads a list of lines straight into entries: their kind is known."""
    action: Any = union_of_actions(classes) if classes else Never

    def schema(_: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        types = {"sequence": Sequence, "at": Seconds, "action": action}
        fields = [core_schema.dataclass_field(name, handler.generate_schema(type_)) for name, type_ in types.items()]
        arguments = core_schema.dataclass_args_schema("ActionEntry", fields)
        return core_schema.dataclass_schema(ActionEntry, arguments, ["sequence", "at", "action"], slots=True)

    return TypeAdapter(list[Annotated[Any, GetPydanticSchema(schema)]])


class _Stamped(TypedDict):
    kind: Literal["action"]
    sequence: Sequence
    at: Seconds
    action: dict[str, Any]


_ACTION_STAMP = TypeAdapter(_Stamped)
