"""Time travel over the entries of a log."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socketstore import (
    FrameInEntry,
    History,
    Log,
    Moment,
    NoteEntry,
    ReplayError,
    SnapshotEntry,
    UsageError,
    open_log,
    replay,
)
from socketstore.log.states import state_to_json
from tests.log.ledger import CoinAdded, CoinStolen, Purse, coins, filled, purse

FRAME = FrameInEntry(data="x")


@pytest.fixture
def log(socketstore_log: Log) -> Log:
    return socketstore_log


def test_it_has_the_state_after_each_entry(log: Log) -> None:
    filled(log, *coins(1, 2, 3))
    history = History(log, purse, Purse())
    assert [history.at(number).total for number in range(4)] == [0, 1, 3, 6]
    assert history.last.total == 6
    assert (history.begin, history.end, len(history)) == (0, 3, 3)


def test_an_empty_log_has_only_the_beginning(log: Log) -> None:
    initial = Purse()
    history = History(log, purse, initial)
    assert history.at(0) is history.last is initial
    assert list(history) == history[:] == []
    assert not history
    assert history.first(lambda state: state.total) is None
    assert history.first(lambda _: True) == Moment(0, None, initial, initial)


@pytest.mark.parametrize("number", [-1, 4, True, "1", None])
def test_there_is_no_state_before_the_beginning_or_behind_the_end(log: Log, number: Any) -> None:
    filled(log, *coins(1, 2, 3))
    with pytest.raises(UsageError, match=r"expected a number from 0 to 3"):
        History(log, purse, Purse()).at(number)


def test_it_tells_what_changed_between_two_entries(log: Log) -> None:
    filled(log, *coins(1, 2, 3))
    changes = History(log, purse, Purse()).diff(1, 2)
    assert [str(change) for change in changes] == ["total: 1 -> 3", "coins[1]: added 2"]
    assert len(History(log, purse, Purse()).diff(0, 3, limit=1)) == 1


def test_stepping_yields_each_entry_with_the_state_before_and_after_it(log: Log) -> None:
    log.note("begin")
    filled(log, *coins(1, 2))
    steps = list(History(log, purse, Purse()))
    assert [moment.sequence for moment in steps] == [1, 2, 3]
    assert [(moment.before.total, moment.after.total) for moment in steps] == [(0, 0), (0, 1), (1, 3)]
    assert isinstance(steps[0].entry, NoteEntry)
    assert steps[0].after is steps[0].before


def test_slices_go_by_the_numbers_of_the_entries(log: Log) -> None:
    filled(log, *coins(*range(1, 11)))
    history = History(log, purse, Purse(), every=3)
    numbers = {
        "all": history[:],
        "two": history[4:6],
        "last": history[-2:],
        "first": history[:3],
        "past": history[9:99],
    }
    assert {name: [moment.sequence for moment in found] for name, found in numbers.items()} == {
        "all": list(range(1, 11)),
        "two": [4, 5],
        "last": [9, 10],
        "first": [1, 2],
        "past": [9, 10],
    }
    assert history[7:5] == history[20:] == []
    assert history[-1].sequence == history[10].sequence == 10
    assert history[10].after == history.last


@pytest.mark.parametrize("place", [0, 4, -5, "1", slice(1, 3, 2), slice("a", None)])
def test_places_that_are_not_there_are_refused(log: Log, place: Any) -> None:
    filled(log, *coins(1, 2, 3))
    with pytest.raises(UsageError, match="expected"):
        History(log, purse, Purse())[place]


def test_an_entry_that_reading_passes_over_has_no_moment_but_a_state(log: Log) -> None:
    filled(log, *coins(1, 2, 3))
    lines = log.path.read_bytes().splitlines(keepends=True)
    log.path.write_bytes(b"".join(lines[:2] + lines[3:]))
    with open_log(log.path) as mended:
        history = History(mended, purse, Purse())
    assert [history.at(number).total for number in range(4)] == [0, 1, 1, 4]
    assert [moment.sequence for moment in history[1:4]] == [1, 3]
    with pytest.raises(UsageError, match=r"got entry 2, which is passed over: .* history\.at\(2\) is the state there"):
        history[2]


def test_the_places_of_an_empty_history_are_refused_in_words(log: Log) -> None:
    with pytest.raises(UsageError, match=r"got entry 0 of a history without entries"):
        History(log, purse, Purse())[-1]


def test_an_action_on_which_the_reducer_raised_changes_nothing(log: Log) -> None:
    filled(log, CoinStolen(), *coins(1), CoinStolen(), CoinStolen(), *coins(5))
    history = History(log, lambda state, action: state + 1, 0, every=1)  # would take them all
    assert [history.at(number) for number in range(history.end + 1)] == [0, 0, 0, 1, 2, 2, 2, 3]
    assert [moment.after for moment in history] == [0, 0, 1, 2, 2, 2, 3]


def test_a_failure_that_stands_behind_entries_of_the_wire_counts_as_well(log: Log) -> None:
    log.append(CoinStolen())
    log.write(FRAME)
    log.append_failure(1, ValueError())
    log.append(CoinAdded(worth=1))
    assert History(log, purse, Purse()).at(1) == Purse()


def test_it_finds_the_moment_since_which_something_is_so(log: Log) -> None:
    filled(log, *coins(*[1] * 50))
    for every in (1, 7, 1000):
        history = History(log, purse, Purse(), every=every)
        for wanted in range(1, 51):
            found = history.first(lambda state, wanted=wanted: state.total >= wanted)
            assert found is not None
            assert (found.sequence, found.before.total, found.after.total) == (wanted, wanted - 1, wanted)
        assert history.first(lambda state: state.total > 50) is None


def test_bisecting_looks_at_few_states(log: Log) -> None:
    filled(log, *coins(*[1] * 1000))
    asked: list[int] = []

    def is_rich(state: Purse) -> bool:
        asked.append(state.total)
        return state.total >= 777

    found = History(log, purse, Purse(), every=10).first(is_rich)
    assert found is not None
    assert found.sequence == 777
    assert len(asked) < 20


def test_where_a_predicate_does_not_stay_true_a_search_finds_the_first_time(log: Log) -> None:
    filled(log, *coins(1, 4), CoinStolen(), *coins(9))
    history = History(log, purse, Purse())
    assert (found := history.search(lambda state: state.total == 5)) is not None
    assert found.sequence == 2
    assert history.first(lambda state: state.total == 5) is None  # it is not true at the end
    assert history.search(lambda state: state.total == 6) is None
    assert history.search(lambda state: state.total == 0) == Moment(0, None, Purse(), Purse())


@pytest.mark.parametrize("find", [History.first, History.search])
def test_a_predicate_that_raises_is_told_with_the_entry(log: Log, find: Any) -> None:
    filled(log, *coins(1, 2))
    with pytest.raises(ReplayError, match=r"entry \d: the predicate raised ZeroDivisionError") as caught:
        find(History(log, purse, Purse()), lambda state: 1 / 0 if state.total else False)
    assert caught.value.sequence in (1, 2)


def test_a_reducer_that_raises_is_told_with_the_entry(log: Log) -> None:
    log.append(CoinAdded(worth=1))
    log.append(CoinStolen())
    log.append(CoinStolen())
    with pytest.raises(ReplayError, match="entry 3: the reducer raised PurseEmpty"):
        History(log, purse, Purse())


def test_there_are_never_more_checkpoints_than_asked_for(log: Log) -> None:
    filled(log, *coins(*[1] * 200))
    history = History(log, purse, Purse(), every=2, checkpoints=8)
    assert len(history._checkpoints) <= 8
    assert [history.at(number).total for number in range(201)] == list(range(201))


def test_a_jump_reduces_no_more_than_lies_between_two_checkpoints(log: Log) -> None:
    filled(log, *coins(*[1] * 100))
    reduced: list[object] = []

    def counting(state: int, action: object) -> int:
        reduced.append(action)
        return state + 1

    history = History(log, counting, 0, every=10)
    for number in range(101):
        reduced.clear()
        assert history.at(number) == number
        assert len(reduced) <= 10


@pytest.mark.parametrize("wrong", [{"every": 0}, {"every": 1.5}, {"checkpoints": 1}])
def test_bounds_that_make_no_sense_are_refused(log: Log, wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="or more"):
        History(log, purse, Purse(), **wrong)


def test_it_goes_on_with_a_log_that_grows(log: Log) -> None:
    filled(log, *coins(1, 2))
    history = History(log, purse, Purse(), every=1)
    assert history.refresh() == 0
    log.append(CoinAdded(worth=3))
    log.write(FRAME)
    assert history.last.total == 3
    assert history.refresh() == 2
    assert (history.end, history.last.total, history.at(3).total) == (4, 6, 6)


def test_the_last_action_may_still_turn_out_to_have_failed(log: Log) -> None:
    log.append(CoinAdded(worth=1))
    log.append(CoinAdded(worth=2))
    history = History(log, purse, Purse(), every=1)
    assert history.last.total == 3
    log.append_failure(2, ValueError())
    log.append(CoinAdded(worth=4))
    history.refresh()
    assert (history.at(2).total, history.last.total) == (1, 5)


def test_a_log_that_was_compacted_begins_with_its_snapshot(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with open_log(path, "x") as log:
        filled(log, *coins(1, 2))
        log.write(SnapshotEntry(state=state_to_json(Purse(3, (1, 2)))))
        log.append(CoinAdded(worth=4))
    header, *lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(header + b"".join(lines[2:]))
    with open_log(path) as log:
        history = History(log, purse, Purse())
        assert (history.begin, history.end, len(history)) == (3, 4, 1)
        assert [history.at(number).total for number in (3, 4)] == [3, 7]
        assert [moment.sequence for moment in history] == [4]
        with pytest.raises(UsageError, match="from 3 to 4"):
            history.at(2)


def test_a_log_that_has_lost_its_beginning_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with open_log(path, "x") as log:
        filled(log, *coins(1, 2))
    header, _, second = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(header + second)
    with open_log(path) as log, pytest.raises(ReplayError, match="begins with entry 2 and has no snapshot"):
        History(log, purse, Purse())


def test_the_frames_of_a_log_have_a_history_too(log: Log) -> None:
    for text in ("1", "2", "3"):
        log.write(FrameInEntry(data=text))
    history = History(log, purse, Purse(), every=1, decode=lambda event: coins(*[int(event.data)] * 2))
    assert [history.at(number).total for number in range(4)] == [0, 2, 6, 12]
    assert [moment.after.total for moment in history] == [2, 6, 12]
    log.write(FrameInEntry(data="4"))
    history.refresh()
    assert history.last.total == 20


def test_progress_is_told(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socketstore.log.history.TELLING", 2)
    filled(log, *coins(1, 2, 3, 4, 5))
    told: list[tuple[int, int]] = []
    History(log, purse, Purse(), progress=lambda done, total: told.append((done, total)))
    assert told == [(2, 5), (4, 5)]


# Whatever stands in a log, a history tells what a replay up to there tells.

ENTRIES = st.lists(
    st.one_of(
        st.builds(CoinAdded, worth=st.integers(0, 9)),
        st.just(CoinStolen()),
        st.just(FRAME),
        st.just("a value"),
    ),
    max_size=40,
)


@given(ENTRIES, st.integers(1, 9), st.integers(2, 6), st.integers(0, 40))
def test_every_state_of_a_history_is_that_of_a_replay(
    written: list[Any], every: int, checkpoints: int, first: int
) -> None:
    with recording(written[:first]) as log:
        history = History(log, purse, Purse(), every=every, checkpoints=checkpoints)
        for item in written[first:]:
            write(log, item)
        history.refresh()
        states = [replay(log, purse, Purse(), until=number) for number in range(log.last + 1)]
        assert [history.at(number) for number in range(log.last + 1)] == states
        assert [moment.after for moment in history] == states[1:]
        assert [moment.before for moment in history] == states[:-1]
        assert history.end == log.last


@contextmanager
def recording(written: list[Any]) -> Iterator[Log]:
    with tempfile.TemporaryDirectory() as folder, open_log(Path(folder) / "a.jsonl", "x") as log:
        for item in written:
            write(log, item)
        yield log


def write(log: Log, item: Any) -> None:
    """Write an entry, and behind an action that cannot be reduced that it failed."""
    if isinstance(item, FrameInEntry):
        log.write(item)
        return
    sequence = log.append(item)
    if isinstance(item, CoinStolen) and not replay(log, purse_or_same, Purse(), until=sequence - 1).coins:
        log.write(FRAME)
        log.append_failure(sequence, ValueError())


def purse_or_same(state: Purse, action: object) -> Purse:
    return state if isinstance(action, CoinStolen) and not state.coins else purse(state, action)


# A bad action among very many.


def plant(path: Path, size: int, bad: int) -> None:
    with open_log(path, "x") as log:
        first = log.append(CoinAdded(worth=1))
        assert first == 1
    line = path.read_bytes().splitlines(keepends=True)[1]
    with path.open("ab") as file:
        for number in range(2, size + 1):
            text = line.replace(b'"sequence":1,', b'"sequence":%d,' % number)
            file.write(text.replace(b'"worth":1', b'"worth":-1000000000') if number == bad else text)


@pytest.mark.parametrize("size", [20_000, pytest.param(1_000_000, marks=[pytest.mark.long, pytest.mark.timeout(120)])])
def test_bisecting_finds_a_bad_action(tmp_path: Path, size: int) -> None:
    bad = size * 7 // 9
    plant(tmp_path / "many.jsonl", size, bad)
    with open_log(tmp_path / "many.jsonl", actions=[CoinAdded]) as log:
        history = History(log, purse, Purse())
        found = history.first(lambda state: state.total < 0)
    assert found is not None
    assert found.sequence == bad
    assert len(history._checkpoints) <= 1000


def test_the_sums_are_those_of_a_plain_loop(log: Log) -> None:
    filled(log, *coins(3, 1, 4, 1, 5))
    history = History(log, purse, Purse())
    assert [moment.after.total for moment in history] == list(accumulate([3, 1, 4, 1, 5]))


def test_a_refresh_that_fails_leaves_the_history_as_it_was(log: Log) -> None:
    filled(log, *coins(1, 2))
    fails = False

    def moody(state: Purse, action: Any) -> Purse:
        if fails and action == CoinAdded(worth=4):
            raise ValueError(4)
        return purse(state, action)

    history = History(log, moody, Purse(), every=1)
    for action in coins(3, 4):
        log.append(action)
    fails = True
    with pytest.raises(ReplayError):
        history.refresh()
    assert (history.end, history.last.total, history.at(2).total) == (2, 3, 3)
    fails = False
    assert history.refresh() == 2
    assert history.last.total == 10


def test_a_predicate_that_changes_its_mind_still_gets_a_moment(log: Log) -> None:
    filled(log, *coins(1, 2, 3))
    answers = iter([False, True])
    found = History(log, purse, Purse()).first(lambda _: next(answers, False))
    assert found is not None
    assert found.sequence == 3


@pytest.mark.parametrize("bounds", [(0, 4), (0, -1), (0, "1"), (4, None)])
def test_steps_end_where_there_is_an_entry(log: Log, bounds: tuple[Any, Any]) -> None:
    filled(log, *coins(1, 2, 3))
    history = History(log, purse, Purse())
    with pytest.raises(UsageError, match="expected a number from 0 to 3"):
        list(history.steps(*bounds))
    assert list(history.steps(2, 1)) == history[0:0] == history[3:1] == history[9:] == []


def test_the_path_of_a_log_is_no_log() -> None:
    path: Any = "session.jsonl"
    with pytest.raises(UsageError, match="expected one as open_log returns it"):
        History(path, purse, Purse())
