"""A reducer whose changes can be undone and redone."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Generic, TypeVar, overload

from socketstore.codec import short
from socketstore.errors import ReducerError, UsageError
from socketstore.middleware.undo_arguments import Which, checked_limit, checked_name, chosen
from socketstore.middleware.undo_history import HistoryAction, Jump, Redo, Undo, Undoable, moved
from socketstore.store.checking import check_callable, name_of
from socketstore.store.combine import Combination
from socketstore.store.routes import Routed, unchanged
from socketstore.store.slices import Slice
from socketstore.store.types import Reducer

S = TypeVar("S")


@overload
def undoable(
    reducer: Routed[S],
    *,
    limit: int = 100,
    counts: Which | None = None,
    except_for: Which | None = None,
    group_by: Callable[[Any], object] | None = None,
    name: str = "default",
) -> UndoableSlice[S]: ...


@overload
def undoable(
    reducer: Reducer[S],
    *,
    limit: int = 100,
    counts: Which | None = None,
    except_for: Which | None = None,
    group_by: Callable[[Any], object] | None = None,
    name: str = "default",
) -> Reducer[Undoable[S]]: ...


def undoable(
    reducer: Reducer[Any],
    *,
    limit: int = 100,
    counts: Which | None = None,
    except_for: Which | None = None,
    group_by: Callable[[Any], object] | None = None,
    name: str = "default",
) -> Reducer[Undoable[Any]]:
    """Make of a reducer one whose state is an `Undoable`, and which answers to `Undo`, `Redo`, `Jump`, `ClearHistory`.

    ::

        editor = undoable(drawing, except_for=Hovered, group_by=lambda action: getattr(action, "drag", None))
        store = Store(editor, editor.initial)
        store.dispatch(Undo())

    Each change makes a step; a change after an undo drops what could be redone. An action that does not count
    changes the present without a step, and leaves what could be redone. Undoing leads back to the state just before
    the step was made.

    Args:
        reducer: a slice, a combination or a function. It does not see the actions that are for this undoable.
        limit: how many steps are kept; the oldest go. Each step copies the list of them.
        counts: the actions that make steps: a class, several (a tuple, ``A | B``) or a predicate. By default, all.
        except_for: the actions that make none, in the same forms.
        group_by: a function of the action. Changes in a row for which it returns equal values are one step (a drag, a
            word being typed); ``None`` is always a step of its own. It is asked only about changes that count.
        name: tells several undoables of one program apart: ``Undo(of="drawing")`` is for ``name="drawing"`` alone.

    Raises:
        UsageError: an argument cannot be used, or there is an undoable of the same name inside the reducer.
    """
    check_callable(reducer, "the reducer of undoable()", "a function (state, action) -> state")
    rules = _Rules(
        label=f"undoable({type(reducer).__name__ if isinstance(reducer, Routed) else name_of(reducer)}, name={name!r})",
        limit=checked_limit(limit),
        counts=chosen("counts", counts, otherwise=True),
        excepted=chosen("except_for", except_for, otherwise=False),
        group_by=_no_group if group_by is None else check_callable(group_by, "group_by=", "a function of the action"),
        name=checked_name(name),
        none_is_a_state=isinstance(reducer, Slice) and reducer.initial is None,
    )
    _refuse_the_same_name_inside(rules, reducer)
    return UndoableSlice(reducer, rules) if isinstance(reducer, Routed) else UndoableReducer(reducer, rules)


class UndoableReducer(Generic[S]):
    """What `undoable` makes of a function."""

    def __init__(self, reducer: Reducer[S], rules: _Rules) -> None:
        self._reducer = reducer
        self._rules = rules

    def __call__(self, state: Undoable[S], action: Any) -> Undoable[S]:
        """Reduce one action."""
        step = self._rules.travel if isinstance(action, HistoryAction) else self._rules.change
        return step(self._reducer, state, action)

    def __repr__(self) -> str:
        return self._rules.label


class UndoableSlice(Routed[Undoable[S]]):
    """What `undoable` makes of a slice or a combination: reached only by the actions that it can do something with."""

    def __init__(self, reducer: Routed[S], rules: _Rules) -> None:
        super().__init__()
        self._reducer = reducer
        self._rules = rules
        reducer.tell_of_changes(self)

    def __repr__(self) -> str:
        return self._rules.label

    @property
    def initial(self) -> Undoable[S]:
        """The initial state of the reducer inside, without any history."""
        return Undoable(present=self._reducer.initial)

    def completed(self, state: Undoable[S]) -> Undoable[S]:
        """Complete every state of the history: an undo must not lead to one that lacks a part."""
        self._rules.check(state)
        states = (*state.past, state.present, *state.future)
        whole = tuple(map(self._reducer.completed, states))
        if all(map(operator.is_, states, whole)):
            return state
        here = len(state.past)
        return replace(state, past=whole[:here], present=whole[here], future=whole[here + 1 :])

    def _find(self, kind: type[Any]) -> Reducer[Undoable[S]]:
        reduce = self._reducer.routes.of(kind)
        if issubclass(kind, HistoryAction):
            return partial(self._rules.travel, reduce)
        return unchanged if reduce is unchanged else partial(self._rules.change, reduce)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rules:
    """How an action changes a history."""

    label: str
    limit: int
    counts: Callable[[Any], object]
    excepted: Callable[[Any], object]
    group_by: Callable[[Any], object]
    name: str
    none_is_a_state: bool

    def check(self, history: object) -> None:
        """Raise `UsageError` if the state is not one with a history."""
        if not isinstance(history, Undoable):
            message = (
                f"the state of {self.label} is {short(history)}; expected an Undoable. Begin with "
                "Undoable(present=...), or with the .initial of what undoable(slice) returned."
            )
            raise UsageError(message)

    def travel(self, reduce: Reducer[S], history: Undoable[S], action: HistoryAction) -> Undoable[S]:
        """Undo, redo, jump or clear, unless the action is meant for another: that one may be inside."""
        self.check(history)
        if action.of != self.name:
            return history if reduce is unchanged else self.change(reduce, history, action)
        match action:
            case Undo():
                return moved(history, -1)
            case Redo():
                return moved(history, 1)
            case Jump():
                return moved(history, action.steps)
        return Undoable(present=history.present) if history.past or history.future else history

    def change(self, reduce: Reducer[S], history: Undoable[S], action: Any) -> Undoable[S]:
        """Reduce the present, and make a step of it if it is one."""
        self.check(history)
        before = history.present
        after = reduce(before, action)
        if after is before:
            return history
        if after is None and not self.none_is_a_state:
            raise ReducerError(self._returned_none(reduce, action))
        if not self.counts(action) or self.excepted(action):
            return replace(history, present=after)
        group = self.group_by(action)
        joined = group is not None and group == history.group
        past = history.past if joined else (*history.past, before)[-self.limit :]
        return Undoable(past=past, present=after, group=group)

    def _returned_none(self, reduce: Reducer[S], action: object) -> str:
        return (
            f"the reducer {name_of(reduce)} of {self.label} returned None for {action!r}; expected a state. Return "
            "the state it was given when nothing changes; if None is a state, begin with it: Slice(None)."
        )


def _no_group(_: object) -> None:
    """Say that every change is a step of its own."""


def _refuse_the_same_name_inside(rules: _Rules, reducer: object) -> None:
    for inner in _undoables_in(reducer):
        if inner.name == rules.name:
            message = (
                f'{rules.label} holds {inner.label}; expected another name for one of them, such as name="inner": '
                f"the outer one would keep every Undo(of={rules.name!r}) to itself"
            )
            raise UsageError(message)


def _undoables_in(reducer: object) -> Iterator[_Rules]:
    """Find those that can be seen: what a plain function calls is its own."""
    match reducer:
        case Combination():
            for part in reducer.reducers.values():
                yield from _undoables_in(part)
        case UndoableReducer() | UndoableSlice():
            yield reducer._rules
            yield from _undoables_in(reducer._reducer)
