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
        self._read, self._replace = _access(state_class)
        self._optional = _optional(state_class, self.reducers)
        for reducer in self.reducers.values():
            if isinstance(reducer, Routed):
                reducer.tell_of_changes(self)

    @property
    def initial(self) -> S:
        """The state made of the initial values of its slices, and of its class's own defaults for the rest."""
        initial = {name: reducer.initial for name, reducer in self.reducers.items() if isinstance(reducer, Routed)}
        return (self._state_class or dict)(**initial)  # type: ignore[return-value]

    def _find(self, kind: type[Any]) -> Reducer[S]:
        found = ((name, routes_of(reducer).of(kind)) for name, reducer in self.reducers.items())
        parts = tuple((name, route) for name, route in found if route is not unchanged)
        return partial(self._reduce, parts) if parts else unchanged

    def _reduce(self, parts: tuple[tuple[str, Reducer[Any]], ...], state: S, action: Any) -> S:
        changes: dict[str, Any] = {}
        for name, reduce in parts:
            before = self._read(state, name)
            after = reduce(before, action)
            if after is not before:
                if after is None and name not in self._optional:
                    raise ReducerError(_returned_none(name, reduce, action))
                changes[name] = after
        return self._replace(state, changes) if changes else state


def _access(state_class: type[Any] | None) -> tuple[Callable[[Any, str], Any], Callable[[Any, dict[str, Any]], Any]]:
    if state_class is None:
        return _read_item, _replace_items
    if dataclasses.is_dataclass(state_class):
        return getattr, lambda state, changes: dataclasses.replace(state, **changes)
    if hasattr(state_class, "model_copy"):
        return getattr, lambda state, changes: state.model_copy(update=changes)
    return getattr, lambda state, changes: state._replace(**changes)


def _read_item(state: Mapping[str, Any], name: str) -> Any:
    try:
        return state[name]
    except KeyError:
        message = f"the state has no {name!r}, only {sorted(state, key=str)}; give it in the initial state"
        raise UsageError(message) from None


def _replace_items(state: Mapping[str, Any], changes: dict[str, Any]) -> Mapping[str, Any]:
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
            return {field.name for field in dataclasses.fields(state_class) if field.init}
        for attribute in ("model_fields", "_fields"):
            if hasattr(state_class, attribute):
                return set(getattr(state_class, attribute))
    message = f"the state's class is {state_class!r}; expected a frozen dataclass, a pydantic model or a named tuple"
    raise UsageError(message)


def _returned_none(name: str, reducer: Reducer[Any], action: object) -> str:
    return (
        f"the reducer {name_of(reducer)} for {name!r} returned None for {action!r}; expected a value. "
        "Return what it was given when nothing changes."
    )
