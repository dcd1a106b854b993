"""Dispatch to one slice of a combination: does it cost more when there are a hundred of them?"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from benchmarks.counter import SLICES, dispatching, slice_names
from benchmarks.peers import node, python
from benchmarks.rows import Job, Prepare, Program, Row, in_one_process, in_two_processes
from benchmarks.subjects.counting import (
    Made,
    dataclass_combination,
    dict_combination,
    map_combination,
    some_actions,
)


def many_against_one(combination: Callable[[Sequence[str]], Made]) -> Prepare:
    def with_slices(count: int, size: int) -> Job:
        store, subscriber = combination(slice_names(count))
        return dispatching(store.dispatch, some_actions(size), subscriber)

    return in_one_process(lambda size: with_slices(SLICES, size), lambda size: with_slices(1, size))


def against(name: str, peer: str, program: Program) -> Row:
    prepare = in_two_processes(python.ours("socketstore_counter", "many"), program)
    return Row(f"slices-{name}", f"{WHAT}; a frozen dataclass", peer, None, prepare, 10_000, network=True)


WHAT = f"dispatch to one of {SLICES} slices in a combination"
DATACLASS, MAP, DICT = map(many_against_one, (dataclass_combination, map_combination, dict_combination))

PYTHON_REDUX = python.theirs(python.PYTHON_REDUX, "python_redux_counter", "many")
PYDUX = python.theirs(python.PYDUX, "pydux_counter", "many")
REDUX, TOOLKIT = (node.node("dispatch.mjs", library, "many") for library in ("redux", "rtk"))

ROWS = (
    Row("slices-dataclass", f"{WHAT}; a frozen dataclass", "1 slice", 1.3, DATACLASS, 20_000),
    Row("slices-map", f"{WHAT}; an immutables.Map", "1 slice", 1.3, MAP, 100_000),
    Row("slices-dict", f"{WHAT}; a dict", "1 slice", 1.3, DICT, 100_000),
    against("python-redux", f"{python.label(python.PYTHON_REDUX)} (Cython)", PYTHON_REDUX),
    against("pydux", python.label(python.PYDUX), PYDUX),
    against("redux", node.label("redux"), REDUX),
    against("rtk", node.label("rtk"), TOOLKIT),
)
