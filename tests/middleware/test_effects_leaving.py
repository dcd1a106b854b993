"""Entering and leaving the context: nothing is left behind, whatever the effects do."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import Any

import pytest

from socketstore import EffectRun, Effects, Store, UsageError
from tests.middleware.place import actions_are_kept, somebody_listens, turns
from tests.store.folding import PATIENCE, Actions, collect, in_thread


def nothing_is_left() -> bool:
    return asyncio.all_tasks() == {asyncio.current_task()}


async def test_leaving_cancels_whatever_runs_and_waits_for_its_end(effects, store):
    ended: list[str] = []

    @effects.on(str)
    async def cleans_up(action: str, run: EffectRun[Actions]) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.append(action)
            run.dispatch("ended")

    async with effects:
        store.dispatch("begin")
        await turns()
    assert ended == ["begin"]
    assert store.state == ("begin", "ended")
    assert nothing_is_left()


async def test_the_stores_own_context_does_the_same(effects, store):
    @effects.on(int)
    async def answers(action: int, run: EffectRun[Actions]) -> None:
        run.dispatch(str(action))
        await asyncio.Event().wait()

    async with store:
        store.dispatch(1)
        await store.wait_for(lambda state: state == (1, "1"), timeout=PATIENCE)
    assert nothing_is_left()
    with pytest.raises(UsageError, match="need an event loop"):
        store.dispatch(2)


async def test_what_was_dispatched_just_before_leaving_never_begins(effects, store):
    begun: list[Any] = []

    @effects.on(str)
    async def begins(action: str, run: EffectRun[Actions]) -> None:
        begun.append(action)

    async with effects:
        store.dispatch("too late")
    assert begun == []
    assert nothing_is_left()


@pytest.mark.looptime
async def test_an_effect_that_swallows_its_cancellation_is_ended_by_its_next_wait(effects, store):
    swallowed: list[str] = []

    @effects.on(str)
    async def stubborn(action: str, run: EffectRun[Actions]) -> None:
        for wait in (run.take, run.actions, run.condition):
            try:
                await run.delay(1000)
            except asyncio.CancelledError:
                swallowed.append("one")
            try:
                await wait(bool)
            except asyncio.CancelledError:
                swallowed.append("another")
        await run.delay(1000)

    begun = asyncio.get_running_loop().time()
    async with effects:
        store.dispatch("begin")
        await turns()
    assert len(swallowed) == 6
    assert asyncio.get_running_loop().time() == pytest.approx(begun)
    assert nothing_is_left()


@pytest.mark.looptime
async def test_an_effect_that_goes_on_elsewhere_is_cancelled_again_after_ten_seconds(effects, store):
    @effects.on(str)
    async def stubborn(action: str, run: EffectRun[Actions]) -> None:
        for _ in range(3):
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(1000)

    begun = asyncio.get_running_loop().time()
    async with effects:
        store.dispatch("begin")
        await turns()
    assert asyncio.get_running_loop().time() - begun == pytest.approx(20)
    assert nothing_is_left()


@pytest.mark.looptime
async def test_an_effect_that_cleans_up_for_less_than_that_is_left_in_peace(effects, store):
    @effects.on(str)
    async def slow(action: str, run: EffectRun[Actions]) -> None:
        try:
            await asyncio.sleep(1000)
        finally:
            await asyncio.sleep(9)
            run.dispatch("clean")

    async with effects:
        store.dispatch("begin")
        await turns()
    assert store.state == ("begin", "clean")


@pytest.mark.looptime
async def test_what_is_forked_while_it_is_left_is_cancelled_at_once(effects, store):
    @effects.on(str)
    async def forks(action: str, run: EffectRun[Actions]) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            run.fork(asyncio.Event().wait())
            await run.fork(asyncio.Event().wait())

    begun = asyncio.get_running_loop().time()
    async with effects:
        store.dispatch("begin")
        await turns()
    assert nothing_is_left()
    assert asyncio.get_running_loop().time() == pytest.approx(begun)


async def test_another_thread_may_dispatch_all_the_while(effects, store):
    rounds, each = 20, 100
    allowed = threading.Semaphore(0)  # or a thread that is much faster than the loop would fill the memory

    @effects.on(int)
    async def waits(action: int, run: EffectRun[Actions]) -> None:
        await run.take(str)

    effects.on(int)(lambda action, run: None)

    def work() -> None:
        for number in range(rounds * each):
            allowed.acquire()
            with contextlib.suppress(UsageError):
                store.dispatch(number)

    with in_thread(work):
        for _ in range(rounds):
            async with effects:
                allowed.release(each)
                await store.wait_for(lambda state: len(state) > 3, timeout=PATIENCE)
            assert nothing_is_left()
            store.restore(())


async def test_an_error_in_the_context_comes_out_of_it(effects, store):
    effects.on(str)(lambda action, run: None)
    with pytest.raises(ZeroDivisionError):
        async with effects:
            1 / 0  # noqa: B018
    assert nothing_is_left()


async def test_it_can_be_entered_once_and_left_twice_and_entered_again(effects, store):
    @effects.on(int)
    async def answers(action: int, run: EffectRun[Actions]) -> None:
        run.dispatch(str(action))

    for number in range(3):
        async with effects:
            with pytest.raises(UsageError, match="entered already"):
                await effects.__aenter__()
            with pytest.raises(UsageError, match="running for another store"):
                Store(collect, (), middleware=[effects])
            store.dispatch(number)
            await store.wait_for(lambda state, number=number: state[-1] == str(number), timeout=PATIENCE)
        await effects.__aexit__(None, None, None)
        with pytest.raises(UsageError, match="need an event loop"):
            store.dispatch(-1)


async def test_without_a_store_it_cannot_be_entered():
    with pytest.raises(UsageError, match="has no store"):
        async with Effects[Actions]():
            pass


@pytest.mark.looptime
async def test_timers_end_with_the_context(effects, store):
    ran: list[Any] = []
    effects.debounce(5, str)(lambda action, run: ran.append(action))
    effects.throttle(5, int)(lambda action, run: ran.append(action))
    async with effects:
        store.dispatch("a")
        store.dispatch(1)
        store.dispatch(2)
    await asyncio.sleep(20)
    assert ran == [1]


async def test_very_many_actions_between_two_turns_are_let_go_of(effects, store):
    """The chain of what was kept is long; its end must neither remain nor overflow the stack."""
    counting = Store(lambda state, action: state + 1, 0, middleware=[effects])

    @effects.on(str)
    async def takes(action: str, run: EffectRun[Actions]) -> None:
        await run.take(float)

    async with effects:
        counting.dispatch("begin")
        for number in range(50_000):
            counting.dispatch(number)
        await turns()
        counting.dispatch(1.0)
        await turns()
        assert not actions_are_kept(effects)
        assert not somebody_listens(effects)
