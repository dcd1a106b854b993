"""Whatever happens to a store while it is recorded: the replayed state is the live one."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socketstore import Action, Store, open_log, record, replay, verify


class CoinsPut(Action):
    coins: int
    token: str = ""


@dataclass(frozen=True, slots=True)
class Purse:
    coins: int = 0
    token: str = ""


def purse(state: Purse, action: object) -> Purse:
    match action:
        case CoinsPut(coins=coins) if coins < 0:
            message = "a purse holds no debts"
            raise ValueError(message)
        case CoinsPut(coins=coins, token=token):
            return Purse(state.coins + coins, token or state.token)
    return state


def twice(state: Purse, action: object) -> Purse:
    before = purse(state, action)
    return replace(before, coins=before.coins * 2)


PUT = st.tuples(st.just("put"), st.integers(-2, 9))
JUMP = st.tuples(st.just("jump"), st.integers(0, 99))
STEPS = st.lists(PUT | PUT | PUT | JUMP | st.just(("again", 0)) | st.just(("other", 0)), max_size=12)
EVERY = st.none() | st.integers(1, 4)


@given(STEPS, EVERY, EVERY, st.sampled_from([".jsonl", ".db"]))
def test_the_replayed_state_is_the_live_one(steps: list[tuple[str, int]], snap: int, dig: int, suffix: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"session{suffix}"
        log, state = open_log(path, mode="x"), Purse()

        def begin() -> Store[Purse]:
            return Store(purse, state, middleware=[record(log, snapshot_every=snap, digest_every=dig)])

        store = begin()
        reducer = purse
        for what, number in steps:
            match what:
                case "put":
                    _put(store, number)
                case "jump":
                    store.restore(Purse(number))
                case "other":  # and back: what it does to no action is seen in the next state alone
                    store.replace_reducer(twice)
                    store.replace_reducer(purse)
                case "again":
                    log.close()
                    log = open_log(path, mode="a")
                    store = begin()
        with log:
            assert replay(log, reducer, Purse()) == store.state
            assert replay(log, reducer, Purse(), from_snapshot=True) == store.state
            assert verify(log, reducer, Purse()) is None


def _put(store: Store[Purse], coins: int) -> None:
    if coins < 0:
        with pytest.raises(ValueError, match="debts"):
            store.dispatch(CoinsPut(coins=coins))
    else:
        store.dispatch(CoinsPut(coins=coins))


@pytest.mark.parametrize("every", [{"snapshot_every": 1}, {"digest_every": 2}])
def test_a_session_with_secrets_verifies_without_them(tmp_path: Path, every: dict[str, Any]) -> None:
    with open_log(tmp_path / "a.jsonl", mode="x") as log:
        store = Store(purse, Purse(), middleware=[record(log, **every)])
        for token in ("hunter2", "hunter3", ""):
            store.dispatch(CoinsPut(coins=1, token=token))
        store.restore(replace(store.state, coins=50))
        assert store.state == Purse(50, "hunter3")
        assert b"hunter" not in log.path.read_bytes()
        assert replay(log, purse, Purse()) == Purse(50, "***")
        assert verify(log, purse, Purse()) is None


def test_a_reducer_that_was_exchanged_is_seen_in_the_state_that_follows(tmp_path: Path) -> None:
    with open_log(tmp_path / "a.jsonl", mode="x") as log:
        store = Store(twice, Purse(), middleware=[record(log)])
        store.dispatch(CoinsPut(coins=1))
        store.replace_reducer(purse)
        store.dispatch(CoinsPut(coins=1))
        assert replay(log, purse, Purse()) == store.state == Purse(3)
