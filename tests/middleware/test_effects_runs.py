"""What an async effect can wait for, and what of it outlives what."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from socketstore import EffectRun, UsageError, WaitTimeout
from tests.middleware.place import Place
from tests.store.folding import Actions, elsewhere


class Broken(Exception):
    pass


async def test_an_async_effect_runs_in_the_loop_of_the_context_whichever_thread_dispatches(place: Place):
    threads: list[threading.Thread] = []

    @place.effects.on(int)
    async def note(action: int, run: EffectRun[Actions]) -> None:
        threads.append(threading.current_thread())
        run.dispatch(f"{action} {run.before} {run.after}")

    place.store.dispatch(1)
    await place.until("1 () (1,)")
    await asyncio.to_thread(place.store.dispatch, 2)
    await place.until("2 (1, '1 () (1,)') (1, '1 () (1,)', 2)")
    assert set(threads) == {threading.current_thread()}


async def test_many_threads_start_each_effect_once_and_in_the_order_of_the_store(place: Place):
    started: list[Any] = []

    @place.effects.on(tuple)
    async def note(action: tuple[int, int], run: EffectRun[Actions]) -> None:
        started.append(action)

    def work(name: int) -> None:
        for number in range(100):
            place.store.dispatch((name, number))

    await asyncio.gather(*(asyncio.to_thread(work, name) for name in range(4)))
    place.store.dispatch((9, 9))
    for _ in range(3):
        await asyncio.sleep(0)
    assert tuple(started) == place.store.state
    assert len(started) == 401


@pytest.mark.looptime
async def test_take_and_condition_raise_wait_timeout(place: Place):
    times: list[float] = []
    loop = asyncio.get_running_loop()
    begun = loop.time()

    @place.effects.on(str)
    async def waits(action: str, run: EffectRun[Actions]) -> None:
        for waiting in (run.take(int, timeout=5), run.condition(lambda state: 1 in state, timeout=7)):
            with pytest.raises(WaitTimeout, match=r"waited [57] s"):
                await waiting
            times.append(loop.time() - begun)
        await run.delay(3)
        times.append(loop.time() - begun)
        run.dispatch(["over"])

    place.store.dispatch("begin")
    await place.until(["over"])
    assert times == pytest.approx([5, 12, 15])


@pytest.mark.looptime
async def test_the_action_and_the_state_that_come_in_time_are_returned(place: Place):
    @place.effects.on(lambda action: action == "begin")
    async def waits(action: str, run: EffectRun[Actions]) -> None:
        taken = await run.take(int, lambda action: action == "x", timeout=5)
        state = await run.condition(lambda state: "ready" in state, timeout=5)
        run.dispatch([taken, len(state)])

    place.store.dispatch("begin")
    await asyncio.sleep(4)
    place.store.dispatch("x")
    await asyncio.sleep(4)
    place.store.dispatch("ready")
    await place.until(["x", 3])


@pytest.mark.parametrize("raised", [Broken, TimeoutError, StopIteration])
async def test_what_a_predicate_raises_belongs_to_the_one_who_waits(failing: Place, raised: type[Exception]):
    def predicate(action: Any) -> bool:
        raise raised("why")

    @failing.effects.on(str)
    async def takes(action: str, run: EffectRun[Actions]) -> None:
        await run.take(predicate, timeout=100)

    @failing.effects.on(str)
    async def reads(action: str, run: EffectRun[Actions]) -> None:
        async for _ in run.actions(predicate):
            raise AssertionError

    failing.store.dispatch("begin")
    for _ in range(3):
        await asyncio.sleep(0)
    failing.store.dispatch(1)
    for _ in range(5):
        await asyncio.sleep(0)
    assert len(failing.failures) == 2
    assert all("why" in str(error) or isinstance(error.__cause__, raised) for error in failing.failures)


@pytest.mark.parametrize(
    ("wait", "words"),
    [
        (lambda run: run.take(), "got nothing"),
        (lambda run: run.take(int, timeout="1"), "timeout='1'"),
        (lambda run: run.take(int, timeout=float("nan")), "timeout=nan"),
        (lambda run: run.condition(bool, timeout=float("nan")), "timeout=nan"),
        (lambda run: run.delay(float("nan")), "seconds=nan"),
        (lambda run: run.delay("1"), "seconds='1'"),
        (lambda run: run.condition(1), "the predicate"),
        (lambda run: run.actions(int, limit=0), "limit=0"),
        (lambda run: run.fork(1), "expected a coroutine"),
    ],
    ids=[
        "take nothing",
        "take until text",
        "take nan",
        "condition nan",
        "delay nan",
        "delay text",
        "condition 1",
        "no actions",
        "fork 1",
    ],
)
async def test_what_cannot_be_waited_for_is_refused(failing: Place, wait, words):
    @failing.effects.on(str)
    async def waits(action: str, run: EffectRun[Actions]) -> None:
        await wait(run)

    failing.store.dispatch("begin")
    for _ in range(3):
        await asyncio.sleep(0)
    assert words in str(failing.failures[0])
    assert isinstance(failing.failures[0], UsageError)


async def test_a_run_used_in_another_thread_says_so(place: Place):
    runs: list[EffectRun[Actions]] = []

    @place.effects.on(str)
    async def note(action: str, run: EffectRun[Actions]) -> None:
        runs.append(run)

    place.store.dispatch("begin")
    for _ in range(3):
        await asyncio.sleep(0)

    def elsewhere_take() -> None:
        with pytest.raises(UsageError, match="only in the event loop"):
            runs[0].take(int)

    elsewhere(elsewhere_take)


async def test_cancel_active_cancels_the_other_runs_of_this_effect_only(place: Place):
    ended: list[Any] = []

    async def until_cancelled(action: Any, run: EffectRun[Actions]) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(action)

    @place.effects.on(int)
    async def this(action: int, run: EffectRun[Actions]) -> None:
        if action == 3:
            run.cancel_active()
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            run.dispatch(["over"])
        await until_cancelled(action, run)

    place.effects.on(int)(until_cancelled)
    for number in (1, 2, 3):
        place.store.dispatch(number)
    await place.until(["over"])
    assert ended == [1, 2]


async def test_errors_go_to_the_handler_and_the_other_effects_go_on(failing: Place):
    @failing.effects.on(int)
    async def fails(action: int, run: EffectRun[Actions]) -> None:
        raise Broken(action)

    @failing.effects.on(int)
    async def exits(action: int, run: EffectRun[Actions]) -> None:
        raise asyncio.CancelledError

    @failing.effects.on(int)
    async def goes_on(action: int, run: EffectRun[Actions]) -> None:
        run.dispatch([action])

    failing.store.dispatch(1)
    await failing.until([1])
    await asyncio.sleep(0)
    assert [str(error) for error in failing.failures] == ["1"]


async def test_a_base_exception_of_an_effect_is_told_as_an_exception(failing: Place):
    class Odd(BaseException):
        pass

    @failing.effects.on(int)
    async def fails(action: int, run: EffectRun[Actions]) -> None:
        raise Odd("odd")

    failing.store.dispatch(1)
    for _ in range(4):
        await asyncio.sleep(0)
    (error,) = failing.failures
    assert isinstance(error.__cause__, Odd)


def test_an_interrupt_in_an_async_effect_ends_the_program_and_leaves_nothing_behind():
    place = Place()
    ended: list[str] = []

    @place.effects.on(str)
    async def waits(action: str, run: EffectRun[Actions]) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("waits")

    @place.effects.on(str)
    async def interrupted(action: str, run: EffectRun[Actions]) -> None:
        await asyncio.sleep(0)
        raise KeyboardInterrupt

    async def program() -> None:
        async with place.effects:
            place.store.dispatch("begin")
            await asyncio.Event().wait()

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(program())
    assert ended == ["waits"]
    assert place.failures == []


class Called:
    async def __call__(self, action: Any, run: EffectRun[Actions]) -> None:
        run.dispatch(["called"])


async def test_a_callable_object_can_be_an_async_effect(place: Place):
    place.effects.on(int)(Called())
    place.store.dispatch(1)
    await place.until(["called"])
