"""Replacing the reducer, restoring a state, arguments that cannot be used, and interrupts."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any

import pytest

from socketstore import DispatchError, ReducerError, Slice, Store, UsageError, combine_reducers
from tests.store.folding import PATIENCE, Actions, collect, elsewhere, in_thread


def test_replace_reducer_reduces_with_another_one_from_now_on():
    store: Store[Actions] = Store(collect, ())
    store.dispatch("a")
    store.replace_reducer(lambda state, action: (action, *state))
    store.dispatch("b")
    assert store.state == ("b", "a")


def test_replace_reducer_inside_a_listener_waits_its_turn():
    store: Store[Actions] = Store(collect, ())

    def answer(state: Actions) -> None:
        if state == ("a",):
            store.dispatch("b")
            store.replace_reducer(lambda state, action: (action, *state))
            store.dispatch("c")

    store.subscribe(answer)
    store.dispatch("a")
    assert store.state == ("c", "a", "b")


def test_replace_reducer_and_restore_inside_a_reducer_raise_dispatch_error():
    def reducer(state: int, action: Any) -> int:
        action()
        return state

    store = Store(reducer, 0)
    for change in (lambda: store.replace_reducer(reducer), lambda: store.restore(1)):
        with pytest.raises(DispatchError, match="was called inside the reducer"):
            store.dispatch(change)
    assert store.state == 0


def test_restore_jumps_to_a_state_and_tells_without_an_action():
    seen: list[Any] = []
    store = Store(collect, (), middleware=[lambda _, next: lambda action: (seen.append(action), next(action))[1]])
    told: list[Actions] = []
    store.subscribe(told.append)
    store.restore(("a", "b"))
    store.dispatch("c")
    assert told == [("a", "b"), ("a", "b", "c")]
    assert seen == ["c"]


def test_restore_inside_a_listener_waits_its_turn():
    store: Store[Actions] = Store(collect, ())
    told: list[Actions] = []
    store.subscribe(lambda state: store.restore(("jump",)) if state == ("a",) else None)
    store.subscribe(told.append)
    store.dispatch("a")
    assert told == [("a",), ("jump",)]


def test_restore_raises_together_what_listeners_raise():
    def listener(_: object) -> None:
        raise ValueError("broken")

    store: Store[Actions] = Store(collect, ())
    store.subscribe(listener)
    with pytest.raises(ExceptionGroup):
        store.restore(("a",))
    assert store.state == ("a",)


@pytest.mark.parametrize("store", [Store(lambda state, action: None, 0), Store(Slice(0), 0)])
def test_a_reducer_that_returns_none_is_refused(store: Store[Any]):
    store.replace_reducer(lambda state, action: None)
    with pytest.raises(
        ReducerError, match=r"lambda.* returned None for 'a'; expected a state. Return the state it was"
    ):
        store.dispatch("a")
    assert store.state == 0


def test_none_may_be_the_state_that_does_not_change():
    store = Store(lambda state, action: state, None)
    store.dispatch("a")
    assert store.state is None


@pytest.mark.parametrize(
    ("arguments", "offender"),
    [
        ({"listener": None}, "the listener is None"),
        ({"listener": 7}, r"the listener is 7 \(int\); expected a function of one value"),
        ({"listener": print, "select": 0}, r"select= is 0 \(int\)"),
        ({"listener": print, "select": "name"}, "select= is 'name'"),
        ({"listener": print, "select": len, "equal": True}, "equal= is True"),
        ({"listener": print, "equal": max}, "without select="),
        ({"listener": print, "via": "loop"}, "via= is 'loop'"),
    ],
)
def test_an_argument_of_subscribe_that_cannot_be_used_is_named_and_the_store_still_works(
    arguments: dict[str, Any], offender: str
):
    store: Store[Actions] = Store(collect, ())
    with pytest.raises(UsageError, match=offender):
        store.subscribe(**arguments)
    store.dispatch("a")
    assert store.state == ("a",)


def test_a_reducer_that_cannot_be_called_is_named_and_the_old_one_stays():
    with pytest.raises(UsageError, match=r"the reducer is None \(NoneType\); expected a function \(state, action\)"):
        Store(None, 0)  # type: ignore[arg-type]
    store: Store[Actions] = Store(collect, ())
    with pytest.raises(UsageError, match="the reducer is 'collect'"):
        store.replace_reducer("collect")  # type: ignore[arg-type]
    store.dispatch("a")
    assert store.state == ("a",)


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_an_interrupt_in_a_reducer_leaves_the_store_usable_from_every_thread(interrupt: type[BaseException]):
    store: Store[Actions] = Store(collect, ("a",))
    told: list[Actions] = []
    store.subscribe(told.append)
    with pytest.raises(interrupt):
        store.dispatch(interrupt())
    assert store.state == ("a",)
    elsewhere(lambda: store.dispatch("b"))
    store.dispatch("c")
    assert told == [("a", "b"), ("a", "b", "c")]


def test_an_interrupt_in_a_listener_leaves_the_store_usable_and_what_was_queued_still_runs():
    def listener(state: Actions) -> None:
        if state == ("a",):
            store.dispatch("b")
            raise KeyboardInterrupt

    store: Store[Actions] = Store(collect, ())
    told: list[Actions] = []
    store.subscribe(listener)
    store.subscribe(told.append)
    with pytest.raises(KeyboardInterrupt):
        store.dispatch("a")
    elsewhere(lambda: store.dispatch("c"))
    assert store.state == ("a", "b", "c")
    assert told == [("a", "b"), ("a", "b", "c")]


def test_an_interrupt_in_a_queued_action_leaves_the_rest_of_the_queue_to_the_next_dispatch():
    store: Store[Actions] = Store(collect, ())

    def answer(state: Actions) -> None:
        if state == ("a",):
            store.dispatch(KeyboardInterrupt())
            store.dispatch("b")

    store.subscribe(answer)
    with pytest.raises(KeyboardInterrupt):
        store.dispatch("a")
    assert store.state == ("a",)
    store.dispatch("c")
    assert store.state == ("a", "b", "c")


@pytest.fixture
def interrupted() -> Iterator[threading.Event]:
    """Let SIGUSR1 raise KeyboardInterrupt, once, and only inside of ``dispatch("mine")``."""
    done = threading.Event()

    def handler(_: int, frame: FrameType | None) -> None:
        while frame is not None and frame.f_code is not Store.dispatch.__code__:
            frame = frame.f_back
        if frame is not None and frame.f_locals["action"] == "mine" and not done.is_set():
            done.set()
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGUSR1, handler)
    yield done
    signal.signal(signal.SIGUSR1, before)


@pytest.mark.usefixtures("untraced")
def test_an_interrupt_while_waiting_for_another_threads_dispatch_is_raised_and_nothing_stays_locked(
    interrupted: threading.Event,
):
    store: Store[Actions] = Store(collect, ())
    telling, over = threading.Event(), threading.Event()

    def listener(state: Actions) -> None:
        if state == ("other",):
            telling.set()
            assert over.wait(PATIENCE)

    def interrupt() -> None:
        while not interrupted.wait(0.001):  # again and again: a signal just before the wait would not end it
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGUSR1)

    store.subscribe(listener)
    with in_thread(lambda: store.dispatch("other")):
        assert telling.wait(PATIENCE)
        with in_thread(interrupt), pytest.raises(KeyboardInterrupt):
            store.dispatch("mine")
        over.set()
    elsewhere(lambda: store.dispatch("a"))
    assert store.state == ("other", "a")


def test_a_reducer_may_be_any_callable():
    class Counter:
        def __call__(self, state: int, action: object) -> int:
            return state + 1

        def count(self, state: int, action: object) -> int:
            return state + 10

    store = Store(Counter(), 0)
    store.dispatch("a")
    store.replace_reducer(Counter().count)
    store.dispatch("b")
    store.replace_reducer(combine_counter)
    store.dispatch("c")
    assert store.state == 111


def combine_counter(state: int, action: object) -> int:
    return combine_reducers(count=lambda count, action: count + 100)({"count": state}, action)["count"]


def test_a_preview_is_what_an_action_would_lead_to_and_changes_nothing():
    store: Store[Actions] = Store(collect, (), middleware=[lambda _, __: lambda _: pytest.fail("seen")])
    store.subscribe(lambda _: pytest.fail("told"))
    assert store.preview("a") == ("a",)
    assert store.state == ()


def test_what_the_reducer_raises_in_a_preview_comes_through_and_the_store_works_on():
    store: Store[Actions] = Store(collect, ())
    with pytest.raises(KeyError):
        store.preview(KeyError())
    store.dispatch("a")
    assert store.state == ("a",)


@pytest.mark.parametrize("call", ["dispatch", "restore", "replace_reducer", "subscribe", "preview"])
def test_a_reducer_cannot_call_the_store_in_a_preview_either(call: str):
    def reducer(state: int, action: str) -> int:
        if action == "calls":
            getattr(store, call)(reducer)
        return state + 1

    store = Store(reducer, 0)
    with pytest.raises(DispatchError, match="inside the reducer"):
        store.preview("calls")
    store.dispatch("b")
    assert (store.state, store.reducer) == (1, reducer)


def test_a_listener_may_ask_for_a_preview():
    store: Store[Actions] = Store(collect, ())
    seen: list[Any] = []
    store.subscribe(lambda _: seen.append(store.preview("next")))
    store.subscribe(lambda state: store.dispatch("b") if state == ("a",) else None)
    store.dispatch("a")
    assert seen == [("a", "next"), ("a", "b", "next")]
