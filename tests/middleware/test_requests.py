"""Requests: what they dispatch, what comes back, and what is refused."""

from __future__ import annotations

import asyncio
import functools
import io
import math
import pickle
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socketstore import (
    Action,
    EncodeError,
    RequestAction,
    RequestFulfilled,
    RequestPending,
    RequestRejected,
    Slice,
    Store,
    UsageError,
    async_request,
    open_log,
    record,
    replay,
    thunk,
)
from tests.store.folding import Actions, collect


class Person(Action):
    id: int
    name: str


@async_request
async def fetch_person(person_id: int) -> Person:
    """Fetch one."""
    await asyncio.sleep(0)
    if person_id < 0:
        raise LookupError("nobody")
    return Person(id=person_id, name="Ada")


@async_request(name="things/all")
async def things(
    a: int, /, b: str = "b", *, _c: float = 1.5, json: tuple[bytes, ...] = ()
) -> tuple[int, str, float, tuple[bytes, ...]]:
    return (a, b, _c, json)


@async_request
async def everything(value: Any) -> Any:
    return value


@async_request
async def say_nothing() -> None:
    return None


@async_request
async def returns_the_wrong_thing() -> int:
    return "three"  # type: ignore[return-value]


@pytest.fixture
def store() -> Store[Actions]:
    return Store(collect, (), middleware=[thunk])


async def test_a_request_tells_pending_then_fulfilled_and_gives_its_result(store):
    request = fetch_person(42)
    person = await store.dispatch(request)
    pending, fulfilled = store.state
    assert person == Person(id=42, name="Ada")
    assert isinstance(pending, fetch_person.pending)
    assert isinstance(fulfilled, fetch_person.fulfilled)
    assert (pending.type, fulfilled.type) == ("fetchPerson/pending", "fetchPerson/fulfilled")
    assert pending.request_id == fulfilled.request_id == request.request_id
    assert pending.arguments.person_id == fulfilled.arguments.person_id == 42
    assert fulfilled.result is person


async def test_without_thunk_it_is_called_with_the_store():
    store: Store[Actions] = Store(collect, ())
    assert (await fetch_person(1)(store)).id == 1
    assert len(store.state) == 2


async def test_each_request_has_an_id_of_its_own_or_that_from_outside(store):
    first, second = fetch_person(1), fetch_person(1)
    assert first.request_id != second.request_id
    await first.with_id("mine")(store)
    assert {action.request_id for action in store.state} == {"mine"}
    with pytest.raises(UsageError, match=r"with_id\(\) got 3"):
        first.with_id(3)


async def test_what_the_function_raises_is_told_and_raised(store):
    with pytest.raises(LookupError, match="nobody"):
        await store.dispatch(fetch_person(-1))
    rejected = store.state[-1]
    assert isinstance(rejected, fetch_person.rejected)
    assert (rejected.error, rejected.message, rejected.cancelled) == ("LookupError", "nobody", False)
    assert rejected.arguments.person_id == -1


async def test_a_request_that_is_cancelled_tells_so_and_stays_cancelled(store):
    task = asyncio.create_task(store.dispatch(fetch_person(1)))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (store.state[-1].error, store.state[-1].cancelled) == ("CancelledError", True)
    assert [type(action) for action in store.state] == [fetch_person.pending, fetch_person.rejected]


async def test_every_action_comes_back_equal_and_can_be_pickled(store):
    await store.dispatch(things(1, json=(b"\xff",)))
    await store.dispatch(fetch_person(2))
    await store.dispatch(say_nothing())
    with pytest.raises(LookupError):
        await store.dispatch(fetch_person(-2))
    for action in store.state:
        assert Action.from_json(action.to_json()) == action
        if "things" not in action.type:
            assert pickle.loads(pickle.dumps(action)) == action  # noqa: S301
    assert [action.type for action in store.state[:2]] == ["things/all/pending", "things/all/fulfilled"]
    assert repr(store.state[0].arguments) == "things.arguments(a=1, b='b', _c=1.5, json=(b'\\xff',))"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@given(json_values)
async def test_a_result_that_may_be_anything_comes_back_equal_or_is_refused_where_it_is(value: Any):
    store: Store[Actions] = Store(collect, ())
    try:
        assert await everything(value)(store) == value
    except (EncodeError, UsageError):
        assert "Infinity" in str(value) or "inf" in str(value) or not _is_encodable(value)
    for action in store.state:
        assert Action.from_json(action.to_json()) == action


def _is_encodable(value: Any) -> bool:
    try:
        str(value).encode()
    except UnicodeEncodeError:
        return False
    return True


@pytest.mark.parametrize(
    "value", [object(), io.BytesIO(), (1, 2), {1: 2}, [b"x"]], ids=lambda value: type(value).__name__
)
async def test_a_value_that_would_not_come_back_equal_is_refused_in_arguments(value):
    with pytest.raises((EncodeError, UsageError), match="everything"):
        everything(value)


async def test_a_result_that_would_not_come_back_equal_is_told_and_raised(store):
    @async_request
    async def opens() -> Any:
        return io.BytesIO()

    with pytest.raises(EncodeError, match=r"opens: got .*BytesIO"):
        await store.dispatch(opens())
    assert [type(action) for action in store.state] == [opens.pending, opens.rejected]
    assert store.state[-1].error == "EncodeError"


async def test_not_a_number_comes_back_as_it_is(store):
    @async_request
    async def measure(value: float) -> float:
        return value

    assert math.isnan(await store.dispatch(measure(math.nan)))
    assert repr(Action.from_json(store.state[-1].to_json())) == repr(store.state[-1])


async def test_a_result_that_is_not_what_the_annotation_says_is_told_and_raised(store):
    with pytest.raises(UsageError, match=r"returns_the_wrong_thing: got 'three'; expected .* result: "):
        await store.dispatch(returns_the_wrong_thing())
    assert isinstance(store.state[-1], returns_the_wrong_thing.rejected)


async def test_an_error_without_a_proper_text_is_told_all_the_same(store):
    class Mute(Exception):
        def __str__(self) -> str:
            raise ValueError

    @async_request
    async def fails(mute: bool) -> None:
        raise Mute if mute else KeyError("\ud800")

    for mute in (True, False):
        with pytest.raises((Mute, KeyError)):
            await store.dispatch(fails(mute))
    assert "whose text raises ValueError" in store.state[1].message
    assert "ud800" in store.state[3].message
    assert all(Action.from_json(action.to_json()) == action for action in store.state)


async def test_the_error_of_a_reducer_does_not_take_the_place_of_the_requests_own():
    def reducer(state: int, action: object) -> int:
        if isinstance(action, RequestRejected):
            raise ZeroDivisionError("reducing")
        return state + 1

    store = Store(reducer, 0)
    with pytest.raises(LookupError) as raised:
        await fetch_person(-1)(store)
    assert "ZeroDivisionError: reducing" in raised.value.__notes__[0]
    task = asyncio.create_task(fetch_person(1)(store))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert task.cancelled()


async def test_a_listener_that_raises_on_pending_ends_the_request_as_rejected(store):
    def refuses(state: Actions) -> None:
        if isinstance(state[-1], RequestPending):
            raise ZeroDivisionError

    store.subscribe(refuses)
    with pytest.raises(ExceptionGroup):
        await store.dispatch(fetch_person(1))
    assert [type(action) for action in store.state] == [fetch_person.pending, fetch_person.rejected]


async def test_where_the_condition_does_not_hold_nothing_is_dispatched_and_the_result_is_none(store):
    @async_request(condition=lambda state, number, *, least: number >= least and len(state) < 2)
    async def double(number: int, *, least: int = 0) -> int:
        return 2 * number

    assert await store.dispatch(double(-1)) is None
    assert store.state == ()
    assert await store.dispatch(double(-1, least=-1)) == -2
    assert await store.dispatch(double(5)) is None
    assert len(store.state) == 2


async def test_reducers_know_them_by_class_one_by_one_or_all_together():
    people: Slice[tuple[Person, ...]] = Slice(())
    busy: Slice[int] = Slice(0)

    @people.on(fetch_person.fulfilled)
    def loaded(people: tuple[Person, ...], action: RequestFulfilled[Person]) -> tuple[Person, ...]:
        return (*people, action.result)

    @busy.on(RequestPending)
    def begun(busy: int, action: RequestPending) -> int:
        return busy + 1

    @busy.on(RequestAction)
    def over(busy: int, action: RequestAction) -> int:
        return busy - 1

    store, counter = Store(people, ()), Store(busy, 0)
    await fetch_person(1)(store)
    assert store.state == (Person(id=1, name="Ada"),)
    seen: list[int] = []
    counter.subscribe(seen.append)
    await asyncio.gather(fetch_person(1)(counter), fetch_person(-1)(counter), return_exceptions=True)
    assert seen == [1, 2, 1, 0]


async def test_a_recorded_request_replays_without_asking_again(tmp_path):
    @dataclass(frozen=True)
    class People:
        names: tuple[str, ...] = ()
        failures: tuple[str, ...] = ()

    def reducer(state: People, action: object) -> People:
        match action:
            case RequestFulfilled(result=Person(name=name)):
                return replace(state, names=(*state.names, name))
            case RequestRejected(message=message):
                return replace(state, failures=(*state.failures, message))
        return state

    with open_log(tmp_path / "people.jsonl", "w") as log:
        store = Store(reducer, People(), middleware=[thunk, record(log)])
        await store.dispatch(fetch_person(1))
        with pytest.raises(LookupError):
            await store.dispatch(fetch_person(-1))
    with open_log(tmp_path / "people.jsonl") as log:
        assert replay(log, reducer, People()) == store.state == People(("Ada",), ("nobody",))


class Api:
    async def fetch(self, number: int) -> int:
        return number + 1


async def test_a_bound_method_can_be_one(store):
    fetch = async_request(Api().fetch)
    assert await store.dispatch(fetch(1)) == 2
    assert store.state[0].type == "fetch/pending"


class Session:
    pass


async def unannotated(number) -> int:
    return number


async def no_result(number: int):
    return number


async def many(*numbers: int) -> int:
    return 0


async def named(**numbers: int) -> int:
    return 0


async def takes_a_session(session: Session) -> int:
    return 0


async def gives_a_session() -> Session:
    return Session()


async def unknown_name() -> Nowhere:  # type: ignore[name-defined]  # noqa: F821
    ...


def sync_function(number: int) -> int:
    return number


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (unannotated, "no annotation for number"),
        (no_result, "no annotation for return"),
        (Api.fetch, "no annotation for self; .*bound one"),
        (many, r"takes \*numbers: "),
        (named, r"takes \*\*numbers: "),
        (takes_a_session, "the annotations of the parameters of takes_a_session.*cannot be used"),
        (gives_a_session, "the annotations of the result of gives_a_session.*cannot be used"),
        (unknown_name, "'Nowhere' is not defined"),
        (sync_function, "expected an async def function"),
        (functools.partial(gives_a_session), "expected an async def function"),
        (3, "expected an async def function"),
    ],
    ids=lambda value: getattr(value, "__name__", type(value).__name__) if not isinstance(value, str) else "",
)
def test_a_function_that_cannot_be_one_is_refused(function, words):
    with pytest.raises(UsageError, match=words):
        async_request(function)


def test_a_condition_that_cannot_be_called_and_a_name_that_is_none_are_refused():
    with pytest.raises(UsageError, match="condition="):
        async_request(condition=3)
    with pytest.raises(UsageError, match="name=3"):
        async_request(name=3)(takes_a_session)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: fetch_person("x"), "fetch_person: got .* person_id"),
        (lambda: fetch_person(), "missing a required argument: 'person_id'"),
        (lambda: fetch_person(1, 2), "too many positional arguments"),
        (lambda: things(1, c=3), "unexpected keyword argument 'c'"),
    ],
    ids=["wrong", "missing", "too many", "unknown"],
)
def test_arguments_that_do_not_fit_are_refused_where_they_are_given(call, words):
    with pytest.raises(UsageError, match=words):
        call()


def test_a_request_describes_itself():
    assert repr(fetch_person) == "<async_request fetch_person>"
    assert repr(fetch_person(3).with_id("x")) == "<request x: fetch_person.arguments(person_id=3)>"
    assert fetch_person.__doc__ == "Fetch one."
