from __future__ import annotations

import asyncio
from typing import Any

import pytest

from socketstore import Store, UsageError, WaitTimeout
from tests.store.folding import Actions, collect, elsewhere


async def waiting(store: Store[Actions], predicate: Any, within: float | None = None) -> asyncio.Task[Any]:
    """Return a task that waits for the predicate and has begun to."""

    async def wait() -> Actions:
        return await store.wait_for(predicate, timeout=within)

    task = asyncio.create_task(wait())
    await asyncio.sleep(0)
    return task


def nobody_listens(store: Store[Any]) -> bool:
    return not store._subscribers._all


async def test_a_state_that_satisfies_already_is_returned_at_once():
    store: Store[Actions] = Store(collect, ("a",))
    assert await store.wait_for(lambda state: "a" in state) is store.state
    assert await store.wait_for(lambda state: "a" in state, timeout=0) is store.state
    assert nobody_listens(store)


async def test_the_first_state_that_satisfies_is_returned():
    store: Store[Actions] = Store(collect, ())
    task = await waiting(store, lambda state: len(state) >= 2)
    for action in range(4):
        store.dispatch(action)
    assert await task == (0, 1)
    assert nobody_listens(store)


async def test_a_state_that_satisfied_for_a_moment_counts():
    store: Store[Actions] = Store(collect, ())
    task = await waiting(store, lambda state: state == ("a",))
    store.dispatch("a")
    store.restore(())
    assert await task == ("a",)


@pytest.mark.looptime
async def test_no_such_state_in_time_raises_wait_timeout_that_shows_the_state():
    store: Store[Actions] = Store(collect, ("only this",))
    begun = asyncio.get_running_loop().time()
    with pytest.raises(
        WaitTimeout, match=r"waited 60 s for a state that satisfies .*the state now is \('only this',\)"
    ):
        await store.wait_for(lambda state: len(state) > 1, timeout=60)
    assert asyncio.get_running_loop().time() - begun == pytest.approx(60)
    assert nobody_listens(store)


async def test_a_state_that_comes_in_the_moment_in_which_the_time_is_over_counts():
    store: Store[Actions] = Store(collect, ())
    task = await waiting(store, bool, within=0)
    store.dispatch("a")
    assert await task == ("a",)


@pytest.mark.parametrize("raised", [ValueError, TimeoutError, KeyError])
async def test_what_the_predicate_raises_is_raised_here_and_not_where_it_was_dispatched(raised: type[Exception]):
    def predicate(state: Actions) -> bool:
        if state:
            raise raised("broken")
        return False

    store: Store[Actions] = Store(collect, ())
    task = await waiting(store, predicate, within=1000)
    store.dispatch("a")
    with pytest.raises(raised, match="broken") as caught:
        await task
    assert caught.type is raised
    assert nobody_listens(store)


async def test_what_the_predicate_raises_at_once_is_raised():
    store: Store[Actions] = Store(collect, ())
    with pytest.raises(IndexError):
        await store.wait_for(lambda state: state[0])
    assert nobody_listens(store)


async def test_a_predicate_that_raises_stop_iteration_does_not_wait_for_ever():
    store: Store[Actions] = Store(collect, ())
    task = await waiting(store, lambda state: next(iter(state[1:])) if state else False)
    store.dispatch("a")
    with pytest.raises(RuntimeError, match="StopIteration"):
        await task


async def test_cancelling_ends_the_subscription():
    store: Store[Actions] = Store(collect, ())
    task = await waiting(store, bool)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert nobody_listens(store)


async def test_another_thread_may_dispatch_what_is_waited_for():
    store: Store[Actions] = Store(collect, ())
    task = await waiting(store, bool)
    elsewhere(lambda: store.dispatch("a"))
    assert await task == ("a",)


async def test_many_may_wait_at_once():
    store: Store[Actions] = Store(collect, ())
    tasks = [await waiting(store, lambda state, length=length: len(state) >= length) for length in range(1, 20)]
    for action in range(20):
        store.dispatch(action)
    assert [len(state) for state in await asyncio.gather(*tasks)] == list(range(1, 20))


def test_a_waiter_whose_loop_is_closed_does_not_disturb_the_store():
    store: Store[Actions] = Store(collect, ())
    waiters: list[Any] = []

    async def begin() -> None:
        waiter = store.wait_for(bool).__await__()
        next(waiter)
        waiters.append(waiter)

    def abandon() -> None:
        loop = asyncio.new_event_loop()
        loop.run_until_complete(begin())
        loop.close()

    elsewhere(abandon)
    store.dispatch("a")
    assert store.state == ("a",)
    waiters[0].close()
    assert nobody_listens(store)


@pytest.mark.parametrize(
    ("predicate", "timeout", "offender"),
    [(None, None, "the predicate is None"), (True, None, "the predicate is True"), (bool, "5", "timeout='5'")],
)
def test_an_argument_of_wait_for_that_cannot_be_used_is_named(predicate: Any, timeout: Any, offender: str):
    store: Store[Actions] = Store(collect, ())
    with pytest.raises(UsageError, match=offender):
        store.wait_for(predicate, timeout=timeout)
