from __future__ import annotations

import asyncio
import gc
import weakref
from typing import Any

import pytest

from socketstore import Store, UsageError, WatchOverflow
from tests.store.folding import PATIENCE, Actions, collect, elsewhere, in_thread


async def started(coroutine: Any) -> asyncio.Task[Any]:
    """Return a task that has run up to its first wait."""
    task = asyncio.create_task(coroutine)
    await asyncio.sleep(0)
    return task


async def test_watch_gives_the_current_value_first_and_then_each_change():
    store: Store[Actions] = Store(collect, ("a",))
    watch = store.watch()
    assert await anext(watch) == ("a",)
    reading = await started(anext(watch))
    assert not reading.done()
    store.dispatch("b")
    assert await reading == ("a", "b")


async def test_latest_skips_what_a_slow_reader_missed():
    store: Store[Actions] = Store(collect, ())
    watch = store.watch(len)
    for action in range(5):
        store.dispatch(action)
    assert await anext(watch) == 5
    reading = await started(anext(watch))
    assert not reading.done()
    store.dispatch("f")
    assert await reading == 6


async def test_all_keeps_every_change():
    store: Store[Actions] = Store(collect, ())
    watch = store.watch(len, buffer="all")
    for action in range(5):
        store.dispatch(action)
    assert [await anext(watch) for _ in range(6)] == [0, 1, 2, 3, 4, 5]


async def test_all_is_bounded_and_a_reader_who_lost_changes_gets_what_was_kept_and_then_an_overflow():
    store: Store[Actions] = Store(collect, ())
    watch = store.watch(len, buffer="all", limit=3)
    for action in range(5):
        store.dispatch(action)
    assert [await anext(watch) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(WatchOverflow, match=r"3 changes were lost: .* more than 3 of them. Read faster, raise limit="):
        await anext(watch)
    with pytest.raises(StopAsyncIteration):
        await anext(watch)
    store.dispatch("on it goes")


async def test_a_selected_value_that_is_equal_is_no_change():
    store: Store[Actions] = Store(collect, ())
    async with store.watch(lambda state: len(state) // 2, equal=lambda new, old: new == old, buffer="all") as watch:
        for action in range(5):
            store.dispatch(action)
        assert [await anext(watch) for _ in range(3)] == [0, 1, 2]


async def test_a_cancelled_read_loses_nothing():
    store: Store[Actions] = Store(collect, ())
    watch = store.watch(len, buffer="all")
    await anext(watch)
    reading = await started(anext(watch))
    store.dispatch("a")
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    store.dispatch("b")
    assert [await anext(watch), await anext(watch)] == [1, 2]


async def test_aclose_ends_the_iteration_also_for_a_reader_that_waits():
    store: Store[Actions] = Store(collect, ())
    watch = store.watch()
    await anext(watch)
    reading = await started(anext(watch))
    await watch.aclose()
    with pytest.raises(StopAsyncIteration):
        await reading
    await watch.aclose()
    assert [value async for value in watch] == []


async def test_dropping_the_iterator_ends_the_subscription():
    store: Store[Actions] = Store(collect, ())
    selected = 0

    def select(state: Actions) -> int:
        nonlocal selected
        selected += 1
        return len(state)

    watch = store.watch(select)
    store.dispatch("a")
    before = selected
    alive = weakref.ref(watch)
    del watch
    gc.collect()
    assert alive() is None
    store.dispatch("b")
    assert selected == before


async def test_another_thread_may_dispatch_while_a_reader_waits():
    store: Store[Actions] = Store(collect, ())

    def work() -> None:
        for action in range(200):
            store.dispatch(action)

    with in_thread(work):
        async with asyncio.timeout(PATIENCE):
            watch = store.watch(len, buffer="all")
            seen = [await anext(watch)]
            while seen[-1] < 200:
                seen.append(await anext(watch))
    assert seen == list(range(seen[0], 201))


async def test_a_second_reader_is_refused_and_the_first_reads_on():
    store: Store[Actions] = Store(collect, ())
    watch = store.watch()
    await anext(watch)
    reading = await started(anext(watch))
    with pytest.raises(UsageError, match=r"read by another task; expected one reader. Call store.watch\(\) once"):
        await anext(watch)
    store.dispatch("a")
    assert await reading == ("a",)


async def test_a_reader_that_dispatches_hears_of_it():
    store: Store[Actions] = Store(collect, ())
    async for length in store.watch(len):
        if length == 5:
            break
        store.dispatch(length)
    assert store.state == (0, 1, 2, 3, 4)


async def test_a_select_that_raises_is_raised_by_watch():
    store: Store[Actions] = Store(collect, ())
    with pytest.raises(IndexError):
        store.watch(lambda state: state[0])


def test_a_reader_whose_loop_is_closed_does_not_disturb_the_store():
    store: Store[Actions] = Store(collect, ())
    watch = store.watch()

    def leave_a_reader_behind() -> Any:
        loop = asyncio.new_event_loop()
        loop.run_until_complete(anext(watch))
        reading = anext(watch)
        coroutine = reading.__await__()
        loop.run_until_complete(asyncio.wait_for(first_step(coroutine), None))
        loop.close()
        return coroutine

    async def first_step(coroutine: Any) -> None:
        next(coroutine)

    left_behind: list[Any] = []
    elsewhere(lambda: left_behind.append(leave_a_reader_behind()))
    store.dispatch("a")
    assert store.state == ("a",)
    left_behind[0].close()


@pytest.mark.parametrize(
    ("arguments", "offender"),
    [
        ({"buffer": "some"}, "buffer='some'; expected 'latest' or 'all'"),
        ({"limit": 0}, "limit=0; expected how many"),
        ({"limit": "many"}, "limit='many'; expected how many"),
        ({"select": 7}, "select= is 7"),
        ({"select": len, "equal": 7}, "equal= is 7"),
        ({"equal": max}, "without select="),
    ],
)
def test_an_argument_of_watch_that_cannot_be_used_is_named(arguments: dict[str, Any], offender: str):
    store: Store[Actions] = Store(collect, ())
    with pytest.raises(UsageError, match=offender):
        store.watch(**arguments)
    store.dispatch("a")
