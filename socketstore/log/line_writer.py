"""What is going to be written, as lines: each one that can be read back, and without secrets."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any

from pydantic import BaseModel, PydanticUserError
from pydantic_core import to_json

from socketstore.actions import Action
from socketstore.codec import encode, parse, short
from socketstore.errors import DecodeError, EncodeError, LogCorrupted
from socketstore.log.entries import ActionEntry, Entry, FrameInEntry, FrameOutEntry, RedactedSnapshot
from socketstore.log.faithful import form_of
from socketstore.log.frame_writers import frame_writer
from socketstore.log.kinds import entry_of_fields, fields_of_entry, refuse_unless_readable
from socketstore.log.line_reader import LineReader
from socketstore.log.lines import action_line, failed_entry, fields_of
from socketstore.log.packed import unpacked
from socketstore.log.quick_writers import QuickWriter, quick_writer
from socketstore.log.redaction import USUAL, Masks, Redaction
from socketstore.log.struct_writers import struct_writer
from socketstore.sockets.masking import MASK
from socketstore.structs import fields_of_struct, is_struct, is_struct_class

ADVICE = (
    "Give open_log a function redact=(path, value) -> value that puts something in its place which the field takes, or "
    "change the field's type."
)

FORMS = (MASK, "Kioq", "0", "00000000-0000-0000-0000-000000000000", "1970-01-01T00:00:00Z", "1970-01-01")
"""What may stand in the place of a text until the action can be read: for text, bytes, numbers, ids and times."""

SOCKETS = 64
"""How many of them, each in one direction, are remembered."""


class LineWriter:
    """Writes entries as lines.

    An action of a class that is known to be faithful is written at once; any other is read back first, as one bad line
    would make the whole log unreadable.

    Args:
        redaction: replaces secrets; ``None``: nothing is replaced.

    Attributes:
        frames: returns the function that writes the messages of a socket, see `frame_writer`.
    """

    def __init__(self, redaction: Redaction | None = None) -> None:
        self._redaction = redaction
        self._quick: dict[type, QuickWriter] = {}
        self.frames = lru_cache(SOCKETS, typed=True)(partial(frame_writer, redaction))
        self._readers: dict[type[Any], LineReader] = {}

    def action(self, sequence: int, at: float, action: Any) -> bytes:
        """Write an action.

        Raises:
            EncodeError: reading it back would not give an equal action, or it is none without its secrets.
        """
        return self.of(type(action))(sequence, at, action)

    def of(self, kind: type) -> QuickWriter:
        """Return the function that writes the actions of a class, for who has many; see `action`."""
        return self._quick.get(kind) or self._quick.setdefault(kind, self._quick_writer(kind))

    def entry(self, sequence: int, at: float, entry: Entry) -> bytes:
        """Write an entry of any kind; it keeps its `at` unless that is 0.

        Raises:
            EncodeError: something in it has no JSON form, or would not come back equal.
        """
        refuse_unless_readable(entry)
        at = entry.at or at
        if isinstance(entry, ActionEntry):
            return self.action(sequence, at, entry.action)
        if isinstance(entry, (FrameInEntry, FrameOutEntry)):
            return self.frames(entry.kind, entry.connection, entry.epoch)(sequence, at, entry.data)
        fields = _fields(entry)
        stamp = b'{"kind":"%s","sequence":%d,"at":%s,' % (entry.kind.encode(), sequence, to_json(at))
        if self._redaction is None or isinstance(entry, RedactedSnapshot) or not self._redaction.suspects(fields):
            return b"%s%s\n" % (stamp, fields[1:])
        shown = self._redaction.json(entry.kind, fields)
        line = b"%s%s\n" % (stamp, shown[1:])
        return line if shown == fields else _readable(line, entry.kind)

    def failure(self, sequence: int, at: float, error: BaseException, *, of: int) -> bytes:
        """Write that the reducer raised on entry `of`."""
        return self.entry(sequence, at, failed_entry(sequence, at, of, error))

    def _quick_writer(self, kind: type) -> QuickWriter:
        if is_struct_class(kind):
            return struct_writer(kind, self._redaction, self._tried)
        form = form_of(kind) if issubclass(kind, Action) else None
        return self._tried if form is None else quick_writer(kind, form, self._redaction, self._tried)

    def _tried(self, sequence: int, at: float, action: Any) -> bytes:
        try:
            line = action_line(sequence, at, action)
            read = self._read(line, action)
            if same(read, action):
                return line if self._redaction is None else self._redacted(self._redaction, line, action)
            problem = f"would come back as {short(read)}"
        except RecursionError as error:
            problem = f"is nested too deeply: {error}"
        except (DecodeError, LogCorrupted, PydanticUserError) as error:
            problem = f"could not be read back: {error}"
        message = f"got {short(action)}, which {problem}. Expected an action whose fields have types that JSON keeps."
        raise EncodeError(message)

    def _redacted(self, redaction: Redaction, line: bytes, action: Any) -> bytes:
        """Return the line without secrets; the shape of them differs until the action can be read.

        Raises:
            EncodeError: it cannot be read without them.
        """
        kind = "action" if _has_a_class(action) else "value"
        head, key, rest = line.partition(b'"%s":' % kind.encode())
        content = unpacked(redaction, "action", rest[:-2], action)
        if content == rest[:-2] and not redaction.suspects(content):
            return line

        def shown(masks: Masks) -> bytes:
            return b"%s%s%s}\n" % (head, key, redaction.json(kind, content, masks))

        usual = shown(USUAL)
        problem = self._unreadable(usual, action)
        if problem is None:
            return usual
        fitting = shown(self._fitting(shown, action)) if redaction.takes_masks else usual
        if fitting != usual and self._unreadable(fitting, action) is None:
            return fitting
        message = f"an action of {type(action).__name__} cannot be read without its secrets: {problem}. {ADVICE}"
        raise EncodeError(message)

    def _fitting(self, shown: Callable[[Masks], bytes], action: Any) -> Masks:
        """Return masks each of which the action takes, as far as there are any."""
        secrets: list[str] = []
        shown(Masks(lambda text, key: secrets.append(key) or text))  # type: ignore[func-returns-value]
        fitting = [self._form_of(place, key, shown, action) for place, key in enumerate(secrets)]
        return _in_order(fitting)

    def _form_of(self, place: int, key: str, shown: Callable[[Masks], bytes], action: Any) -> str | None:
        """Return what one secret may be replaced by; ``None``: nothing, it stays, if it is but the tag of a class."""
        for form in FORMS:
            if self._unreadable(shown(_in_order([None] * place + [form])), action) is None:
                return form
        return None if key == "type" else MASK

    def _unreadable(self, line: bytes, action: Any) -> Exception | None:
        try:
            self._read(line, action)
        except (DecodeError, LogCorrupted) as error:
            return error
        return None

    def _read(self, line: bytes, action: Any) -> Any:
        if not _has_a_class(action):
            return fields_of(line, 1, "its line")["value"]
        kind = type(action)
        reader = self._readers.get(kind) or self._readers.setdefault(kind, LineReader("its line", [kind]))
        entry = reader.entry(line, 1)
        return entry.action if isinstance(entry, ActionEntry) else entry


def _fields(entry: Entry) -> bytes:
    """Return the JSON of what is in an entry.

    Raises:
        EncodeError: there is none, or it could not be read: it is nested too deeply, or has an enormous integer.
    """
    try:
        fields = encode(fields_of_entry(entry)).encode()
        parse(fields)
    except (DecodeError, RecursionError) as error:
        message = f"got {short(entry)}, which could not be read back: {error}"
        raise EncodeError(message) from error
    return fields


def _readable(line: bytes, kind: str) -> bytes:
    """Return a line from which secrets were taken.

    Raises:
        EncodeError: it cannot be read any more.
    """
    try:
        entry_of_fields(fields_of(line, 1, "its line"))
    except (LogCorrupted, ValueError, RecursionError) as error:
        message = f"redact= put something into an entry of kind {kind!r} with which it cannot be read: {error}"
        raise EncodeError(message) from error
    return line


def _has_a_class(action: Any) -> bool:
    return isinstance(action, Action) or is_struct(action)


def same(one: Any, other: Any) -> bool:
    """Tell whether two values are equal, where not-a-number counts as equal to itself."""
    if one == other:
        return True
    if type(one) is not type(other):
        return False
    if isinstance(one, float):
        return math.isnan(one) and math.isnan(other)
    if isinstance(one, BaseModel):
        parts = (one.__dict__, one.__pydantic_extra__), (other.__dict__, other.__pydantic_extra__)
        return same(*parts) and one.__pydantic_private__ == other.__pydantic_private__
    if is_struct(one):
        return same(fields_of_struct(one), fields_of_struct(other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    return False


def _in_order(forms: Sequence[str | None]) -> Masks:
    """Return masks that stand for one secret after the other; ``None``, or no more of them: it stays."""
    following = iter(forms)
    return Masks(lambda text, _: next(following, None) or text)
