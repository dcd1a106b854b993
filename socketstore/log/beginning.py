"""Where a replay begins: with the initial state, or with a snapshot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic

from socketstore.errors import ReplayError, UsageError
from socketstore.log.entries import SnapshotEntry
from socketstore.log.folding import state_of
from socketstore.log.line_reader import LineReader
from socketstore.log.lines import fields_of
from socketstore.log.log import Log
from socketstore.store.paths import ABSENT
from socketstore.store.types import S


@dataclass(frozen=True, slots=True)
class Checkpoint(Generic[S]):
    """A state, and the number of the entry after which it was that."""

    sequence: int
    state: S


def beginning(log: Log, initial: S, *, until: int | None = None, from_snapshot: bool = False) -> Checkpoint[S]:
    """Return where to begin.

    Args:
        log: if it has lost its first entries, as one that was compacted has, it begins with its first snapshot.
        initial: the state before the first entry.
        until: no snapshot behind this entry counts.
        from_snapshot: begin with the last snapshot.

    Raises:
        ReplayError: the log has lost entries that would be needed.
        DecodeError: the state in the snapshot does not fit.
        UsageError: this is no log.
    """
    if not isinstance(log, Log):
        message = f"got the log {log!r}; expected one as open_log returns it"
        raise UsageError(message)
    first = _first_sequence(log)
    if first == 1 and not from_snapshot:
        return Checkpoint(0, initial)
    found: SnapshotEntry | None = None
    for snapshot in _snapshots(log, until):
        found = snapshot
        if not from_snapshot:
            break
    if found is not None:
        return Checkpoint(found.sequence, state_of(found, initial))
    if first == 1:
        return Checkpoint(0, initial)
    raise _lost(log, first, until)


def _first_sequence(log: Log) -> object:
    return next((fields_of(text, place, str(log.path)).get("sequence") for place, text in log.lines()), 1)


def _snapshots(log: Log, until: int | None) -> Iterator[SnapshotEntry]:
    """Yield the snapshots that hold a state, without looking into what else there is."""
    reader = LineReader(str(log.path))
    for place, text in log.lines():
        if b'"snapshot"' not in text or fields_of(text, place, str(log.path)).get("kind") != "snapshot":
            continue
        entry = reader.entry(text, place)
        if until is not None and entry and entry.sequence > until:
            return
        if isinstance(entry, SnapshotEntry) and entry.state is not ABSENT:
            yield entry


def _lost(log: Log, first: object, until: int | None) -> ReplayError:
    where = "" if until is None else f" up to entry {until}"
    message = (
        f"{log.path} begins with entry {first} and has no snapshot with a state{where}, so that nothing tells what the "
        "state was before; expected a log with all its entries, or one that was compacted"
    )
    return ReplayError(message, sequence=first if isinstance(first, int) else 1)
