"""Whether a log still replays to the states of the day on which it was recorded, and if not, since when."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import Any, Generic

from socketstore.codec import short
from socketstore.errors import EncodeError, ReplayError
from socketstore.log.beginning import beginning
from socketstore.log.entries import ActionEntry, SnapshotEntry
from socketstore.log.folding import Step, reduced, state_of, taken
from socketstore.log.log import Log
from socketstore.log.states import digest, state_to_json
from socketstore.store.differences import Difference, each_difference
from socketstore.store.paths import ABSENT, Path
from socketstore.store.types import Reducer, S

SHOWN = 10  # actions
LISTED = 100  # differences


@dataclass(frozen=True, slots=True)
class Divergence:
    """The first place at which a replay is known to be no longer what it was; ``str()`` explains it.

    Attributes:
        sequence: the number of the entry at which it was found: a snapshot, or the action that could not be reduced.
        equal_until: the number of the last entry up to which the states are known to have been equal; 0 is the
            beginning.
        actions: what was reduced since then, and so what is to blame; the first ten.
        count: how many actions that were.
        differences: where the recorded state and the replayed one differ, the first hundred; empty if the log holds
            only a digest of the recorded one, or if nothing but the name of a class differs.
        error: what the reducer raised, if it did.
        has_state: whether the log holds the recorded state, and not only its digest.
    """

    sequence: int
    equal_until: int
    actions: tuple[ActionEntry, ...] = ()
    count: int = 0
    differences: tuple[Difference, ...] = ()
    error: str | None = None
    has_state: bool = False

    def __str__(self) -> str:
        return "\n".join(chain([self._headline()], self._suspects(), self._changes()))

    def _headline(self) -> str:
        if not self.equal_until and not self.count and self.error is None:
            return f"entry {self.sequence}: the initial state is not the one that was recorded"
        what = self.error or "the state is not the one that was recorded"
        since = f"up to entry {self.equal_until}" if self.equal_until else "at the beginning"
        return f"entry {self.sequence}: {what}; {since} the states were equal"

    def _suspects(self) -> Iterator[str]:
        yield f"{self.count} action{'s' * (self.count != 1)} since then:" if self.count else "no action before it"
        yield from (f"  {entry.sequence}: {short(entry.action)}" for entry in self.actions)
        if self.count > len(self.actions):
            yield f"  and {self.count - len(self.actions)} more"

    def _changes(self) -> Iterator[str]:
        if self.differences:
            yield "recorded -> replayed:"
            yield from (f"  {difference}" for difference in self.differences)
        elif self.has_state:
            yield "all that was recorded is the same: a class in the state has another name by now"
        elif self.error is None:
            yield "only a digest was recorded: record with snapshot_every= to see where the states differ"


def verify(log: Log, reducer: Reducer[S], initial: S) -> Divergence | None:
    """Replay a log, and compare the states on the way with the digests and snapshots that were recorded.

    Args:
        log: recorded with ``record(log, digest_every=...)`` or ``snapshot_every=...``: the more often, the fewer
            actions are left to blame.
        reducer: the one to verify.
        initial: the state before the first action.

    Returns:
        Where the replayed state is first known to differ, or ``None`` if it never does. A log without any digest says
        nothing but that the reducer does not raise.

    Raises:
        ReplayError: the log has lost its first entries and holds no snapshot.
        LogCorrupted: an entry cannot be read.
        DecodeError: an action's class is unknown, or its fields do not fit; or the state in a snapshot.
        EncodeError: the state has no digest.
    """
    begin = beginning(log, initial)
    return _Verification(log, reducer, begin.state, begin.sequence).run(taken(log.read_on(begin.sequence)))


class _Verification(Generic[S]):
    """Goes through the log once."""

    def __init__(self, log: Log, reducer: Reducer[S], state: S, sequence: int) -> None:
        self._log = log
        self._reducer = reducer
        self._state = state
        self._equal_until = sequence
        self._count = 0

    def run(self, steps: Iterator[Step]) -> Divergence | None:
        found = (self._action(step) if isinstance(step, ActionEntry) else self._snapshot(step) for step in steps)
        return next((divergence for divergence in found if divergence is not None), None)

    def _action(self, entry: ActionEntry) -> Divergence | None:
        self._count += 1
        try:
            self._state = reduced(self._reducer, self._state, entry)
        except ReplayError as error:
            return self._divergence(entry.sequence, error=str(error).removeprefix(f"entry {entry.sequence}: "))
        return None

    def _snapshot(self, entry: SnapshotEntry) -> Divergence | None:
        if entry.jumped and entry.state is not ABSENT:
            self._state = state_of(entry, self._state)
            self._equal_until, self._count = entry.sequence, 0
            return None
        recorded = ABSENT if entry.state is ABSENT else state_of(entry, self._state)
        expected = entry.digest if entry.digest is not None or recorded is ABSENT else digest(recorded)
        if expected is None or expected == digest(self._state):
            self._equal_until, self._count = (entry.sequence, 0) if expected else (self._equal_until, self._count)
            return None
        if recorded is ABSENT:
            return self._divergence(entry.sequence)
        found = tuple(islice(each_difference(recorded, self._state, skip=_equal), LISTED))
        return replace(self._divergence(entry.sequence, found or self._unread(entry.state)), has_state=True)

    def _unread(self, recorded: Any) -> tuple[Difference, ...]:
        """Return what reading made up for: fields that the class of the state has gained, or lost."""
        with suppress(EncodeError):
            return tuple(islice(each_difference(recorded, state_to_json(self._state)), LISTED))
        return ()

    def _divergence(self, sequence: int, found: tuple[Difference, ...] = (), error: str | None = None) -> Divergence:
        steps = taken(self._log.read_on(self._equal_until))
        actions = (step for step in steps if isinstance(step, ActionEntry) and step.sequence <= sequence)
        return Divergence(
            sequence, self._equal_until, tuple(islice(actions, min(self._count, SHOWN))), self._count, found, error
        )


def _equal(_: Path, recorded: object, replayed: object) -> bool:
    """Tell whether two values differ in nothing but their types: what JSON held may have come back as another."""
    if type(recorded) is type(replayed) or recorded is ABSENT or replayed is ABSENT:
        return False
    return digest(recorded) == digest(replayed)
