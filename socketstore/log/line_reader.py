"""Lines of a log become entries again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, lru_cache
from typing import Annotated, Any, Literal, Never, NotRequired, cast

from pydantic import Field, GetCoreSchemaHandler, GetPydanticSchema, TypeAdapter, ValidationError
from pydantic_core import CoreSchema, core_schema
from typing_extensions import TypedDict  # pydantic's need on Python 3.11

import socketstore.middleware.request_actions  # actions of ours are known once they are imported
import socketstore.middleware.undo_history  # noqa: F401 - the same
from socketstore.actions import struct_from_fields
from socketstore.codec import explain, short
from socketstore.errors import DecodeError, LogCorrupted
from socketstore.log.action_classes import action_classes, union_of_actions
from socketstore.log.entries import ActionEntry, Entry
from socketstore.log.kinds import KINDS, entry_of_fields
from socketstore.log.lines import fields_of
from socketstore.log.old_actions import read_old

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

    def misplaced(self, entry: Entry, number: int, before: int) -> LogCorrupted:
        """Return what is to be said of an entry on a line that stands behind a greater number, or behind its own."""
        message = f"{self._source}, line {number}: entry {entry.sequence} stands behind entry {before}"
        return LogCorrupted(message, line=number)

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
