r"""Captures of cryptofeed: text, in which each line holds one thing with its Unix time.

The format is that of ``AsyncFileCallback`` in https://github.com/bmoscon/cryptofeed (``raw_data_collection.py``)::

    wss://URL <-> 1618677816.84          a socket is opened
    wss://URL <- 1618677817.02: {...}    a message is sent
    1618677817.06: {...}                 a message has come
    https://URL -> 1626992741.30: {...}  an answer to a question by HTTP

A message that has several lines goes on until one of these begins; blank lines are not kept.
"""

from __future__ import annotations

import ast
import re
import warnings
from codecs import getincrementaldecoder
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from socketstore.codec import parse
from socketstore.errors import DecodeError, LogWarning
from socketstore.log.entries import Entry, FrameInEntry, FrameOutEntry, NoteEntry, OpenedEntry
from socketstore.log.foreign.naming import Names
from socketstore.sockets.masking import mask_url
from socketstore.sockets.program import level_of_the_program

_TIME = r"\d{9,11}(?:\.\d+)?"
_START = re.compile(
    rf"(?s)(?P<opened>\S+://\S+) <-> (?P<since>{_TIME})\Z"
    rf"|(?:(?P<url>\S+://\S+) (?P<arrow><-|->) )?(?P<at>{_TIME}): (?P<text>.*)\Z"
    r"|configuration: (?P<configuration>.*)\Z"
)
_BYTES = re.compile(r"(?s)b(['\"]).*\1")  # a message of bytes stands as Python writes it


@dataclass(slots=True)
class _Socket:
    connection: str
    epoch: int | None = None


class Captures:
    """Reads files that were captured at once: those of one connection, cut by size, share its name and epochs."""

    def __init__(self) -> None:
        self._names = Names()
        self._sockets: dict[str, _Socket] = {}

    def entries(self, lines: Iterable[bytes], name: str) -> Iterator[Entry]:
        """Yield what is in a file.

        Args:
            lines: the file.
            name: of the file; what stands before its last number names the connection.

        Raises:
            DecodeError: it is none, or is not UTF-8.
        """
        at = 0.0
        settings: list[str] = []  # which have no time of their own
        for start in _whole(lines, name):
            if start["configuration"] is not None:
                settings.append(start["configuration"])
                continue
            at = float(start["at"] or start["since"])
            yield from _noted(settings, name, at)
            settings = []
            yield self._entry(start, at, _without_number(name))
        yield from _noted(settings, name, at)

    def _entry(self, start: re.Match[str], at: float, key: str) -> Entry:
        if start["opened"]:
            socket = self._socket(key, start["opened"])
            socket.epoch = (socket.epoch or 0) + 1
            url = mask_url(start["opened"])
            return OpenedEntry(at=at, connection=socket.connection, epoch=socket.epoch, url=url)
        if start["arrow"] == "->":
            url = mask_url(start["url"])
            return NoteEntry(at=at, text=f"HTTP answer of {url}", data={"url": url, "body": start["text"]})
        socket = self._socket(key, start["url"] or key)
        kind = FrameOutEntry if start["arrow"] else FrameInEntry
        return kind(at=at, connection=socket.connection, epoch=socket.epoch, data=_data(start["text"]))

    def _socket(self, key: str, url: str) -> _Socket:
        if key not in self._sockets:
            self._sockets[key] = _Socket(self._names.name(url))
        return self._sockets[key]


def _noted(settings: list[str], name: str, at: float) -> Iterator[NoteEntry]:
    for one in settings:
        yield NoteEntry(text=f"configuration of {name}", data=one, at=at)


def is_capture(start: bytes) -> bool:
    """Tell whether a file that begins like this is a capture."""
    first = next((line for line in start.splitlines() if line), b"")
    return _START.match(first.decode("utf-8", "replace")) is not None


def _whole(lines: Iterable[bytes], name: str) -> Iterator[re.Match[str]]:
    """Yield each thing with all its lines."""
    waiting: list[str] = []
    first = 0
    for number, line in enumerate(lines, start=1):
        text = _text(line, number, name)
        if not line.endswith(b"\n") and _is_cut_off(text, waiting, f"{name}, line {number}"):
            break
        if waiting and _START.match(text):
            yield _matched(waiting, name, first)
            waiting = []
        if text:
            first = number if not waiting else first
            waiting.append(text)
    if waiting:
        yield _matched(waiting, name, first)


def _is_cut_off(text: str, before: list[str], place: str) -> bool:
    """Tell whether the last line, which does not end, is to be left out; warn of it, and of one that is kept as it is.

    What begins like a message is kept. Anything else may be the rest of the message before, if that is whole with it.
    """
    begun = _START.match(text)
    found = begun or _START.match("\n".join([*before, text]))
    if not text or (found and _is_whole(found["text"])):
        return False
    what = "was kept as it is" if begun else "was passed over"
    warnings.warn(
        f"{place}, {len(text.encode())} bytes, is unfinished and {what}", LogWarning, stacklevel=level_of_the_program()
    )
    return not begun


def _is_whole(text: str | None) -> bool:
    with suppress(DecodeError):
        if text is not None and not _BYTES.fullmatch(text):
            parse(text)
        return True
    return False


def _matched(lines: list[str], name: str, first: int) -> re.Match[str]:
    found = _START.match("\n".join(lines))
    if found is None:  # nothing goes on behind the opening of a socket
        number = first + (_START.match(lines[0]) is not None)
        got = lines[number - first]
        message = f"{name}, line {number}: got {got[:100]!r}; expected a time, or an address with one, and a message"
        raise DecodeError(message)
    return found


def _text(line: bytes, number: int, name: str) -> str:
    try:
        whole = line.endswith(b"\n")  # or it may end within a character
        return getincrementaldecoder("utf-8")().decode(line, final=whole).rstrip("\r\n")
    except UnicodeDecodeError as error:
        message = f"{name}, line {number}: got {line[:100]!r}; expected UTF-8: {error}"
        raise DecodeError(message) from error


def _data(text: str) -> str | bytes:
    if _BYTES.fullmatch(text):
        try:
            data = ast.literal_eval(text)
        except (ValueError, SyntaxError):
            return text
        return data if isinstance(data, bytes) else text
    return text


def _without_number(name: str) -> str:
    """``COINBASE.ws.28.0.gz`` -> ``COINBASE.ws.28``."""
    return re.sub(r"\.\d+$", "", name.removesuffix(".gz"))
