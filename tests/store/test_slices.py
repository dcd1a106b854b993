from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from socketstore import ReducerError, Slice, Store, UsageError

Lines = tuple[str, ...]


class Said:
    pass


class Shouted(Said):
    pass


class Whispered(Said):
    pass


class Left:
    pass


def adding(line: str) -> Any:
    def handler(lines: Lines, _: object) -> Lines:
        return (*lines, line)

    return handler


@pytest.fixture
def lines() -> Slice[Lines]:
    return Slice(())


def test_an_action_goes_to_the_handler_for_its_class(lines: Slice[Lines]):
    lines.on(Said)(adding("said"))
    lines.on(Left)(adding("left"))
    assert lines((), Said()) == ("said",)
    assert lines((), Left()) == ("left",)


def test_on_takes_several_classes_and_returns_the_handler_as_it_was(lines: Slice[Lines]):
    handler = adding("either")
    assert lines.on(Said, Left)(handler) is handler
    assert lines(lines((), Said()), Left()) == ("either", "either")


def test_a_subclass_without_a_handler_goes_to_that_of_the_nearest_base_class(lines: Slice[Lines]):
    lines.on(Said)(adding("said"))
    lines.on(Shouted)(adding("shouted"))
    assert lines((), Shouted()) == ("shouted",)
    assert lines((), Whispered()) == ("said",)


def test_what_nobody_handles_returns_the_same_state(lines: Slice[Lines]):
    lines.on(Said)(adding("said"))
    state = ("a",)
    assert lines(state, Left()) is state


def test_when_runs_after_the_handler_for_the_class_in_the_order_of_registration(lines: Slice[Lines]):
    lines.when(lambda action: True)(adding("first"))
    lines.when(lambda action: isinstance(action, Said))(adding("second"))
    lines.on(Said)(adding("said"))
    assert lines((), Said()) == ("said", "first", "second")
    assert lines((), Left()) == ("first",)


def test_otherwise_runs_only_if_nothing_else_did(lines: Slice[Lines]):
    handler = adding("otherwise")
    assert lines.otherwise(handler) is handler
    lines.on(Said)(adding("said"))
    assert lines((), Said()) == ("said",)
    assert lines((), Left()) == ("otherwise",)
    lines.when(lambda action: isinstance(action, Left))(adding("when"))
    assert lines((), Left()) == ("when",)
    assert lines((), 7) == ("otherwise",)
    assert lines((), Said()) == ("said",)


def test_a_handler_added_later_is_found_also_for_a_class_that_was_looked_up_before(lines: Slice[Lines]):
    lines.on(Said)(adding("said"))
    store = Store(lines, lines.initial)
    for action in (Shouted(), Left()):
        store.dispatch(action)
    lines.on(Shouted)(adding("shouted"))
    lines.on(Left)(adding("left"))
    for action in (Shouted(), Left()):
        store.dispatch(action)
    assert store.state == ("said", "shouted", "left")


def test_a_second_handler_for_a_class_is_refused_and_the_first_stays(lines: Slice[Lines]):
    lines.on(Said)(adding("first"))
    with pytest.raises(ReducerError, match=r"Said is handled by adding\S+ already, and now by adding\S+; expected one"):
        lines.on(Left, Said)(adding("second"))
    assert lines((), Said()) == ("first",)
    assert not lines.handles(Left)


def test_a_second_otherwise_is_refused(lines: Slice[Lines]):
    lines.otherwise(adding("first"))
    with pytest.raises(ReducerError, match="otherwise is handled by"):
        lines.otherwise(adding("second"))


def test_handles_tells_whether_a_class_can_change_the_state(lines: Slice[Lines]):
    lines.on(Said)(adding("said"))
    assert lines.handles(Shouted)
    assert not lines.handles(Left)
    lines.when(lambda action: False)(adding("never"))
    assert lines.handles(Left)


def test_otherwise_handles_every_class(lines: Slice[Lines]):
    lines.otherwise(adding("otherwise"))
    assert lines.handles(Left)


@pytest.mark.parametrize("types", [(), ("said",), (Said, 7), (Said | Left,)])
def test_on_refuses_what_is_not_a_class(lines: Slice[Lines], types: Any):
    with pytest.raises(UsageError, match=r"on\(\) got .*expected action classes"):
        lines.on(*types)


def test_a_handler_or_a_predicate_that_cannot_be_called_is_refused(lines: Slice[Lines]):
    broken: Any = "handler"
    for register in (lines.on(Said), lines.when(bool), lines.otherwise):
        with pytest.raises(UsageError, match="the handler is 'handler'"):
            register(broken)
    with pytest.raises(UsageError, match="the predicate is 'handler'"):
        lines.when(broken)
    assert not lines.handles(Said)


def test_a_handler_that_returns_none_is_named(lines: Slice[Lines]):
    @lines.on(Said)
    def forgetful(state: Lines, action: Said) -> Any:
        return None

    store = Store(lines, ("a",))
    with pytest.raises(ReducerError, match=r"the reducer .*forgetful returned None for <.*Said"):
        store.dispatch(Said())
    assert store.state == ("a",)


def test_a_chain_names_the_handler_that_returned_none():
    part: Slice[tuple[Any, ...]] = Slice(())
    part.when(lambda action: True)(forgetful)
    part.when(lambda action: True)(lambda state, action: (*state, action))
    store = Store(part, ())
    with pytest.raises(ReducerError, match="the handler forgetful returned None for 'a'"):
        store.dispatch("a")
    last: Slice[tuple[Any, ...]] = Slice(())
    last.when(lambda action: True)(forgetful)
    with pytest.raises(ReducerError, match="the reducer forgetful returned None for 'a'"):
        Store(last, ()).dispatch("a")


def forgetful(state: Any, action: Any) -> Any:
    return None


def test_an_abstract_class_counts_for_what_is_registered_with_it_after_the_real_bases():
    part: Slice[str] = Slice("")
    part.on(Sequence)(lambda state, action: "sequence")
    part.on(str)(lambda state, action: "text")
    assert part("", (1,)) == "sequence"
    assert part("", "a") == "text"
    assert part("", 7) == ""
