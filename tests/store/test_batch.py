from __future__ import annotations

import threading
from contextlib import ExitStack
from typing import Any

import pytest

from socketstore import DispatchError, Store
from socketstore.store.subscribers import OVERLAPS
from tests.store.folding import PATIENCE, Actions, collect, elsewhere, in_thread


def told_store() -> tuple[Store[Actions], list[Actions]]:
    store: Store[Actions] = Store(collect, ())
    told: list[Actions] = []
    store.subscribe(told.append)
    return store, told


def dispatch_and_raise(store: Store[Actions], error: BaseException) -> None:
    store.dispatch("a")
    raise error


def test_batches_nest_and_the_outermost_tells():
    store, told = told_store()
    with store.batch():
        with store.batch():
            store.dispatch("a")
        assert told == []
        store.dispatch("b")
    assert told == [("a", "b")]


def test_a_batch_in_which_nothing_changed_tells_nobody():
    store, told = told_store()
    with store.batch():
        pass
    assert told == []


def test_a_batch_that_ends_where_it_began_tells_nobody():
    store, told = told_store()
    before = store.state
    with store.batch():
        store.dispatch("a")
        store.restore(before)
    assert told == []


def test_a_batch_that_is_left_by_an_error_tells_what_was_dispatched_and_the_next_one_works():
    store, told = told_store()
    with pytest.raises(ValueError, match="broken"), store.batch():
        dispatch_and_raise(store, ValueError("broken"))
    assert told == [("a",)]
    with store.batch():
        store.dispatch("b")
    assert told[1:] == [("a", "b")]


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, SystemExit])
def test_a_batch_that_is_left_by_an_interrupt_tells_as_well(interrupt: type[BaseException]):
    store, told = told_store()
    with pytest.raises(interrupt), store.batch():
        dispatch_and_raise(store, interrupt())
    assert told == [("a",)]


def test_a_reducer_that_raises_inside_a_batch_raises_there_and_the_rest_is_told():
    store, told = told_store()
    with store.batch():
        store.dispatch("a")
        with pytest.raises(ValueError, match="broken"):
            store.dispatch(ValueError("broken"))
        store.dispatch("b")
    assert told == [("a", "b")]


def test_what_listeners_raise_is_raised_at_the_end_of_the_batch():
    store, told = told_store()

    def listener(_: object) -> None:
        raise ValueError("broken")

    store.subscribe(listener)
    batch = store.batch()
    with batch:
        store.dispatch("a")
        batch_body_ended = True
        with pytest.raises(ExceptionGroup, match="1 of the store's listeners raised"):
            batch.__exit__(None, None, None)
    assert batch_body_ended
    assert told == [("a",)]


def test_a_batch_inside_a_listener_is_told_once_and_after_the_notification_under_way():
    store, told = told_store()

    def answer(state: Actions) -> None:
        if state == ("a",):
            with store.batch():
                store.dispatch("b")
                store.dispatch("c")
            assert store.state == ("a",)

    store.subscribe(answer)
    store.dispatch("a")
    assert told == [("a",), ("a", "b", "c")]


def test_a_batch_inside_a_reducer_raises_dispatch_error_and_leaves_nothing_held():
    def reducer(state: Actions, action: Any) -> Actions:
        if action == "nested":
            with store.batch():
                pass
        return collect(state, action)

    store = Store(reducer, ())
    told: list[Actions] = []
    store.subscribe(told.append)
    with pytest.raises(DispatchError):
        store.dispatch("nested")
    store.dispatch("a")
    assert told == [("a",)]


def test_what_another_thread_dispatches_during_a_batch_is_applied_at_once_and_told_at_the_end():
    store, told = told_store()
    with store.batch():
        store.dispatch("a")
        elsewhere(lambda: store.dispatch("b"))
        assert store.state == ("a", "b")
        assert told == []
    assert told == [("a", "b")]


def test_batches_of_several_threads_overlap_and_the_last_to_end_tells():
    store, told = told_store()
    begun, ended = threading.Event(), threading.Event()

    def other() -> None:
        with store.batch():
            store.dispatch("b")
            begun.set()
            assert ended.wait(PATIENCE)

    with in_thread(other):
        with store.batch():
            assert begun.wait(PATIENCE)
            store.dispatch("a")
        assert told == []
        ended.set()
    assert told == [("b", "a")]


def overlap(store: Store[Actions], batches: int) -> ExitStack:
    """Begin each batch before the one before it ends, as threads do, and dispatch in each; return the last."""
    current = ExitStack()
    current.enter_context(store.batch())
    for number in range(batches):
        after = ExitStack()
        after.enter_context(store.batch())
        store.dispatch(str(number))
        current.close()
        current = after
    return current


def test_batches_that_overlap_without_end_do_not_silence_the_subscribers():
    store, told = told_store()
    last = overlap(store, 10 * OVERLAPS)
    assert 8 <= len(told) <= 10
    last.close()
    assert told[-1] == store.state
    store.dispatch("after")
    assert told[-1] == store.state


def test_a_batch_that_goes_on_while_others_come_and_go_is_told_at_its_end():
    store, told = told_store()
    with store.batch():
        for number in range(10 * OVERLAPS):
            with store.batch():
                store.dispatch(str(number))
        overlap(store, 10 * OVERLAPS).close()
        assert told == []
    assert told == [store.state]


def test_an_error_that_waits_before_a_batch_in_a_queued_thunk_does_not_hold_the_store_for_ever():
    def thunk(store: Store[Any], next: Any) -> Any:
        return lambda action: action() if callable(action) else next(action)

    store: Store[Actions] = Store(collect, (), middleware=[thunk])
    told: list[Actions] = []

    def work() -> None:
        with store.batch():
            store.dispatch("b")

    def answer(state: Actions) -> None:
        if state == ("a",):
            store.dispatch(work)
            store.dispatch(ValueError("broken"))

    store.subscribe(answer)
    store.subscribe(told.append)
    with pytest.raises(ValueError, match="broken"):
        store.dispatch("a")
    store.dispatch("c")
    assert told[-1] == store.state


def test_a_listener_that_subscribed_inside_a_batch_hears_of_a_jump_back():
    store, _ = told_store()
    before = store.state
    late: list[Actions] = []
    with store.batch():
        store.dispatch("a")
        store.subscribe(late.append)
        store.restore(before)
    assert late == [before]
