"""What stands at one place of a history."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic

from socketstore.errors import ReplayError
from socketstore.log.beginning import Checkpoint
from socketstore.log.entries import Entry
from socketstore.store.types import S


@dataclass(frozen=True, slots=True)
class Moment(Generic[S]):
    """One entry, and what it did to the state.

    Attributes:
        sequence: the number of the entry.
        entry: the entry; ``None`` only for the beginning, before the first one.
        before: the state before it.
        after: the state after it: the same object, unless it was an action that the reducer took.
    """

    sequence: int
    entry: Entry | None
    before: S
    after: S


def standing(checkpoint: Checkpoint[S]) -> Moment[S]:
    """Return the moment of a checkpoint, without its entry."""
    return Moment(checkpoint.sequence, None, checkpoint.state, checkpoint.state)


def named(predicate: Callable[[S], Any]) -> Callable[[Moment[S]], bool]:
    """Make a predicate of moments of one of states, whose errors name the entry."""

    def holds(moment: Moment[S]) -> bool:
        try:
            return bool(predicate(moment.after))
        except Exception as error:
            message = f"entry {moment.sequence}: the predicate raised {type(error).__name__} on the state: {error}"
            raise ReplayError(message, sequence=moment.sequence) from error

    return holds
