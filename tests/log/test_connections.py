"""A connection that is named must be in the log, or all that replays it would silently give the initial state."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from socketstore import (
    ClosedEntry,
    FrameInEntry,
    FrameOutEntry,
    History,
    Log,
    Playback,
    Store,
    UsageError,
    play,
    replay,
)
from tests.log.ledger import coins, filled


@pytest.fixture
def log(socketstore_log: Log) -> Log:
    return socketstore_log


def told(state: str, action: Any) -> str:
    return state + getattr(action, "data", "")


def through_history(log: Log, **options: Any) -> str:
    return History(log, told, "", **options).last


def through_replay(log: Log, **options: Any) -> str:
    return replay(log, told, "", **options)


async def through_play(log: Log, **options: Any) -> str:
    store = Store(told, "")
    await play(log, store, speed=math.inf, **options)
    return store.state


async def state_through(how: Callable[..., Any], log: Log, **options: Any) -> str:
    state = how(log, **options)
    return state if isinstance(state, str) else await state


each_way = pytest.mark.parametrize("how", [through_history, through_replay, through_play])


@each_way
async def test_a_name_that_is_not_there_is_refused_with_those_that_are(log: Log, how: Callable[..., Any]) -> None:
    log.write(FrameInEntry(data="unnamed"))
    filled(log, *coins(1))
    log.write(ClosedEntry(connection="two", code=1000))
    log.write(FrameInEntry(connection="one", data="a"))
    with pytest.raises(UsageError, match=r"got connection='owe'; expected default or one or two$"):
        await state_through(how, log, connection="owe")
    with pytest.raises(UsageError, match=r"got connection='owe'"):
        await state_through(how, log, connection="owe", decode=lambda _: None)
    assert await state_through(how, log, connection="one") == "a"
    assert await state_through(how, log, connection="two") == ""
    assert await state_through(how, log, connection="default") == "unnamed"


@each_way
async def test_a_connection_that_is_there_may_have_said_nothing_up_to_an_entry(
    log: Log, how: Callable[..., Any]
) -> None:
    log.write(FrameInEntry(connection="one", data="a"))
    log.write(FrameOutEntry(connection="two", data="b"))
    assert await state_through(how, log, connection="two") == ""
    if how is not through_history:
        assert await state_through(how, log, connection="two", until=1) == ""


@each_way
async def test_where_only_actions_are_no_connection_is(log: Log, how: Callable[..., Any]) -> None:
    filled(log, *coins(1, 2))
    with pytest.raises(UsageError, match=r"got connection='one', but .* holds no frames"):
        await state_through(how, log, connection="one")


@each_way
async def test_of_an_empty_log_nothing_is_known(log: Log, how: Callable[..., Any]) -> None:
    assert await state_through(how, log, connection="one") == ""


async def test_a_playback_says_so_when_it_runs_and_leaves_the_store_alone(log: Log) -> None:
    log.write(FrameInEntry(connection="one", data="a"))
    store = Store(told, "as it was")
    with pytest.raises(UsageError, match="expected one"):
        await Playback(log, store, connection="two").run()
    assert store.state == "as it was"
