from __future__ import annotations

from typing import Any

import pytest

from socketstore import DispatchError, Store, UsageError
from tests.store.folding import Actions, collect, elsewhere


def naming(name: str, order: list[str]) -> Any:
    def middleware(_: Store[Any], next: Any) -> Any:
        order.append(f"build {name}")

        def dispatch(action: Any) -> Any:
            order.append(f"{name} before")
            result = next(action)
            order.append(f"{name} after")
            return result

        return dispatch

    return middleware


class Keeping:
    """A middleware that keeps `next`, to be called later."""

    def __call__(self, store: Store[Any], next: Any) -> Any:
        self.next = next
        return next


def thunk(store: Store[Any], next: Any) -> Any:
    return lambda action: action(store.dispatch) if callable(action) else next(action)


def test_the_first_middleware_sees_an_action_first_and_its_result_last():
    order: list[str] = []
    store = Store(collect, (), middleware=[naming("first", order), naming("last", order)])
    assert sorted(order) == ["build first", "build last"]
    order.clear()
    assert store.dispatch("a") == "a"
    assert order == ["first before", "last before", "last after", "first after"]


def test_dispatch_returns_what_the_middleware_returns():
    store = Store(collect, (), middleware=[lambda _, next: lambda action: (next(action), 42)[1]])
    assert store.dispatch("a") == 42


def test_middleware_may_change_drop_and_multiply_actions():
    def middleware(_: Store[Any], next: Any) -> Any:
        return lambda action: [next(action * times) for times in range(1, action + 1)]

    store = Store(collect, (), middleware=[middleware])
    store.dispatch(0)
    store.dispatch(3)
    assert store.state == (3, 6, 9)


def test_a_thunk_that_dispatches_before_the_reducer_is_reached_is_applied_at_once():
    store: Store[Actions] = Store(collect, (), middleware=[thunk])
    seen: list[Actions] = []

    def work(dispatch: Any) -> str:
        dispatch("a")
        seen.append(store.state)
        dispatch(lambda dispatch: dispatch("b"))
        seen.append(store.state)
        return "done"

    assert store.dispatch(work) == "done"
    assert seen == [("a",), ("a", "b")]


def test_a_queued_thunk_runs_what_waited_before_it_before_what_it_dispatches():
    store: Store[Actions] = Store(collect, (), middleware=[thunk])
    seen: list[Actions] = []

    def work(dispatch: Any) -> None:
        dispatch("c")
        seen.append(store.state)

    def answer(state: Actions) -> None:
        if state == ("a",):
            store.dispatch(work)
            store.dispatch("b")

    store.subscribe(answer)
    store.dispatch("a")
    assert store.state == ("a", "b", "c")
    assert seen == [("a", "b", "c")]


def test_an_error_of_what_a_thunk_dispatched_is_the_thunks_to_handle():
    store: Store[Actions] = Store(collect, (), middleware=[thunk])

    def work(dispatch: Any) -> str:
        try:
            dispatch(ValueError("broken"))
        except ValueError:
            return "handled"
        return "not raised"

    assert store.dispatch(work) == "handled"


def test_next_kept_and_called_outside_of_any_dispatch_applies_its_action():
    keeping = Keeping()
    store: Store[Actions] = Store(collect, (), middleware=[keeping])
    told: list[Actions] = []
    store.subscribe(lambda state: store.dispatch("b") if state == ("a",) else None)
    store.subscribe(told.append)
    assert keeping.next("a") == "a"
    assert told == [("a",), ("a", "b")]
    store.dispatch("c")
    assert store.state == ("a", "b", "c")


def test_next_kept_and_called_inside_a_listener_waits_its_turn():
    keeping = Keeping()
    store: Store[Actions] = Store(collect, (), middleware=[keeping])
    told: list[Actions] = []
    store.subscribe(lambda state: keeping.next("b") if state == ("a",) else None)
    store.subscribe(told.append)
    store.dispatch("a")
    assert told == [("a",), ("a", "b")]


def test_next_kept_and_called_from_another_thread_applies_its_action():
    keeping = Keeping()
    store: Store[Actions] = Store(collect, (), middleware=[keeping])
    elsewhere(lambda: keeping.next("a"))
    assert store.state == ("a",)


def test_next_kept_and_called_inside_a_reducer_raises_dispatch_error():
    keeping = Keeping()
    store: Store[int] = Store(lambda state, action: keeping.next(action), 0, middleware=[keeping])
    with pytest.raises(DispatchError, match="inside the reducer"):
        store.dispatch("a")
    with pytest.raises(DispatchError, match="inside the reducer"):
        keeping.next("a")


def test_next_kept_raises_what_the_reducer_raises():
    keeping = Keeping()
    store: Store[Actions] = Store(collect, (), middleware=[keeping])
    with pytest.raises(ValueError, match="broken"):
        keeping.next(ValueError("broken"))
    keeping.next("a")
    assert store.state == ("a",)


def test_an_error_after_next_leaves_the_action_applied_and_is_raised():
    def middleware(_: Store[Any], next: Any) -> Any:
        def dispatch(action: Any) -> Any:
            next(action)
            raise ValueError(action)

        return dispatch

    store: Store[Actions] = Store(collect, (), middleware=[middleware])
    with pytest.raises(ValueError, match="a"):
        store.dispatch("a")
    assert store.state == ("a",)


def test_an_error_of_middleware_and_one_of_a_listener_are_raised_together():
    def middleware(_: Store[Any], next: Any) -> Any:
        def dispatch(action: Any) -> Any:
            next(action)
            raise ValueError(action)

        return dispatch

    def listener(_: object) -> None:
        raise KeyError

    store: Store[Actions] = Store(collect, (), middleware=[middleware])
    store.subscribe(listener)
    with pytest.raises(ExceptionGroup) as caught:
        store.dispatch("a")
    assert caught.value.subgroup(ValueError)
    assert caught.value.subgroup(KeyError)


@pytest.mark.parametrize(
    ("middleware", "offender"),
    [
        ([None], "a middleware is None"),
        (["thunk"], "a middleware is 'thunk'"),
        (thunk, "middleware=<function thunk"),
        ([Keeping], r"the middleware Keeping takes \(\): .* Give an instance of it"),
        ([lambda store: lambda next: next], r"the middleware .*lambda.* takes \(store\): .*expected a function"),
        ([lambda store, next: None], r"what the middleware .*lambda.* returned is None"),
    ],
)
def test_unusable_middleware_is_named(middleware: Any, offender: str):
    with pytest.raises(UsageError, match=offender):
        Store(collect, (), middleware=middleware)


def test_a_middleware_of_which_no_signature_is_known_is_tried():
    class Written(Keeping):
        __signature__ = "in C"

    store: Store[Actions] = Store(collect, (), middleware=[Written()])
    store.dispatch("a")
    assert store.state == ("a",)


def test_what_a_middleware_raises_while_it_is_built_is_raised_by_the_store():
    def middleware(_: Store[Any], next: Any) -> Any:
        raise ValueError("no configuration")

    with pytest.raises(ValueError, match="no configuration"):
        Store(collect, (), middleware=[middleware])


def test_dispatching_while_the_middleware_is_built_raises_dispatch_error():
    def middleware(store: Store[Any], next: Any) -> Any:
        store.dispatch("too early")
        return next

    with pytest.raises(DispatchError, match=r"got 'too early' while the middleware was being built"):
        Store(collect, (), middleware=[middleware])


def test_middleware_may_read_the_state_and_subscribe_while_it_is_built():
    told: list[Any] = []

    def middleware(store: Store[Any], next: Any) -> Any:
        told.append(store.state)
        store.subscribe(told.append)
        return next

    Store(collect, ("start",), middleware=[middleware]).dispatch("a")
    assert told == [("start",), ("start", "a")]
