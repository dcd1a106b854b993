"""Dispatch with one slice handler and one subscriber: against a bare loop, and against other libraries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.counter import Amount, Count, Subscriber, added_to_number, added_to_record, dispatching
from benchmarks.peers import node, python
from benchmarks.rows import Job, Prepare, Program, Row, in_one_process, in_two_processes
from benchmarks.subjects.counting import counter, some_actions

Handler = Callable[[Any, Amount], Any]


def against_loop(handler: Handler, initial: Any) -> Prepare:
    def ours(size: int) -> Job:
        store, subscriber = counter(handler, initial)
        return dispatching(store.dispatch, some_actions(size), subscriber)

    return in_one_process(ours, lambda size: loop(handler, initial, size))


def loop(handler: Handler, initial: Any, size: int) -> Job:
    """Make the bare loop: no store, no lock, no look-up."""
    actions = some_actions(size)
    subscriber = Subscriber()

    def job() -> None:
        state = initial
        for action in actions:
            state = handler(state, action)
            subscriber(state)

    return job


def against(name: str, peer: str, program: Program, *, target: float | None = None, size: int = 50_000) -> Row:
    return Row(f"dispatch-{name}", WHAT, peer, target, in_two_processes(OURS, program), size, network=True)


JUST_IN_TIME = 200_000  # so many until Node has compiled all that it is going to
WHAT = "dispatch, one slice handler, one subscriber"
NUMBER = against_loop(added_to_number, 0)
RECORD = against_loop(added_to_record, Count())

OURS = python.ours("socketstore_counter", "one")
PYTHON_REDUX = python.theirs(python.PYTHON_REDUX, "python_redux_counter", "one")
PYDUX = python.theirs(python.PYDUX, "pydux_counter", "one")
REACTIVEX, LOCKED = (python.theirs(python.REACTIVEX, "reactivex_counter", way) for way in ("plain", "locked"))
REDUX, TOOLKIT = (node.node("dispatch.mjs", library, "one") for library in ("redux", "rtk"))

ROWS = (
    Row("dispatch-number", f"{WHAT}; the state is an int", "bare loop", 2.5, NUMBER, 100_000),
    Row("dispatch-record", f"{WHAT}; a frozen dataclass of two fields", "bare loop", 2.5, RECORD, 100_000),
    Row("dispatch-itself", WHAT, "itself: what differs from 1 is noise", None, in_two_processes(OURS, OURS), 50_000),
    against("python-redux", f"{python.label(python.PYTHON_REDUX)} (Cython)", PYTHON_REDUX, target=0.33),
    against("pydux", python.label(python.PYDUX), PYDUX),
    against("reactivex", f"{python.label(python.REACTIVEX)}, scan over a Subject", REACTIVEX),
    against("reactivex-locked", f"{python.label(python.REACTIVEX)}, the same under a lock", LOCKED),
    against("redux", node.label("redux"), REDUX, size=JUST_IN_TIME),
    against("rtk", node.label("rtk"), TOOLKIT, target=0.7, size=JUST_IN_TIME),
)
