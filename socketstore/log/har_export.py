"""From a log to a HAR file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from warnings import warn

from socketstore.codec import encode
from socketstore.errors import LogWarning, UsageError
from socketstore.log.entries import Entry
from socketstore.log.files import translated
from socketstore.log.foreign.har_writing import HarWriter
from socketstore.log.line_reader import LineReader
from socketstore.log.line_writer import LineWriter
from socketstore.log.progress import EVERY, Progress, tell
from socketstore.log.redacting import redaction_of
from socketstore.log.secret_names import REDACTED
from socketstore.log.unnamed import lines_of, parts_of
from socketstore.sockets.program import level_of_the_program


def write_har(source: Path, target: Path, progress: Progress | None) -> int:
    """Write what a log has of sockets as a HAR file, and return how many entries that were.

    Raises:
        UsageError: it has nothing of a socket.
        LogUnavailable: a file cannot be read or written.
        LogCorrupted: the log is damaged.
    """
    writer = HarWriter()
    total = sum(part.stat().st_size for part in parts_of(source))
    for done, entry in _wire_of(source, writer):
        writer.add(entry)
        if writer.written % EVERY == 0:
            tell(progress, done, total)
    _refuse_nothing(writer, source)
    with translated("write", target), target.open("xb") as file:
        file.write(encode(writer.document()).encode())
    tell(progress, total, total)
    return writer.written


def _wire_of(source: Path, writer: HarWriter) -> Iterator[tuple[int, Entry]]:
    """Yield entries without their secrets, with how many bytes have been read.

    Actions are counted only, as their classes need not be known.
    """
    reader, redacting = LineReader(str(source)), LineWriter(redaction_of(REDACTED))
    done = 0
    for place, text in lines_of(source):
        done += len(text)
        if text.startswith((b'{"kind":"action"', b'{"kind":"value"')):
            writer.left["action"] += 1
        elif (entry := reader.entry(text, place)) is not None:
            shown = reader.entry(redacting.entry(entry.sequence, entry.at, entry), place)
            yield done, shown or entry


def _refuse_nothing(writer: HarWriter, source: Path) -> None:
    left = ", ".join(f"{count} {kind}" for kind, count in sorted(writer.left.items()))
    if not writer.written:
        message = (
            f"{source} holds nothing of a socket ({left or 'no entries'}), and HAR holds nothing else; record with "
            "Connection(log=...) as well"
        )
        raise UsageError(message)
    if left:
        warn(
            f"{source}: entries that have no place in HAR were left out: {left}",
            LogWarning,
            stacklevel=level_of_the_program(),
        )
