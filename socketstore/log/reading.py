"""Reading many lines at once: pydantic reads a hundred actions in one call in little more than half the time."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
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
        LogCorrupted: a line cannot be read, or stands behind one with its number or a greater one, as in logs that were
            joined by hand; the entries before it have been yielded.
        DecodeError: the class of an action is unknown, or its fields do not fit.
    """
    before = 0
    for place, texts in blocks:
        for start in range(0, len(texts), TOGETHER):
            some = texts[start : start + TOGETHER]
            joined = b",".join(some)
            actions = reader.actions(joined) if joined.count(ACTION) == len(some) else None
            if actions is None or not _follow(before, actions):
                before = yield from _one_by_one(reader, place + start, some, before)
            else:
                yield from actions
                before = actions[-1].sequence


def _follow(before: int, entries: list[Entry]) -> bool:
    """Tell whether numbers go up, without looking at each: in a log without gaps none can stand there twice."""
    first, last = entries[0].sequence, entries[-1].sequence
    return before < first and last - first >= len(entries) - 1


def up_to(last: int | None, blocks: Iterable[Lines]) -> Iterator[Lines]:
    """Yield the lines up to an entry, if one is given: what comes behind it may never end while others append."""
    for place, texts in blocks:
        reached = None if last is None else sequence_of(texts[-1])
        if last is None or reached is None or reached < last:
            yield Lines(place, texts)
            continue
        yield Lines(place, [text for text in texts if (sequence_of(text) or 0) <= last])
        return


def _one_by_one(reader: LineReader, place: int, texts: list[bytes], before: int) -> Generator[Entry, None, int]:
    for number, entry in _among_others(reader, place, texts):
        if entry.sequence <= before:
            raise reader.misplaced(entry, number, before)
        yield entry
        before = entry.sequence
    return before


def _among_others(reader: LineReader, place: int, texts: list[bytes]) -> Iterator[tuple[int, Entry]]:
    """Read actions at once, as far as that goes, and the lines between them one by one; each with its place."""
    together = [text.startswith(ACTION) for text in texts]
    actions = None if all(together) else reader.actions(b",".join(compress(texts, together)))
    read = iter(actions or ())
    for number, (text, is_action) in enumerate(zip(texts, together, strict=True), start=place):
        entry = next(read) if is_action and actions is not None else reader.entry(text, number)
        if entry is not None:
            yield number, entry
