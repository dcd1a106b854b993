"""The fold: from a log back to the state that the live store had."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socketstore import DecodeError, GotMessage, Log, LogCorrupted, ReplayError, Store, open_log, record, replay
from tests.log.bank import Account, AmountDeposited, AmountWithdrawn, LetterReceived, Overdrawn, account

ONE, TWO = AmountDeposited(amount=1), AmountDeposited(amount=2)


@pytest.fixture
def log(socketstore_log: Log) -> Log:
    return socketstore_log


def test_an_empty_log_gives_the_initial_state_itself(log: Log) -> None:
    initial = Account()
    assert replay(log, account, initial) is initial


def test_the_actions_are_folded_in_their_order(log: Log) -> None:
    for action in ("a", ONE, "b", TWO):
        log.append(action)
    assert replay(log, account, Account()) == Account(balance=3, papers=("a", "b"))


def test_a_newer_reducer_may_be_replayed(log: Log) -> None:
    for action in (ONE, TWO):
        log.append(action)
    assert replay(log, lambda count, _: count + 1, 0) == 2


def test_an_action_on_which_the_reducer_raised_leaves_the_state_as_it_did_then(log: Log) -> None:
    store = Store(account, Account(), middleware=[record(log)])
    for action in (ONE, AmountWithdrawn(amount=5), TWO, AmountWithdrawn(amount=3), AmountWithdrawn(amount=1)):
        with suppress(Overdrawn):
            store.dispatch(action)
    assert store.state == Account(balance=0)
    assert replay(log, account, Account()) == store.state


def test_what_the_reducer_did_not_take_is_passed_over_also_by_one_that_would(log: Log) -> None:
    log.append_failure(log.append(AmountWithdrawn(amount=5)), Overdrawn())
    assert replay(log, lambda state, action: state - action.amount, 0) == 0


@pytest.mark.parametrize("behind", [[], [TWO]], ids=["at the end", "before another action"])
def test_a_reducer_that_raises_on_what_it_had_taken_is_told_with_the_number(log: Log, behind: list[Any]) -> None:
    for action in (ONE, AmountWithdrawn(amount=5), *behind):
        log.append(action)
    with pytest.raises(
        ReplayError, match=r"entry 2: the reducer raised Overdrawn: 5 of 1 on .*amount=5.*mend"
    ) as caught:
        replay(log, account, Account())
    assert caught.value.sequence == 2
    assert isinstance(caught.value.__cause__, Overdrawn)


def test_a_failure_of_another_action_does_not_excuse_the_reducer(log: Log) -> None:
    first = log.append(ONE)
    log.append(AmountWithdrawn(amount=5))
    log.append_failure(first, Overdrawn())
    with pytest.raises(ReplayError):
        replay(log, account, Account())


def test_a_reducer_that_returns_none_is_told(log: Log) -> None:
    log.append(ONE)
    with pytest.raises(ReplayError, match="the reducer returned None instead of a state"):
        replay(log, lambda state, _: None, Account())  # type: ignore[arg-type, return-value]


def test_a_reducer_that_returned_none_when_it_was_recorded_is_replayed(log: Log) -> None:
    def forgetful(state: int, action: Any) -> Any:
        return None if action == "forget" else state + 1

    store = Store(forgetful, 0, middleware=[record(log)])
    for action in ("a", "forget", "b"):
        with suppress(TypeError):
            store.dispatch(action)
    assert replay(log, forgetful, 0) == store.state == 2


def test_a_state_may_be_none(log: Log) -> None:
    log.append(ONE)
    assert replay(log, lambda state, _: state, None) is None


def test_damage_and_unknown_classes_are_not_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with open_log(path, mode="x") as log:
        log.append(ONE)
        log.append(TWO)
    text = path.read_bytes()
    path.write_bytes(text.replace(b'"amount":1', b'"amount":', 1))
    with open_log(path) as log, pytest.raises(LogCorrupted, match="line 2"):
        replay(log, account, Account())
    path.write_bytes(text.replace(b"amountDeposited", b"amountVanished", 1))
    with open_log(path) as log, pytest.raises(DecodeError, match="line 2"):
        replay(log, account, Account())


# The property on which everything else is built.

TEXT = st.text()
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=10,
)
ACTIONS = st.one_of(
    st.builds(AmountDeposited, amount=st.integers(0, 9)),
    st.builds(AmountWithdrawn, amount=st.integers(0, 9)),
    st.builds(LetterReceived, text=TEXT, scan=st.binary(), weight=st.floats(allow_nan=False)),
    st.builds(GotMessage, data=TEXT | st.binary() | JSON, at=st.floats(0, 2e9), epoch=st.none() | st.integers(1, 9)),
    JSON,
)


@given(st.lists(ACTIONS, max_size=12), st.integers(0, 12))
def test_for_any_actions_the_replayed_state_equals_the_live_one(actions: list[Any], reopened_after: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.jsonl"
        state = Account()
        for sitting in (actions[:reopened_after], actions[reopened_after:]):
            with open_log(path, mode="a") as log:
                state = dispatched(Store(account, state, middleware=[record(log)]), sitting)
        with open_log(path) as log:
            again = replay(log, account, Account())
    assert again == state
    assert list(map(type, again.papers)) == list(map(type, state.papers))


def dispatched(store: Store[Account], actions: list[Any]) -> Account:
    for action in actions:
        with suppress(Overdrawn):
            store.dispatch(action)
    return store.state
