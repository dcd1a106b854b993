"""Typed examples: structs of msgspec as messages, in a slice, in a log."""

from __future__ import annotations

from pathlib import Path
from typing import assert_type

import msgspec

from socketstore import Connection, Slice, Store, known_struct, open_log, record


@known_struct
class Sighted(msgspec.Struct, frozen=True, tag="typed/sighted"):
    vessel: str
    miles: float


class Lost(msgspec.Struct, frozen=True, tag="typed/lost"):
    vessel: str


nearest: Slice[float] = Slice(99.0)


@nearest.on(Sighted)
def came_nearer(nearest: float, action: Sighted) -> float:
    return min(nearest, action.miles)


def a_connection_takes_a_union_of_structs(store: Store[float]) -> Connection:
    return Connection("ws://localhost:8080", store, messages=Sighted | Lost)


def a_log_is_told_of_the_classes_of_structs(path: Path) -> None:
    with open_log(path, mode="x", actions=[Lost]) as log:
        store = Store(nearest, nearest.initial, middleware=[record(log)])
        store.dispatch(Sighted("Argo", 2.5))
        store.dispatch(Lost("Argo"))
        assert_type(store.state, float)


def a_known_struct_is_the_class_that_it_was() -> None:
    assert_type(known_struct(Lost), type[Lost])
    assert_type(Sighted("Argo", 2.5).miles, float)
