"""One reducer out of many: each field of the state has its own."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, MutableMapping
from copy import copy
from typing import Any, overload

from immutables import Map
from pydantic import BaseModel

from socketstore.codec import short
from socketstore.errors import ReducerError, UsageError
from socketstore.store.checking import check_callable, name_of
from socketstore.store.fields import fields_of, fields_that_may_be_none, has_fields
from socketstore.store.paths import ByClass
from socketstore.store.routes import Routed, routes_of, unchanged
from socketstore.store.slices import Slice
from socketstore.store.succession import successor
from socketstore.store.types import Reducer, S


@overload
def combine_reducers(state_class: type[S], /, **reducers: Reducer[Any]) -> Combination[S]: ...


@overload
def combine_reducers(**reducers: Reducer[Any]) -> Combination[Mapping[str, Any]]: ...


def combine_reducers(state_class: type[Any] | None = None, /, **reducers: Reducer[Any]) -> Combination[Any]:
    """Give each field of the state its own reducer.

    ::

        app = combine_reducers(App, chat=chat, connection=connection_state)
        store = Store(app, App())

    Fields without a reducer stay as they are. When no reducer returned anything new, the same state object comes
    back. An action reaches only those slices that have a handler for its class; a plain function gets every action.

    A frozen dataclass with slots is the quickest state: one of many fields is not copied for each action, see
    `Succession`. A dict is, in C.

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
        self._replacers: ByClass[Callable[[Any, dict[str, Any]], Any]] = ByClass(
            _replacer_of_items if state_class is None else successor
        )
        self._optional = self._may_be_none()
        for reducer in self.reducers.values():
            if isinstance(reducer, Routed):
                reducer.tell_of_changes(self)

    def __repr__(self) -> str:
        return f"<Combination of {', '.join(self.reducers)}>"

    @property
    def initial(self) -> S:
        """The state made of the initial values of its slices, and of its class's own defaults for the rest."""
        initial = {name: reducer.initial for name, reducer in self.reducers.items() if isinstance(reducer, Routed)}
        if isinstance(self._state_class, type) and issubclass(self._state_class, BaseModel):
            return self._state_class.model_validate(initial, by_name=True, by_alias=False)
        return (self._state_class or dict)(**initial)  # type: ignore[return-value]

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

    def check(self, state: S) -> None:
        """Return if a state has a value for each reducer.

        Raises:
            UsageError: it has not, or is of another kind than the combination is for.
        """
        self._check_kind(state)
        for name, reducer in self.reducers.items():
            part = self._read(state, name)
            if isinstance(reducer, Routed):
                reducer.check(part)

    def completed(self, state: S) -> S:
        """Return the state, and in a mapping the initial value of each slice that it lacks a value of.

        Raises:
            UsageError: it is of another kind than the combination is for.
        """
        self._check_kind(state)
        changes: dict[str, Any] = {}
        for name, reducer in self.reducers.items():
            if not isinstance(reducer, Routed):
                continue
            if self._state_class is None and name not in state:  # type: ignore[operator]
                changes[name] = reducer.initial
            elif (completed := reducer.completed(before := self._read(state, name))) is not before:
                changes[name] = completed
        return self._replacers[type(state)](state, changes) if changes else state

    def _find(self, kind: type[Any]) -> Reducer[S]:
        found = ((name, routes_of(reducer).of(kind)) for name, reducer in self.reducers.items())
        parts = tuple((name, route) for name, route in found if route is not unchanged)
        if not parts:
            return unchanged
        route = self._through_one(*parts[0]) if len(parts) == 1 else self._through(parts)
        route.__qualname__ = ", ".join(f"{name_of(part)} of {name!r}" for name, part in parts)  # for messages
        return route

    def _may_be_none(self) -> set[str]:
        begin = {
            name for name, reducer in self.reducers.items() if isinstance(reducer, Slice) and reducer.initial is None
        }
        return begin if self._state_class is None else begin | fields_that_may_be_none(self._state_class)

    def _check_kind(self, state: S) -> None:
        kind = self._state_class
        fits = isinstance(state, Mapping) if kind is None else has_fields(state, self.reducers)
        if not fits:
            expected = "a mapping" if kind is None else f"an instance of {kind.__qualname__}"
            message = f"the state of {self!r} is {short(state)} ({type(state).__name__}); expected {expected}"
            raise UsageError(message)

    def _through(self, parts: tuple[tuple[str, Reducer[Any]], ...]) -> Reducer[S]:
        read, replacers, optional = self._read, self._replacers, self._optional

        def route(state: S, action: Any) -> S:
            changes: dict[str, Any] = {}
            for name, reduce in parts:
                before = read(state, name)
                after = reduce(before, action)
                if after is not before:
                    if after is None and name not in optional:
                        raise ReducerError(_returned_none(name, reduce, action))
                    changes[name] = after
            return replacers[type(state)](state, changes) if changes else state

        return route

    def _through_one(self, name: str, reduce: Reducer[Any]) -> Reducer[S]:
        """Route to one part, as most actions take: without the loop, a tenth of a dispatch less."""
        read, replacers, optional = self._read, self._replacers, self._optional

        def route(state: S, action: Any) -> S:
            before = read(state, name)
            after = reduce(before, action)
            if after is before:
                return state
            if after is None and name not in optional:
                raise ReducerError(_returned_none(name, reduce, action))
            changed: S = replacers[type(state)](state, {name: after})
            return changed

        return route


def _read_item(state: Mapping[str, Any], name: str) -> Any:
    try:
        return state[name]
    except KeyError:
        message = (
            f"the state has no {name!r}, only {sorted(state, key=str)}; expected a value for each reducer. Give it in "
            "the initial state, or combine a Slice, which has one."
        )
        raise UsageError(message) from None


def _replacer_of_items(kind: type[Any]) -> Callable[[Any, Mapping[str, Any]], Any]:
    if issubclass(kind, Map):
        return kind.update
    if kind is dict:
        return operator.or_
    return _replace_in_copy if issubclass(kind, MutableMapping) else _replace_in_mapping


def _replace_in_copy(state: MutableMapping[str, Any], changes: Mapping[str, Any]) -> MutableMapping[str, Any]:
    copied = copy(state)
    copied.update(changes)
    return copied


def _replace_in_mapping(state: Any, changes: Mapping[str, Any]) -> Any:
    return type(state)({**state, **changes})  # a MappingProxyType, for instance


def _check(state_class: type[Any] | None, reducers: Mapping[str, Reducer[Any]]) -> None:
    if not reducers:
        message = "combine_reducers() got no reducer; expected one for each field, as in chat=chat_reducer"
        raise UsageError(message)
    fields = None if state_class is None else fields_of(state_class)
    for name, reducer in reducers.items():
        check_callable(reducer, f"the reducer for {name!r}", "a function (state, action) -> state")
        if fields is not None and name not in fields:
            message = f"there is a reducer for {name!r}, but the state's fields are {sorted(fields)}"
            raise UsageError(message)


def _returned_none(name: str, reducer: Reducer[Any], action: object) -> str:
    return (
        f"the reducer {name_of(reducer)} for {name!r} returned None for {action!r}; expected a value. "
        "Return what it was given when nothing changes."
    )
