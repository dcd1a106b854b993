"""What `record` does when something cannot be written, and where it writes the state itself."""

from __future__ import annotations

import errno
import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from socketstore import (
    Action,
    ActionEntry,
    EncodeError,
    FailedEntry,
    Log,
    LogUnavailable,
    NoteEntry,
    SnapshotEntry,
    Store,
    UsageError,
    combine_reducers,
    open_log,
    record,
)
from socketstore.log.states import digest
from socketstore.store.paths import ABSENT


class ParcelWeighed(Action):
    grams: int


@dataclass(frozen=True, slots=True)
class Scale:
    total: int = 0


@dataclass(frozen=True, slots=True)
class Keyring:
    """Which has no JSON form."""

    made_by: Any = None
    keys: int = 0


class TooHeavy(Exception):
    pass


def scale(state: Scale, action: object) -> Scale:
    match action:
        case ParcelWeighed(grams=grams) if grams > 1000:
            raise TooHeavy(str(grams))
        case ParcelWeighed(grams=grams):
            return replace(state, total=state.total + grams)
    return state


def grams(log: Log) -> list[int]:
    return [entry.action.grams for entry in log.read() if isinstance(entry, ActionEntry)]


def snapshots(log: Log) -> list[tuple[int, Any, bool]]:
    return [(each.sequence, each.state, each.jumped) for each in log.read() if isinstance(each, SnapshotEntry)]


@pytest.fixture
def log(socketstore_log: Log) -> Log:
    return socketstore_log


class FullDisk:
    """Stands before a log and refuses to write while it is full."""

    def __init__(self, log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
        self.is_full = False
        for name in ("append", "append_failure", "write"):
            monkeypatch.setattr(log, name, self._guarded(getattr(log, name)))

    def _guarded(self, write: Any) -> Any:
        def guarded(*given: Any) -> Any:
            if self.is_full:
                raise LogUnavailable(errno.ENOSPC, "the disk is full")
            return write(*given)

        return guarded


@pytest.mark.parametrize("given", [{"on_error": "ignore"}, {"snapshot_every": 0}, {"digest_every": True}])
def test_an_argument_that_cannot_be_used_is_refused_at_once(log: Log, given: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=next(iter(given))):
        record(log, **given)


def test_what_is_no_log_is_refused_at_once() -> None:
    with pytest.raises(UsageError, match="open_log"):
        record("session.jsonl")  # type: ignore[arg-type]


def test_with_detach_a_log_that_fails_is_given_up_with_one_report_and_the_program_goes_on(
    log: Log, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    disk, recorder = FullDisk(log, monkeypatch), record(log, on_error="detach", snapshot_every=1)
    store = Store(scale, Scale(), middleware=[recorder])
    store.dispatch(ParcelWeighed(grams=1))
    assert recorder.detached is None
    disk.is_full = True
    with caplog.at_level(logging.ERROR, "asyncio"):
        for weight in (2, 3):
            store.dispatch(ParcelWeighed(grams=weight))
    store.restore(Scale(total=100))
    with pytest.raises(TooHeavy):
        store.dispatch(ParcelWeighed(grams=2000))
    disk.is_full = False
    store.dispatch(ParcelWeighed(grams=4))
    assert store.state == Scale(total=104)
    assert isinstance(recorder.detached, LogUnavailable)
    assert "detached" in repr(recorder)
    assert [f"{log.path}, behind entry 3" in text for text in caplog.messages] == [True]
    assert grams(log) == [1]


def test_with_detach_an_action_without_a_json_form_reaches_the_reducer(log: Log) -> None:
    recorder = record(log, on_error="detach")
    store: Store[tuple[Any, ...]] = Store(lambda state, action: (*state, action), (), middleware=[recorder])
    unwritable = object()
    store.dispatch(unwritable)
    assert store.state == (unwritable,)
    assert isinstance(recorder.detached, EncodeError)
    (note,) = log.read()  # who reads what comes from the wire or others behind it is to know
    assert isinstance(note, NoteEntry)
    assert "given up here" in note.text
    assert note.data == {"error": "EncodeError"}


def test_that_the_reducer_raised_is_written_before_the_next_action_if_it_could_not_be_at_once(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = FullDisk(log, monkeypatch)

    def fill_the_disk(state: Scale, action: object) -> Scale:
        if action == ParcelWeighed(grams=2000):
            disk.is_full = True
        return scale(state, action)

    store = Store(fill_the_disk, Scale(), middleware=[record(log)])
    with pytest.raises(TooHeavy) as raised:
        store.dispatch(ParcelWeighed(grams=2000))
    assert "could not be recorded yet" in raised.value.__notes__[0]
    with pytest.raises(LogUnavailable):
        store.dispatch(ParcelWeighed(grams=1))
    disk.is_full = False
    store.dispatch(ParcelWeighed(grams=2))
    entries = list(log.read())
    assert [type(entry) for entry in entries] == [ActionEntry, FailedEntry, ActionEntry]
    assert isinstance(entries[1], FailedEntry)
    assert entries[1].of == 1
    assert store.state == Scale(total=2)


def test_snapshots_stand_at_the_beginning_and_after_every_so_many_actions(log: Log) -> None:
    store = Store(scale, Scale(), middleware=[record(log, snapshot_every=2)])
    for weight in (1, 2, 3, 4, 5):
        store.dispatch(ParcelWeighed(grams=weight))
    assert snapshots(log) == [(1, {"total": 0}, False), (4, {"total": 3}, False), (7, {"total": 10}, False)]


def test_an_action_on_which_the_reducer_raises_makes_no_snapshot_and_what_listeners_dispatch_counts(log: Log) -> None:
    store = Store(scale, Scale(), middleware=[record(log, snapshot_every=2)])
    store.subscribe(lambda state: store.dispatch(ParcelWeighed(grams=10)) if state.total == 1 else None)
    with pytest.raises(TooHeavy):
        store.dispatch(ParcelWeighed(grams=2000))
    store.dispatch(ParcelWeighed(grams=1))
    assert snapshots(log)[1:] == [(6, {"total": 11}, False)]


def test_digests_are_those_of_the_states_and_hold_nothing_else(log: Log) -> None:
    store = Store(scale, Scale(), middleware=[record(log, digest_every=2)])
    for weight in (1, 2):
        store.dispatch(ParcelWeighed(grams=weight))
    entries = [entry for entry in log.read() if isinstance(entry, SnapshotEntry)]
    assert [(entry.digest, entry.state) for entry in entries] == [(digest(Scale()), ABSENT), (digest(Scale(3)), ABSENT)]


def test_a_restored_state_is_written_before_it_is_told_of(log: Log) -> None:
    store = Store(scale, Scale(), middleware=[record(log)])
    store.dispatch(ParcelWeighed(grams=5))
    written: list[Any] = []
    store.subscribe(lambda _: written.append(snapshots(log)))
    store.restore(Scale(total=50))
    assert written == [[(2, {"total": 50}, True)]]
    store.dispatch(ParcelWeighed(grams=1))
    assert [type(entry) for entry in log.read()] == [ActionEntry, SnapshotEntry, ActionEntry]


def test_a_state_that_is_restored_inside_a_listener_stands_where_it_took_effect(log: Log) -> None:
    store = Store(scale, Scale(), middleware=[record(log)])

    def jump_once(state: Scale) -> None:
        if state.total == 1:
            store.dispatch(ParcelWeighed(grams=2))
            store.restore(Scale(total=100))
            store.dispatch(ParcelWeighed(grams=3))

    store.subscribe(jump_once)
    store.dispatch(ParcelWeighed(grams=1))
    assert store.state == Scale(total=103)
    assert [getattr(each, "state", None) or each.action.grams for each in log.read()] == [1, 2, {"total": 100}, 3]  # type: ignore[union-attr]


def test_a_state_that_cannot_be_written_is_not_restored(log: Log) -> None:
    store: Store[Any] = Store(scale, Scale(), middleware=[record(log)])
    before = store.state
    with pytest.raises(EncodeError):
        store.restore(Keyring(made_by=object()))
    assert store.state is before


def test_the_state_stands_where_the_reducer_was_exchanged(log: Log) -> None:
    store: Store[Any] = Store(scale, Scale(), middleware=[record(log)])
    store.dispatch(ParcelWeighed(grams=5))
    store.replace_reducer(lambda state, action: replace(state, total=-1))
    store.dispatch(ParcelWeighed(grams=5))
    assert snapshots(log) == [(2, {"total": 5}, True)]


def test_a_mapping_that_gains_a_part_with_its_reducer_is_written_as_it_is_then(log: Log) -> None:
    from socketstore import Slice

    weighed: Slice[int] = Slice(0)
    counted: Slice[int] = Slice(7)
    app = combine_reducers(weighed=weighed)
    store = Store(app, app.initial, middleware=[record(log)])
    store.replace_reducer(app.with_reducer("counted", counted))
    assert snapshots(log) == [(1, {"weighed": 0, "counted": 7}, True)]


def test_a_log_that_holds_actions_goes_on_with_the_state_of_the_new_sitting(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    for _ in range(2):
        with open_log(path, mode="a") as log:
            Store(scale, Scale(), middleware=[record(log)]).dispatch(ParcelWeighed(grams=3))
            held = snapshots(log)
    assert held == [(2, {"total": 0}, True)]


def test_a_log_that_holds_only_notes_begins_as_a_new_one(log: Log) -> None:
    log.note("for the record")
    Store(scale, Scale(), middleware=[record(log)])
    assert [type(entry) for entry in log.read()] == [NoteEntry]


def test_a_state_without_a_json_form_goes_on_with_its_digest(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    state = Keyring(made_by=Scale())
    for _ in range(2):
        with open_log(path, mode="a") as log:
            store = Store(lambda state, action: replace(state, keys=1), state, middleware=[record(log)])
            store.dispatch("used")
            held = [entry for entry in log.read() if isinstance(entry, SnapshotEntry)]
    assert [(each.digest, each.state, each.jumped) for each in held] == [(digest(state), ABSENT, True)]


def test_a_state_that_cannot_be_written_is_refused_when_the_store_is_made(log: Log) -> None:
    with pytest.raises(EncodeError, match="the state"):
        Store(lambda state, _: state, Keyring(made_by=object()), middleware=[record(log, snapshot_every=10)])


def test_with_detach_it_is_reported_instead(log: Log) -> None:
    recorder = record(log, on_error="detach", digest_every=10)
    store = Store(lambda state, _: replace(state, keys=9), Keyring(made_by=object()), middleware=[recorder])
    store.dispatch("used")
    assert store.state.keys == 9
    assert isinstance(recorder.detached, EncodeError)
