from __future__ import annotations

import itertools
import threading
from array import array
from collections import Counter, OrderedDict, UserDict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import BaseModel

from socketstore import CheckPurity, DispatchError, PurityError, Store, check_purity


@dataclass(frozen=True, slots=True)
class Row:
    tags: Any = ()


@dataclass(frozen=True, slots=True)
class App:
    number: float = 0
    lines: list[Any] = field(default_factory=list)
    rows: dict[str, Any] = field(default_factory=dict)
    more: Any = None


class Model(BaseModel):
    a: list[int] = [1]


class Plain:
    def __init__(self, number: float) -> None:
        self.number = number

    def __repr__(self) -> str:
        return str(vars(self))


class Counting(UserDict[str, int]):
    def __setitem__(self, key: str, value: int) -> None:
        super().__setitem__(key, value + 1)


class Texts(dict[str, Any]):
    def __setitem__(self, key: str, value: Any) -> None:
        super().__setitem__(key, str(value))


class Closed(list[int]):
    def append(self, value: int) -> None:
        raise RuntimeError

    extend = clear = append  # type: ignore[assignment]


class OnlyMine:
    """A descriptor that lets nobody write but by the class, as classes written in C do."""

    def __get__(self, owner: Any, kind: Any) -> Any:
        return owner.__dict__["number"]

    def __set__(self, owner: Any, value: Any) -> None:
        raise TypeError


class OwnWay:
    number = OnlyMine()

    def __init__(self, number: int) -> None:
        self.number = number

    def __setattr__(self, name: str, value: Any) -> None:
        self.__dict__[name] = value

    def __repr__(self) -> str:
        return str(self.number)


class Stubborn(OwnWay):
    def __setattr__(self, name: str, value: Any) -> None:
        if name in self.__dict__:
            raise RuntimeError
        super().__setattr__(name, value)


def doing(work: Callable[[App], Any]) -> Callable[[App, Any], App]:
    """Make a reducer that does something to its state when it is told to, and counts otherwise."""

    def reducer(state: App, action: Any) -> App:
        if action == "work":
            return work(state) or state
        return replace(state, number=state.number + 1)

    return reducer


def checked(reducer: Any, state: Any) -> Store[Any]:
    return Store(reducer, state, middleware=[check_purity])


def refused(store: Store[Any], action: Any, path: str, words: str) -> None:
    with pytest.raises(PurityError, match=words) as caught:
        store.dispatch(action)
    assert caught.value.path == path


def test_pure_reducers_pass_and_dispatch_returns_what_it_would():
    store = checked(doing(lambda state: None), App())
    assert store.dispatch("count") == "count"
    assert store.state == App(number=1)


IN_PLACE = {
    "a list": (App(), lambda state: state.lines.append("x"), "lines[0]"),
    "a list in a dict": (App(rows={"a": [1, 2]}), lambda state: state.rows["a"].pop(), "rows['a'][1]"),
    "a dict": (App(), lambda state: state.rows.update(a=1) or state, "rows['a']"),
    "a new state as well": (App(), lambda state: replace(state, number=len(state.lines.append(1) or [])), "lines[0]"),
    "a frozen attribute": (App(), lambda state: object.__setattr__(state, "number", 9), "number"),
    "a set": (App(more={1}), lambda state: state.more.add(2), "more{2}"),
    "a deque": (App(more=deque([1])), lambda state: state.more.rotate() or state.more.append(2), "more[1]"),
    "a model": (App(more=Model()), lambda state: setattr(state.more, "a", [2]), "more.a"),
    "a new attribute": (App(rows={"p": Plain(1)}), lambda state: setattr(state.rows["p"], "new", 1), "rows['p'].new"),
    "bytes": (App(more=bytearray(b"ab")), lambda state: state.more.append(3), "more"),
    "the order of a dict": (App(rows={"a": 1, "b": 2}), lambda state: state.rows.update(a=state.rows.pop("a")), "rows"),
    "an inner tuple's list": (App(more=(Row([1]),)), lambda state: state.more[0].tags.clear(), "more[0].tags[0]"),
    "a key": (App(rows={"a": 1}), lambda state: state.rows.update(b=state.rows.pop("a")), "rows['a']"),
    "a counter": (App(more=Counter(a=1)), lambda state: state.more.update("a"), "more['a']"),
    "an ordered dict": (App(more=OrderedDict(a=1, b=2)), lambda state: state.more.move_to_end("a"), "more"),
    "a counting dict": (App(more=Counting({"a": 1})), lambda state: state.more.data.update(a=5), "more['a']"),
    "a dict of texts": (App(more=Texts(a=1)), lambda state: dict.update(state.more, a=2), "more['a']"),
    "a closed list": (App(more=Closed([1])), lambda state: list.append(state.more, 2), "more[1]"),
    "a namespace": (App(more=SimpleNamespace(a=1)), lambda state: setattr(state.more, "a", 2), "more.a"),
    "its own way": (App(more=OwnWay(1)), lambda state: state.more.__dict__.update(number=2), "more.number"),
    "an endless list": (App(more=(lambda a: a.append(a) or a)([])), lambda state: state.more.append(1), "more[1]"),
}  # fmt: skip


@pytest.mark.parametrize("what", IN_PLACE)
def test_a_reducer_that_changes_its_state_in_place_is_named_and_what_it_did_undone(what: str):
    state, work, path = IN_PLACE[what]
    before = repr(state)
    store = checked(doing(work), state)
    refused(
        store, "work", path, r"reducer doing\.<locals>\.reducer, given 'work', changed, in place, the state .*put back"
    )
    assert store.state is state
    assert repr(state) == before
    store.dispatch("count")
    assert store.state.number == 1


def test_a_reducer_that_raises_half_way_is_found_as_well():
    store = checked(doing(lambda state: state.lines.append(1) or 1 / 0), App())
    refused(store, "work", "lines[0]", "added 1")
    assert store.state == App()


def test_a_reducer_that_only_raises_raises_as_ever():
    store = checked(doing(lambda state: 1 / 0), App())
    with pytest.raises(ZeroDivisionError):
        store.dispatch("work")
    store.dispatch("count")
    assert store.state.number == 1


def test_a_reducer_that_changes_its_action_is_found():
    action: dict[str, list[int]] = {"items": []}
    store = checked(lambda state, action: action["items"].append(1) or state, App())
    refused(store, action, "['items'][0]", "the action that it was given")
    assert action == {"items": []}


def test_what_is_written_between_two_dispatches_is_found_and_undone():
    store = checked(doing(lambda state: None), App(rows={"a": Row([1])}))
    store.dispatch("count")
    store.state.rows["a"].tags.append(2)
    refused(store, "count", "rows['a'].tags[1]", "between two dispatches.*'count' was not applied")
    assert store.state == App(1, rows={"a": Row([1])})
    store.dispatch("count")
    assert store.state.number == 2


def test_what_a_listener_writes_is_found_and_undone():
    store = checked(doing(lambda state: None), App())
    unsubscribe = store.subscribe(lambda state: state.lines.append("x"))
    refused(store, "count", "lines[0]", "by a listener")
    assert store.state == App(1)
    unsubscribe()
    store.dispatch("count")
    assert store.state.number == 2


def test_what_a_listener_writes_at_the_end_of_a_batch_is_found_by_the_next_dispatch():
    store = checked(doing(lambda state: None), App())
    unsubscribe = store.subscribe(lambda state: state.lines.append("x"))
    with store.batch():
        store.dispatch("count")
    unsubscribe()
    refused(store, "count", "lines[0]", "between two dispatches")


def test_a_state_that_was_restored_is_watched_as_well():
    store = checked(doing(lambda state: None), App())
    store.restore(App(5))
    store.state.lines.append("x")
    refused(store, "count", "lines[0]", "between two dispatches")


@pytest.mark.parametrize(
    ("make", "path"),
    [
        (lambda state, number: replace(state, number=number), "number"),
        (lambda state, number: replace(state, rows={"a": Row((number,))}), "rows['a'].tags[0]"),
        (lambda state, number: None if number % 2 else state, ""),
    ],
)
def test_a_reducer_with_two_answers_is_found(make: Any, path: str):
    numbers = itertools.count(1)
    store = checked(lambda state, action: make(state, next(numbers)), App())
    refused(store, "count", path, "gave two answers for the same state.*The action was not applied")
    assert store.state == App()


def test_a_reducer_that_raises_the_second_time_has_two_answers():
    answers = iter([App(1)])

    def reducer(state: App, action: Any) -> App:
        return next(answers)

    store = checked(reducer, App())
    refused(store, "a", "", "gave two answers.*StopIteration")


def _endless() -> list[Any]:
    items: list[Any] = [1]
    items.append(items)
    return items


@pytest.mark.parametrize(
    "make", [lambda: float("nan"), lambda: Plain(1), object, _endless, lambda: ValueError("x")], ids=range(5)
)
def test_answers_of_equal_content_are_one_answer_whatever_their_equality_says(make: Callable[[], Any]):
    store = checked(doing(lambda state: replace(state, more=make())), App())
    store.dispatch("work")
    store.dispatch("count")
    assert store.state.number == 1


def test_an_answer_in_another_order_is_another_answer():
    orders = itertools.cycle([{"a": 1, "b": 2}, {"b": 2, "a": 1}])
    store = checked(lambda state, action: replace(state, rows=next(orders)), App())
    refused(store, "a", "rows", "gave two answers")


def test_a_reducer_that_raises_the_first_time_alone_has_two_answers():
    failures = iter([ValueError("cold")])

    def reducer(state: App, action: Any) -> App:
        for error in failures:
            raise error
        return state

    refused(checked(reducer, App()), "a", "", r"gave two answers.*ValueError\('cold'\) -> App")


@pytest.mark.parametrize(
    "call",
    [
        lambda store: store.restore(App(99)),
        lambda store: store.replace_reducer(lambda state, action: App(99)),
        lambda store: store.subscribe(lambda state: state.lines.append("heard")),
        lambda store: store.batch().__enter__(),
    ],
    ids=["restore", "replace_reducer", "subscribe", "batch"],
)
def test_calling_the_store_inside_the_reducer_is_refused_and_does_nothing(call: Any):
    store = checked(doing(lambda state: call(store)), App())
    with pytest.raises(DispatchError, match="reducer"):
        store.dispatch("work")
    assert store.state == App()
    store.dispatch("count")
    assert store.state == App(1)


def test_dispatching_inside_the_reducer_is_refused_and_not_endless():
    def reducer(state: App, action: Any) -> App:
        store.dispatch("again")
        return state

    store = checked(reducer, App())
    with pytest.raises(DispatchError, match="reducer"):
        store.dispatch("a")
    assert store.state == App()


def test_a_reducer_that_was_replaced_is_the_one_that_is_checked():
    store = checked(doing(lambda state: None), App())
    store.replace_reducer(lambda state, action: state.lines.append(1) or state)
    refused(store, "a", "lines[0]", "changed, in place")


def test_numbers_that_an_array_makes_anew_when_asked_are_the_same_ones():
    store = checked(doing(lambda state: state.more.append(2.5)), App(more=array("d", [1.5])))
    store.dispatch("count")
    refused(store, "work", "more[1]", "added 2.5")
    assert list(store.state.more) == [1.5]


def test_what_keeps_its_insides_to_itself_is_watched_by_pickling_and_cannot_be_put_back():
    store = checked(doing(lambda state: next(state.more) and None), App(more=iter([1, 2])))
    refused(store, "work", "more", r"^more: another content -> <list_iterator .*It could not be put back")


def test_what_will_not_be_put_back_is_told_and_no_error_of_its_own():
    state = App(more=Stubborn(1))
    store = checked(doing(lambda state: state.more.__dict__.update(number=2)), state)
    refused(store, "work", "more.number", "It could not be put back")


def test_a_sequence_that_makes_its_items_when_asked_is_watched_by_its_attributes():
    class Rows(Sequence[Any]):
        def __init__(self, *prices: float) -> None:
            self.prices = list(prices)

        def __len__(self) -> int:
            return len(self.prices)

        def __getitem__(self, index: Any) -> Any:
            return {"price": self.prices[index]}

    store = checked(doing(lambda state: state.more.prices.append(3)), App(more=Rows(1, 2)))
    store.dispatch("count")
    refused(store, "work", "more.prices[2]", "added 3")
    assert len(store.state.more) == 2


class Index:
    """Is worked out when it is first needed."""

    def __init__(self, *rows: str) -> None:
        self.rows = list(rows)
        self.places: dict[str, int] | None = None

    def place(self, row: str) -> int:
        if self.places is None:
            self.places = {row: index for index, row in enumerate(self.rows)}
        return self.places[row]


def placing(state: App, action: Any) -> App:
    return replace(state, number=state.more.place(action), rows={"index": Index(*state.more.rows)})


@pytest.mark.parametrize("ignore", [["more.places"], [Index], ["more"]])
def test_what_is_ignored_may_be_written_to(ignore: Any):
    refused(checked(placing, App(more=Index("a", "b"))), "b", "more.places", "changed, in place")
    store = Store(placing, App(more=Index("a", "b")), middleware=[CheckPurity(ignore=ignore)])
    store.dispatch("b")
    assert store.state.number == 1
    store.dispatch("a")
    assert store.state.more.places == {"a": 0, "b": 1}


def test_beside_what_is_ignored_it_looks_on():
    index, check = Index("a"), CheckPurity(ignore=["more.places"])
    store = Store(doing(lambda state: index.rows.append("b")), App(more=index), middleware=[check])
    index.place("a")
    refused(store, "work", "more.rows[1]", "added 'b'")
    assert index.rows == ["a"]
    assert index.places == {"a": 0}


def test_answers_may_differ_in_what_is_ignored():
    numbers = itertools.count(1)
    check = CheckPurity(ignore=["more"])
    store = Store(doing(lambda state: replace(state, more=next(numbers))), App(), middleware=[check])
    store.dispatch("work")
    assert store.state.more


def test_a_cached_property_is_no_write():
    @dataclass(frozen=True)
    class Lazy:
        number: int = 1

        @cached_property
        def twice(self) -> int:
            return self.number * 2

    store = checked(lambda state, action: replace(state, number=state.twice), Lazy())
    store.dispatch("a")
    assert store.state.twice == 4
    store.dispatch("b")
    assert store.state.number == 4


def test_threads_are_checked_one_after_the_other():
    store = checked(doing(lambda state: None), App())
    threads = [threading.Thread(target=lambda: [store.dispatch("count") for _ in range(50)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.state.number == 200
