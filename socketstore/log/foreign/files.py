"""Files of other programs: opened, unpacked, and told apart by what they begin with."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Literal, NamedTuple, cast

from socketstore.codec import parse, short
from socketstore.errors import DecodeError
from socketstore.log.files import translated
from socketstore.log.foreign import cryptofeed
from socketstore.log.foreign.event_files import BEGINNING, BYTE_ORDER_MARK
from socketstore.log.headers import HEADER_START

Kind = Literal["log", "har", "devtools", "cryptofeed"]

SQLITE = b"SQLite format 3\0"
_EVENT = re.compile(rb'\{\s*"(?:method|message)"\s*:')
_METHOD = re.compile(rb'\\?"method\\?"')  # chromedriver packs each event into a text

GZIP = b"\x1f\x8b"

EXPECTED = (
    "a log of socketstore (.jsonl or .db), a HAR file (an object with a log that has entries), events of the Chrome "
    "DevTools protocol (an array of them, or one a line, each with a method), or a capture of cryptofeed"
)


class Opened(NamedTuple):
    """A file that is being read.

    Attributes:
        file: what is in it, unpacked.
        position: tells how many of its bytes have been read, before they are unpacked.
        is_packed: whether it is packed with gzip.
    """

    file: BinaryIO
    position: Callable[[], int]
    is_packed: bool


@contextmanager
def opened(path: Path) -> Iterator[Opened]:
    """Open a file, also one that is packed with gzip.

    Raises:
        LogUnavailable: it cannot be read.
        DecodeError: it is packed, and damaged.
    """
    with translated("read", path), path.open("rb") as raw:
        packed = raw.peek(len(GZIP))[: len(GZIP)] == GZIP
        file = cast(BinaryIO, gzip.GzipFile(fileobj=raw)) if packed else raw
        try:
            yield Opened(file, raw.tell, packed)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            message = f"{path} is packed with gzip, and cannot be unpacked to its end: {error}; get it anew"
            raise DecodeError(message) from error


def recognised(path: Path) -> Kind:
    """Return what a file is.

    Raises:
        LogUnavailable: it cannot be read.
        DecodeError: it is nothing that is known.
    """
    with opened(path) as one:
        start = one.file.read(BEGINNING)
    if start.startswith((SQLITE, HEADER_START)):
        return "log"
    text = start.removeprefix(BYTE_ORDER_MARK).lstrip()
    kind = _kind_of_json(text, path) if text[:1] in (b"{", b"[") else None
    if kind is None and cryptofeed.is_capture(text):
        return "cryptofeed"
    if kind is None:
        message = f"{path} begins with {short(start, 60)}; expected {EXPECTED}"
        raise DecodeError(message)
    return kind


def _kind_of_json(text: bytes, path: Path) -> Kind | None:
    if text.startswith(b"["):
        return "devtools" if _METHOD.search(text) else None
    match _parsed(text.partition(b"\n")[0]):
        case {"kind": "header"}:
            return "log"
        case {"method": _} | {"message": _} | {"id": _}:
            return "devtools"
        case {"log": _}:
            return "har"
    if _EVENT.match(text):  # a line that is longer than what was read
        return "devtools"
    if path.suffix == ".har" or (b'"log"' in text and b'"creator"' in text):
        return "har"
    return None


def _parsed(line: bytes) -> Any:
    try:
        return parse(line)
    except DecodeError:
        return None
