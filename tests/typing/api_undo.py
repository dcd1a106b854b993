"""Undo as a program uses it; mypy and pyright check this file, `test_api_undo.py` runs it.

Each ``type: ignore[code]`` marks a mistake that mypy must find: where it no longer does, mypy reports the ignore.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, assert_type

from socketstore import Action, Jump, Reducer, Slice, Store, Undo, Undoable, combine_reducers, undoable


class Drawn(Action):
    shape: str
    drag: int | None = None


class Hovered(Action):
    shape: str


Shapes = tuple[str, ...]
shapes: Slice[Shapes] = Slice(())


@shapes.on(Drawn, Hovered)
def drawn(shapes: Shapes, action: Drawn | Hovered) -> Shapes:
    return (*shapes, action.shape)


def count(count: int, action: Any) -> int:
    return count + 1


@dataclass(frozen=True, slots=True)
class App:
    drawing: Undoable[Shapes]
    count: int = 0


def drag_of(action: Drawn) -> int | None:
    return action.drag


def the_state_is_known() -> Undoable[Shapes]:
    drawing = undoable(shapes, limit=10, except_for=Hovered, group_by=drag_of)
    assert_type(drawing.initial, Undoable[Shapes])
    store = Store(drawing, drawing.initial)
    assert_type(store.state.present, Shapes)
    assert_type(store.state.past, tuple[Shapes, ...])
    assert_type(store.state.can_undo, bool)
    store.dispatch(Drawn(shape="circle"))
    store.dispatch(Undo())
    store.dispatch(Jump(steps=3))
    return store.state


def a_function_can_be_undone() -> int:
    counting: Reducer[Undoable[int]] = undoable(count, counts=Drawn | Hovered)
    store = Store(counting, Undoable(present=0))
    store.dispatch(Drawn(shape="circle"))
    assert_type(store.state.present, int)
    return store.state.present


def part_of_an_app() -> App:
    app = combine_reducers(App, drawing=undoable(shapes, counts=(Drawn, Hovered), name="drawing"))
    store = Store(app, app.initial)
    store.dispatch(Drawn(shape="circle"))
    store.dispatch(Undo(of="drawing"))
    return store.state


def mistakes_that_are_refused() -> None:
    undoable(shapes, limit="10")  # type: ignore[call-overload]


def a_state_without_its_history() -> None:
    Store(undoable(shapes), ("circle",)).dispatch(Undo())  # type: ignore[arg-type]
