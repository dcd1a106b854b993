"""The property on which everything else is built: whatever happens to a log, it replays to the live state."""

from __future__ import annotations

import tempfile
import warnings
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from socketstore import (
    FrameInEntry,
    History,
    Log,
    LogWarning,
    ReplayError,
    Rotation,
    Store,
    UsageError,
    open_log,
    record,
    replay,
    verify,
)
from socketstore.log.states import digest
from tests.log.ledger import CoinAdded, CoinStolen, Purse, PurseEmpty, purse


@dataclass(frozen=True)
class Restore:
    """The store jumps to a state."""

    state: Purse


@dataclass(frozen=True)
class Do:
    """Something is done to the log."""

    what: str


STEPS = st.one_of(
    st.builds(CoinAdded, worth=st.integers(-9, 9)),
    st.just(CoinStolen()),
    st.sampled_from(["a value", None, {"any": [1, "thing"]}]),
    st.builds(Restore, st.builds(Purse, total=st.integers(0, 99), tags=st.frozensets(st.text(max_size=2), max_size=3))),
    st.sampled_from([Do("frame"), Do("note"), Do("reopen"), Do("compact")]),
)
SUFFIXES = st.sampled_from([".jsonl", ".db"])
EVERY = st.none() | st.integers(1, 5)


class Sitting:
    """A store that records, and whose log may be closed, opened again and compacted."""

    def __init__(self, path: Path, rotate: Rotation | None, snapshot_every: int | None, digest_every: int | None):
        self.path = path
        self._rotate = rotate
        self._every = {"snapshot_every": snapshot_every, "digest_every": digest_every}
        self._begin(Purse())

    def _begin(self, state: Purse) -> None:
        self.log = open_log(self.path, "a", rotate=self._rotate)
        self.store = Store(purse, state, middleware=[record(self.log, **self._every)])

    def take(self, step: Any) -> None:
        match step:
            case Restore(state):
                self.store.restore(state)
            case Do("frame"):
                self.log.write(FrameInEntry(data="{}"))
            case Do("note"):
                self.log.note("here")
            case Do("reopen"):
                self.log.close()
                self._begin(self.store.state)
            case Do("compact"):
                with suppress(UsageError):  # there is no snapshot
                    self.log.compact()
            case action:
                with suppress(PurseEmpty):
                    self.store.dispatch(action)


@settings(deadline=None, max_examples=30)
@given(st.lists(STEPS, max_size=25), SUFFIXES, st.none() | st.integers(200, 900), EVERY, EVERY)
def test_whatever_happens_to_a_log_it_replays_to_the_live_state(
    steps: list[Any], suffix: str, max_bytes: int | None, snapshot_every: int | None, digest_every: int | None
) -> None:
    rotate = None if max_bytes is None else Rotation(max_bytes=max_bytes)
    with tempfile.TemporaryDirectory() as folder:
        sitting = Sitting(Path(folder) / f"log{suffix}", rotate, snapshot_every, digest_every)
        for step in steps:
            sitting.take(step)
        live = sitting.store.state
        check(sitting.log, live)
        sitting.log.close()
        with open_log(sitting.path) as log:
            check(log, live)


def check(log: Log, live: Purse) -> None:
    assert replay(log, purse, Purse()) == live
    assert replay(log, purse, Purse(), from_snapshot=True) == live
    assert verify(log, purse, Purse()) is None
    history = History(log, purse, Purse(), every=4, checkpoints=3)
    assert history.last == live
    assert history.end == max([history.begin, *(entry.sequence for entry in log.read())])
    middle = (history.begin + history.end) // 2
    assert history.at(middle) == replay(log, purse, Purse(), until=middle)


@settings(deadline=None, max_examples=30)
@given(st.lists(STEPS, min_size=1, max_size=12), st.floats(0, 1))
def test_a_log_that_ends_anywhere_replays_to_a_state_that_was_live(steps: list[Any], part: float) -> None:
    """As after a crash: what was written last may be cut anywhere."""
    with tempfile.TemporaryDirectory() as folder:
        sitting = Sitting(Path(folder) / "log.jsonl", None, None, None)
        states = [digest(Purse())]
        sitting.store.subscribe(lambda state: states.append(digest(state)))
        for step in steps:
            if step not in (Do("reopen"), Do("compact")):
                sitting.take(step)
        sitting.log.close()
        whole = sitting.path.read_bytes()
        header = whole.index(b"\n") + 1
        sitting.path.write_bytes(whole[: header + round(part * (len(whole) - header))])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", LogWarning)
            with open_log(sitting.path) as log:
                try:
                    state = replay(log, purse, Purse())
                except ReplayError as error:  # it was cut off that the reducer had raised on the last action
                    assert error.sequence == [entry.sequence for entry in log.read()][-1]  # noqa: PT017
                    assert isinstance(error.__cause__, PurseEmpty)  # noqa: PT017
                else:
                    assert digest(state) in states
