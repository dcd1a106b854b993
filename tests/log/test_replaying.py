"""The fold: from a log back to the state that the live store had."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from socketstore import (
    ClosedEntry,
    Connecting,
    Connection,
    DecodeError,
    ErrorEntry,
    FrameInEntry,
    FrameOutEntry,
    GotError,
    GotMessage,
    Heard,
    JustConnected,
    JustDisconnected,
    Log,
    LogCorrupted,
    LogWarning,
    MessageRejected,
    OpenedEntry,
    ReplayError,
    SnapshotEntry,
    Store,
    UsageError,
    WebSocket,
    WebSocketServer,
    open_log,
    record,
    replay,
)
from socketstore.log.states import state_to_json
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


# Parts of a log.


def snapshot(state: Account) -> SnapshotEntry:
    return SnapshotEntry(state=state_to_json(state))


def test_a_replay_ends_with_the_entry_that_it_is_told(log: Log) -> None:
    for action in ("a", ONE, "b", TWO):
        log.append(action)
    balances = [replay(log, account, Account(), until=number).balance for number in range(6)]
    assert balances == [0, 0, 1, 1, 3, 3]


def test_a_failure_behind_the_end_counts_for_the_last_action(log: Log) -> None:
    log.append_failure(log.append(AmountWithdrawn(amount=5)), Overdrawn())
    assert replay(log, lambda state, action: state - action.amount, 0, until=1) == 0


@pytest.mark.parametrize("until", [-1, 1.0, "2", True])
def test_an_end_that_is_no_number_of_an_entry_is_refused(log: Log, until: Any) -> None:
    with pytest.raises(UsageError, match=r"got until=.*; expected the number of an entry"):
        replay(log, account, Account(), until=until)


def test_it_may_begin_with_the_last_snapshot_that_is_not_too_late(log: Log) -> None:
    log.append(ONE)
    log.write(snapshot(Account(100)))
    log.append(ONE)
    log.write(snapshot(Account(200)))
    log.write(SnapshotEntry(digest="of nothing"))
    log.append(ONE)
    assert replay(log, account, Account()).balance == 3
    assert [replay(log, account, Account(), from_snapshot=True, until=n).balance for n in range(7)] == [
        *(0, 1, 100, 101, 200, 200, 201)
    ]


def test_without_a_snapshot_it_begins_at_the_beginning(log: Log) -> None:
    log.append(ONE)
    assert replay(log, account, Account(), from_snapshot=True).balance == 1


def test_a_snapshot_that_does_not_fit_is_told_with_its_number(log: Log) -> None:
    log.append(ONE)
    log.write(SnapshotEntry(state={"balance": "much"}))
    with pytest.raises(DecodeError, match=r"entry 2, a snapshot: .*balance"):
        replay(log, account, Account(), from_snapshot=True)


def test_a_log_that_lost_its_first_entries_begins_with_its_first_snapshot(log: Log, tmp_path: Path) -> None:
    path = tmp_path / "rest.jsonl"
    with open_log(path, "x") as whole:
        for item in (ONE, ONE, snapshot(Account(50)), TWO, snapshot(Account(90)), TWO):
            whole.write(item) if isinstance(item, SnapshotEntry) else whole.append(item)
    header, *lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(header + b"".join(lines[1:]))
    with open_log(path) as rest:
        assert replay(rest, account, Account(7)).balance == 54
        assert replay(rest, account, Account(7), from_snapshot=True).balance == 92
        with pytest.raises(ReplayError, match=r"begins with entry 2 .*no snapshot with a state up to entry 2"):
            replay(rest, account, Account(), until=2)


# Through another decoder.


def test_frames_go_through_a_decoder_in_place_of_the_recorded_actions(log: Log) -> None:
    log.write(OpenedEntry(epoch=1, url="ws://a", subprotocol="v2", at=5.0))
    log.write(FrameInEntry(epoch=1, data="1", at=6.0))
    log.append(ONE)
    log.write(FrameOutEntry(epoch=1, data="hello"))
    log.write(FrameInEntry(epoch=1, data=b"\x00", at=7.0))
    log.write(ErrorEntry(epoch=1, error="Lost", message="gone", at=8.0))
    log.write(ClosedEntry(epoch=1, code=1006, reason="why", clean=False, at=9.0))
    actions = replay(log, lambda state, action: (*state, action), (), connection="default")
    stamp = {"connection": "default", "epoch": 1}
    assert actions == (
        JustConnected(url="ws://a", subprotocol="v2", at=5.0, **stamp),
        GotMessage(data="1", at=6.0, **stamp),
        GotMessage(data=b"\x00", at=7.0, **stamp),
        GotError(error="Lost", message="gone", at=8.0, **stamp),
        JustDisconnected(code=1006, reason="why", clean=False, at=9.0, **stamp),
    )
    assert replay(log, account, Account(), decode=lambda event: [ONE, TWO] if event.data == "1" else None).balance == 3


def test_frames_are_read_as_the_types_of_messages(log: Log) -> None:
    for data in ('{"type":"amountDeposited","amount":4}', '{"type":"amountDeposited"}', "no json"):
        log.write(FrameInEntry(data=data))
    state = replay(log, account, Account(), messages=AmountDeposited)
    assert state.balance == 4
    assert [(type(paper), paper.raw) for paper in state.papers] == [
        (MessageRejected, '{"type":"amountDeposited"}'),
        (MessageRejected, "no json"),
    ]
    assert replay(log, lambda count, _: count + 1, 0, decode=lambda _: None) == 0


def test_only_the_frames_of_one_connection_count_if_it_is_named(log: Log) -> None:
    log.write(FrameInEntry(connection="one", data="a"))
    log.write(FrameInEntry(connection="two", data="b"))

    def data(state: str, action: Any) -> str:
        return state + action.data

    assert replay(log, data, "", connection="two") == "b"
    with pytest.raises(UsageError, match="expected one of them"):
        replay(log, data, "", messages=int, decode=lambda _: None)


def test_a_reducer_that_raises_on_a_frame_is_warned_of_and_told_that_it_was_rejected(log: Log) -> None:
    log.write(OpenedEntry(url="ws://a"))
    log.write(FrameInEntry(data="bad"))
    log.write(FrameInEntry(data="none"))
    log.write(FrameInEntry(data="good"))

    def picky(state: tuple[Any, ...], action: Any) -> Any:
        match action:
            case JustConnected() | GotMessage(data="bad"):
                message = "not this"
                raise ValueError(message)
            case GotMessage(data="none"):
                return None
        return (*state, action)

    with pytest.warns(LogWarning) as warned:
        rejected, returned_none, good = replay(log, picky, (), connection="default")
    assert rejected.reason == "dispatching GotMessage raised ValueError: not this"
    assert returned_none.raw == "none"
    assert good.data == "good"
    assert [str(one.message)[:7] for one in warned] == ["entry 1", "entry 2", "entry 3"]


async def test_frames_replay_to_the_state_of_the_connection_that_recorded_them(log: Log) -> None:
    """But for what a connection says that is not on the wire: that it tries to connect."""
    told = [
        '{"type":"amountDeposited","amount":5}',
        '{"type":"amountWithdrawn","amount":9}',
        "{",
        '{"type":"amountWithdrawn","amount":2}',
    ]

    async def serve(socket: WebSocket) -> None:
        for text in told:
            await socket.send(text)
        await socket.close()

    messages = Annotated[AmountDeposited | AmountWithdrawn, Field(discriminator="type")]
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)
    async with WebSocketServer("127.0.0.1", 0) as server:
        server.add_listener("connection", lambda event: serve(event.socket))
        store = Store(account, Account())
        async with Connection(server.url, store, messages=messages, log=log, reconnect=None) as connection:
            await connection.wait_closed()
    with pytest.warns(LogWarning, match="Overdrawn"):
        again = replay(log, account, Account(), messages=messages)
    assert again.balance == store.state.balance == 3
    kinds = [type(paper) for paper in store.state.papers if not isinstance(paper, (Connecting, Heard))]
    assert [type(paper) for paper in again.papers] == kinds
