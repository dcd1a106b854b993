"""How often effects run, in virtual time, against models."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socketstore import EffectRun, Effects, Store
from tests.store.folding import PATIENCE, Actions, collect, elsewhere

Ran = list[tuple[float, int]]
gaps = st.lists(st.sampled_from([0, 1, 4, 9, 10, 11, 25]), min_size=1, max_size=8)
kinds = st.sampled_from(["def", "async def"])

INTERVAL = 10.01  # no ten of them are a sum of gaps: in a tie, either order would be right


async def ran_when(register: Any, gaps: list[int], kind: str, lasts: float = 0.0) -> Ran:
    """Dispatch 0, 1, 2, ... with these gaps before each, and return when the effect was run for which of them."""
    ran: Ran = []
    loop = asyncio.get_running_loop()
    begun = loop.time()
    effects: Effects[Actions] = Effects()
    store = Store(collect, (), middleware=[effects])

    def note(action: int, run: EffectRun[Actions]) -> None:
        assert run.after[-1] == action
        assert run.before == run.after[:-1]
        ran.append((round(loop.time() - begun, 3), action))

    async def note_async(action: int, run: EffectRun[Actions]) -> None:
        note(action, run)
        await run.delay(lasts)

    register(effects)(note if kind == "def" else note_async)
    async with effects:
        for number, gap in enumerate(gaps):
            await asyncio.sleep(gap)
            store.dispatch(number)
        await asyncio.sleep(60)
    return ran


def rounded(ran: Ran) -> Ran:
    return [(round(at, 3), number) for at, number in ran]


def times_of(gaps: list[int]) -> list[tuple[float, int]]:
    at, times = 0.0, []
    for number, gap in enumerate(gaps):
        at += gap
        times.append((at, number))
    return times


@pytest.mark.looptime
@given(gaps, kinds)
async def test_debounce_runs_for_the_last_action_after_quiet(gaps: list[int], kind: str):
    times = times_of(gaps)
    expected = [
        (at + INTERVAL, number)
        for (at, number), (following, _) in zip(times, [*times[1:], (float("inf"), -1)], strict=True)
        if following - at > INTERVAL
    ]
    assert await ran_when(lambda effects: effects.debounce(INTERVAL, int), gaps, kind) == rounded(expected)


@pytest.mark.looptime
@given(gaps, kinds)
async def test_throttle_runs_at_once_then_once_an_interval_and_loses_no_last_action(gaps: list[int], kind: str):
    expected: Ran = []
    free, waiting = 0.0, None
    for at, number in [*times_of(gaps), (float("inf"), -1)]:
        while waiting is not None and free < at:  # the interval has ended in between
            expected.append((free, waiting))
            free, waiting = free + INTERVAL, None
        if number < 0:
            break
        if at >= free:
            expected.append((at, number))
            free = at + INTERVAL
        else:
            waiting = number
    assert await ran_when(lambda effects: effects.throttle(INTERVAL, int), gaps, kind) == rounded(expected)


@pytest.mark.looptime
@given(gaps, kinds)
async def test_on_runs_for_each_action_at_once(gaps: list[int], kind: str):
    assert await ran_when(lambda effects: effects.on(int), gaps, kind, lasts=INTERVAL) == times_of(gaps)


@pytest.mark.looptime
@given(gaps)
async def test_take_leading_drops_what_comes_while_it_runs(gaps: list[int]):
    expected: Ran = []
    for at, number in times_of(gaps):
        if not expected or at >= expected[-1][0] + INTERVAL:
            expected.append((at, number))
    assert await ran_when(lambda effects: effects.take_leading(int), gaps, "async def", lasts=INTERVAL) == expected


@pytest.mark.looptime
@given(gaps)
async def test_a_def_is_never_under_way_when_the_next_action_comes(gaps: list[int]):
    times = times_of(gaps)
    assert await ran_when(lambda effects: effects.take_leading(int), gaps, "def") == times
    assert await ran_when(lambda effects: effects.take_latest(int), gaps, "def") == times


@pytest.mark.looptime
async def test_take_latest_cancels_the_run_that_is_under_way():
    effects: Effects[Actions] = Effects()
    store = Store(collect, (), middleware=[effects])
    ended: list[Any] = []

    @effects.take_latest(int)
    async def search(action: int, run: EffectRun[Actions]) -> None:
        try:
            await run.delay(5)
            ended.append(action)
        except asyncio.CancelledError:
            ended.append(f"{action} cancelled")
            raise

    async with effects:
        store.dispatch(1)
        await asyncio.sleep(3)
        store.dispatch(2)
        await asyncio.sleep(6)
        store.dispatch(3)
        store.dispatch(4)
        await asyncio.sleep(6)
    assert ended == ["1 cancelled", 2, 4]


async def test_the_latest_is_that_of_the_store_also_when_another_thread_has_dispatched_before():
    effects: Effects[Actions] = Effects()
    store = Store(collect, (), middleware=[effects])

    @effects.take_latest(int)
    async def search(action: int, run: EffectRun[Actions]) -> None:
        await asyncio.sleep(0)
        run.dispatch([action])

    async with effects:
        elsewhere(lambda: store.dispatch(1))  # its run waits for a turn of the loop
        store.dispatch(2)
        assert (await store.wait_for(lambda state: len(state) > 2, timeout=PATIENCE))[-1] == [2]


@pytest.mark.looptime
@pytest.mark.parametrize("how", ["debounce", "throttle"])
async def test_an_effect_that_was_removed_while_it_waited_does_not_begin(how: str):
    effects: Effects[Actions] = Effects()
    store = Store(collect, (), middleware=[effects])
    ran: list[Any] = []

    @getattr(effects, how)(5, int)
    def note(action: int, run: EffectRun[Actions]) -> None:
        ran.append(action)

    async with effects:
        store.dispatch(1)
        store.dispatch(2)
        effects.off(note)
        await asyncio.sleep(20)
    assert ran == ([] if how == "debounce" else [1])


@pytest.mark.looptime
async def test_debounced_from_another_thread_it_runs_in_the_loop_and_hears_what_comes_after_its_begin():
    effects: Effects[Actions] = Effects()
    store = Store(collect, (), middleware=[effects])

    @effects.debounce(5, str)
    async def takes(action: str, run: EffectRun[Actions]) -> None:
        run.dispatch([action, await run.take(int)])

    async with effects:
        store.dispatch("a")
        store.dispatch("b")
        store.dispatch(1)  # while it waits for quiet: not heard
        await asyncio.sleep(6)
        store.dispatch(2)
        await store.wait_for(lambda state: ["b", 2] in state, timeout=5)
