"""The event loop of the context, what is kept for it, and what comes from elsewhere."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import threading
import weakref
from typing import Any

import pytest

from socketstore import EffectRun, Effects, Store
from socketstore.middleware.effects import session
from socketstore.middleware.effects.inbox import Inbox
from tests.middleware.place import turns
from tests.store.folding import PATIENCE, Actions, collect, elsewhere


class Kept:
    pass


@pytest.fixture
def effects() -> Effects[Actions]:
    return Effects()


@pytest.fixture
def store(effects: Effects[Actions]) -> Store[Actions]:
    return Store(lambda state, action: state, (), middleware=[effects])


def test_nothing_is_kept_for_a_loop_that_was_closed_without_leaving(effects, store):
    @effects.on(str)
    async def takes(action: str, run: EffectRun[Actions]) -> None:
        await run.take(int)

    async def enter() -> None:
        await effects.__aenter__()

    loop = asyncio.new_event_loop()
    loop.run_until_complete(enter())
    store.dispatch("never begins")
    loop.close()
    action = Kept()
    kept = weakref.ref(action)
    store.dispatch(action)
    del action
    store.dispatch(1)
    gc.collect()
    assert kept() is None
    assert effects._session is None


async def test_an_effect_that_was_taken_away_is_let_go_of_when_its_runs_have_ended(effects, store):
    ended: list[str] = []

    async def effect(action: str, run: EffectRun[Actions]) -> None:
        await turns(2)
        ended.append(action)

    async with effects:
        effects.on(str)(effect)
        store.dispatch("begin")
        await turns(1)
        effects.off(effect)
        kept = weakref.ref(effect)
        del effect
        await turns()
        gc.collect()
        assert kept() is None
        assert ended == ["begin"]


def not_to_be_used(loop: asyncio.AbstractEventLoop, coroutine: Any, **_: Any) -> Any:
    """Stand in for the factory that Python has from 3.12 on."""
    coroutine.close()
    pytest.fail("a task was made that begins at once")


async def test_where_tasks_are_eager_effects_and_forks_begin_in_a_turn_of_their_own_as_well(
    effects, store, monkeypatch
):
    eager = getattr(asyncio, "eager_task_factory", not_to_be_used)
    monkeypatch.setattr(session, "EAGER", eager)
    asyncio.get_running_loop().set_task_factory(eager)
    heard: list[Any] = []

    async def child(run: EffectRun[Actions]) -> None:
        heard.append(await run.take(int))

    @effects.on(str)
    async def parent(action: str, run: EffectRun[Actions]) -> None:
        heard.append(action)
        await run.fork(child(run))

    async with effects:
        store.dispatch("begin")
        assert heard == []
        store.dispatch(1)
        await turns()
        assert heard == ["begin", 1]
        store.dispatch("too late")
    asyncio.get_running_loop().set_task_factory(None)  # for what ends this loop
    assert heard == ["begin", 1]


def test_a_loop_that_has_moved_to_another_thread_is_woken(effects):
    store = Store(collect, (), middleware=[effects])
    ran = threading.Event()

    @effects.on(str)
    async def note(action: str, run: EffectRun[Actions]) -> None:
        ran.set()

    loop = asyncio.new_event_loop()
    loop.run_until_complete(store.__aenter__())
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    store.dispatch("begin")
    assert ran.wait(PATIENCE)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(PATIENCE)
    loop.run_until_complete(store.__aexit__(None, None, None))
    loop.close()


def test_another_loop_in_the_thread_of_the_context_runs_nothing_of_it(effects, store):
    loops: list[Any] = []

    @effects.on(str)
    async def note(action: str, run: EffectRun[Actions]) -> None:
        loops.append(asyncio.get_running_loop())

    async def dispatch() -> None:
        store.dispatch("begin")

    first, second = asyncio.new_event_loop(), asyncio.new_event_loop()
    first.run_until_complete(store.__aenter__())
    second.run_until_complete(dispatch())
    assert loops == []
    first.run_until_complete(turns())
    assert loops == [first]
    first.run_until_complete(store.__aexit__(None, None, None))
    first.close()
    second.close()


async def test_a_run_has_the_context_variables_of_the_one_who_dispatched(effects, store):
    who = contextvars.ContextVar("who", default="nobody")
    seen: list[Any] = []

    @effects.on(int)
    async def note(action: int, run: EffectRun[Actions]) -> None:
        seen.append((action, who.get()))

    def work() -> None:
        who.set("the thread")
        store.dispatch(1)

    who.set("the loop")
    async with effects:
        elsewhere(work)
        store.dispatch(2)
        await turns()
    assert seen == [(1, "the thread"), (2, "the loop")]


async def test_working_off_ends_although_more_is_posted_meanwhile():
    inbox = Inbox(asyncio.get_running_loop())
    called: list[int] = []

    def call(number: int) -> None:
        called.append(number)
        if number < 50:
            inbox._calls.append(lambda: call(number + 1))  # as another thread does in this moment

    inbox.post(call, 1)
    assert called == [1]
    inbox.post(called.append, 0)
    assert called == [1, 2, 0]
