"""Order, whatever happens inside of listeners, batches and threads."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from socketstore import Store
from tests.store.folding import PATIENCE, Actions, collect, in_thread

CROWD = 3


@dataclass(frozen=True)
class Node:
    """An action, and what the listener `by` dispatches when it hears of it."""

    number: int
    by: int
    children: tuple[Node, ...] = ()


def numbered(shape: Any, count: list[int]) -> Node:
    by, children = shape
    count[0] += 1
    return Node(count[0], by, tuple(numbered(child, count) for child in children))


who = st.integers(0, CROWD - 1)
shapes = st.recursive(
    st.tuples(who, st.just([])), lambda inner: st.tuples(who, st.lists(inner, max_size=3)), max_leaves=12
)
forests = st.lists(shapes, min_size=1, max_size=4).map(
    lambda shapes: (lambda count: [numbered(shape, count) for shape in shapes])([0])
)


def breadth_first(roots: list[Node]) -> list[Node]:
    """Say in which order the store must apply a forest: each listener in its turn, each child at the queue's end."""
    order: list[Node] = []
    for root in roots:
        waiting = deque([root])
        while waiting:
            order.append(waiting.popleft())
            waiting += order[-1].children
    return order


def crowd_of(store: Store[Actions]) -> list[list[Actions]]:
    """Subscribe listeners of which each dispatches the children that are its own to dispatch."""
    told: list[list[Actions]] = [[] for _ in range(CROWD)]

    def listener(me: int) -> Callable[[Actions], None]:
        def hear(state: Actions) -> None:
            told[me].append(state)
            if state[-1].by == me:
                for child in state[-1].children:
                    store.dispatch(child)

        return hear

    for me in range(CROWD):
        store.subscribe(listener(me))
    return told


@given(forests)
def test_nested_dispatch_is_first_in_first_out_and_all_subscribers_hear_the_same(roots: list[Node]):
    store: Store[Actions] = Store(collect, ())
    told = crowd_of(store)
    for root in roots:
        store.dispatch(root)
    expected = tuple(breadth_first(roots))
    assert store.state == expected
    prefixes = [expected[: length + 1] for length in range(len(expected))]
    assert told == [prefixes] * CROWD


@given(forests)
def test_the_order_is_the_same_with_middleware(roots: list[Node]):
    seen: list[Any] = []
    layers = [lambda _, next: lambda action: (seen.append(action), next(action))[1], lambda _, next: next]
    store: Store[Actions] = Store(collect, (), middleware=layers)
    crowd_of(store)
    for root in roots:
        store.dispatch(root)
    assert store.state == tuple(seen) == tuple(breadth_first(roots))


steps = st.lists(
    st.one_of(
        st.tuples(st.just("dispatch"), who),
        st.tuples(st.just("join during"), who),
        st.tuples(st.just("leave during"), who),
        st.tuples(st.just("join"), who),
        st.tuples(st.just("leave"), who),
    ),
    max_size=25,
)


class Guests:
    """Listeners that come and go, at once or in the middle of the next notification."""

    def __init__(self, store: Store[Actions]) -> None:
        self.store = store
        self.here: dict[int, Callable[[], None]] = {}
        self.told: list[tuple[int, int]] = []
        self.pending: list[tuple[str, int]] = []
        store.subscribe(self.move_pending)

    def move_pending(self, _: Actions) -> None:
        while self.pending:
            self.move(*self.pending.pop(0))

    def move(self, what: str, name: int) -> None:
        if what.startswith("leave"):
            self.here.pop(name, int)()
        elif name not in self.here:
            self.here[name] = self.store.subscribe(lambda state: self.told.append((name, len(state))))


@given(steps)
def test_subscribing_and_unsubscribing_during_a_notification_changes_only_the_next_one(steps: list[tuple[str, int]]):
    store: Store[Actions] = Store(collect, ())
    guests = Guests(store)
    expected: list[tuple[int, int]] = []
    for what, name in steps:
        if what == "dispatch":
            expected += [(name, len(store.state) + 1) for name in guests.here]
            store.dispatch(name)
        elif what.endswith("during"):
            guests.pending.append((what, name))
        else:
            guests.move(what, name)
    assert guests.told == expected


programs = st.recursive(st.integers(0, 9), lambda inner: st.lists(inner, max_size=4).map(tuple), max_leaves=15)


@given(st.lists(programs, max_size=6))
def test_each_outermost_batch_tells_once_of_its_last_state(programs: list[Any]):
    store: Store[Actions] = Store(collect, ())
    told: list[Actions] = []
    expected: list[Actions] = []
    store.subscribe(told.append)

    def run(program: Any) -> None:
        if isinstance(program, tuple):
            with store.batch():
                for part in program:
                    run(part)
        else:
            store.dispatch(program)

    for program in programs:
        before = store.state
        run(program)
        if store.state is not before:
            expected.append(store.state)
    assert told == expected


@settings(max_examples=15)
@given(st.lists(forests, min_size=2, max_size=4))
def test_threads_lose_no_action_and_all_subscribers_hear_the_same(programs: list[list[Node]]):
    store: Store[Actions] = Store(collect, ())
    told = crowd_of(store)
    start = threading.Barrier(len(programs))

    def work(roots: list[Node]) -> None:
        start.wait(PATIENCE)
        for root in roots:
            store.dispatch(root)
            assert root in store.state

    def run(programs: list[list[Node]]) -> None:
        if not programs:
            return
        with in_thread(lambda: work(programs[0])):
            run(programs[1:])

    run(programs)
    assert sorted(node.number for node in store.state) == sorted(
        node.number for roots in programs for node in breadth_first(roots)
    )
    assert told == [[store.state[: length + 1] for length in range(len(store.state))]] * CROWD
