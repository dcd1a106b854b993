from __future__ import annotations

import inspect
import operator
import subprocess
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from threading import Event
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socketstore import Selector, SelectorWarning, Store, UsageError, selector, selector_family
from tests.store.folding import PATIENCE, in_thread


@dataclass(frozen=True, slots=True)
class App:
    prices: tuple[float, ...] = (3.0, 1.0)
    symbol: str = "ABC"
    clock: int = 0


def prices(app: App) -> tuple[float, ...]:
    return app.prices


def symbol(app: App) -> str:
    return app.symbol


def new_tuple(*values: Any) -> tuple[Any, ...]:
    return values


@pytest.fixture
def lowest() -> Selector[App, float]:
    @selector(prices)
    def lowest(prices: tuple[float, ...]) -> float:
        """Find the lowest price."""
        return min(prices)

    return lowest


def test_a_selector_gives_what_its_inputs_read_to_its_function():
    labelled = selector(symbol, prices)(lambda symbol, prices: (symbol, *prices))
    assert labelled(App()) == ("ABC", 3.0, 1.0)


def test_for_the_same_state_nothing_is_called():
    read: list[App] = []

    def spied(app: App) -> int:
        read.append(app)
        return app.clock

    clock = selector(spied)(lambda clock: clock)
    state = App()
    clock(state)
    so_far = len(read)
    clock(state)
    assert len(read) == so_far


def test_the_function_does_not_run_again_for_unchanged_inputs(lowest: Selector[App, float]):
    state = App()
    assert lowest(state) == lowest(replace(state, clock=1)) == 1.0
    assert lowest.recomputations == 1
    assert lowest(replace(state, prices=(5.0,))) == 5.0
    assert lowest.recomputations == 2


def test_containers_are_compared_by_identity_and_never_deeply(lowest: Selector[App, float]):
    lowest(App(prices=new_tuple(1.0)))
    lowest(App(prices=new_tuple(1.0)))
    assert lowest.recomputations == 2


@pytest.mark.parametrize(
    ("value", "equal"),
    [(10**30, 10**30 + 0), ("a b", " ".join("ab")), (b"ab", bytes([97, 98])), (0.5, 1 / 2), (None, None), (True, True)],
)
def test_numbers_text_and_bytes_are_compared_by_value(value: Any, equal: Any):
    itself = selector(lambda state: state[0])(lambda value: value)
    itself((value,))
    itself((equal,))
    assert itself.recomputations == 1


def test_a_price_that_is_not_a_number_has_not_changed_when_it_is_still_none():
    itself = selector(lambda state: state[0])(lambda value: value)
    itself((float("nan"),))
    itself((float("nan"),))
    assert itself.recomputations == 1


@pytest.mark.parametrize(("value", "other"), [(1, True), (1, 1.0), (0.0, -0.0), (0, False)])
def test_equal_values_that_can_be_told_apart_are_not_the_same(value: Any, other: Any):
    shown = selector(lambda state: state[0])(repr)
    assert (shown((value,)), shown((other,))) == (repr(value), repr(other))


def test_an_equal_result_is_returned_as_the_same_object():
    positive = selector(prices)(lambda prices: tuple(price for price in prices if price > 0))
    first = positive(App(prices=(1.0, -1.0)))
    assert positive(App(prices=(1.0, -2.0))) is first
    assert positive.recomputations == 2


def test_an_equal_result_that_can_be_told_apart_is_a_new_one():
    ranking = selector(prices)(lambda prices: {str(price): None for price in prices})
    assert list(ranking(App(prices=(1.0, 2.0)))) == ["1.0", "2.0"]
    assert list(ranking(App(prices=(2.0, 1.0)))) == ["2.0", "1.0"]
    first = selector(lambda state: [*state][:1])(tuple)
    with pytest.warns(SelectorWarning):
        assert repr([first(state) for state in ((1,), (True,), (1.0,))]) == "[(1,), (True,), (1.0,)]"


def test_equal_decides_what_counts_as_the_same_result():
    close = selector(prices, equal=lambda new, last: abs(new - last) < 1)(sum)
    assert [close(App(prices=(price,))) for price in (1.0, 1.5, 2.1)] == [1.0, 1.0, 2.1]
    by_identity = selector(prices, equal=operator.is_)(lambda prices: [*prices])
    assert by_identity(App(prices=(1.0,))) is not by_identity(App(prices=new_tuple(1.0)))


def test_results_that_cannot_be_compared_are_reported_with_the_selector_named():
    class Ambiguous:
        def __eq__(self, other: object) -> bool:
            raise ValueError("ambiguous")

        __hash__ = None  # type: ignore[assignment]

    @selector(prices)
    def table(prices: tuple[float, ...]) -> Ambiguous:
        return Ambiguous()

    table(App())
    with pytest.raises(ValueError, match="ambiguous") as raised:
        table(App(prices=()))
    assert "table" in raised.value.__notes__[0]
    assert "equal=" in raised.value.__notes__[0]


def test_selectors_nest_and_each_runs_once_for_a_state():
    ordered = selector(prices)(sorted)
    lowest = selector(ordered)(lambda prices: prices[0])
    highest = selector(ordered)(lambda prices: prices[-1])
    spread = selector(lowest, highest)(lambda lowest, highest: highest - lowest)
    assert spread(App()) == 2.0
    assert [each.recomputations for each in (ordered, lowest, highest, spread)] == [1, 1, 1, 1]
    spread(App(prices=(3.0, 2.0, 1.0)))
    assert [each.recomputations for each in (ordered, lowest, highest, spread)] == [2, 2, 2, 1]


@pytest.mark.parametrize("broken", ["input", "function"])
def test_what_raises_is_not_remembered(broken: str):
    failing = {broken}

    def read(app: App) -> str:
        if "input" in failing:
            raise LookupError("input")
        return app.symbol

    def compute(symbol: str) -> str:
        if "function" in failing:
            raise LookupError("function")
        return symbol.lower()

    lower = selector(read)(compute)
    state = App()
    for _ in range(2):
        with pytest.raises(LookupError, match=broken):
            lower(state)
    failing.clear()
    assert lower(state) == "abc"


def test_after_an_error_the_last_good_answer_is_still_known(lowest: Selector[App, float]):
    state = App()
    lowest(state)
    with pytest.raises(ValueError, match="empty"):
        lowest(App(prices=()))
    assert lowest(state) == 1.0
    assert lowest.recomputations == 2, "two runs, one of which raised"


def test_reset_forgets_the_answer_and_the_count(lowest: Selector[App, float]):
    state = App()
    lowest(state)
    lowest.reset()
    assert lowest.recomputations == 0
    assert lowest(state) == 1.0
    assert lowest.recomputations == 1


def test_a_subscriber_hears_of_a_selector_when_its_answer_has_changed(lowest: Selector[App, float]):
    store = Store(lambda app, prices: replace(app, prices=prices), App())
    told: list[float] = []
    store.subscribe(told.append, select=lowest)
    for new in ((1.0, 9.0), (0.5,)):
        store.dispatch(new)
    assert told == [0.5]


async def test_watch_takes_a_selector(lowest: Selector[App, float]):
    store = Store(lambda app, prices: replace(app, prices=prices), App())
    async with store.watch(lowest) as watched:
        assert await anext(watched) == 1.0
        store.dispatch((7.0,))
        assert await anext(watched) == 7.0


def test_one_selector_serves_several_stores(lowest: Selector[App, float]):
    stores = [Store(lambda app, _: app, App(prices=(float(number),))) for number in range(2)]
    assert [lowest(store.state) for store in (*stores, *stores)] == [0.0, 1.0, 0.0, 1.0]


ONE, TWO, THREE = (1,), (2,), (3,)  # the same objects wherever they are asked for


def interrupted_at(instruction: int, work: Callable[[], object], interruption: Callable[[], object]) -> bool:
    """Run `work`, with an interruption before its instruction of that number; tell whether it has so many."""
    left = [instruction]

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        frame.f_trace_opcodes = True
        if event == "opcode":
            left[0] -= 1
            if left[0] == -1:
                interruption()
        return trace

    before = sys.gettrace()
    sys._getframe().f_trace_opcodes = True  # Python 3.12 looks for opcodes only if somebody wants them at this moment
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return left[0] < 0


@pytest.mark.parametrize("others", [(ONE,), (TWO,), (ONE, TWO), (TWO, ONE), (THREE, TWO)])
def test_another_thread_may_use_it_between_any_two_instructions(others: list[tuple[int]]):
    """What threads do by chance is done here on purpose, once at each place."""
    wrong: list[Any] = []

    def ask(*states: tuple[int]) -> None:
        answers = [(state, doubled(state)) for state in states]
        wrong.extend(answer for answer in answers if answer != (answer[0], answer[0] * 2))

    for instruction in count():
        doubled = selector(lambda state: state[0])(lambda value: (value, value))
        ask(TWO)
        if not interrupted_at(instruction, lambda: ask(ONE, TWO), lambda: ask(*others)):
            break
    assert not wrong
    assert instruction > 50


def test_a_computation_under_way_in_one_thread_does_not_hold_up_another():
    reached, go = Event(), Event()

    def slow_for_one(value: int) -> int:
        if value == 1:
            reached.set()
            assert go.wait(PATIENCE)
        return value

    itself = selector(lambda state: state[0])(slow_for_one)
    with in_thread(lambda: itself((1,))):
        assert reached.wait(PATIENCE)
        assert itself((2,)) == 2
        go.set()
    assert itself.recomputations == 2


def test_a_selector_looks_like_its_function_but_takes_a_state(lowest: Selector[App, float]):
    assert lowest.__name__ == "lowest"
    assert inspect.getdoc(lowest) == "Find the lowest price."
    assert lowest.__module__ == __name__
    assert list(inspect.signature(lowest).parameters) == ["state"]
    assert lowest.function((4.0, 2.0)) == 2.0
    assert lowest.inputs == (prices,)
    assert repr(lowest).startswith("<selector ")
    assert repr(lowest).endswith("lowest>")


def test_a_selector_of_something_without_a_name_has_a_repr():
    rounded = selector(lambda state: state)(partial(round, ndigits=1))
    assert rounded(0.55) == round(0.55, 1)
    assert "round" in repr(rounded)


def test_a_selector_may_be_the_function_of_another():
    upper = selector(lambda text: text)(str.upper)
    outer = selector(symbol)(upper)
    assert (outer(App()), upper.recomputations, outer.recomputations) == ("ABC", 1, 1)


def named(prices: tuple[float, ...]) -> float:
    return min(prices)


async def later(prices: Any) -> Any:
    return prices


@pytest.mark.parametrize(
    ("build", "complaint"),
    [
        (lambda: selector()(named), "the selector named has no inputs; expected functions of the state"),
        (lambda: selector("prices")(named), "input 1 of the selector named is 'prices' .*expected a function of"),
        (lambda: selector(prices, None)(named), "input 2 of the selector named is None"),
        (lambda: selector(later)(named), "input 1 of the selector named is <function later"),
        (lambda: selector(prices)(later), "the function of the selector later is .*expected a plain function"),
        (lambda: selector(prices, equal=3)(named), "equal= of the selector named is 3"),
        (lambda: selector(named)(App()), r"a selector's function is App\(.*A @selector alone, without its inputs"),
        (
            lambda: selector(selector_family(lambda symbol: selector(prices)(named)))(named),
            r"input 1 of .* is <selector family .*which makes selectors; expected one of them. Call it first: ",
        ),
    ],
)
def test_bad_arguments_are_refused_by_name(build: Any, complaint: str):
    with pytest.raises(UsageError, match=complaint):
        build()


@pytest.fixture
def unstable() -> Selector[App, float]:
    @selector(symbol, lambda app: list(app.prices))
    def total(symbol: str, prices: list[float]) -> float:
        return sum(prices)

    return total


def test_an_input_that_returns_something_new_for_the_same_state_is_named(unstable: Selector[App, float]):
    with pytest.warns(SelectorWarning) as caught:
        assert unstable(App()) == 4.0
    message = str(caught[0].message)
    assert len(caught) == 1
    assert "input 2 of the selector" in message
    assert "total" in message
    assert "returned another list when it was called again with the same state" in message
    assert f"{__file__}:{caught[0].lineno}" in message
    assert "compute in the function" in message
    assert caught[0].filename == __file__


def test_the_warning_is_given_once(unstable: Selector[App, float]):
    with pytest.warns(SelectorWarning):
        unstable(App())
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        unstable(App())
    assert not caught


def test_the_members_of_a_family_are_warned_of_once():
    @selector_family
    def at_least(least: float) -> Selector[App, int]:
        return selector(lambda app: [price for price in app.prices if price >= least])(len)

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        assert [at_least(float(least))(App()) for least in range(5)] == [2, 2, 1, 1, 0]
    assert len(caught) == 1


def test_a_warning_that_is_an_error_leaves_the_selector_as_it_was(unstable: Selector[App, float]):
    for _ in range(2):
        with pytest.raises(SelectorWarning):
            unstable(App())
    assert unstable.recomputations == 0


def test_an_unstable_input_that_is_no_python_function_is_named_as_well():
    parts = selector(operator.methodcaller("split"))(len)
    with pytest.warns(SelectorWarning, match="methodcaller") as caught:
        assert parts("a b") == 2
    assert caught[0].filename == "<selector>"


def test_an_unstable_partial_is_found_where_its_function_is():
    def both(name: str, app: App) -> list[Any]:
        return [getattr(app, name)]

    with pytest.warns(SelectorWarning) as caught:
        selector(partial(both, "prices"))(len)(App())
    assert caught[0].filename == __file__


def test_under_optimisation_inputs_are_called_once_and_nobody_is_warned():
    program = (
        "from socketstore import selector\n"
        "calls = []\n"
        "count = selector(lambda state: calls.append(state) or [state])(len)\n"
        "right = count('s') == 1 and calls == ['s']\n"
        "raise SystemExit(0 if right else 1)"
    )
    assert subprocess.run([sys.executable, "-O", "-W", "error", "-c", program], timeout=PATIENCE).returncode == 0


State = tuple[int, str, float]
small_states = st.tuples(st.integers(0, 2), st.sampled_from("ab"), st.sampled_from([0.0, -0.0, 1.5, float("nan")]))
steps = st.lists(st.one_of(small_states, st.sampled_from(["reset", "again"])), max_size=30)


def picky(number: int) -> Callable[[State], Any]:
    def read(state: State) -> Any:
        if state[0] == 2 and state[1] == "b":
            raise LookupError
        return state[number]

    return read


def outcome(function: Callable[[State], Any], state: State) -> str:
    try:
        return repr(function(state))
    except (LookupError, ZeroDivisionError) as error:
        return type(error).__name__


@given(steps)
def test_a_selector_always_answers_as_its_plain_function_would(steps: list[Any]):
    runs: list[Any] = []

    def compute(number: int, text: str, price: float) -> Any:
        runs.append((number, text, repr(price)))
        return (text * number, price, 1 // (number - 1 if price == 1.5 else 1))

    inputs = [picky(number) for number in range(3)]
    memoised = selector(*inputs, equal=lambda new, last: repr(new) == repr(last))(compute)
    state: State = (0, "a", 0.0)
    known: list[Any] = []
    for step in steps:
        if step == "reset":
            memoised.reset()
            known, runs[:] = [], []
            continue
        state = state if step == "again" else step
        before = len(runs)
        got = outcome(memoised, state)
        ran = runs[before:]
        assert memoised.recomputations == len(runs)
        assert got == outcome(lambda state: compute(*(read(state) for read in inputs)), state)
        del runs[before + len(ran) :]
        signature = (state[0], state[1], repr(state[2]))
        assert not (ran and known == [signature]), "ran again although no input had changed"
        if "Error" not in got:
            known = [signature]
