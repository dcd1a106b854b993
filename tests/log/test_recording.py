"""Recording at the reducer's door: what the reducer sees, in the order in which it sees it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from socketstore import (
    ActionEntry,
    Connection,
    Dispatch,
    EncodeError,
    FailedEntry,
    GotMessage,
    JustConnected,
    JustDisconnected,
    Log,
    LogUnavailable,
    Store,
    open_log,
    record,
    replay,
)
from socketstore.testing import EchoServer
from tests.log.bank import (
    Account,
    AmountDeposited,
    AmountWithdrawn,
    Overdrawn,
    account,
    actions_of,
)

ONE, TWO, THREE = AmountDeposited(amount=1), AmountDeposited(amount=2), AmountDeposited(amount=3)


def thunk(store: Store[Any], next: Dispatch) -> Dispatch:
    def dispatch(action: Any) -> Any:
        return action(store) if callable(action) else next(action)

    return dispatch


@pytest.fixture
def log(socketstore_log: Log) -> Log:
    return socketstore_log


def test_every_action_is_written_before_the_reducer_sees_it(log: Log) -> None:
    written_by_then: list[list[Any]] = []

    def reducer(state: int, action: Any) -> int:
        written_by_then.append(actions_of(log))
        return state + 1

    store = Store(reducer, 0, middleware=[record(log)])
    assert store.dispatch(ONE) is ONE
    store.dispatch("plain")
    assert written_by_then == [[ONE], [ONE, "plain"]]
    assert store.state == 2


def test_what_a_listener_dispatches_is_written_in_the_order_in_which_it_is_reduced(log: Log) -> None:
    reduced: list[Any] = []

    def reducer(state: int, action: Any) -> int:
        reduced.append(action)
        return state + 1

    store = Store(reducer, 0, middleware=[record(log)])

    def first(state: int) -> None:
        if state == 1:
            store.dispatch("from the first listener")
            store.dispatch("from the first listener again")

    def second(state: int) -> None:
        if state <= 2:
            store.dispatch(f"from the second listener at {state}")

    store.subscribe(first)
    store.subscribe(second)
    store.dispatch("outermost")
    assert reduced == [
        "outermost",
        "from the first listener",
        "from the first listener again",
        "from the second listener at 1",
        "from the second listener at 2",
    ]
    assert actions_of(log) == reduced


def test_what_a_thunk_dispatches_is_written_and_the_thunk_is_not(log: Log) -> None:
    store = Store(account, Account(), middleware=[thunk, record(log)])

    def deposit_twice(store: Store[Account]) -> int:
        store.dispatch(ONE)
        store.dispatch(TWO)
        return store.state.balance

    assert store.dispatch(deposit_twice) == 3
    assert actions_of(log) == [ONE, TWO]


def test_what_a_middleware_hands_on_later_is_written_in_the_order_in_which_it_is_reduced(log: Log) -> None:
    held: list[Dispatch] = []

    def hold(store: Store[Any], next: Dispatch) -> Dispatch:
        held.append(next)
        return next

    store = Store(lambda state, action: (*state, action), (), middleware=[hold, record(log)])

    def listener(state: tuple[Any, ...]) -> None:
        if state == ("first",):
            store.dispatch("second")
            held[0]("third")

    store.subscribe(listener)
    store.dispatch("first")
    held[0]("fourth")
    assert store.state == ("first", "second", "third", "fourth")
    assert actions_of(log) == list(store.state)


def test_every_action_of_a_batch_is_written(log: Log) -> None:
    store = Store(account, Account(), middleware=[record(log)])
    with store.batch():
        for action in (ONE, TWO, THREE):
            store.dispatch(action)
    assert actions_of(log) == [ONE, TWO, THREE]


@pytest.mark.parametrize(
    "action", [object(), (1, 2), GotMessage(data={1: 2}), lambda: None], ids=["object", "tuple", "message", "function"]
)
def test_an_action_that_cannot_be_written_does_not_reach_the_reducer(log: Log, action: Any) -> None:
    store = Store(account, Account(), middleware=[record(log)])
    store.dispatch(ONE)
    before = store.state
    with pytest.raises(EncodeError):
        store.dispatch(action)
    assert store.state is before
    store.dispatch(TWO)
    assert actions_of(log) == [ONE, TWO]


def test_an_action_for_a_closed_log_does_not_reach_the_reducer(log: Log) -> None:
    store = Store(account, Account(), middleware=[record(log)])
    log.close()
    with pytest.raises(LogUnavailable):
        store.dispatch(ONE)
    assert store.state == Account()


def test_an_action_on_which_the_reducer_raises_is_written_as_failed(log: Log) -> None:
    store = Store(account, Account(), middleware=[record(log)])
    store.dispatch(ONE)
    with pytest.raises(Overdrawn):
        store.dispatch(AmountWithdrawn(amount=9))
    store.dispatch(TWO)
    entries = list(log.read())
    assert [type(entry) for entry in entries] == [ActionEntry, ActionEntry, FailedEntry, ActionEntry]
    failed = entries[2]
    assert isinstance(failed, FailedEntry)
    assert (failed.sequence, failed.of) == (3, 2)
    assert failed.error.endswith("Overdrawn: 9 of 1")


def test_a_listener_that_raises_is_no_failure_of_the_action(log: Log) -> None:
    store = Store(account, Account(), middleware=[record(log)])

    def fail(_: Account) -> None:
        message = "a listener"
        raise RuntimeError(message)

    store.subscribe(fail)
    with pytest.raises(ExceptionGroup):
        store.dispatch(ONE)
    assert actions_of(log) == [ONE]


def test_a_store_recorded_in_two_sittings_is_one_log(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    state = Account()
    for action in (ONE, TWO):
        with open_log(path, mode="a") as log:
            store = Store(account, state, middleware=[record(log)])
            store.dispatch(action)
            state = store.state
    with open_log(path) as log:
        assert replay(log, account, Account()) == state == Account(balance=3)


async def test_a_session_with_a_real_server_replays_to_the_same_state(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with open_log(path, mode="x") as log:
        store = Store(account, Account(), middleware=[record(log)])
        async with EchoServer() as server, Connection(server.url, store) as connection:
            for message in ("I am LEGENDARY!", b"\x00\xff", "", "zwölf \U0001f600"):
                await connection.send(message)
            await store.wait_for(lambda state: len(state.papers) == 6, timeout=5)
    with open_log(path) as log:
        again = replay(log, account, Account())
    assert again == store.state
    assert [type(action) for action in again.papers[1:]] == [JustConnected, *[GotMessage] * 4, JustDisconnected]
    assert [paper.data for paper in again.papers[2:6]] == ["I am LEGENDARY!", b"\x00\xff", "", "zwölf \U0001f600"]


def test_an_action_on_which_the_reducer_was_interrupted_is_not_replayed(tmp_path: Path) -> None:
    interrupts = [KeyboardInterrupt]

    def reduce(state: tuple[str, ...], action: str) -> tuple[str, ...]:
        if action == "slow" and interrupts:
            raise interrupts.pop()
        return (*state, action)

    with open_log(tmp_path / "a.jsonl", mode="x") as log:
        store: Store[tuple[str, ...]] = Store(reduce, (), middleware=[record(log)])
        with pytest.raises(KeyboardInterrupt):
            store.dispatch("slow")
        store.dispatch("next")
        assert replay(log, reduce, ()) == store.state == ("next",)
