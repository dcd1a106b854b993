"""Files of events of the Chrome DevTools protocol: lines or an array, with whatever programs have put around them."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from types import NoneType
from typing import Any, BinaryIO, TypeAlias

from socketstore.codec import parse, short
from socketstore.errors import DecodeError, LogWarning
from socketstore.sockets.program import level_of_the_program

Events: TypeAlias = Iterable[tuple[str, dict[str, Any]]]
"""Each event with its place."""

BEGINNING = 65_536
"""Bytes in which a file shows whether it is an array."""

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def events(file: BinaryIO, name: str) -> Events:
    """Yield the events in a file, which is read from its beginning; answers to commands are passed over.

    Raises:
        DecodeError: something in it is no event; with the place.
    """
    file.seek(0)
    for place, event in _whole(file, name):
        if not (isinstance(event, dict) and "id" in event and "method" not in event):  # the answer to a command
            yield place, _unwrapped(event, place)


def _whole(file: BinaryIO, name: str) -> Iterator[tuple[str, Any]]:
    """Yield the JSON of a file: the items of an array, or lines."""
    begin = 0 if file.read(len(BYTE_ORDER_MARK)) != BYTE_ORDER_MARK else len(BYTE_ORDER_MARK)
    file.seek(begin)
    is_array = file.read(BEGINNING).lstrip().startswith(b"[")
    file.seek(begin)
    if is_array:
        array = enumerate(_array(file.read(), name), start=1)
        yield from ((f"{name}, event {number}", event) for number, event in array)
        return
    for number, line in enumerate(file, start=1):
        place = f"{name}, line {number}"
        if not line.endswith(b"\n") and not _is_json(line):  # who wrote it was stopped
            what = f"{place}, {len(line)} bytes, is unfinished and was passed over"
            warnings.warn(what, LogWarning, stacklevel=level_of_the_program())
        elif line.strip():
            yield place, _parsed(line, place)


def _array(text: bytes, name: str) -> list[Any]:
    array = _parsed(text, name)
    if not isinstance(array, list):
        message = f"{name}: got {short(array)}; expected an array of events"
        raise DecodeError(message)
    return array


def _parsed(text: bytes, place: str) -> Any:
    try:
        return parse(text)
    except DecodeError as error:
        message = f"{place}: {error}"
        raise DecodeError(message) from error


def _is_json(text: bytes) -> bool:
    try:
        parse(text)
    except DecodeError:
        return not text.strip()
    return True


def _unwrapped(event: Any, place: str) -> dict[str, Any]:
    match event:
        case {"message": str(text)}:
            return _unwrapped(_parsed(text.encode(), place), place)
        case {"message": dict(inner)}:
            return _unwrapped(inner, place)
        case {"method": str(), **rest} if isinstance(rest.get("params"), (dict, NoneType)):
            return dict(event)
    message = f"{place}: got {short(event)}; expected an event of the DevTools protocol, with a method and params"
    raise DecodeError(message)
