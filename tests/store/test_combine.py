from __future__ import annotations

from collections import OrderedDict, defaultdict
from dataclasses import InitVar, dataclass, field
from types import MappingProxyType
from typing import Annotated, Any, Literal, NamedTuple

import pytest
from immutables import Map
from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypeAliasType

from socketstore import ReducerError, Slice, Store, UsageError, combine_reducers


class Up:
    pass


class Down:
    pass


class Other:
    pass


@dataclass(frozen=True, slots=True)
class Data:
    count: int = 0
    log: tuple[str, ...] = ()
    untouched: str = "as it was"


class Model(BaseModel):
    model_config = ConfigDict(frozen=True)
    count: int = 0
    log: tuple[str, ...] = ()
    untouched: str = "as it was"


class Named(NamedTuple):
    count: int = 0
    log: tuple[str, ...] = ()
    untouched: str = "as it was"


def counter() -> Slice[int]:
    count = Slice(0)
    count.on(Up)(lambda state, _: state + 1)
    count.on(Down)(lambda state, _: state - 1)
    return count


def names(log: tuple[str, ...], action: object) -> tuple[str, ...]:
    return log if isinstance(action, Other) else (*log, type(action).__name__)


@pytest.mark.parametrize("state_class", [Data, Model, Named])
def test_each_field_of_the_state_has_its_own_reducer(state_class: type[Any]):
    app = combine_reducers(state_class, count=counter(), log=names)
    state = app(app(app(state_class(), Up()), Up()), Down())
    assert state == state_class(count=1, log=("Up", "Up", "Down"))
    assert type(state) is state_class


@pytest.mark.parametrize("state", [{"count": 0, "rest": 7}, Map(count=0, rest=7)])
def test_without_a_class_the_state_is_a_mapping(state: Any):
    assert dict(combine_reducers(count=counter())(state, Up())) == {"count": 1, "rest": 7}
    assert state["count"] == 0


@pytest.mark.parametrize("state", [Data(), Model(), Named(), {"count": 0, "log": ()}])
def test_the_same_object_comes_back_when_nothing_changed(state: Any):
    app = combine_reducers(None if isinstance(state, dict) else type(state), count=counter(), log=names)
    assert app(state, Other()) is state


def test_a_field_that_did_not_change_is_the_same_object():
    state = Data(log=("a",))
    app = combine_reducers(Data, count=counter(), log=lambda log, _: log)
    assert app(state, Up()).log is state.log


def test_combinations_nest():
    @dataclass(frozen=True)
    class App:
        left: Data = field(default_factory=Data)
        right: Data = field(default_factory=Data)
        total: int = 0

    app = combine_reducers(
        App,
        left=combine_reducers(Data, count=counter()),
        right=combine_reducers(Data, log=names),
        total=counter(),
    )
    state = app(App(), Up())
    assert state == App(left=Data(count=1), right=Data(log=("Up",)), total=1)
    assert app(state, Other()) is state


def test_an_action_only_reaches_the_slices_that_handle_it():
    seen: list[str] = []

    class Spying(dict[str, Any]):
        def __getitem__(self, name: str) -> Any:
            seen.append(name)
            return super().__getitem__(name)

    others = {f"other{number}": counter() for number in range(3)}
    mine: Slice[int] = Slice(0)
    mine.on(Other)(lambda state, _: state + 1)
    combine_reducers(mine=mine, **others)(Spying(mine=0, other0=0, other1=0, other2=0), Other())
    assert seen == ["mine"]


def test_handlers_added_later_are_routed_also_in_a_nested_combination():
    part = counter()
    inner = combine_reducers(count=part)
    outer = combine_reducers(inner=inner)
    store: Store[Any] = Store(outer, {"inner": {"count": 0}})
    store.dispatch(Other())
    assert not outer.handles(Other)
    part.on(Other)(lambda state, _: state + 100)
    store.dispatch(Other())
    assert outer.handles(Other)
    assert store.state == {"inner": {"count": 100}}


def test_initial_is_made_of_the_slices_and_of_the_classs_own_defaults():
    assert combine_reducers(Data, count=counter(), log=names).initial == Data()
    assert combine_reducers(inner=combine_reducers(count=counter())).initial == {"inner": {"count": 0}}


@pytest.mark.parametrize("state", [Data(), Model(), Named(), {"count": 0}])
def test_a_reducer_that_returns_none_is_refused_and_named_with_its_field(state: Any):
    def forgetful(state: int, action: object) -> Any:
        return None

    app = combine_reducers(None if isinstance(state, dict) else type(state), count=forgetful)
    with pytest.raises(
        ReducerError, match=r"forgetful for 'count' returned None for 'a'; expected a value\. Return what"
    ):
        app(state, "a")


@pytest.mark.parametrize("state_class", [Data, Model, Named])
def test_a_reducer_for_a_field_that_the_state_has_not_is_refused(state_class: type[Any]):
    with pytest.raises(UsageError, match=r"'cuont', but the state's fields are \['count', 'log', 'untouched'\]"):
        combine_reducers(state_class, cuont=counter())


def test_a_mapping_without_the_key_is_refused():
    with pytest.raises(UsageError, match=r"the state has no 'count', only \['other'\]; expected a value for each"):
        combine_reducers(count=counter())({"other": 1}, Up())


def test_no_reducer_a_reducer_that_cannot_be_called_and_a_class_without_fields_are_refused():
    with pytest.raises(UsageError, match="got no reducer; expected one for each field"):
        combine_reducers()
    with pytest.raises(UsageError, match="the reducer for 'count' is 7"):
        combine_reducers(Data, count=7)  # type: ignore[arg-type]
    for state_class in (int, Data()):
        with pytest.raises(
            UsageError, match="expected a frozen dataclass, a pydantic model, a named tuple or a struct of msgspec"
        ):
            combine_reducers(state_class, count=counter())  # type: ignore[arg-type]


def test_a_reducer_that_raises_leaves_every_field_as_it_was():
    def broken(state: Any, action: object) -> Any:
        raise ValueError("broken")

    store = Store(combine_reducers(Data, count=counter(), log=broken), Data())
    with pytest.raises(ValueError, match="broken"):
        store.dispatch(Up())
    assert store.state == Data()


def test_a_combination_gains_a_reducer_later_and_the_mapping_its_value():
    app = combine_reducers(count=counter())
    store = Store(app, app.initial)
    told: list[Any] = []
    store.dispatch(Up())
    store.subscribe(told.append)
    store.replace_reducer(app.with_reducer("plugin", counter()))
    assert store.state == {"count": 1, "plugin": 0}
    store.dispatch(Up())
    assert told == [{"count": 1, "plugin": 0}, {"count": 2, "plugin": 1}]
    assert app.initial == {"count": 0}


@pytest.mark.parametrize("state_class", [Data, Model, Named])
def test_a_state_class_gains_a_reducer_for_a_field_that_had_none(state_class: type[Any]):
    app = combine_reducers(state_class, count=counter())
    store = Store(app, state_class(log=("kept",)))
    store.replace_reducer(app.with_reducer("log", names))
    assert store.state.log == ("kept",)
    store.dispatch(Up())
    assert store.state == state_class(count=1, log=("kept", "Up"))


def test_gaining_a_reducer_tells_nobody_when_the_state_lacks_nothing():
    app = combine_reducers(count=counter())
    store = Store(app, {"count": 1, "plugin": 7})
    store.subscribe(lambda _: pytest.fail("told"))
    store.replace_reducer(app.with_reducer("plugin", counter()))
    assert store.state == {"count": 1, "plugin": 7}


def test_what_a_nested_mapping_lacks_it_gains_as_well():
    parts = combine_reducers(first=counter())
    store = Store(combine_reducers(parts=parts), {"parts": Map(first=3)})
    store.replace_reducer(combine_reducers(parts=parts.with_reducer("second", counter())))
    assert store.state == {"parts": Map(first=3, second=0)}


@pytest.mark.parametrize(
    ("name", "reducer", "message"),
    [
        ("count", names, "'count' has the reducer .*<Slice.* already, and was to get names"),
        ("unknown", names, "a reducer for 'unknown', but the state's fields are"),
        ("log", 7, "the reducer for 'log' is 7"),
    ],
)
def test_a_reducer_that_cannot_be_gained_is_refused_and_the_combination_still_works(name, reducer, message):
    app = combine_reducers(Data, count=counter())
    store = Store(app, Data())
    with pytest.raises(UsageError, match=message):
        app.with_reducer(name, reducer)
    store.dispatch(Up())
    assert store.state.count == 1


def test_a_combination_knows_the_handlers_that_its_new_part_gains_afterwards():
    plugin = Slice(0)
    app = combine_reducers(count=counter()).with_reducer("plugin", plugin)
    store = Store(app, app.initial)
    store.dispatch(Other())
    plugin.on(Other)(lambda state, _: state + 1)
    store.dispatch(Other())
    assert store.state == {"count": 0, "plugin": 1}


def test_a_state_class_that_could_not_be_copied_is_refused():
    @dataclass(frozen=True)
    class Seeded:
        count: int
        seed: InitVar[int]

    with pytest.raises(UsageError, match="Seeded does not keep what it is given as seed"):
        combine_reducers(Seeded, count=counter())


def test_slices_combinations_and_stores_say_what_they_are():
    app = combine_reducers(count=counter())
    assert repr(app.reducers["count"]) == "<Slice from 0 with 2 handlers>"
    assert repr(app) == "<Combination of count>"
    assert repr(Store(app, app.initial)) == "<Store of {'count': 0}>"


@dataclass(frozen=True)
class Hinted:
    text: str | None = ""
    unknown: Missing | None = ""  # type: ignore[name-defined] # noqa: F821
    number: Elsewhere = 0  # type: ignore[name-defined] # noqa: F821


class Loose(NamedTuple):
    anything: object = 0
    choice: Literal[None, "a"] = "a"
    nothing: None = None
    optional: Annotated[int | None, "a note"] = 0
    aliased: MaybeText = ""
    never: int = 0


MaybeText = TypeAliasType("MaybeText", str | None)


@pytest.mark.parametrize(
    ("kind", "name"),
    [(Hinted, "text"), (Hinted, "unknown"), *((Loose, name) for name in Loose._fields if name != "never")],
)
def test_a_field_that_is_declared_so_may_become_none(kind: type[Any], name: str):
    app = combine_reducers(kind, **{name: lambda state, action: None})
    assert getattr(app(kind(), "a"), name) is None


@pytest.mark.parametrize(("kind", "name"), [(Hinted, "number"), (Loose, "never")])
def test_another_field_may_not(kind: type[Any], name: str):
    app = combine_reducers(kind, **{name: lambda state, action: None})
    with pytest.raises(ReducerError, match=f"for '{name}' returned None"):
        app(kind(), "a")


@pytest.mark.parametrize(
    ("app", "state", "message"),
    [
        (combine_reducers(Data, count=counter()), {"count": 1}, "expected an instance of Data"),
        (combine_reducers(Data, count=counter()), Data, r"is <class .*Data'> \(type\); expected an instance of Data"),
        (combine_reducers(count=counter()), Data(), "expected a mapping"),
        (combine_reducers(count=names), {}, "the state has no 'count'"),
        (combine_reducers(part=combine_reducers(count=counter())), {"part": 7}, "expected a mapping"),
    ],
)
def test_a_state_that_does_not_fit_is_refused_when_the_store_is_made_and_when_it_is_restored(app, state, message):
    with pytest.raises(UsageError, match=message):
        Store(app, state)
    fitting = Data() if "Data" in message else {"part": {"count": 0}, "count": ()}
    store = Store(app, fitting)
    with pytest.raises(UsageError, match=message):
        store.restore(state)
    assert store.state is fitting


def test_a_plain_function_cannot_join_a_mapping_that_has_no_value_for_it():
    app = combine_reducers(count=counter())
    store = Store(app, {"count": 0})
    with pytest.raises(UsageError, match="the state has no 'log'"):
        store.replace_reducer(app.with_reducer("log", names))
    store.dispatch(Up())
    assert store.state == {"count": 1}
    store.restore({"count": 1, "log": ()})
    store.replace_reducer(app.with_reducer("log", names))
    store.dispatch(Up())
    assert store.state == {"count": 2, "log": ("Up",)}


def test_the_initial_state_of_a_model_with_aliases_is_made_by_the_names_of_its_fields():
    class Aliased(BaseModel):
        count: int = Field(alias="theCount")

    assert combine_reducers(Aliased, count=counter()).initial.count == 0


@pytest.mark.parametrize(
    "state", [OrderedDict(count=0), defaultdict(list, count=0), MappingProxyType({"count": 0}), Map(count=0)]
)
def test_a_mapping_keeps_its_class(state: Any):
    after = combine_reducers(count=counter())(state, Up())
    assert type(after) is type(state)
    assert after["count"] == 1
    assert state["count"] == 0
