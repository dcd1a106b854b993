"""What an effect is handed, when it runs, and where its errors go."""

from __future__ import annotations

import asyncio
import functools
import logging
import threading
from typing import Any, Literal, NewType, Optional, Protocol, runtime_checkable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socketstore import EffectRun, Effects, ReducerError, Store, UsageError, async_request
from tests.store.folding import Actions, collect, elsewhere


class Opened(str):
    __slots__ = ()


class Reopened(Opened):
    __slots__ = ()


class Broken(Exception):
    pass


def store_with(effects: Effects[Actions], *more: Any) -> Store[Actions]:
    return Store(collect, (), middleware=[effects, *more])


def test_a_sync_effect_runs_at_once_after_the_reducer_and_the_subscribers():
    told: list[Any] = []
    effects: Effects[Actions] = Effects()
    store = store_with(effects)
    store.subscribe(lambda state: told.append(("subscriber", state)))

    @effects.on(Opened)
    def note(action: Opened, run: EffectRun[Actions]) -> None:
        told.append((action, run.before, run.after, run.state, threading.current_thread()))

    store.dispatch(Opened("a"))
    elsewhere(lambda: store.dispatch(Opened("b")))
    assert [entry[0] for entry in told] == ["subscriber", "a", "subscriber", "b"]
    assert told[1] == ("a", (), ("a",), ("a",), threading.current_thread())
    assert told[3][1:3] == (("a",), ("a", "b"))
    assert told[3][4] is not threading.current_thread()


@pytest.mark.parametrize(
    ("triggers", "heard"),
    [
        ((Opened,), ["a", "b"]),
        ((Reopened,), ["b"]),
        ((int, Reopened), ["b", 1]),
        ((lambda action: action == 1,), [1]),
        ((Reopened, lambda action: action == "b"), ["b"]),
        ((object,), ["a", "b", 1]),
    ],
)
def test_an_effect_hears_its_classes_with_their_subclasses_and_its_predicates_once_for_an_action(triggers, heard):
    seen: list[Any] = []
    effects: Effects[Actions] = Effects()
    effects.on(*triggers)(lambda action, run: seen.append(action))
    store = store_with(effects)
    for action in (Opened("a"), Reopened("b"), 1):
        store.dispatch(action)
    assert seen == heard


@given(st.lists(st.sampled_from(["a", "b", "ab", "c"]), max_size=6), st.integers(0, 3))
def test_what_effects_dispatch_is_queued_first_in_first_out(said: list[str], depth: int):
    """Against a model: a queue of actions, where each one that is applied puts what its effects say at the end."""
    effects: Effects[Actions] = Effects()

    def answer(letter: str, action: tuple[str, int], run: EffectRun[Actions]) -> None:
        text, level = action
        if letter in text and level < depth:
            run.dispatch((text + letter, level + 1))
            run.dispatch((letter, level + 1))

    for letter in "ab":
        effects.on(tuple)(functools.partial(answer, letter))
    store = store_with(effects)
    told: list[Actions] = []
    store.subscribe(told.append)
    expected: list[tuple[str, int]] = []
    for text in said:
        store.dispatch((text, 0))
        waiting = [(text, 0)]
        while waiting:
            text, level = waiting.pop(0)
            expected.append((text, level))
            for letter in "ab":
                if letter in text and level < depth:
                    waiting += [(text + letter, level + 1), (letter, level + 1)]
    assert list(store.state) == expected
    assert [state[-1] for state in told] == expected


def test_effects_start_in_the_order_in_which_they_were_registered():
    order: list[str] = []
    effects: Effects[Actions] = Effects()
    effects.on(object)(lambda action, run: order.append("predicate or class"))
    effects.on(str)(lambda action, run: order.append("its class"))
    effects.on(lambda action: True)(lambda action, run: order.append("predicate"))
    store_with(effects).dispatch("a")
    assert order == ["predicate or class", "its class", "predicate"]


def test_every_action_of_a_batch_has_its_effect_although_subscribers_are_told_at_the_end():
    order: list[Any] = []
    effects: Effects[Actions] = Effects()
    store = store_with(effects)
    store.subscribe(lambda state: order.append("subscriber"))
    effects.on(int)(lambda action, run: order.append((run.before, run.after)))
    with store.batch():
        store.dispatch(1)
        store.dispatch(2)
    assert order == [((), (1,)), ((1,), (1, 2)), "subscriber"]


def test_an_action_on_which_the_reducer_raises_has_no_effect():
    seen: list[Any] = []
    effects: Effects[Actions] = Effects()
    store = Store(lambda state, action: None, 0, middleware=[effects])
    effects.on(object)(lambda action, run: seen.append(action))
    with pytest.raises(ReducerError):
        store.dispatch("a")
    assert seen == []


def test_effects_are_registered_and_removed_while_the_store_lives():
    seen: list[Any] = []
    effects: Effects[Actions] = Effects()
    store = store_with(effects)
    store.dispatch(1)

    @effects.on(int)
    @effects.on(str)
    def note(action: int | str, run: EffectRun[Actions]) -> None:
        seen.append(action)

    store.dispatch(2)
    store.dispatch("two")
    effects.off(note)
    store.dispatch(3)
    store.dispatch("three")
    assert seen == [2, "two"]
    with pytest.raises(UsageError, match=r"note, which is not registered"):
        effects.off(note)


def test_an_effect_that_removes_a_later_one_is_obeyed_at_once():
    seen: list[Any] = []
    effects: Effects[Actions] = Effects()
    store = store_with(effects)
    effects.on(int)(lambda action, run: effects.off(later))

    @effects.on(int)
    def later(action: int, run: EffectRun[Actions]) -> None:
        seen.append(action)

    store.dispatch(1)
    assert seen == []


def test_an_error_goes_to_the_handler_and_neither_to_the_store_nor_to_the_other_effects():
    failures: list[Any] = []
    seen: list[Any] = []
    effects: Effects[Actions] = Effects(on_error=lambda error, action, effect: failures.append((error, action, effect)))
    store = store_with(effects)

    @effects.on(int)
    def fails(action: int, run: EffectRun[Actions]) -> None:
        raise Broken

    @effects.on(lambda action: 1 / 0)
    def never(action: object, run: EffectRun[Actions]) -> None:
        seen.append("never")

    effects.on(int)(lambda action, run: seen.append(action))
    assert store.dispatch(1) == 1
    assert seen == [1]
    assert [(type(error), action, effect) for error, action, effect in failures] == [
        (Broken, 1, fails),
        (ZeroDivisionError, 1, never),
    ]


def test_a_sync_effect_that_asked_a_cancelled_future_is_told_as_an_error():
    failures: list[Exception] = []
    effects: Effects[Actions] = Effects(on_error=lambda error, action, effect: failures.append(error))
    store = store_with(effects)

    @effects.on(int)
    def asks(action: int, run: EffectRun[Actions]) -> None:
        raise asyncio.CancelledError

    store.dispatch(1)
    assert "raised CancelledError" in str(failures[0])
    assert isinstance(failures[0], Exception)


@pytest.mark.parametrize("raised", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_passes_through(raised: type[BaseException]):
    effects: Effects[Actions] = Effects()
    store = store_with(effects)

    @effects.on(int)
    def interrupted(action: int, run: EffectRun[Actions]) -> None:
        raise raised

    with pytest.raises(raised):
        store.dispatch(1)
    assert store.state == (1,)
    store.dispatch("goes on")
    assert store.state == (1, "goes on")


def test_without_a_handler_an_error_is_logged_with_its_traceback(caplog: pytest.LogCaptureFixture):
    effects: Effects[Actions] = Effects()
    store = store_with(effects)

    @effects.on(int)
    def fails(action: int, run: EffectRun[Actions]) -> None:
        raise Broken("why")

    store.dispatch(1)
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("socketstore.effects", logging.ERROR)
    assert "fails raised on 1" in record.getMessage()
    assert "Broken: why" in caplog.text
    assert "Traceback" in caplog.text


def test_an_error_of_the_handler_is_logged_as_well(caplog: pytest.LogCaptureFixture):
    def handler(error: Exception, action: Any, effect: Any) -> None:
        raise Broken("the handler")

    effects: Effects[Actions] = Effects(on_error=handler)
    store = store_with(effects)
    effects.on(int)(lambda action, run: 1 / 0)
    store.dispatch(1)
    assert "Broken: the handler" in caplog.text
    assert "ZeroDivisionError" in caplog.text
    assert store.state == (1,)


def test_a_sync_effect_that_returns_a_coroutine_is_told_so_at_once():
    failures: list[Exception] = []
    effects: Effects[Actions] = Effects(on_error=lambda error, action, effect: failures.append(error))
    store = store_with(effects)

    async def work() -> None: ...

    effects.on(int)(lambda action, run: work())
    store.dispatch(1)
    assert isinstance(failures[0], UsageError)
    assert "which nobody awaits; expected an async def" in str(failures[0])


def test_a_sync_effect_cannot_wait_nor_fork():
    failures: list[Exception] = []
    effects: Effects[Actions] = Effects(on_error=lambda error, action, effect: failures.append(error))
    store = store_with(effects)

    async def work() -> None: ...

    effects.on(int)(lambda action, run: run.cancel_active())
    effects.on(int)(lambda action, run: run.take(str))
    effects.on(int)(lambda action, run: run.condition(bool))
    effects.on(int)(lambda action, run: run.actions(str))
    effects.on(int)(lambda action, run: run.fork(work()))
    store.dispatch(1)
    assert [type(error) for error in failures] == [UsageError] * 4
    assert all("a sync effect can neither wait nor fork" in str(error) for error in failures)


def test_an_async_effect_without_its_context_is_loud_and_the_state_has_changed():
    seen: list[Any] = []
    effects: Effects[Actions] = Effects()
    store = store_with(effects)

    @effects.on(int)
    async def waits(action: int, run: EffectRun[Actions]) -> None:
        raise AssertionError

    @effects.debounce(1, int)
    def later(action: int, run: EffectRun[Actions]) -> None:
        raise AssertionError

    effects.on(int)(lambda action, run: seen.append(action))
    with pytest.raises(UsageError, match=r"waits, .*later need an event loop; expected .* inside async with store"):
        store.dispatch(1)
    assert store.state == (1,)
    assert seen == [1]
    store.dispatch("others do")


async def test_a_loop_that_was_closed_without_leaving_counts_as_left():
    effects: Effects[Actions] = Effects()
    store = store_with(effects)

    @effects.on(int)
    async def waits(action: int, run: EffectRun[Actions]) -> None:
        run.dispatch("ran")

    async def enter() -> None:
        await effects.__aenter__()

    elsewhere(lambda: asyncio.run(enter()))
    with pytest.raises(UsageError, match="need an event loop"):
        store.dispatch(1)
    async with effects:
        store.dispatch(2)
        await store.wait_for(lambda state: "ran" in state, timeout=5)


class Unchecked(Protocol):
    n: int


@runtime_checkable
class Numbered(Protocol):
    n: int


def same(action: object, run: object) -> None: ...


@async_request
async def ask_for_number(number: int) -> int:
    return number


def test_a_protocol_that_can_be_checked_is_a_class_of_actions():
    class One:
        n = 1

    seen: list[Any] = []
    effects: Effects[Actions] = Effects()
    effects.on(Numbered)(lambda action, run: seen.append(action))
    store, one = store_with(effects), One()
    store.dispatch("other")
    store.dispatch(one)
    assert seen == [one]
    assert store.state == ("other", one)


def not_a_predicate(action: object, run: object) -> None: ...


def no_effect(action: object) -> None: ...


def generator(action: object, run: object) -> Any:
    yield


async def async_generator(action: object, run: object) -> Any:
    yield


async def async_predicate(action: object) -> bool:
    return True


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        pytest.param(lambda effects: effects.on(), "got nothing; expected an action class", id="nothing"),
        pytest.param(lambda effects: effects.on("opened"), "expected an action class, or a predicate", id="text"),
        pytest.param(
            lambda effects: effects.on(not_a_predicate),
            "expected an action class, or a predicate",
            id="a predicate of two arguments",
        ),
        pytest.param(
            lambda effects: effects.on(async_predicate),
            "expected an action class, or a predicate",
            id="an async predicate",
        ),
        pytest.param(
            lambda effects: effects.on(int)("effect"),
            r"expected a function \(action, run\)",
            id="an effect that is no function",
        ),
        pytest.param(
            lambda effects: effects.on(int)(no_effect),
            r"expected a function \(action, run\)",
            id="an effect of one argument",
        ),
        pytest.param(
            lambda effects: effects.on(int)(generator), r"expected a function \(action, run\)", id="a generator"
        ),
        pytest.param(
            lambda effects: effects.on(int)(async_generator),
            r"expected a function \(action, run\)",
            id="an async generator",
        ),
        pytest.param(
            lambda effects: effects.debounce(int),
            "for the seconds; expected a number above 0",
            id="debounce without seconds",
        ),
        pytest.param(lambda effects: effects.debounce(1), "got nothing", id="debounce of nothing"),
        pytest.param(lambda effects: effects.throttle(0, int), "for the seconds", id="throttle 0"),
        pytest.param(lambda effects: effects.throttle(float("nan"), int), "for the seconds", id="throttle nan"),
        pytest.param(lambda effects: effects.throttle(float("inf"), int), "for the seconds", id="throttle inf"),
        pytest.param(lambda effects: effects.throttle(True, int), "for the seconds", id="throttle True"),
        pytest.param(lambda effects: effects.on(list[int]), "expected an action class", id="list[int]"),
        pytest.param(lambda effects: effects.on(int | str), "Give A, B for A | B", id="int | str"),
        pytest.param(lambda effects: effects.on(Optional[int]), "expected an action class", id="Optional[int]"),  # noqa: UP045
        pytest.param(lambda effects: effects.on(Literal["a"]), "expected an action class", id="Literal"),
        pytest.param(lambda effects: effects.on(NewType("New", int)), "expected an action class", id="NewType"),
        pytest.param(lambda effects: effects.on(Any), "expected an action class", id="Any"),
        pytest.param(lambda effects: effects.on(Unchecked), "expected an action class", id="a protocol"),
        pytest.param(lambda effects: effects.on(ask_for_number), "one of its action classes", id="request"),
        pytest.param(
            lambda effects: [effects.on(kind)(same) for kind in (int, bool)], "registered already", id="twice"
        ),
        pytest.param(lambda effects: [effects.on(max)(same) for _ in "12"], "registered already", id="max twice"),
        pytest.param(lambda effects: Store(collect, (), middleware=[effects] * 2), "middleware twice", id="2"),
        pytest.param(lambda effects: Effects(on_error=1), "on_error=.*expected a function", id="on_error 1"),
        pytest.param(lambda effects: Effects(on_error=async_predicate), "on_error=", id="an async on_error"),
    ],
)
def test_what_cannot_be_used_is_refused_and_the_store_still_works(bad, words):
    effects: Effects[Actions] = Effects()
    store = store_with(effects)
    with pytest.raises(UsageError, match=words):
        bad(effects)
    store.dispatch(1)
    assert store.state == (1,)


def test_a_function_that_does_not_tell_its_arguments_is_taken():
    effects: Effects[Actions] = Effects()
    effects.on(int)(max)  # written in C: its signature is unknown, and what it raises goes to the handler
    assert store_with(effects).state == ()


def test_one_that_nobody_runs_yet_is_taken_over_by_the_next_store_and_the_old_one_says_so():
    effects: Effects[Actions] = Effects()
    seen: list[Any] = []
    effects.on(str)(lambda action, run: seen.append((action, run.store)))

    @effects.on(int)
    async def waits(action: int, run: EffectRun[Actions]) -> None: ...

    first, second = store_with(effects), store_with(effects)
    first.dispatch("one")
    second.dispatch("two")
    assert seen == [("one", first), ("two", second)]
    with pytest.raises(UsageError, match=r"waits serve another store by now"):
        first.dispatch(1)
