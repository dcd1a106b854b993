"""Reading many lines at once: pydantic reads a hundred actions in one call in little more than half the time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import compress
from operator import methodcaller

from socketstore.log.entries import Entry
from socketstore.log.lines import LineReader
from socketstore.log.storage import Line

TOGETHER = 100  # lines; of more, Python's garbage collector would look through the actions before they are reduced

_is_action: methodcaller = methodcaller("startswith", b'{"kind":"action",')


def entries_of(reader: LineReader, lines: Iterable[Line]) -> Iterator[Entry]:
    """Yield the entries that lines hold, but for those of kinds that this version does not know.

    Raises:
        LogCorrupted: a line cannot be read; the entries before it have been yielded.
        DecodeError: the class of an action is unknown, or its fields do not fit.
    """
    for chunk in _chunks(lines):
        together = [_is_action(text) for _, text in chunk]
        actions = reader.actions([text for _, text in compress(chunk, together)])
        if actions is None:
            together, actions = [False] * len(chunk), []
        yield from actions if len(actions) == len(chunk) else _merged(reader, chunk, together, actions)


def _merged(
    reader: LineReader, chunk: Iterable[Line], together: Iterable[bool], actions: Iterable[Entry]
) -> Iterator[Entry]:
    """Put the actions that were read together among the other lines, which are read one by one."""
    read = iter(actions)
    for (place, text), is_read in zip(chunk, together, strict=True):
        entry = next(read) if is_read else reader.entry(text, place)
        if entry is not None:
            yield entry


def _chunks(lines: Iterable[Line]) -> Iterator[list[Line]]:
    chunk: list[Line] = []
    try:
        for line in lines:
            chunk.append(line)
            if len(chunk) == TOGETHER:
                yield chunk
                chunk = []
    except Exception:  # damage: what stands before it comes first
        yield chunk
        raise
    yield chunk
