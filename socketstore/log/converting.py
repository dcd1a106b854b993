"""From one file of a session to another: between our formats, from those of other programs, and to HAR."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing
from heapq import merge
from operator import attrgetter
from pathlib import Path
from typing import TypeAlias

from socketstore.codec import parse, short
from socketstore.errors import DecodeError, LogCorrupted, UsageError
from socketstore.log.drafts import whole
from socketstore.log.entries import Entry
from socketstore.log.foreign.cryptofeed import Captures
from socketstore.log.foreign.devtools import devtools_entries
from socketstore.log.foreign.files import Kind, Opened, opened, recognised
from socketstore.log.foreign.har import har_entries
from socketstore.log.har_export import write_har
from socketstore.log.opening import FORMATS, open_log
from socketstore.log.parts import refuse_beside_parts
from socketstore.log.progress import EVERY, Progress, tell
from socketstore.log.salvaging import END
from socketstore.log.storage import Line
from socketstore.log.unnamed import format_of, lines_of, parts_of, unpacked

Target: TypeAlias = str | os.PathLike[str]

CHUNK = 262_144
"""Bytes of lines that are written at once."""


def convert(source: Target, target: Target, *, beside: Iterable[Target] = (), progress: Progress | None = None) -> int:
    """Write a session anew in another format, and return how many entries were written.

    Between ``.jsonl`` and ``.db`` nothing changes: neither lines, nor numbers, nor the time in the header; action
    classes need not be known. A HAR file, events of the Chrome DevTools protocol and captures of cryptofeed become
    entries of the wire, and notes for what else is in them; secrets are masked as when recording. Any of them may be
    packed by gzip, and so may a log, which is unpacked into the system's folder for temporary files first.
    A log becomes a HAR file, as far as HAR has a place for its entries, with a `LogWarning` that counts the others.
    Files are known by what is in them; the suffix of the target says what becomes of them.

    Args:
        source: the file; it stays as it is.
        target: a new file: ``.jsonl``, ``.db`` or ``.har``.
        beside: more captures that were made at the same time, of other sockets or of HTTP; their entries are put in the
            order of time.
        progress: see `Progress`.

    Raises:
        UsageError: there is no way from the one to the other.
        LogUnavailable: the target is there already, or a file cannot be read or written.
        DecodeError: the source is nothing that is known, or something in it cannot be read; with the place.
        LogCorrupted: it is a log, and damaged.
        LogVersionError: it is a log of a newer version.
    """
    sources, path = [Path(one) for one in (source, *beside)], Path(target)
    kinds: set[Kind] = {recognised(parts_of(one)[-1]) for one in sources}
    _check(kinds, sources, path)
    with whole(path) as draft:
        refuse_beside_parts(path)
        if kinds == {"log"}:
            written = write_har if path.suffix == ".har" else _copy
            with unpacked(sources[0]) as log:
                return written(log, draft, progress)
        return _from_foreign(sources, kinds.pop(), draft, progress)


def foreign_entries(source: Target, *, beside: Iterable[Target] = ()) -> Iterator[Entry]:
    """Yield the entries of a recording that another program has made, as `convert` writes them.

    Raises:
        DecodeError: it is nothing that is known, or something in it cannot be read; with the place.
        LogUnavailable: it cannot be read.
    """
    sources = [Path(one) for one in (source, *beside)]
    with ExitStack() as files:
        opens = [files.enter_context(opened(path)) for path in sources]
        yield from _entries(sources, opens, recognised(sources[0]))


def _check(kinds: set[Kind], sources: list[Path], target: Path) -> None:
    endings = " or ".join((*FORMATS, ".har"))
    if target.suffix not in (*FORMATS, ".har"):
        message = f"got the target {target.name!r}; expected a name that ends in {endings}"
        raise UsageError(message)
    if len(sources) > 1 and kinds != {"cryptofeed"}:
        message = f"got {len(sources)} files ({', '.join(sorted(kinds))}); only captures of cryptofeed go together"
        raise UsageError(message)
    if target.suffix == ".har" and kinds != {"log"}:
        message = f"got {sources[0].name!r}, which is no log; convert it to .jsonl first, and that to .har"
        raise UsageError(message)


def _copy(source: Path, target: Path, progress: Progress | None) -> int:
    open_part, parts = format_of(source), parts_of(source)
    heads = [open_part(part, "r", created=0.0) for part in parts]
    oldest = next((head for head in reversed(heads) if head.compacted), heads[0])
    new = FORMATS[target.suffix](target, "x", created=oldest.created, first=oldest.first)
    count = done = 0
    total = sum(part.stat().st_size for part in parts)
    with closing(new):
        for block in _blocks(lines_of(source), str(source)):
            lines = b"".join(text for _, text in block)
            new.write(lines, block[0][0], block[-1][0])
            count, done = count + len(block), done + len(lines)
            tell(progress, done, total)
        new.sync()
    if oldest.compacted:
        new.begin_with(oldest.first)
    return count


def _blocks(lines: Iterable[Line], source: str) -> Iterator[list[tuple[int, bytes]]]:
    """Yield lines with their numbers, many at a time: those that follow each other without a gap."""
    block: list[tuple[int, bytes]] = []
    size = 0
    last = 0
    for place, text in lines:
        line = text.rstrip(b"\r\n") + b"\n"
        sequence = _sequence(line, place, source)
        if sequence <= last:
            message = f"{source}, line {place}: got the number {sequence} behind {last}; expected a greater one"
            raise LogCorrupted(message, line=place)
        if block and (size > CHUNK or sequence != last + 1):
            yield block
            block, size = [], 0
        block.append((sequence, line))
        size, last = size + len(line), sequence
    if block:
        yield block


def _sequence(line: bytes, place: int, source: str) -> int:
    try:
        sequence = parse(line)["sequence"]
        if type(sequence) is int and 0 < sequence < END:
            return sequence
        message = f"{source}, line {place}: got the number {sequence!r}; expected 1, 2, ..."
    except DecodeError as error:
        message = f"{source}, line {place}: {error}"
    except (KeyError, TypeError):
        message = f"{source}, line {place}: {short(line)} is no entry: it lacks a number"
    raise LogCorrupted(message, line=place)


def _from_foreign(sources: list[Path], kind: Kind, target: Path, progress: Progress | None) -> int:
    total = sum(path.stat().st_size for path in sources)
    with ExitStack() as files:
        log = files.enter_context(open_log(target, mode="x"))
        opens = [files.enter_context(opened(path)) for path in sources]
        for number, entry in enumerate(_entries(sources, opens, kind), start=1):
            log.write(entry)
            if number % EVERY == 0:
                tell(progress, sum(one.position() for one in opens), total)
        tell(progress, total, total)
        return log.last


def _entries(sources: list[Path], opens: list[Opened], kind: Kind) -> Iterator[Entry]:
    match kind:
        case "har":
            return har_entries(opens[0].file, sources[0].name)
        case "devtools":
            return devtools_entries(opens[0].file, sources[0].name)
        case "cryptofeed":
            captures = Captures()
            files = zip(opens, sources, strict=True)
            return merge(*(captures.entries(one.file, path.name) for one, path in files), key=attrgetter("at"))
    message = f"{sources[0]} is a log already; open it with open_log"
    raise UsageError(message)
