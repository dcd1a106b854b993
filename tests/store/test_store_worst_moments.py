"""What happens to a store at the worst moment: in a finalizer, in a queue, at the end of a batch, in another thread."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from socketstore import ReducerError, Slice, SocketstoreError, Store, UsageError, combine_reducers
from socketstore.store.routes import MOST, Routes
from tests.store.folding import Actions, collect, elsewhere


class Cyclic:
    """Does something when the garbage collector finds it."""

    def __init__(self, work: Callable[[], object]) -> None:
        self.work = work
        self.itself = self

    def __del__(self) -> None:
        self.work()


class Last:
    """Does something as soon as nobody refers to it any more."""

    def __init__(self, work: Callable[[], object]) -> None:
        self._work = work

    def __call__(self, _: object) -> None:
        pass

    def __del__(self) -> None:
        self._work()


@pytest.mark.usefixtures("frozen_again")
async def test_a_finalizer_may_dispatch_while_a_watch_is_being_read():
    store: Store[Actions] = Store(collect, ())
    watch = store.watch()
    assert await anext(watch) == ()
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(1, 1, 1)  # the collector runs at every step, and looks at all that is not frozen
    try:
        for number in range(10):
            Cyclic(lambda number=number: store.dispatch(number))
            asyncio.get_running_loop().call_soon(gc.collect)  # at the latest: an idle loop makes no garbage
            async with asyncio.timeout(20):
                while store.state[-1:] != (number,):
                    await anext(watch)
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


@pytest.mark.parametrize("action", ["handled", KeyError()])
def test_what_a_finalizer_dispatches_while_somebody_unsubscribes_is_applied_at_once(action: Any):
    store: Store[Actions] = Store(collect, ())
    with suppress(KeyError):
        store.dispatch(action)
    before = store.state
    unsubscribe = store.subscribe(Last(lambda: store.dispatch("last words")))
    unsubscribe()
    del unsubscribe
    assert store.state == (*before, "last words")


def test_a_handler_that_comes_while_its_class_is_looked_up_is_not_lost():
    found: list[str] = []

    def find(kind: type[Any]) -> Any:
        found.append(kind.__name__)
        if len(found) == 1:
            routes.forget()  # another thread adds a handler, too late for this look-up
            return "old"
        return "new"

    routes: Routes[Any] = Routes(find)
    assert routes.find(int) == "new"
    assert routes.known == {int: "new"}


def test_classes_that_are_made_as_the_program_goes_are_not_kept_for_ever():
    counts: Slice[int] = Slice(0)
    counts.on(str)(lambda count, _: count + 1)
    store: Store[Any] = Store(combine_reducers(counts=counts), {"counts": 0})
    made = []
    for number in range(MOST + 1):
        kind = type(f"Text{number}", (str,), {})
        made.append(weakref.ref(kind))
        store.dispatch(kind())
    del kind
    gc.collect()
    assert sum(kind() is not None for kind in made) <= 2
    assert store.state == {"counts": MOST + 1}


class Interrupting:
    """Does something when the class of an action is looked up, as a finalizer or the handler of a signal may."""

    def __init__(self) -> None:
        self.work: Callable[[], object] = lambda: None

    def __get__(self, *_: object) -> None:
        self.work()


@pytest.mark.parametrize("middleware", [[], [lambda _, next: next]])
@pytest.mark.parametrize("before", [[], ["a"]], ids=["first", "later"])
def test_what_is_dispatched_while_the_class_of_an_action_is_looked_up_is_not_lost(
    middleware: list[Any], before: list[Any]
):
    class Rare:
        needs_middleware = Interrupting()

    told: list[Actions] = []
    store: Store[Actions] = Store(collect, (), middleware=middleware)
    store.subscribe(told.append)
    for one in before:
        store.dispatch(one)
    vars(Rare)["needs_middleware"].work = lambda: store.dispatch("in between")
    action = Rare()
    store.dispatch(action)
    assert store.state == (*before, "in between", action)
    assert told[-2:] == [(*before, "in between"), store.state]


class Looked(deque[Any]):
    """Does something after somebody has looked whether there is anything in it, as the handler of a signal may."""

    work: Callable[[], object] = staticmethod(lambda: None)

    def __bool__(self) -> bool:
        there = len(self) > 0
        if there:
            self.work()
        return there


def test_a_signal_whose_handler_works_the_queue_off_leaves_nothing_to_do_and_that_is_fine():
    def ignoring(_: Store[Any], next: Any) -> Any:
        return lambda action: action if action is None else next(action)

    store: Store[Actions] = Store(collect, (), middleware=[ignoring])
    store._waiting = waiting = Looked()

    def handle() -> None:
        if store.state == ("a",) and len(waiting) == 1:
            waiting.work = lambda: None  # type: ignore[method-assign]
            store.dispatch("of the signal")

    waiting.work = handle  # type: ignore[method-assign]

    def listener(state: Actions) -> None:
        if state == ("a",):
            store.dispatch(None)  # reaches no reducer: a passage that is over looks like one that has not begun
            store.dispatch("last")

    store.subscribe(listener)
    store.dispatch("a")
    assert store.state == ("a", "last", "of the signal")


def test_a_signal_whose_handler_takes_out_who_has_left_leaves_nobody_and_that_is_fine():
    store: Store[Actions] = Store(collect, ())
    told: list[Actions] = []
    store._subscribers._left = left = Looked()
    unsubscribe = store.subscribe(lambda state: None)
    store.subscribe(told.append)

    def handle() -> None:
        left.work = lambda: None  # type: ignore[method-assign]
        store._subscribers.sweep()

    left.work = handle  # type: ignore[method-assign]
    unsubscribe()
    store.dispatch("a")
    assert told == [("a",)]


def test_what_is_dispatched_while_the_reducer_is_replaced_is_not_lost():
    class Interrupted(Slice[Actions]):
        def check(self, state: Actions) -> None:
            if state == ():
                store.dispatch("in between")

    reducer = Interrupted(())
    reducer.on(str)(collect)
    store: Store[Actions] = Store(collect, ())
    store.replace_reducer(reducer)
    assert store.state == ("in between",)


@pytest.mark.parametrize("state", [5, [1], None, object()])
def test_a_reducer_for_another_kind_of_state_is_refused_and_the_old_one_stays(state: Any):
    store: Store[Any] = Store(lambda state, action: action, state)
    reducer = store.reducer
    with pytest.raises(UsageError, match=r"the state of <Combination of a> is .* expected a mapping"):
        store.replace_reducer(combine_reducers(a=Slice(0)))
    assert store.reducer is reducer
    store.dispatch("next")
    assert store.state == "next"


def test_a_batch_raises_what_its_body_raised_and_notes_what_listeners_did():
    store: Store[Actions] = Store(collect, ())

    @store.subscribe
    def failing(state: Actions) -> None:
        raise RuntimeError("the listener's")

    def batch() -> None:
        with store.batch():
            store.dispatch("a")
            raise KeyError("the body's")

    with pytest.raises(KeyError, match="the body's") as raised:
        batch()
    assert "RuntimeError: the listener's" in raised.value.__notes__[0]


async def test_a_task_that_is_cancelled_in_a_batch_is_cancelled_whatever_listeners_raise():
    store: Store[Actions] = Store(collect, ())
    store.subscribe(lambda state: 1 / 0)
    inside = asyncio.Event()

    async def work() -> None:
        with store.batch():
            store.dispatch("a")
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert task.cancelled()


def test_a_batch_whose_end_is_interrupted_holds_nothing_back(monkeypatch: pytest.MonkeyPatch):
    store: Store[Actions] = Store(collect, ())
    told: list[Actions] = []
    store.subscribe(told.append)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    def batch() -> None:
        with store.batch():
            store.dispatch("a")
            monkeypatch.setattr(store._subscribers, "release", interrupted)

    with pytest.raises(KeyboardInterrupt) as kept:  # it keeps the traceback, and so the batch
        batch()
    store.dispatch("b")
    assert told == [("a", "b")]
    assert kept.value.__traceback__ is not None


def test_a_queued_thunk_gets_its_own_errors_and_the_outermost_dispatch_the_others():
    heard: list[Any] = []

    def thunk(store: Store[Any], next: Any) -> Any:
        return lambda action: action() if callable(action) else next(action)

    store: Store[Actions] = Store(collect, (), middleware=[thunk])

    def queued() -> None:
        heard.append(store.dispatch("c"))
        with pytest.raises(LookupError):
            store.dispatch(LookupError("its own"))

    def listener(state: Actions) -> None:
        if state == ("a",):
            store.dispatch(queued)
            store.dispatch(ValueError("somebody else's"))

    store.subscribe(listener)
    with pytest.raises(ValueError, match="somebody else's"):
        store.dispatch("a")
    assert heard == ["c"]
    assert store.state == ("a", "c")


@pytest.mark.parametrize("middleware", [[], [lambda _, next: next]])
def test_what_a_dropped_batch_held_back_is_told_although_the_reducer_raises(middleware: list[Any]):
    kept: list[Any] = []

    def reducer(state: Actions, action: Any) -> Actions:
        if action == "drop":
            kept.clear()  # the generator ends here, and the batch with it
            raise KeyError(action)
        return (*state, action)

    store: Store[Actions] = Store(reducer, (), middleware=middleware)
    told: list[Actions] = []
    store.subscribe(told.append)

    def batching() -> Iterator[None]:
        with store.batch():
            store.dispatch("a")
            yield

    kept.append(batching())
    next(kept[0])
    with pytest.raises(KeyError):
        store.dispatch("drop")
    assert told == [("a",)]


@pytest.mark.parametrize("middleware", [[], [lambda _, next: next]])
def test_a_cancellation_from_a_reducer_ends_neither_the_task_that_dispatches_nor_the_queue(middleware: list[Any]):
    store: Store[Actions] = Store(collect, (), middleware=middleware)

    def listener(state: Actions) -> None:
        if state == ("a",):
            store.dispatch(asyncio.CancelledError())
            store.dispatch("after")
            raise ValueError("mine")

    store.subscribe(listener)
    with pytest.raises(ExceptionGroup) as raised:
        store.dispatch("a")
    assert store.state == ("a", "after")
    assert raised.group_contains(ValueError, match="mine")
    assert raised.group_contains(SocketstoreError, match="CancelledError")
    with pytest.raises(SocketstoreError, match="a reducer or a middleware raised CancelledError"):
        store.dispatch(asyncio.CancelledError())


def test_none_is_a_state_where_the_slice_begins_with_it_or_it_was_restored():
    empty: Slice[Any] = Slice(None)
    empty.on(str)(lambda state, action: None if action == "leave" else action)
    hydrated = Store(empty, "a")
    hydrated.dispatch("leave")
    assert hydrated.state is None
    store: Store[Any] = Store(lambda state, action: action, "a")
    with pytest.raises(ReducerError):
        store.dispatch(None)
    store.restore(None)
    store.dispatch("b")
    store.dispatch(None)
    assert store.state is None


def test_calling_the_store_in_a_reducer_names_the_handler_that_did():
    counts: Slice[int] = Slice(0)

    @counts.on(str)
    def counted(state: int, action: str) -> int:
        store.dispatch("again")
        return state

    store: Store[Any] = Store(combine_reducers(counts=counts), {"counts": 0})
    with pytest.raises(RuntimeError, match=r"inside the reducer .*counted of 'counts'; a reducer only computes"):
        store.dispatch("a")
    assert store.dispatch(7) == 7


def test_from_every_thread_the_store_works_afterwards():
    store: Store[Actions] = Store(collect, ())
    with pytest.raises(SocketstoreError):
        store.dispatch(asyncio.CancelledError())
    elsewhere(lambda: store.dispatch("a"))
    assert store.state == ("a",)
