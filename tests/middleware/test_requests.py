"""Requests: what they dispatch, what comes back, and what is refused."""

from __future__ import annotations

import asyncio
import functools
import math
import pickle
from collections.abc import Callable, Iterable
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
    assert pending.request_id == fulfilled.request_id
    assert request.request_id is None
    assert pending.arguments.person_id == fulfilled.arguments.person_id == 42
    assert fulfilled.result is person


async def test_without_thunk_it_is_called_with_the_store():
    store: Store[Actions] = Store(collect, ())
    assert (await fetch_person(1)(store)).id == 1
    assert len(store.state) == 2


async def test_each_request_has_an_id_of_its_own_or_that_from_outside(store):
    request = fetch_person(1)
    await asyncio.gather(store.dispatch(request), store.dispatch(request), fetch_person(1)(store))
    assert len({action.request_id for action in store.state}) == 3
    await request.with_id("mine")(store)
    assert {action.request_id for action in store.state[6:]} == {request.with_id("mine").request_id} == {"mine"}
    with pytest.raises(UsageError, match=r"with_id\(\) got 3"):
        request.with_id(3)


async def test_a_request_that_is_awaited_alone_says_what_it_needs():
    with pytest.raises(UsageError, match=r"fetch_person.arguments\(person_id=1\)> alone; .*thunk first"):
        await fetch_person(1)
    with pytest.raises(UsageError, match=r"or await request\(store\)"):
        await fetch_person(1)


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
async def test_what_a_log_has_of_a_request_comes_back_equal(tmp_path_factory: pytest.TempPathFactory, value: Any):
    with open_log(tmp_path_factory.mktemp("logs") / "one.jsonl", "x") as log:
        store: Store[Actions] = Store(collect, (), middleware=[record(log)])
        try:
            assert await everything(value)(store) == value
        except EncodeError:
            assert "inf" in str(value) or not _is_encodable(value)
        assert tuple(entry.action for entry in log.read()) == store.state


def _is_encodable(value: Any) -> bool:
    try:
        str(value).encode()
    except UnicodeEncodeError:
        return False
    return True


@async_request
async def gives(good: bool) -> Any:
    return "good" if good else object()


async def test_a_result_that_a_log_cannot_hold_is_told_as_rejected_and_raised(socketstore_log):
    store: Store[Actions] = Store(collect, (), middleware=[thunk, record(socketstore_log)])
    assert await store.dispatch(gives(good=True)) == "good"
    with pytest.raises(EncodeError, match="object"):
        await store.dispatch(gives(good=False))
    assert [type(action) for action in store.state[2:]] == [gives.pending, gives.rejected]
    assert store.state[-1].error == "EncodeError"
    assert tuple(entry.action for entry in socketstore_log.read()) == store.state


async def test_arguments_that_a_log_cannot_hold_keep_the_request_from_beginning(socketstore_log):
    store: Store[Actions] = Store(collect, (), middleware=[record(socketstore_log)])
    with pytest.raises(EncodeError) as raised:
        await everything(object())(store)
    assert store.state == ()
    assert "and dispatching EverythingRejected" in raised.value.__notes__[0]


async def test_a_result_is_neither_written_nor_described_where_nothing_goes_wrong(store):
    class Silent:
        def __repr__(self) -> str:
            raise AssertionError

        def __eq__(self, other: object) -> bool:
            raise AssertionError

        __hash__ = None

    silent = Silent()
    assert await store.dispatch(everything([silent])) == [silent]


@async_request
async def numbers_of(count: int) -> Iterable[int]:
    return range(count)


async def test_a_result_that_can_be_read_only_once_is_refused(store):
    with pytest.raises(UsageError, match=r"the result is .* would use up; .*Annotate a list"):
        await store.dispatch(numbers_of(3))
    with pytest.raises(UsageError, match="everything: value is"):
        everything(iter([1]))


async def test_not_a_number_comes_back_as_it_is(store):
    @async_request
    async def measure(value: float) -> float:
        return value

    assert math.isnan(await store.dispatch(measure(math.nan)))
    assert repr(Action.from_json(store.state[-1].to_json())) == repr(store.state[-1])


async def test_a_result_that_is_not_what_the_annotation_says_is_told_and_raised(store):
    with pytest.raises(UsageError, match=r"returns_the_wrong_thing: got a result .* result='three'"):
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


def raises_at(*kinds: type[Action]) -> Callable[[Actions], None]:
    def listener(state: Actions) -> None:
        if isinstance(state[-1], kinds):
            raise ZeroDivisionError(type(state[-1]).__name__)

    return listener


@pytest.mark.parametrize("kind", [RequestPending, RequestFulfilled])
async def test_a_listener_that_raises_does_not_stop_a_request_and_is_heard_at_its_end(store, kind):
    store.subscribe(raises_at(kind))
    with pytest.raises(ExceptionGroup) as raised:
        await store.dispatch(fetch_person(1))
    assert raised.group_contains(ZeroDivisionError)
    assert [type(action) for action in store.state] == [fetch_person.pending, fetch_person.fulfilled]


async def test_of_listeners_that_raise_on_both_actions_both_are_heard(store):
    store.subscribe(raises_at(RequestAction))
    with pytest.raises(ExceptionGroup) as raised:
        await store.dispatch(fetch_person(1))
    for name in ("FetchPersonPending", "FetchPersonFulfilled"):
        assert raised.group_contains(ZeroDivisionError, match=name)


async def test_a_listener_that_raised_is_a_note_to_what_the_function_raises(store):
    store.subscribe(raises_at(RequestPending))
    with pytest.raises(LookupError) as raised:
        await store.dispatch(fetch_person(-1))
    assert "listeners had raised: ExceptionGroup" in raised.value.__notes__[0]


@pytest.mark.parametrize("kind", [RequestPending, RequestFulfilled])
async def test_an_action_that_the_reducer_refuses_ends_the_request_as_rejected(kind):
    def reducer(state: Actions, action: object) -> Actions:
        if isinstance(action, kind):
            raise ZeroDivisionError
        return (*state, action)

    store: Store[Actions] = Store(reducer, ())
    with pytest.raises(ZeroDivisionError):
        await fetch_person(1)(store)
    assert isinstance(store.state[-1], fetch_person.rejected)
    assert store.state[-1].error == "ZeroDivisionError"
    assert not any(isinstance(action, RequestFulfilled) for action in store.state)


class Interrupt(BaseException):
    pass


@async_request
async def is_interrupted() -> None:
    raise Interrupt


async def test_an_interrupt_too_is_told_as_rejected(store):
    with pytest.raises(Interrupt):
        await store.dispatch(is_interrupted())
    assert [type(action) for action in store.state] == [is_interrupted.pending, is_interrupted.rejected]


def test_a_request_that_is_dropped_halfway_says_no_more(store):
    coroutine = store.dispatch(fetch_person(1))
    coroutine.send(None)
    coroutine.close()
    assert [type(action) for action in store.state] == [fetch_person.pending]


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
    def __init__(self, step: int = 1) -> None:
        self.step = step

    async def fetch(self, number: int) -> int:
        return number + self.step

    async def read(self, number: int) -> int:
        return number


async def test_a_bound_method_can_be_one(store):
    fetch = async_request(Api().fetch)
    assert await store.dispatch(fetch(1)) == 2
    assert store.state[0].type == "fetch/pending"


async def test_the_method_of_several_objects_has_one_set_of_actions_and_calls_each_object(store):
    one, other = async_request(Api(1).fetch), async_request(Api(10).fetch)
    assert one.fulfilled is other.fulfilled
    assert (await store.dispatch(one(1)), await store.dispatch(other(1))) == (2, 11)
    for action in store.state:
        assert Action.from_json(action.to_json()) == action


async def test_one_method_under_two_names_is_two_requests_and_both_can_be_read(store):
    first, second = async_request(name="first")(Api().read), async_request(name="second")(Api().read)
    for request in (first, second):
        await store.dispatch(request(1))
    assert [action.type.partition("/")[0] for action in store.state] == ["first", "first", "second", "second"]
    for action in store.state:
        assert Action.from_json(action.to_json()) == action


def defined_in(module: str, source: str = "async def load_all() -> int: ...") -> dict[str, Any]:
    namespace: dict[str, Any] = {"__name__": module}
    exec(source, namespace)  # noqa: S102 - a module of this name
    return namespace


def test_two_functions_with_one_tag_are_refused_when_the_second_is_defined():
    first, again, other = (defined_in(module)["load_all"] for module in ("shop", "shop", "stock"))
    async_request(first)
    loaded_again = async_request(again)
    words = r"'loadAll' of stock\.load_all is already that of shop\.load_all.*name='\.\.\./loadAll'"
    with pytest.raises(UsageError, match=words):
        async_request(other)
    named = async_request(name="stock/loadAll")(other)
    for request in (loaded_again, named):
        action = request.pending(request_id="1", arguments=request().arguments)
        assert type(Action.from_json(action.to_json())) is request.pending


class Order(Action):
    customer: Customer  # type: ignore[name-defined]  # noqa: F821


@async_request
async def total_of(order: Order) -> int:
    return 1


@async_request
async def first_order() -> Order:
    return Order.model_construct()


async def test_a_type_may_be_defined_further_down_but_not_later_than_the_first_call(store, monkeypatch):
    with pytest.raises(UsageError, match=r"annotations of an argument of total_of.*cannot be used"):
        total_of({"customer": {}})
    with pytest.raises(UsageError, match=r"annotations of a result of first_order.*cannot be used"):
        await store.dispatch(first_order())
    monkeypatch.setitem(globals(), "Customer", Person)
    assert await store.dispatch(total_of({"customer": {"id": 1, "name": "Ada"}})) == 1


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
    assert repr(fetch_person(3)) == "<request: fetch_person.arguments(person_id=3)>"
    assert repr(fetch_person(3).with_id("x")) == "<request x: fetch_person.arguments(person_id=3)>"
    assert fetch_person.__doc__ == "Fetch one."


def test_a_request_that_reaches_the_reducer_is_refused_and_the_store_works_on():
    store: Store[Actions] = Store(collect, ())
    with pytest.raises(UsageError, match=r"a RequestCall has reached the reducer; expected the middleware thunk"):
        store.dispatch(fetch_person(1))
    store.dispatch("a")
    assert store.state == ("a",)
