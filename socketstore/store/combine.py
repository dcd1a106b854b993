"""One reducer out of many: each field of the state has its own."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from functools import partial
from types import NoneType
from typing import Any, get_args, get_type_hints, overload

from immutables import Map

from socketstore.errors import ReducerError, UsageError
from socketstore.store.checking import check_callable, name_of
from socketstore.store.records import arguments_not_kept, replace_fields
from socketstore.store.routes import Routed, routes_of, unchanged
from socketstore.store.slices import Slice
from socketstore.store.types import Reducer, S


@overload
def combine_reducers(state_class: type[S], /, **reducers: Reducer[Any]) -> Combination[S]: ...


@overload
def combine_reducers(**reducers: Reducer[Any]) -> Combination[dict[str, Any]]: ...


def combine_reducers(state_class: type[Any] | None = None, /, **reducers: Reducer[Any]) -> Combination[Any]:
    """Give each field of the state its own reducer.

    ::

        app = combine_reducers(App, chat=chat, connection=connection_state)
        store = Store(app, App())

    Fields without a reducer stay as they are. When no reducer returned anything new, the same state object comes
    back. An action reaches only those slices that have a handler for its class; a plain function gets every action.

    Args:
        state_class: a frozen dataclass, a pydantic model or a named tuple; without it the state is a mapping.
        **reducers: by the name of the field.

    Raises:
        UsageError: there is no reducer, one is not callable, or the state has no such field.
    """
    _check(state_class, reducers)
    return Combination(state_class, reducers)


class Combination(Routed[S]):
    """The reducer that `combine_reducers` makes; combinations nest."""

    def __init__(self, state_class: type[S] | None, reducers: Mapping[str, Reducer[Any]]) -> None:
        super().__init__()
        self.reducers = dict(reducers)
        self._state_class = state_class
        self._read: Callable[[Any, str], Any] = _read_item if state_class is None else getattr
        self._replace: Callable[[Any, dict[str, Any]], Any] = _replace_items if state_class is None else replace_fields
        self._optional = _optional(state_class, self.reducers)
        for reducer in self.reducers.values():
            if isinstance(reducer, Routed):
                reducer.tell_of_changes(self)

    def __repr__(self) -> str:
        return f"<Combination of {', '.join(self.reducers)}>"

    @property
    def initial(self) -> S:
        """The state made of the initial values of its slices, and of its class's own defaults for the rest."""
        return (self._state_class or dict)(**self._initial_values())  # type: ignore[return-value]

    def with_reducer(self, name: str, reducer: Reducer[Any], /) -> Combination[S]:
        """Return a combination that has one reducer more: of a plugin, or of a part that is loaded later.

        ::

            app = app.with_reducer("plugin", plugin)
            store.replace_reducer(app)      # a mapping gains the plugin's initial value, if it has none yet

        This one stays as it is. A state class must have the field already.

        Raises:
            UsageError: the name has a reducer already, or the state no such field, or the reducer is not callable.
        """
        present = self.reducers.get(name)
        if present is not None:
            message = (
                f"{name!r} has the reducer {name_of(present)} already, and was to get {name_of(reducer)}; expected "
                "one reducer for each field. Give the second another name, or combine again without the first."
            )
            raise UsageError(message)
        reducers = {**self.reducers, name: reducer}
        _check(self._state_class, reducers)
        return Combination(self._state_class, reducers)

    def completed(self, state: S) -> S:
        """Return the state, and in a mapping the initial value of each slice that it lacks a value of."""
        changes: dict[str, Any] = {}
        for name, reducer in self.reducers.items():
            if not isinstance(reducer, Routed):
                continue
            if self._state_class is None and name not in state:  # type: ignore[operator]
                changes[name] = reducer.initial
            elif (completed := reducer.completed(before := self._read(state, name))) is not before:
                changes[name] = completed
        return self._replace(state, changes) if changes else state

    def _initial_values(self) -> dict[str, Any]:
        return {name: reducer.initial for name, reducer in self.reducers.items() if isinstance(reducer, Routed)}

    def _find(self, kind: type[Any]) -> Reducer[S]:
        found = ((name, routes_of(reducer).of(kind)) for name, reducer in self.reducers.items())
        parts = tuple((name, route) for name, route in found if route is not unchanged)
        return partial(self._reduce, parts) if parts else unchanged

    def _reduce(self, parts: tuple[tuple[str, Reducer[Any]], ...], state: S, action: Any) -> S:
        read = self._read
        changes: dict[str, Any] = {}
        for name, reduce in parts:
            before = read(state, name)
            after = reduce(before, action)
            if after is not before:
                if after is None and name not in self._optional:
                    raise ReducerError(_returned_none(name, reduce, action))
                changes[name] = after
        return self._replace(state, changes) if changes else state


def _read_item(state: Mapping[str, Any], name: str) -> Any:
    try:
        return state[name]
    except KeyError:
        message = f"the state has no {name!r}, only {sorted(state, key=str)}; give it in the initial state"
        raise UsageError(message) from None


def _replace_items(state: Mapping[str, Any], changes: Mapping[str, Any]) -> Mapping[str, Any]:
    if type(state) is dict:
        copied = state.copy()  # a third of the time of {**state, **changes} where there are many
        copied.update(changes)
        return copied
    return state.update(changes) if isinstance(state, Map) else {**state, **changes}


def _optional(state_class: type[Any] | None, reducers: Mapping[str, Reducer[Any]]) -> set[str]:
    """Return the fields that may be `None`: those declared so, and those of slices that begin so."""
    begin = {name for name, reducer in reducers.items() if isinstance(reducer, Slice) and reducer.initial is None}
    try:
        hints = {} if state_class is None else get_type_hints(state_class)
    except (NameError, TypeError):  # a class that is defined where its annotations cannot be resolved
        hints = {}
    return begin | {name for name, hint in hints.items() if hint is Any or NoneType in get_args(hint)}


def _check(state_class: type[Any] | None, reducers: Mapping[str, Reducer[Any]]) -> None:
    if not reducers:
        message = "combine_reducers() got no reducer; expected one for each field, as in chat=chat_reducer"
        raise UsageError(message)
    fields = None if state_class is None else _fields(state_class)
    for name, reducer in reducers.items():
        check_callable(reducer, f"the reducer for {name!r}", "a function (state, action) -> state")
        if fields is not None and name not in fields:
            message = f"there is a reducer for {name!r}, but the state's fields are {sorted(fields)}"
            raise UsageError(message)


def _fields(state_class: type[Any]) -> set[str]:
    if isinstance(state_class, type):
        if dataclasses.is_dataclass(state_class):
            _refuse_what_cannot_be_copied(state_class)
            return {field.name for field in dataclasses.fields(state_class) if field.init}
        for attribute in ("model_fields", "_fields"):
            if hasattr(state_class, attribute):
                return set(getattr(state_class, attribute))
    message = f"the state's class is {state_class!r}; expected a frozen dataclass, a pydantic model or a named tuple"
    raise UsageError(message)


def _refuse_what_cannot_be_copied(state_class: type[Any]) -> None:
    forgotten = arguments_not_kept(state_class)
    if forgotten:
        message = (
            f"the state's class {state_class.__qualname__} does not keep what it is given as {forgotten} (InitVar); "
            "expected one that can be made again from its fields. Give the InitVar a default."
        )
        raise UsageError(message)


def _returned_none(name: str, reducer: Reducer[Any], action: object) -> str:
    return (
        f"the reducer {name_of(reducer)} for {name!r} returned None for {action!r}; expected a value. "
        "Return what it was given when nothing changes."
    )
