from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from socketstore import Action, Store, UsageError, thunk
from tests.store.folding import Actions, collect


class CalledUp(Action):
    def __call__(self) -> None:
        raise AssertionError


@pytest.fixture
def store() -> Store[Actions]:
    return Store(collect, (), middleware=[thunk])


def test_a_function_is_called_with_the_store_and_dispatch_returns_what_it_returns(store):
    def load(given: Store[Actions]) -> int:
        assert given is store
        given.dispatch("loading")
        given.dispatch("loaded")
        return len(given.state)

    assert store.dispatch(load) == 2
    assert store.state == ("loading", "loaded")


async def test_an_async_def_gives_its_coroutine_which_dispatches_when_it_is_awaited(store):
    async def load(store: Store[Actions]) -> str:
        store.dispatch("loading")
        await asyncio.sleep(0)
        store.dispatch("loaded")
        return "done"

    coroutine = store.dispatch(load)
    assert store.state == ()
    assert await coroutine == "done"
    assert store.state == ("loading", "loaded")


def test_a_thunk_may_dispatch_thunks(store):
    assert store.dispatch(lambda store: store.dispatch(lambda store: store.dispatch(1))) == 1
    assert store.state == (1,)


@pytest.mark.parametrize("action", [1, "text", None, CalledUp()], ids=repr)
def test_what_is_no_function_passes_and_so_does_every_action(store, action):
    assert store.dispatch(action) is action
    assert store.state == (action,)


def test_a_class_is_refused_and_the_store_still_works(store):
    with pytest.raises(UsageError, match=r"got the class CalledUp; expected an action: CalledUp\(\.\.\.\)"):
        store.dispatch(CalledUp)
    store.dispatch(1)
    assert store.state == (1,)


def test_a_generator_function_is_refused_as_it_would_not_run(store):
    def load(store: Store[Actions]) -> Iterator[None]:
        yield

    async def stream(store: Store[Actions]) -> AsyncIterator[None]:
        yield

    for function in (load, stream, functools.partial(load)):
        with pytest.raises(UsageError, match=r"got the generator function .*(load|stream), which would not run"):
            store.dispatch(function)
    assert store.state == ()


def test_an_object_with_a_call_that_is_no_action_is_called(store):
    class Load:
        def __call__(self, store: Store[Actions]) -> int:
            return 3

    assert store.dispatch(Load()) == 3
    assert store.state == ()


def test_what_a_thunk_raises_is_raised_and_what_it_dispatched_stays(store):
    def fails(store: Store[Actions]) -> None:
        store.dispatch(1)
        raise KeyError

    with pytest.raises(KeyError):
        store.dispatch(fails)
    assert store.state == (1,)


def test_inside_a_listener_a_thunk_is_queued(store):
    told: list[Any] = []

    def load(store: Store[Actions]) -> None:
        store.dispatch("by the thunk")

    store.subscribe(lambda state: told.append(store.dispatch(load)) if state == (1,) else None)
    store.dispatch(1)
    assert store.state == (1, "by the thunk")
    assert told == [load]
