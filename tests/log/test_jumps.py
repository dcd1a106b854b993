"""States to which no action leads: a store that was restored, a log that is gone on with."""

from __future__ import annotations

import math
import warnings
from typing import Any

import pytest

from socketstore import FrameInEntry, History, Log, LogWarning, SnapshotEntry, Store, play, record, replay, verify
from socketstore.testing import in_virtual_time
from tests.log.ledger import Purse, coins, purse


@pytest.fixture
def log(socketstore_log: Log) -> Log:
    """A coin of 1, a jump to 50 (entry 2), a coin of 2."""
    store = Store(purse, Purse(), middleware=[record(socketstore_log)])
    store.dispatch(coins(1)[0])
    store.restore(Purse(50))
    store.dispatch(coins(2)[0])
    return socketstore_log


def test_a_replay_goes_on_with_the_state_that_was_restored(log: Log) -> None:
    assert replay(log, purse, Purse()).total == 52
    assert [replay(log, purse, Purse(), until=number).total for number in range(4)] == [0, 1, 50, 52]


def test_a_history_jumps_as_well(log: Log) -> None:
    history = History(log, purse, Purse(), every=1)
    assert [history.at(number).total for number in range(4)] == [0, 1, 50, 52]
    assert [(moment.before.total, moment.after.total) for moment in history] == [(0, 1), (1, 50), (50, 52)]


def test_a_jump_is_no_divergence(log: Log) -> None:
    assert verify(log, purse, Purse()) is None
    log.write(SnapshotEntry(digest="of another state"))
    found = verify(log, purse, Purse())
    assert found is not None
    assert (found.equal_until, found.count) == (2, 1)


@in_virtual_time
async def test_a_live_store_is_restored_when_a_log_is_played(log: Log) -> None:
    store = Store(purse, Purse())
    assert await play(log, store, speed=math.inf) == 2
    assert store.state.total == 52


def test_a_jump_to_a_state_that_is_not_in_the_log_is_warned_of_unless_it_is_none(socketstore_log: Log) -> None:
    store = Store(lambda state, action: (*state, action), (), middleware=[record(socketstore_log)])
    store.dispatch("a")
    socketstore_log.write(SnapshotEntry(digest=None, jumped=True))
    with pytest.warns(LogWarning, match="entry 2: recording went on with another state, which the log does not hold"):
        assert replay(socketstore_log, lambda state, action: (*state, action), ()) == ("a",)
    assert verify(socketstore_log, lambda state, action: (*state, action), ()) is None


def test_a_log_that_is_gone_on_with_in_the_same_state_is_not_warned_of(log: Log) -> None:
    Store(purse, replay(log, purse, Purse()), middleware=[record(log)]).dispatch(coins(3)[0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert replay(log, purse, Purse()).total == 55


async def test_where_the_frames_count_no_jump_does_but_that_with_which_a_log_begins(socketstore_log: Log) -> None:
    log = socketstore_log

    def told(state: str, action: Any) -> str:
        return state + getattr(action, "data", "")

    def state_of(**options: Any) -> str:
        return replay(log, told, "", connection="one", **options)

    log.write(FrameInEntry(connection="one", data="a"))
    log.write(SnapshotEntry(state="elsewhere", jumped=True))
    log.write(FrameInEntry(connection="one", data="b"))
    assert state_of() == History(log, told, "", connection="one").last == "ab"
    assert state_of(from_snapshot=True) == "elsewhereb"
    log.compact()
    store = Store(told, "")
    assert await play(log, store, speed=math.inf, connection="one") == 1
    assert state_of() == store.state == History(log, told, "", connection="one").last == "elsewhereb"
