"""From one file of a session to another: between our formats, from those of other programs, and to HAR."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from heapq import merge
from operator import attrgetter
from pathlib import Path
from typing import TypeAlias
from warnings import warn

from socketstore.codec import encode, parse
from socketstore.errors import DecodeError, LogCorrupted, LogUnavailable, LogWarning, UsageError
from socketstore.log.entries import Entry
from socketstore.log.files import translated
from socketstore.log.foreign.cryptofeed import Captures
from socketstore.log.foreign.devtools import devtools_entries
from socketstore.log.foreign.files import Kind, Opened, opened, recognised
from socketstore.log.foreign.har import har_entries
from socketstore.log.foreign.har_writing import HarWriter
from socketstore.log.lines import LineReader
from socketstore.log.opening import FORMATS, open_log
from socketstore.log.storage import Line, Storage

Progress: TypeAlias = Callable[[int, int], None]
"""Called now and then with how much is done and how much there is: bytes of a foreign file, or entries of a log."""

Target: TypeAlias = str | os.PathLike[str]

CHUNK = 262_144
"""Bytes of lines that are written at once."""

EVERY = 1_000
"""Entries between two calls of ``progress``."""

def convert(source: Target, target: Target, *, beside: Iterable[Target] = (), progress: Progress | None = None) -> int:
    """Write a session anew in another format, and return how many entries were written.

    Between ``.jsonl`` and ``.db`` nothing changes: neither lines, nor numbers, nor the time in the header; action classes
    need not be known. A HAR file (also packed with gzip), events of the Chrome DevTools protocol and captures of
    cryptofeed become entries of the wire, and notes for what else is in them; secrets are masked as when recording. A log
    becomes a HAR file, as far as HAR has a place for its entries, with a `LogWarning` that counts the others. Files are
    known by what is in them; the suffix of the target says what becomes of them.

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
    kinds = {recognised(one) for one in sources}
    _check(kinds, sources, path)
    with _made(path):
        if kinds == {"log"}:
            written = _to_har if path.suffix == ".har" else _copy
            return written(sources[0], path, progress)
        return _from_foreign(sources, kinds.pop(), path, progress)


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
        message = f"got {len(sources)} files ({', '.join(sorted(kinds))}); only captures of cryptofeed can be put together"
        raise UsageError(message)
    if target.suffix == ".har" and kinds != {"log"}:
        message = f"got {sources[0].name!r}, which is no log; convert it to .jsonl first, and that to .har"
        raise UsageError(message)


@contextmanager
def _made(target: Path) -> Iterator[None]:
    """Refuse a target that is there, and leave none behind if it could not be finished."""
    if target.exists():
        message = f"could not write {target}: it is there already; choose another name, or take it away"
        raise LogUnavailable(message)
    try:
        yield
    except BaseException:
        for path in (target, *(target.with_name(f"{target.name}{ending}") for ending in ("-wal", "-shm"))):
            path.unlink(missing_ok=True)
        raise


def _copy(source: Path, target: Path, progress: Progress | None) -> int:
    old = _storage(source)
    new = FORMATS[target.suffix](target, "x", created=old.created)
    count = 0
    try:
        for block in _blocks(old.lines(), str(source)):
            first, last = block[0][0], block[-1][0]
            new.write(b"".join(text for _, text in block), first, last)
            count += len(block)
            _tell(progress, last, old.last)
        new.sync()
    finally:
        new.close()
        old.close()
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
        if type(sequence) is int and sequence > 0:
            return sequence
        message = f"{source}, line {place}: got the number {sequence!r}; expected 1, 2, ..."
    except (DecodeError, KeyError, TypeError) as error:
        message = f"{source}, line {place}: {error!r}; repair the log first"
    raise LogCorrupted(message, line=place)


def _to_har(source: Path, target: Path, progress: Progress | None) -> int:
    writer = HarWriter()
    old = _storage(source)
    reader = LineReader(str(source))
    for number, (place, text) in enumerate(old.lines(), start=1):
        kind = parse(text).get("kind")
        if kind in ("action", "value"):  # whose class need not be known
            writer.left["action"] += 1
        elif (entry := reader.entry(text, place)) is not None:
            writer.add(entry)
        if number % EVERY == 0:
            _tell(progress, number, old.last)
    old.close()
    _refuse_nothing(writer, source)
    with translated("write", target), target.open("xb") as file:
        file.write(encode(writer.document()).encode())
    _tell(progress, old.last, old.last)
    return writer.written


def _refuse_nothing(writer: HarWriter, source: Path) -> None:
    left = ", ".join(f"{count} {kind}" for kind, count in sorted(writer.left.items()))
    if not writer.written:
        message = (
            f"{source} holds nothing of a socket ({left or 'no entries'}), and HAR holds nothing else; record with "
            "Connection(log=...) as well"
        )
        raise UsageError(message)
    if left:
        warn(f"{source}: entries that have no place in HAR were left out: {left}", LogWarning, stacklevel=4)


def _from_foreign(sources: list[Path], kind: Kind, target: Path, progress: Progress | None) -> int:
    total = sum(path.stat().st_size for path in sources)
    with ExitStack() as files:
        log = files.enter_context(open_log(target, mode="x"))
        opens = [files.enter_context(opened(path)) for path in sources]
        for number, entry in enumerate(_entries(sources, opens, kind), start=1):
            log.write(entry)
            if number % EVERY == 0:
                _tell(progress, sum(one.position() for one in opens), total)
        _tell(progress, total, total)
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


def _storage(path: Path) -> Storage:
    suffix = path.suffix if path.suffix in FORMATS else ".jsonl"
    return FORMATS[suffix](path, "r", created=time.time())


def _tell(progress: Progress | None, done: int, total: int) -> None:
    if progress is not None:
        progress(min(done, total), total)
