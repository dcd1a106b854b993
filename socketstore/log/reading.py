"""Reading many lines at once: pydantic reads a hundred actions in one call in little more than half the time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import compress

from socketstore.log.entries import Entry
from socketstore.log.line_reader import LineReader
from socketstore.log.lines import sequence_of
from socketstore.log.storage import Lines

TOGETHER = 50  # lines; of more, Python's garbage collector would look through the actions before they are reduced

ACTION = b'{"kind":"action",'


def entries_of(reader: LineReader, blocks: Iterable[Lines]) -> Iterator[Entry]:
    """Yield the entries that lines hold, but for those of kinds that this version does not know.

    Raises:
        LogCorrupted: a line cannot be read; the entries before it have been yielded.
        DecodeError: the class of an action is unknown, or its fields do not fit.
    """
    for place, texts in blocks:
        for start in range(0, len(texts), TOGETHER):
            some = texts[start : start + TOGETHER]
            joined = b",".join(some)
            actions = reader.actions(joined) if joined.count(ACTION) == len(some) else None
            yield from _among_others(reader, place + start, some) if actions is None else actions


def up_to(last: int | None, blocks: Iterable[Lines]) -> Iterator[Lines]:
    """Yield the lines up to an entry, if one is given: what comes behind it may never end while others append."""
    for place, texts in blocks:
        reached = None if last is None else sequence_of(texts[-1])
        if last is None or reached is None or reached < last:
            yield Lines(place, texts)
            continue
        yield Lines(place, [text for text in texts if (sequence_of(text) or 0) <= last])
        return


def _among_others(reader: LineReader, place: int, texts: list[bytes]) -> Iterator[Entry]:
    """Read actions at once, as far as that goes, and the lines between them one by one."""
    together = [text.startswith(ACTION) for text in texts]
    actions = None if all(together) else reader.actions(b",".join(compress(texts, together)))
    read = iter(actions or ())
    for number, (text, is_action) in enumerate(zip(texts, together, strict=True), start=place):
        entry = next(read) if is_action and actions is not None else reader.entry(text, number)
        if entry is not None:
            yield entry
