"""A recording folded for a test, with a note of what its reducer raised, but for where it had raised then."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Generic

from socketstore.codec import short
from socketstore.decoding.decoder import Decode
from socketstore.errors import LogWarning
from socketstore.log.beginning import beginning
from socketstore.log.entries import ActionEntry, FailedEntry, FrameOutEntry, WireEntry
from socketstore.log.folding import Step, folded
from socketstore.log.log import Log
from socketstore.log.scripts import not_none, script
from socketstore.store.types import Reducer, S


@dataclass(frozen=True, slots=True)
class Raised:
    """What a reducer raised on something that came on the wire; ``str()`` says it.

    Attributes:
        sequence: the number of the entry.
        action: what was made of it.
        error: what was raised.
    """

    sequence: int
    action: Any
    error: Exception

    def __str__(self) -> str:
        return f"entry {self.sequence}: {type(self.error).__name__}: {self.error} on {short(self.action)}"


def refolded(
    log: Log, reducer: Reducer[S], initial: S, messages: Any, decode: Decode | None, connection: str | None
) -> tuple[S, list[Raised]]:
    """Fold the log as `replay` does.

    Returns:
        The last state; and what the reducer raised on what came on the wire, but for the entries on which it had raised
        when it was recorded.

    Raises:
        Exception: what `replay` raises.
    """
    recorded = script(messages, decode, connection)
    begin = beginning(log, initial)
    recorded.check(log)
    watched = _Watched(reducer)
    with warnings.catch_warnings():  # what they would tell of is returned
        warnings.filterwarnings("ignore", r"entry \d+: the reducer raised", LogWarning)
        steps = watched.steps(recorded.steps(log.read_on(begin.sequence)))
        state = folded(recorded.reducer(watched), begin.state, steps)
    known = _raised_before(log) if watched.raised else set()
    return state, [raised for raised in watched.raised if raised.sequence not in known]


class _Watched(Generic[S]):
    """A reducer, and what it raised."""

    def __init__(self, reducer: Reducer[S]) -> None:
        self.raised: list[Raised] = []
        self._reducer = reducer
        self._sequence = 0

    def steps(self, steps: Iterator[Step]) -> Iterator[Step]:
        for step in steps:
            self._sequence = step.sequence
            yield step

    def __call__(self, state: S, action: Any) -> S:
        try:
            return not_none(self._reducer(state, action), state)
        except Exception as error:
            self.raised.append(Raised(self._sequence, action, error))
            raise


def _raised_before(log: Log) -> set[int]:
    """Return the numbers of the entries of the wire on whose actions the reducer raised when they were recorded.

    A connection writes what has come just before it dispatches what was made of it.
    """
    found: set[int] = set()
    came = action = 0
    for entry in log.read():
        match entry:
            case WireEntry(sequence=number) if not isinstance(entry, FrameOutEntry):
                came = number
            case ActionEntry(sequence=number):
                action = number
            case FailedEntry(of=number) if number == action:
                found.add(came)
    return found
