"""Who is cancelled, and that what is cancelled may clean up."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from socketstore import EffectRun, Effects, UsageError
from tests.middleware.place import turns
from tests.store.folding import Actions


def slow_to_end(effects: Effects[Actions], ended: list[Any]) -> Any:
    async def slow(action: Any, run: EffectRun[Actions]) -> None:
        if action == "cancel":
            run.cancel_active()
            return
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(5)
            ended.append(action)

    return slow


@pytest.mark.looptime
async def test_a_run_that_cleans_up_is_not_cancelled_again_by_the_next_action_nor_by_leaving(effects, store):
    ended: list[Any] = []
    effects.take_latest(object)(slow_to_end(effects, ended))
    async with effects:
        for number in range(4):
            store.dispatch(number)
            await asyncio.sleep(1)
    assert ended == [0, 1, 2, 3]


@pytest.mark.looptime
async def test_nor_by_cancel_active(effects, store):
    ended: list[Any] = []
    effects.on(object)(slow_to_end(effects, ended))
    async with effects:
        for action in (1, "cancel", 2, "cancel", "cancel"):
            store.dispatch(action)
            await asyncio.sleep(1)
        await asyncio.sleep(20)
        assert ended == [1, 2]


@pytest.mark.looptime
async def test_nor_by_leaving_that_is_cancelled_itself_which_then_raises(effects, store):
    ended: list[Any] = []
    effects.on(object)(slow_to_end(effects, ended))

    async def program() -> None:
        async with effects:
            store.dispatch(1)
            await turns()

    task = asyncio.create_task(program())
    for _ in range(3):
        await asyncio.sleep(1)
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended == [1]
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert effects._session is None


@pytest.mark.looptime
async def test_one_that_was_cancelled_long_before_and_goes_on_is_cancelled_at_once_on_leaving(effects, store):
    @effects.take_latest(object)
    async def stubborn(action: Any, run: EffectRun[Actions]) -> None:
        for _ in range(2):
            try:
                await asyncio.sleep(1000)
            except asyncio.CancelledError:
                run.dispatch("goes on")

    effects.off(stubborn)
    effects.take_latest(int)(stubborn)
    async with effects:
        store.dispatch(1)
        await asyncio.sleep(1)
        store.dispatch(2)
        await asyncio.sleep(15)
        assert store.state == (1, 2, "goes on")
        begun = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - begun == pytest.approx(10)  # the second, which swallows it now


async def test_an_action_that_comes_when_the_run_has_ended_starts_the_next(effects, store):
    ran: list[Any] = []

    @effects.take_leading(int)
    async def leading(action: int, run: EffectRun[Actions]) -> None:
        ran.append(action)
        await asyncio.sleep(0)
        run.dispatch("done")

    @effects.on(float)
    async def twice(action: float, run: EffectRun[Actions]) -> None:
        run.dispatch(1)
        await run.take(str)
        run.dispatch(2)

    async with effects:
        store.dispatch(0.5)
        await turns(10)
    assert ran == [1, 2]


async def test_each_run_is_cancelled_once_however_many_come_in_one_burst(effects, store, monkeypatch):
    """Otherwise a burst of n actions costs n * n calls."""
    effects.take_latest(int)(slow_to_end(effects, []))
    calls: list[Any] = []
    async with effects:
        session = effects._session
        monkeypatch.setattr(session, "cancel", lambda task: (calls.append(task), task.cancel()))
        for number in range(100):
            store.dispatch(number)
    assert len(calls) == len(set(calls)) == 99


async def test_an_effect_cannot_leave_its_own_context(effects, store):
    refused: list[BaseException] = []

    @effects.on(str)
    async def leaves(action: str, run: EffectRun[Actions]) -> None:
        try:
            await effects.__aexit__(None, None, None)
        except UsageError as error:
            refused.append(error)

    async with effects:
        store.dispatch("begin")
        await turns()
        store.dispatch("again")
        await turns()
    assert ["an effect cannot leave its own context" in str(error) for error in refused] == [True, True]


async def test_a_run_that_outlives_its_context_says_so(effects, store):
    runs: list[EffectRun[Actions]] = []

    @effects.on(str)
    async def keeps(action: str, run: EffectRun[Actions]) -> None:
        runs.append(run)

    async with effects:
        store.dispatch("begin")
        await turns()
    with pytest.raises(UsageError, match="has been left"):
        await runs[0].delay(0)
