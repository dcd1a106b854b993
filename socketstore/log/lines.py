"""Entries as lines of JSON: the format that docs/log-format.md describes. `line_reader` reads them."""

from __future__ import annotations

import re
import traceback
from typing import Any

from pydantic_core import to_json

from socketstore.actions import Action, refuse_unless_json, struct_to_json
from socketstore.codec import encode, parse, short
from socketstore.errors import DecodeError, LogCorrupted
from socketstore.log.entries import FailedEntry
from socketstore.structs import is_struct

NUMBERED = re.compile(rb'\{"kind":"[^"\\]*","sequence":(\d+),')
"""How the lines begin that this version writes."""


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
