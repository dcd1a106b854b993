"""A reducer, predicates and a decoder that tests of commands name on the command line."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from socketstore import Action, open_log
from socketstore.log.entries import SnapshotEntry
from socketstore.log.states import digest, state_to_json


class TrayCounted(Action):
    bagels: int


@dataclass(frozen=True)
class Bakery:
    bagels: int = 10
    trays: tuple[int, ...] = ()


def bakery(state: Bakery, action: object) -> Bakery:
    match action:
        case TrayCounted(bagels=bagels):
            return replace(state, bagels=state.bagels + bagels, trays=(*state.trays, bagels)[-3:])
    return state


def sloppy_bakery(state: Bakery, action: object) -> Bakery:
    """Counts the thirteenth of each dozen for nothing."""
    return bakery(state, TrayCounted(bagels=12) if getattr(action, "bagels", None) == 13 else action)


def refusing_bakery(state: Bakery, action: object) -> Bakery:
    if isinstance(action, TrayCounted) and action.bagels < 0:
        raise ValueError("less than nothing")
    return bakery(state, action)


def decode_tray(message: Any) -> Action:
    return TrayCounted(bagels=int(message.data))


def is_empty(state: Bakery) -> bool:
    return state.bagels < 0


def is_broken(state: Bakery) -> bool:
    raise ZeroDivisionError


def always(_: Bakery) -> bool:
    return True


not_a_function = 3

REDUCER = ("--reducer", "tests.cli.bakeries:bakery", "--initial", "tests.cli.bakeries:Bakery")


def write_trays(file: Path, *trays: int, states: str = "") -> Path:
    """Record trays, and behind each a digest, or a snapshot, of the state."""
    state = Bakery()
    with open_log(file, mode="x") as log:
        for bagels in trays:
            log.append(TrayCounted(bagels=bagels))
            state = bakery(state, TrayCounted(bagels=bagels))
            if states == "digest":
                log.write(SnapshotEntry(digest=digest(state)))
            elif states == "snapshot":
                log.write(SnapshotEntry(digest=digest(state), state=state_to_json(state)))
    return file
