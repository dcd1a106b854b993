"""Whether a log still replays to what was recorded."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from socketstore import Divergence, Log, SnapshotEntry, Store, record, verify
from socketstore.log.states import digest, state_to_json
from tests.log.ledger import CoinAdded, CoinStolen, Purse, coins, filled, purse


@pytest.fixture
def log(socketstore_log: Log) -> Log:
    return socketstore_log


def snapshot(log: Log, state: Purse, *, with_state: bool = True) -> None:
    log.write(SnapshotEntry(digest=digest(state), state=state_to_json(state)) if with_state else digest_only(state))


def digest_only(state: Purse) -> SnapshotEntry:
    return SnapshotEntry(digest=digest(state))


def recorded(log: Log, *, with_state: bool) -> None:
    """Record coins 1 to 6, with the state after every other one: entries 3, 6 and 9."""
    state = Purse()
    for worth in range(1, 7):
        coin = CoinAdded(worth=worth)
        log.append(coin)
        state = purse(state, coin)
        if worth % 2 == 0:
            snapshot(log, state, with_state=with_state)


def wrong_about_fours(state: Purse, action: object) -> Purse:
    if isinstance(action, CoinAdded) and action.worth == 4:
        return replace(state, tags=frozenset({"four"}))
    return purse(state, action)


@pytest.mark.parametrize("with_state", [True, False], ids=["snapshots", "digests"])
def test_a_log_that_replays_as_it_was_recorded_does_not_diverge(log: Log, with_state: bool) -> None:
    recorded(log, with_state=with_state)
    assert verify(log, purse, Purse()) is None


def test_a_log_without_digests_has_nothing_to_compare(log: Log) -> None:
    filled(log, *coins(1, 4), CoinStolen())
    assert verify(log, wrong_about_fours, Purse()) is None
    assert verify(log, purse, Purse()) is None


def test_the_first_divergence_is_narrowed_down_and_shown_by_path(log: Log) -> None:
    recorded(log, with_state=True)
    found = verify(log, wrong_about_fours, Purse())
    assert isinstance(found, Divergence)
    assert (found.sequence, found.equal_until, found.count) == (6, 3, 2)
    assert [entry.sequence for entry in found.actions] == [4, 5]
    assert str(found).splitlines() == [
        "entry 6: the state is not the one that was recorded; up to entry 3 the states were equal",
        "2 actions since then:",
        "  4: CoinAdded(type='coinAdded', worth=3)",
        "  5: CoinAdded(type='coinAdded', worth=4)",
        "recorded -> replayed:",
        "  total: 10 -> 6",
        "  coins[0]: added 1",
        "  coins[2]: removed 4",
        "  tags: added 'four'",
    ]


def test_from_digests_alone_it_tells_at_least_where(log: Log) -> None:
    recorded(log, with_state=False)
    found = verify(log, wrong_about_fours, Purse())
    assert found is not None
    assert (found.sequence, found.equal_until, found.differences) == (6, 3, ())
    assert str(found).endswith("only a digest was recorded: record with snapshot_every= to see where the states differ")


def test_a_reducer_that_raises_on_what_it_had_taken_diverges_right_there(log: Log) -> None:
    recorded(log, with_state=True)
    log.append(CoinAdded(worth=1))

    def picky(state: Purse, action: object) -> Purse:
        if isinstance(action, CoinAdded) and action.worth == 3:
            message = "three?"
            raise ValueError(message)
        return purse(state, action)

    found = verify(log, picky, Purse())
    assert found is not None
    assert (found.sequence, found.equal_until, found.count) == (4, 3, 1)
    assert found.error is not None
    assert found.error.startswith("the reducer raised ValueError: three? on CoinAdded")
    assert str(found).startswith("entry 4: the reducer raised ValueError: three?")


def test_of_many_actions_the_first_are_shown(log: Log) -> None:
    filled(log, *coins(*range(25)))
    snapshot(log, Purse(1))
    found = verify(log, purse, Purse())
    assert found is not None
    assert len(found.actions) == 10
    assert "at the beginning the states were equal" in str(found)
    assert "25 actions since then:" in str(found)
    assert "  and 15 more" in str(found)


def test_a_snapshot_without_digest_is_compared_by_its_state(log: Log) -> None:
    log.append(CoinAdded(worth=1))
    log.write(SnapshotEntry(state=state_to_json(Purse(2, (2,)))))
    found = verify(log, purse, Purse())
    assert found is not None
    assert [str(difference) for difference in found.differences] == ["total: 2 -> 1", "coins[0]: 2 -> 1"]


def test_an_action_that_failed_is_passed_over(log: Log) -> None:
    state = filled(log, CoinStolen(), *coins(2), CoinStolen(), CoinStolen())
    snapshot(log, state)
    assert verify(log, purse, Purse()) is None


def test_an_initial_state_that_is_another_one_is_told_as_such(log: Log) -> None:
    snapshot(log, Purse(total=1))
    found = verify(log, purse, Purse())
    assert str(found).splitlines()[:2] == [
        "entry 1: the initial state is not the one that was recorded",
        "no action before it",
    ]


@dataclass(frozen=True, slots=True)
class Shelf:
    jars: int = 0


@dataclass(frozen=True, slots=True)
class LabelledShelf:
    jars: int = 0
    label: str = "plums"


@dataclass(frozen=True, slots=True)
class RenamedShelf:
    jars: int = 0


def kept_as_it_is(state: Any, _action: object) -> Any:
    return state


def test_a_field_that_the_class_of_the_state_has_gained_is_shown(log: Log) -> None:
    Store(kept_as_it_is, Shelf(), middleware=[record(log, snapshot_every=1)])
    divergence = verify(log, kept_as_it_is, LabelledShelf())
    assert divergence is not None
    assert [str(difference) for difference in divergence.differences] == ["['label']: added 'plums'"]
    assert "only a digest" not in str(divergence)


def test_where_only_a_class_has_another_name_that_is_told(log: Log) -> None:
    Store(kept_as_it_is, Shelf(), middleware=[record(log, snapshot_every=1)])
    assert str(verify(log, kept_as_it_is, RenamedShelf())).endswith(
        "\nall that was recorded is the same: a class in the state has another name by now"
    )


def test_what_json_gave_another_type_is_shown_only_where_it_differs(log: Log) -> None:
    def unchanged(state: object, _action: object) -> object:
        return state

    log.write(SnapshotEntry(digest="another", state={"pair": [1, 2], "others": [1, 2], "count": 1}))
    divergence = verify(log, unchanged, {"pair": (1, 2), "others": (1, 3), "count": 2})
    assert divergence is not None
    assert [str(difference) for difference in divergence.differences] == [
        "['others']: [1, 2] -> (1, 3)",
        "['count']: 1 -> 2",
    ]
