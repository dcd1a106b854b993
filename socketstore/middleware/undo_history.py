"""A state with those before it and after it, and the actions that move along them."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, dataclass
from typing import Generic, Literal, TypeAlias, TypeVar

from socketstore.actions import Action

S = TypeVar("S")


class Undo(Action):
    """Go back one step, if there is one, in every undoable of the name `of`."""

    type: Literal["undoable/undo"] = "undoable/undo"  # short tags belong to the program: a game has a Jump of its own
    of: str = "default"


class Redo(Action):
    """Go forward again one step, if one has been undone, in every undoable of the name `of`."""

    type: Literal["undoable/redo"] = "undoable/redo"
    of: str = "default"


class Jump(Action):
    """Go several steps: back if `steps` is negative, otherwise forward; as far as there are any."""

    type: Literal["undoable/jump"] = "undoable/jump"
    steps: int
    of: str = "default"


class ClearHistory(Action):
    """Forget what could be undone and redone; the present stays."""

    type: Literal["undoable/clear"] = "undoable/clear"
    of: str = "default"


HistoryAction: TypeAlias = Undo | Redo | Jump | ClearHistory


@dataclass(frozen=True, slots=True, kw_only=True)
class Undoable(Generic[S]):
    """A state with those before it and those that were undone; what an `undoable` reducer keeps.

    Attributes:
        past: where undo leads, the oldest first.
        present: the state as it is now.
        future: where redo leads, the nearest first.
        group: what ``group_by=`` said of the last step; a change of the same group joins that step.
    """

    past: tuple[S, ...] = ()
    present: S
    future: tuple[S, ...] = ()
    group: object = None

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to undo."""
        return bool(self.past)

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to redo."""
        return bool(self.future)

    def __repr__(self) -> str:
        return f"<Undoable {self.present!r}, {len(self.past)} to undo, {len(self.future)} to redo>"


def _refuse_to_set(_: object, name: str, __: object) -> None:
    message = f"cannot assign to field {name!r}"
    raise FrozenInstanceError(message)


# What dataclass writes into a class with slots refuses names that are no fields with a TypeError, so that
# Undoable[Drawing](present=...), which tries to set one, would fail (CPython 3.11).
Undoable.__setattr__ = _refuse_to_set  # type: ignore[method-assign]


def moved(history: Undoable[S], steps: int) -> Undoable[S]:
    """Go back (`steps` is negative) or forward, as far as there is a state; the same object if there is none."""
    timeline = (*history.past, history.present, *history.future)
    here = len(history.past)
    there = min(max(here + steps, 0), len(timeline) - 1)
    if there == here:
        return history
    return Undoable(past=timeline[:there], present=timeline[there], future=timeline[there + 1 :])
