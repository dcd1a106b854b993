"""Which actions somebody who waits hears, and that nothing is kept for those who do not."""

from __future__ import annotations

import asyncio
import gc
import threading
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from socketstore import EffectRun, WatchOverflow
from socketstore.middleware.effects.hearing import Hearing
from socketstore.middleware.effects.listeners import Heard
from socketstore.middleware.effects.triggers import Wanted
from tests.middleware.place import Place, actions_are_kept, somebody_listens, turns
from tests.store.folding import PATIENCE, Actions, elsewhere, in_thread


def first_of_each(letters: str, actions: list[str]) -> list[str]:
    """Return for each letter the first action that ends in it, after the one found before."""
    rest = iter(actions)
    found = [next((action for action in rest if action[-1] == letter), "") for letter in letters]
    return found[: found.index("")] if "" in found else found


@given(letters=st.lists(st.sampled_from("abc"), max_size=8), from_a_thread=st.booleans(), waits_already=st.booleans())
@example(letters=list("abca"), from_a_thread=False, waits_already=True)
@example(letters=list("abca"), from_a_thread=True, waits_already=True)
@example(letters=list("abca"), from_a_thread=True, waits_already=False)
async def test_takes_in_a_row_lose_nothing_of_what_comes_in_one_turn_of_the_loop(
    letters: list[str], from_a_thread: bool, waits_already: bool
):
    place = Place()
    got: list[str] = []

    @place.effects.on(lambda action: action == "begin")
    async def takes(action: str, run: EffectRun[Actions]) -> None:
        for letter in "abca":
            got.append(await run.take(lambda action, letter=letter: action[-1] == letter))  # noqa: PERF401

    said = [f"{number}{letter}" for number, letter in enumerate(letters)]

    def say() -> None:
        for action in said:
            place.store.dispatch(action)

    async with place.effects:
        place.store.dispatch("0a")
        place.store.dispatch("begin")
        for _ in range(3 if waits_already else 0):
            await asyncio.sleep(0)
        elsewhere(say) if from_a_thread else say()
        for _ in range(30):
            await asyncio.sleep(0)
    assert got == first_of_each("abca", said)


async def test_what_came_before_the_effects_own_action_is_not_taken(place: Place):
    @place.effects.on(str)
    async def takes(action: str, run: EffectRun[Actions]) -> None:
        run.dispatch((await run.take(int), action))

    place.store.dispatch(1)
    place.store.dispatch("begin")
    place.store.dispatch(2)
    await place.until((2, "begin"))


async def test_what_came_while_something_else_was_awaited_is_not_taken_and_nothing_is_kept(place: Place):
    go = asyncio.Event()

    @place.effects.on(str)
    async def takes(action: str, run: EffectRun[Actions]) -> None:
        await go.wait()
        run.dispatch((await run.take(int),))

    place.store.dispatch("begin")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not actions_are_kept(place.effects)
    place.store.dispatch(1)
    go.set()
    for _ in range(3):
        await asyncio.sleep(0)
    place.store.dispatch(2)
    await place.until((2,))
    assert not actions_are_kept(place.effects)
    assert not somebody_listens(place.effects)


@pytest.mark.looptime
async def test_an_action_that_comes_in_the_moment_in_which_the_time_is_over_counts(place: Place):
    @place.effects.on(str)
    async def waits(action: str, run: EffectRun[Actions]) -> None:
        run.dispatch([await run.take(int, timeout=0)])

    place.store.dispatch("begin")
    await asyncio.sleep(0)
    place.store.dispatch(1)
    await place.until([1])


async def test_the_stream_of_actions_loses_none_between_two_awaits(place: Place):
    @place.effects.on(str)
    async def adds(action: str, run: EffectRun[Actions]) -> None:
        total = 0
        async for number in run.actions(int):
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            total += number
            if number == 99:
                break
        run.dispatch([total])

    place.store.dispatch("begin")
    for number in range(50):
        place.store.dispatch(number)
    await asyncio.to_thread(lambda: [place.store.dispatch(number) for number in range(50, 100)])
    await place.until([sum(range(100))])
    gc.collect()
    assert not somebody_listens(place.effects)  # the stream that was dropped is not filled any more


async def test_a_reader_that_is_too_slow_is_told_how_much_it_lost(failing: Place):
    got: list[int] = []

    @failing.effects.on(str)
    async def reads(action: str, run: EffectRun[Actions]) -> None:
        async for number in run.actions(int, limit=3):
            got.append(number)  # noqa: PERF401

    failing.store.dispatch("begin")
    for number in range(5):
        failing.store.dispatch(number)
    for _ in range(5):
        await asyncio.sleep(0)
    (error,) = failing.failures
    assert got == [0, 1, 2]
    assert isinstance(error, WatchOverflow)
    assert "2 actions were lost" in str(error)


async def test_a_taker_that_leaves_while_another_thread_dispatches_keeps_nothing(place: Place):
    """A million actions may come; those who have left must not hold the beginning of the chain."""
    asked, left = threading.Event(), threading.Event()

    def slow(action: Any) -> bool:
        if threading.current_thread() is not threading.main_thread():
            asked.set()
            left.wait(PATIENCE)
        return True

    @place.effects.take_latest(str)
    async def takes(action: str, run: EffectRun[Actions]) -> None:
        if action == "begin":
            await run.take(slow)

    place.store.dispatch("begin")
    for _ in range(3):
        await asyncio.sleep(0)
    session = place.effects._session
    assert session is not None
    with in_thread(lambda: place.store.dispatch(1)):
        await asyncio.to_thread(asked.wait, PATIENCE)
        for runs in session._runs.values():
            runs.cancel()
        for _ in range(3):
            await asyncio.sleep(0)
        left.set()
    await turns()
    assert not actions_are_kept(place.effects)
    assert not somebody_listens(place.effects)


async def in_wait_for(run: EffectRun[Actions]) -> Any:
    return [await asyncio.wait_for(run.take(int), PATIENCE)]


async def in_gather(run: EffectRun[Actions]) -> Any:
    return await asyncio.gather(run.take(int))


async def in_a_group(run: EffectRun[Actions]) -> Any:
    async with asyncio.TaskGroup() as group:
        task = group.create_task(run.take(int))
    return [task.result()]


async def in_a_fork(run: EffectRun[Actions]) -> Any:
    async def child() -> Any:
        return [await run.take(int)]

    return await run.fork(child())


async def later(run: EffectRun[Actions]) -> Any:
    taking = run.take(int)
    await turns()
    return [await taking]


@pytest.mark.parametrize("how", [in_wait_for, in_gather, in_a_group, in_a_fork, later])
async def test_a_take_hears_what_came_since_it_was_called_in_whichever_task_it_is_awaited(place: Place, how: Any):
    @place.effects.on(str)
    async def takes(action: str, run: EffectRun[Actions]) -> None:
        run.dispatch(await how(run))

    place.store.dispatch("begin")
    place.store.dispatch(1)
    await place.until([1])
    await turns()
    assert not actions_are_kept(place.effects)


async def test_an_answer_that_comes_at_once_is_taken_but_not_what_was_asked(place: Place):
    @place.effects.on(float)
    def answer(action: float, run: EffectRun[Actions]) -> None:
        run.dispatch(int(action))

    @place.effects.on(str)
    async def asks(action: str, run: EffectRun[Actions]) -> None:
        await turns()
        run.dispatch(3.5)
        run.dispatch([await run.take(int, float, timeout=PATIENCE)])

    place.store.dispatch("begin")
    await place.until([3])


async def test_a_taker_keeps_nothing_of_what_it_does_not_want(place: Place):
    @place.effects.on(str)
    async def takes(action: str, run: EffectRun[Actions]) -> None:
        await run.take(float)

    place.store.dispatch("begin")
    place.store.dispatch(1)
    await turns()
    assert somebody_listens(place.effects)
    assert not actions_are_kept(place.effects)


class Counting:
    """A listener that notes of which classes it was asked."""

    def __init__(self, *triggers: Any) -> None:
        self.wanted = Wanted(triggers, "a test")
        self.heard: list[Any] = []

    def __call__(self, heard: Heard) -> None:
        self.heard.append(heard.action)


def test_a_listener_is_told_only_of_the_classes_that_it_may_want():
    one, other, any_of_them = Counting(int), Counting(str, bool), Counting(lambda action: False)
    hearing = Hearing()
    for listener in (one, other, any_of_them):
        hearing.listen(listener, hearing.last)
    for action in (1, True, "a", 2.0):
        hearing.hear(action)
    hearing.leave(one)
    hearing.hear(2)
    assert (one.heard, other.heard, any_of_them.heard) == ([1, True], [True, "a"], [1, True, "a", 2.0, 2])


def test_groups_of_listeners_that_have_left_are_let_go_of():
    hearing = Hearing()
    for _ in range(3):
        kind = type("Kind", (), {})
        listener = Counting(kind)
        hearing.listen(listener, hearing.last)
        hearing.leave(listener)
    assert len(hearing._listeners._groups) == 1
    hearing.listen(listener, hearing.last)
    hearing.hear(kind())
    assert len(listener.heard) == 1
