"""What an async effect can wait for, and what of it outlives what."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from socketstore import EffectRun, Effects, Fork, Store, UsageError, WaitTimeout, WatchOverflow
from tests.store.folding import PATIENCE, Actions, collect, elsewhere, in_thread


class Broken(Exception):
    pass


class Place:
    """Effects with their store, and what went wrong."""

    def __init__(self) -> None:
        self.failures: list[Exception] = []
        self.effects: Effects[Actions] = Effects(on_error=lambda error, action, effect: self.failures.append(error))
        self.store: Store[Actions] = Store(collect, (), middleware=[self.effects])

    async def until(self, *actions: Any) -> None:
        await self.store.wait_for(lambda state: state[-len(actions) :] == actions, timeout=PATIENCE)


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    place = Place()
    async with place.effects:
        yield place
    assert place.failures == []


@pytest.fixture
async def failing() -> AsyncIterator[Place]:
    place = Place()
    async with place.effects:
        yield place


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
    session = place.effects._session
    assert session is not None
    assert not session.hearing.busy
    place.store.dispatch(1)
    go.set()
    for _ in range(3):
        await asyncio.sleep(0)
    place.store.dispatch(2)
    await place.until((2,))
    assert not session.hearing.busy


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


@pytest.mark.looptime
async def test_an_action_that_comes_in_the_moment_in_which_the_time_is_over_counts(place: Place):
    @place.effects.on(str)
    async def waits(action: str, run: EffectRun[Actions]) -> None:
        run.dispatch([await run.take(int, timeout=0)])

    place.store.dispatch("begin")
    await asyncio.sleep(0)
    place.store.dispatch(1)
    await place.until([1])


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
    assert place.effects._session is not None
    assert not place.effects._session.hearing.busy  # the stream that was dropped is not filled any more


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


@pytest.mark.parametrize(
    ("wait", "words"),
    [
        (lambda run: run.take(), "got nothing"),
        (lambda run: run.take(int, timeout="1"), "timeout='1'"),
        (lambda run: run.condition(1), "the predicate"),
        (lambda run: run.actions(int, limit=0), "limit=0"),
        (lambda run: run.fork(1), "expected a coroutine"),
    ],
    ids=["take nothing", "take until text", "condition 1", "no actions", "fork 1"],
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


async def test_a_fork_runs_beside_and_gives_its_result(place: Place):
    @place.effects.on(str)
    async def parent(action: str, run: EffectRun[Actions]) -> None:
        async def child() -> int:
            return await run.take(int)

        fork = run.fork(child())
        run.dispatch([fork.done, await fork, fork.done])

    place.store.dispatch("begin")
    for _ in range(3):
        await asyncio.sleep(0)
    place.store.dispatch(3)
    await place.until([False, 3, True])


async def test_a_fork_is_cancelled_when_its_run_ends(place: Place):
    ended = asyncio.Event()

    async def child() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    @place.effects.on(str)
    async def parent(action: str, run: EffectRun[Actions]) -> None:
        run.fork(child())
        await asyncio.sleep(0)

    place.store.dispatch("begin")
    await ended.wait()


async def test_a_fork_can_be_cancelled_and_the_one_who_awaits_it_hears_of_it(place: Place):
    @place.effects.on(str)
    async def parent(action: str, run: EffectRun[Actions]) -> None:
        fork = run.fork(asyncio.Event().wait())
        fork.cancel()
        with pytest.raises(asyncio.CancelledError):
            await fork
        run.dispatch([fork.done])

    place.store.dispatch("begin")
    await place.until([True])


async def test_what_a_fork_raises_is_raised_to_the_one_who_awaits_it_or_told_when_the_run_ends(failing: Place):
    async def child(text: str) -> None:
        raise Broken(text)

    async def stubborn() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise Broken("in its end")

    @failing.effects.on(str)
    async def parent(action: str, run: EffectRun[Actions]) -> None:
        with pytest.raises(Broken, match="awaited"):
            await run.fork(child("awaited"))
        run.fork(child("forgotten"))
        run.fork(stubborn())
        for _ in range(3):
            await asyncio.sleep(0)
        assert failing.failures == []

    failing.store.dispatch("begin")
    for _ in range(10):
        await asyncio.sleep(0)
    assert sorted(map(str, failing.failures)) == ["forgotten", "in its end"]


async def test_a_run_that_forks_for_ever_keeps_no_fork_that_is_done(place: Place):
    forks: list[Fork[None]] = []

    @place.effects.on(str)
    async def parent(action: str, run: EffectRun[Actions]) -> None:
        for _ in range(10):
            await run.fork(asyncio.sleep(0))
            run.fork(asyncio.sleep(0))
        for _ in range(5):
            await asyncio.sleep(0)
        forks.extend(run._forks)
        run.dispatch(["over"])

    place.store.dispatch("begin")
    await place.until(["over"])
    assert forks == []


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
    assert not session.hearing.busy
