"""The first line of a log: that it is one, of which version, and with which number it begins."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple, TypeGuard

from pydantic_core import to_json

from socketstore.codec import parse, short
from socketstore.errors import DecodeError, LogCorrupted, LogVersionError
from socketstore.log.entries import FORMAT, VERSION

HEADER_START = b'{"kind":"header","format":"%s","version":' % FORMAT.encode()


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
