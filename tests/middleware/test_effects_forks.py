"""What runs beside an effect: its results, its errors, its end."""

from __future__ import annotations

import asyncio

import pytest

from socketstore import EffectRun, Fork, UsageError
from tests.middleware.place import Place, turns
from tests.store.folding import Actions


class Broken(Exception):
    pass


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


async def test_what_a_fork_raises_is_raised_to_the_one_who_awaits_it_and_to_nobody_else(failing: Place):
    async def child() -> None:
        raise Broken

    @failing.effects.on(str)
    async def parent(action: str, run: EffectRun[Actions]) -> None:
        with pytest.raises(Broken):
            await run.fork(child())
        late = run.fork(child())
        await asyncio.sleep(0)
        with pytest.raises(Broken):
            await late
        run.dispatch(["over"])

    failing.store.dispatch("begin")
    await failing.until(["over"])
    await turns()
    assert failing.failures == []


async def test_a_fork_that_fails_while_nobody_awaits_it_is_told_at_once_and_cancels_its_run(failing: Place):
    ended: list[str] = []

    async def child() -> None:
        raise Broken("network down")

    @failing.effects.take_leading(str)
    async def parent(action: str, run: EffectRun[Actions]) -> None:
        run.fork(child())
        try:
            await run.take(int)
        finally:
            ended.append(action)

    for text in ("first", "second"):
        failing.store.dispatch(text)
        await turns()
    assert list(map(str, failing.failures)) == ["network down"] * 2
    assert ended == ["first", "second"]


async def test_what_a_fork_raises_after_its_run_has_ended_is_told(failing: Place):
    async def stubborn() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise Broken("in its end")

    @failing.effects.on(str)
    async def parent(action: str, run: EffectRun[Actions]) -> None:
        run.fork(stubborn())
        await asyncio.sleep(0)

    failing.store.dispatch("begin")
    await turns(10)
    assert list(map(str, failing.failures)) == ["in its end"]


async def test_a_sync_effect_that_is_timed_can_neither_fork_nor_wait(failing: Place):
    async def child() -> None: ...

    @failing.effects.throttle(1, str)
    def parent(action: str, run: EffectRun[Actions]) -> None:
        run.fork(child())

    failing.effects.throttle(1, str)(lambda action, run: run.take(int))
    failing.store.dispatch("begin")
    assert [type(error) for error in failing.failures] == [UsageError] * 2


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
