from __future__ import annotations

import sys
from collections import OrderedDict
from dataclasses import dataclass
from threading import Barrier
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socketstore import Selector, SelectorFamily, Store, UsageError, selector, selector_family
from tests.store.folding import PATIENCE, in_thread


@dataclass(frozen=True, slots=True)
class App:
    bids: dict[str, tuple[float, ...]]
    clock: int = 0


APP = App({"A": (1.0, 3.0), "B": (2.0,)})

BestBid = SelectorFamily[[str], App, float]


def family(limit: int = 1000) -> BestBid:
    @selector_family(limit=limit)
    def best_bid(symbol: str) -> Selector[App, float]:
        """Find the best bid of one symbol."""

        @selector(lambda app: app.bids[symbol])
        def best(bids: tuple[float, ...]) -> float:
            return max(bids)

        return best

    return best_bid


@pytest.fixture
def best_bid() -> BestBid:
    return family()


def test_the_same_argument_gives_the_same_selector(best_bid: BestBid):
    assert best_bid("A") is best_bid("A")
    assert best_bid("A") is not best_bid("B")


def test_each_argument_has_a_memo_of_its_own(best_bid: BestBid):
    for app in (APP, App(APP.bids, clock=1), APP):
        assert [best_bid(symbol)(app) for symbol in "AB"] == [3.0, 2.0]
    assert [best_bid(symbol).recomputations for symbol in "AB"] == [1, 1]
    assert best_bid.recomputations == 2


def test_a_member_reads_what_is_selected_of_a_store(best_bid: BestBid):
    store = Store(lambda app, bids: App(app.bids | bids), APP)
    told: list[float] = []
    store.subscribe(told.append, select=best_bid("B"))
    store.dispatch({"A": (9.0,)})
    store.dispatch({"B": (8.0,)})
    assert told == [8.0]


def test_it_does_not_matter_how_an_argument_is_given():
    @selector_family()
    def depth(symbol: str, levels: int = 5, *, side: str = "bids") -> Selector[App, int]:
        return selector(lambda app: app.bids[symbol])(len)

    plain = depth("A")
    assert (
        plain is depth(symbol="A") is depth("A", 5) is depth("A", levels=5, side="bids") is depth(levels=5, symbol="A")
    )
    assert len({plain, depth("A", 6), depth("A", side="asks"), depth("B")}) == 4


def test_more_arguments_than_have_names_are_told_apart_from_those_that_have():
    @selector_family()
    def any_of(*args: Any, **kwargs: Any) -> Selector[Any, str]:
        return selector(lambda state: state)(str)

    assert len({any_of(), any_of(1), any_of(1, "a", 2), any_of(1, a=2), any_of(("a", 2))}) == 5
    assert any_of(a=1, b=2) is any_of(b=2, a=1)


def test_equal_arguments_of_different_types_are_different():
    @selector_family()
    def shown(value: Any, *, last: Any = None) -> Selector[Any, str]:
        return selector(lambda state: state)(lambda _: repr((value, last)))

    assert [shown(value)(0) for value in (1, True, 1.0)] == ["(1, None)", "(True, None)", "(1.0, None)"]
    assert [shown(0, last=last)(0) for last in (1, True)] == ["(0, 1)", "(0, True)"]


def test_arguments_inside_of_tuples_are_told_apart_by_their_types_as_well():
    @selector_family
    def shown(value: Any) -> Selector[Any, str]:
        return selector(lambda state: state)(lambda _: repr(value))

    values = ((1,), (True,), (1.0,), (0.0,), (-0.0,), (("a", 1),), (("a", True),))
    assert [shown(value)(0) for value in values] == [repr(value) for value in values]
    assert shown(float("nan")) is shown(float("nan"))


def test_beyond_the_limit_the_one_that_was_not_asked_for_the_longest_time_goes():
    best_bid = family(limit=2)
    first, second = best_bid("A"), best_bid("B")
    assert best_bid("A") is first
    best_bid("C")
    assert best_bid("A") is first
    assert best_bid("B") is not second


def test_one_that_was_made_while_it_was_asked_for_counts_as_the_latest():
    inner: list[Any] = []

    @selector_family(limit=2)
    def member(name: str) -> Selector[Any, Any]:
        if name == "A" and not inner:
            inner.append(None)
            inner[:] = [member("A"), member("B")]  # as another thread could in the meantime
        return selector(lambda state: state)(len)

    first = member("A")
    assert first is inner[0]
    member("C")
    assert member("A") is first


def test_a_selector_that_was_dropped_still_works_for_who_holds_it():
    best_bid = family(limit=1)
    held = best_bid("A")
    assert held(APP) == 3.0
    best_bid("B")
    assert held(App(APP.bids, clock=1)) == 3.0
    assert held.recomputations == 1


def test_reset_forgets_every_selector_and_what_they_remember(best_bid: BestBid):
    held = best_bid("A")
    held(APP)
    best_bid.reset()
    assert best_bid.recomputations == held.recomputations == 0
    assert best_bid("A") is not held
    assert held(APP) == best_bid("A")(APP) == 3.0


def test_it_needs_no_parentheses_where_there_is_no_limit():
    @selector_family
    def size(symbol: str) -> Selector[App, int]:
        return selector(lambda app: app.bids[symbol])(len)

    assert [size(symbol)(APP) for symbol in "AB"] == [2, 1]
    assert isinstance(size, SelectorFamily)


def test_a_state_instead_of_an_argument_is_refused_with_the_order_in_which_they_come(best_bid: BestBid):
    state: Any = {"A": 1.0}
    with pytest.raises(UsageError, match=r"The state comes second: .*best_bid\(...\)\(state\)"):
        best_bid(state)


def test_an_argument_that_cannot_be_hashed_is_refused_and_the_family_works_on(best_bid: BestBid):
    wrong: Any = ["A"]
    with pytest.raises(UsageError, match=r"best_bid\(\) got \(\['A'\],\): unhashable type: 'list'; expected hashable"):
        best_bid(wrong)
    assert best_bid("A")(APP) == 3.0


@pytest.mark.parametrize(("args", "kwargs"), [((), {}), (("A", "B"), {}), (("A",), {"depth": 1})])
def test_arguments_that_do_not_fit_are_refused(best_bid: Any, args: Any, kwargs: Any):
    with pytest.raises(UsageError, match=r"best_bid\(\): .*expected arguments for \(symbol"):
        best_bid(*args, **kwargs)


def test_a_function_that_makes_no_selector_is_named():
    forgetful: Any = selector_family()(lambda symbol: None)  # type: ignore[arg-type, return-value]
    with pytest.raises(UsageError, match=r"<lambda>\(\) returned None \(NoneType\); expected a selector"):
        forgetful("A")


def test_what_the_function_raises_is_not_remembered():
    failing = [True]

    @selector_family()
    def best_bid(symbol: str) -> Selector[Any, Any]:
        if failing:
            raise LookupError(symbol)
        return selector(lambda state: state)(len)

    with pytest.raises(LookupError, match="A"):
        best_bid("A")
    failing.clear()
    assert best_bid("A") is best_bid("A")


@pytest.mark.parametrize("limit", [0, -1, 1.5, True, None, "9"])
def test_a_limit_that_is_no_count_is_refused(limit: Any):
    with pytest.raises(UsageError, match=r"limit=.*expected how many selectors"):
        selector_family(limit=limit)


async def later(symbol: str) -> Any:
    return symbol


@pytest.mark.parametrize("make", [later, "best_bid", 100])
def test_only_a_plain_function_makes_a_family(make: Any):
    for decorate in (selector_family, selector_family()):
        with pytest.raises(UsageError, match="the function of a selector family is"):
            decorate(make)


def test_a_family_looks_like_its_function(best_bid: BestBid):
    assert best_bid.__name__ == "best_bid"
    assert best_bid.__doc__ == "Find the best bid of one symbol."
    assert repr(best_bid).startswith("<selector family ")
    assert repr(best_bid).endswith("best_bid>")


def test_a_family_may_ask_another_and_itself():
    @selector_family()
    def countdown(number: int) -> Selector[Any, tuple[int, ...]]:
        if number == 0:
            return selector(lambda state: state)(lambda _: (0,))
        return selector(countdown(number - 1))(lambda rest: (number, *rest))

    assert countdown(3)("any state") == (3, 2, 1, 0)


def test_threads_that_ask_at_once_get_the_same_selector():
    meeting = Barrier(2)

    @selector_family()
    def slow(symbol: str) -> Selector[Any, Any]:
        meeting.wait(PATIENCE)  # both threads are here: each makes one, and only one is kept
        return selector(lambda state: state)(len)

    got: list[Any] = []
    with in_thread(lambda: got.append(slow("A"))):
        got.append(slow("A"))
    assert got[0] is got[1]


def test_threads_may_use_a_small_family_at_once():
    best_bid = family(limit=2)
    bids = {str(number): (float(number),) for number in range(5)}
    wrong: list[Any] = []

    def work() -> None:
        for _ in range(100):
            wrong.extend(symbol for symbol in bids if best_bid(symbol)(App(bids)) != float(symbol))

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with in_thread(work), in_thread(work):
            work()
    finally:
        sys.setswitchinterval(interval)
    assert not wrong


@given(st.integers(1, 4), st.lists(st.integers(0, 6), max_size=40))
def test_it_keeps_the_latest_as_a_plain_list_would(limit: int, asked: list[int]):
    @selector_family(limit=limit)
    def member(number: int) -> Selector[Any, Any]:
        return selector(lambda state: state)(lambda state: (number, state))

    kept: OrderedDict[int, Any] = OrderedDict()
    for number in asked:
        made = member(number)
        assert made(7) == (number, 7)
        assert kept.get(number, made) is made
        kept[number] = made
        kept.move_to_end(number)
        while len(kept) > limit:
            old, dropped = kept.popitem(last=False)
            assert old not in kept
            assert dropped(8) == (old, 8)
    assert [member(number) for number in kept] == list(kept.values())


def test_a_family_in_the_place_of_a_selector_is_refused_and_the_store_works_on():
    @selector_family()
    def item(index: int) -> Selector[tuple[int, ...], int]:
        return selector(lambda state: state[index])(lambda value: value)

    store: Store[tuple[int, ...]] = Store(lambda state, action: (*state, action), (1,))
    with pytest.raises(UsageError, match=r"select= is .*item.*, which makes selectors; .* Call it first"):
        store.subscribe(print, select=item)
    heard: list[int] = []
    store.subscribe(heard.append, select=item(-1))
    store.dispatch(2)
    assert heard == [2]
