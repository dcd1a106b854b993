"""The store among threads: nothing is lost, everybody hears the same, and nobody is locked out."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import itertools
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from types import FrameType
from typing import Any, Self

import pytest

from socketstore import Dispatch, DispatchError, ReducerError, Slice, Store, combine_reducers
from tests.store.folding import PATIENCE, Actions, collect, elsewhere, in_thread


@contextmanager
def hurried() -> Iterator[None]:
    """Switch threads as often as Python can: a race that is possible then happens within a second."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def together(*works: Callable[[], object]) -> None:
    """Run each work in a thread of its own, all beginning at once; wait for all, and raise what they raised."""
    barrier = threading.Barrier(len(works))

    def begin(work: Callable[[], object]) -> Callable[[], object]:
        return lambda: (barrier.wait(PATIENCE), work())

    with ExitStack() as stack:
        for work in works:
            stack.enter_context(in_thread(begin(work)))


def repeat(number: int, work: Callable[[], object]) -> Callable[[], None]:
    def run() -> None:
        for _ in range(number):
            work()

    return run


def counter(**options: Any) -> Store[int]:
    return Store(lambda state, action: state + action, 0, **options)


def locked(store: Store[Any]) -> bool:
    """Tell whether another thread than this one cannot dispatch any more."""
    thread = threading.Thread(target=store.dispatch, args=[0], daemon=True)
    thread.start()
    thread.join(5)
    return thread.is_alive()


def test_eight_threads_dispatch_a_hundred_thousand_times_each_and_every_one_counts():
    store = counter()
    heard: list[int] = []
    store.subscribe(heard.append)
    together(*[repeat(100_000, lambda: store.dispatch(1)) for _ in range(8)])
    assert store.state == 800_000
    assert heard == list(range(1, 800_001))


def passing(store: Store[Any], next: Dispatch) -> Dispatch:
    return next


@pytest.mark.parametrize("middleware", [[], [passing]], ids=["without middleware", "with middleware"])
def test_every_subscriber_hears_the_same_in_the_same_order_whoever_dispatches_what(middleware: list[Any]):
    store = counter(middleware=middleware)
    answers = itertools.count()
    told: list[list[int]] = [[], [], [], []]

    def answer(state: int) -> None:  # queues one more for every tenth
        told[1].append(state)
        if state % 10 == 0:
            next(answers)
            store.dispatch(1)

    store.subscribe(told[0].append)
    store.subscribe(answer)
    store.subscribe(lambda value: told[2].append(value[0]), select=lambda state: (state,))
    store.subscribe(told[3].append, via=lambda call: call())
    with hurried():
        together(*[repeat(5_000, lambda: store.dispatch(1)) for _ in range(8)])
    assert store.state == 40_000 + next(answers)
    assert told[0] == list(range(1, store.state + 1))
    assert told[1] == told[2] == told[3] == told[0]


def test_when_dispatch_returns_its_own_action_has_been_applied_and_told():
    store: Store[dict[int, int]] = Store(lambda state, me: {**state, me: state.get(me, 0) + 1}, {})
    latest: list[dict[int, int]] = [{}]

    def keep(state: dict[int, int]) -> None:
        latest[0] = state

    def work(me: int) -> Callable[[], None]:
        def run() -> None:
            for number in range(1, 4_001):
                assert store.dispatch(me) == me
                assert store.state[me] == number
                assert latest[0][me] == number

        return run

    store.subscribe(keep)
    with hurried():
        together(*[work(me) for me in range(6)])
    assert store.state == dict.fromkeys(range(6), 4_000)


def test_only_one_thread_at_a_time_is_inside_the_reducer_the_listeners_and_the_middleware():
    inside: list[int] = []
    most: list[int] = []

    def enter(_: object = None) -> None:
        inside.append(1)
        most.append(len(inside))
        inside.pop()

    def reducer(state: int, action: int) -> int:
        enter()
        return state + action

    def middleware(_: Store[int], next: Dispatch) -> Dispatch:
        def dispatch(action: int) -> Any:
            enter()
            result = next(action)
            enter()
            return result

        return dispatch

    store = Store(reducer, 0, middleware=[middleware])
    store.subscribe(enter)
    with hurried():
        together(*[repeat(3_000, lambda: store.dispatch(1)) for _ in range(6)])
    assert store.state == 18_000
    assert set(most) == {1}


def test_threads_subscribe_and_unsubscribe_while_others_dispatch():
    store = counter()
    witness: list[int] = []
    store.subscribe(witness.append)

    def come_and_go() -> None:
        heard: list[int] = []
        unsubscribe = store.subscribe(heard.append)
        before = store.state
        store.dispatch(1)
        unsubscribe()
        number = len(heard)
        assert heard == list(range(heard[0], heard[0] + number))
        assert heard[0] <= before + 1 <= heard[-1]

    with hurried():
        together(*[repeat(1_000, come_and_go) for _ in range(4)], *[repeat(2_000, lambda: store.dispatch(1))] * 2)
    assert store.state == 8_000
    assert witness == list(range(1, 8_001))


def test_threads_batch_while_others_dispatch_and_the_last_state_is_always_told():
    store = counter()
    heard: list[int] = []
    store.subscribe(heard.append)

    def batch() -> None:
        with store.batch():
            store.dispatch(1)
            with store.batch():
                store.dispatch(1)

    with hurried():
        together(*[repeat(500, batch) for _ in range(3)], *[repeat(1_000, lambda: store.dispatch(1))] * 2)
    assert store.state == 5_000
    assert heard == sorted(set(heard))
    assert heard[-1] == 5_000


def test_unsubscribing_in_another_thread_while_a_batch_dispatches_does_no_harm():
    ends: list[Callable[[], None]] = []

    def reducer(state: int, action: int) -> int:
        if ends:
            elsewhere(ends.pop())  # while this thread is at it, the store cannot be cleaned up at once
        return state + action

    store = Store(reducer, 0)
    heard: list[int] = []
    store.subscribe(heard.append)
    ends.append(store.subscribe(lambda _: None))
    with store.batch():
        store.dispatch(1)
        store.dispatch(1)
    assert heard == [2]


def test_threads_replace_the_reducer_and_restore_states_while_others_dispatch():
    def one(state: tuple[int, int], action: int) -> tuple[int, int]:
        return (state[0] + action, state[1])

    def two(state: tuple[int, int], action: int) -> tuple[int, int]:
        return (state[0] + action, state[1] + action)

    store = Store(one, (0, 0))
    heard: list[tuple[int, int]] = []
    store.subscribe(heard.append)

    def replace() -> None:
        store.replace_reducer(two)
        store.replace_reducer(one)

    with hurried():
        together(repeat(500, replace), *[repeat(2_000, lambda: store.dispatch(1)) for _ in range(3)])
    assert store.state[0] == 6_000
    assert 0 <= store.state[1] <= 6_000
    assert [state[0] for state in heard] == list(range(1, 6_001))
    with hurried():
        together(repeat(300, lambda: store.restore((0, 0))), repeat(3_000, lambda: store.dispatch(1)))
    assert heard[-1] == store.state


def test_a_combination_of_slices_is_shared_by_threads():
    numbers: Slice[int] = Slice(0)
    words: Slice[int] = Slice(0)
    numbers.on(int)(lambda state, action: state + action)
    words.on(str)(lambda state, action: state + 1)
    reducer = combine_reducers(numbers=numbers, words=words)
    store = Store(reducer, reducer.initial)
    with hurried():
        together(*[repeat(1_500, lambda: (store.dispatch(1), store.dispatch("a"))) for _ in range(4)])
    assert store.state == {"numbers": 6_000, "words": 6_000}


def adding(state: int, action: Any) -> Any:
    """Add a number, and do wrong in two ways: by what is returned, and by what is called."""
    if action == "none":
        return None
    return state + (action() if callable(action) else action)


def whose(error: BaseException) -> int:
    """Return the thread that a ValueError names."""
    return whose(error.exceptions[0]) if isinstance(error, ExceptionGroup) else error.args[0]


def test_what_fails_in_one_thread_is_raised_there_and_nowhere_else():
    def failing(state: int) -> None:
        if state % 7 == 0:
            raise ValueError(threading.get_ident())

    def expect(error: type[Exception], action: object) -> Callable[[], None]:
        def run() -> None:
            with pytest.raises(error):
                store.dispatch(action)

        return repeat(1_000, run)

    def dispatch() -> None:
        try:
            store.dispatch(1)
        except ExceptionGroup as group:
            mine.append(whose(group) == threading.get_ident())

    mine: list[bool] = []
    store: Store[int] = Store(adding, 0)
    store.subscribe(failing)
    with hurried():
        together(
            expect(ReducerError, "none"),
            expect(DispatchError, lambda: store.dispatch(1)),
            expect(TypeError, "text"),
            *[repeat(1_000, dispatch)] * 3,
        )
    assert store.state == 3_000
    assert mine == [True] * (3_000 // 7)


def test_a_thread_that_is_blocked_in_a_listener_keeps_the_others_waiting_and_nothing_is_lost():
    store = counter()
    blocked, free = threading.Event(), threading.Event()
    heard: list[int] = []

    def listener(state: int) -> None:
        if state == 1:
            blocked.set()
            assert free.wait(PATIENCE)

    store.subscribe(listener)
    store.subscribe(heard.append)
    done: list[int] = []
    with in_thread(lambda: store.dispatch(1)):
        assert blocked.wait(PATIENCE)
        with ExitStack() as others:
            for _ in range(4):
                others.enter_context(in_thread(lambda: (store.dispatch(1), done.append(1))))
            assert store.state == 1  # reading never waits
            assert done == []
            free.set()
    assert heard == [1, 2, 3, 4, 5]


def test_threads_that_wait_for_each_others_results_in_turn_get_along():
    """A ping-pong: each dispatch is the answer to the other thread's."""
    store = counter()
    turns = [threading.Semaphore(1), threading.Semaphore(0)]

    def player(me: int) -> Callable[[], None]:
        def play() -> None:
            assert turns[me].acquire(timeout=PATIENCE)
            assert store.state % 2 == me
            store.dispatch(1)
            turns[1 - me].release()

        return repeat(2_000, play)

    with hurried():
        together(player(0), player(1))
    assert store.state == 4_000


async def test_a_watch_of_all_hears_every_change_that_other_threads_make():
    store = counter()
    heard: list[int] = []
    with hurried():
        async with store.watch(buffer="all") as states:
            works = [repeat(1_500, lambda: store.dispatch(1)) for _ in range(4)]
            working = asyncio.create_task(asyncio.to_thread(together, *works))
            async for state in states:
                heard.append(state)
                if state == 6_000:
                    break
            await working
    assert heard == list(range(6_001))


async def test_a_watch_of_the_latest_never_misses_the_last_change():
    store = counter()
    with hurried():
        for round in range(1, 51):
            async with store.watch() as states:
                working = asyncio.create_task(asyncio.to_thread(together, *[repeat(20, lambda: store.dispatch(1))] * 2))
                heard = [state async for state in until_reached(states, round * 40)]
                await working
            assert heard == sorted(set(heard))


async def until_reached(states: Any, last: int) -> Any:
    async for state in states:
        yield state
        if state == last:
            return


async def test_wait_for_wakes_whatever_thread_brings_the_state():
    store = counter()
    with hurried():
        for number in range(1, 201):
            thread = threading.Thread(target=store.dispatch, args=[1])
            thread.start()
            assert await store.wait_for(lambda state, number=number: state >= number, timeout=PATIENCE) == number
            thread.join()


async def test_many_tasks_wait_while_many_threads_dispatch():
    store = counter()
    with hurried():
        tasks = [
            asyncio.create_task(store.wait_for(lambda state, goal=goal: state >= goal, timeout=PATIENCE))
            for goal in range(0, 2_000, 20)
        ]
        await asyncio.to_thread(together, *[repeat(500, lambda: store.dispatch(1)) for _ in range(4)])
        reached = await asyncio.gather(*tasks)
    assert [state >= goal for state, goal in zip(reached, range(0, 2_000, 20), strict=True)] == [True] * 100


class Injected(Exception):
    """Raised in another thread, between any two of its steps."""


def inject(thread: threading.Thread) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(Injected))


class Busy(threading.Thread):
    """Uses a store in every way, whatever is raised into it, until it is told that it is enough."""

    def __init__(self, store: Store[int], enough: threading.Event) -> None:
        super().__init__(daemon=True)
        self._store = store
        self._enough = enough

    def run(self) -> None:
        while not self._enough.is_set():
            with suppress(Injected, ExceptionGroup):
                self._work()

    def _work(self) -> None:
        while not self._enough.is_set():
            self._store.dispatch(1)
            with self._store.batch():
                self._store.dispatch(1)
            self._store.subscribe(lambda _: None)()


@pytest.mark.usefixtures("untraced")
@pytest.mark.parametrize("number", [1, 3])
@pytest.mark.parametrize("middleware", [[], [passing]], ids=["without middleware", "with middleware"])
def test_an_exception_that_comes_from_outside_at_any_moment_never_leaves_the_store_locked(
    middleware: list[Any], number: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sys, "unraisablehook", lambda _: None)  # it comes in finalizers, too,
    monkeypatch.setattr(threading, "excepthook", lambda _: None)  # and where nobody catches it: the thread ends
    store = counter(middleware=middleware)
    heard: list[int] = []
    store.subscribe(heard.append)
    enough = threading.Event()
    threads: list[Busy] = []
    with hurried():
        for _ in range(1_000 // number):
            threads = [thread for thread in threads if thread.is_alive()]
            while len(threads) < number:
                threads.append(Busy(store, enough))
                threads[-1].start()
            before = store.state
            for thread in threads:
                inject(thread)
            assert not locked(store)
            assert store.state >= before
        enough.set()
        for thread in threads:
            thread.join(PATIENCE)
    assert not any(thread.is_alive() for thread in threads)
    gc.collect()  # a batch that was interrupted in its last step ends when it is collected
    heard.clear()
    before = store.state
    for _ in range(3):
        elsewhere(lambda: store.dispatch(1))
    assert heard == [before + 1, before + 2, before + 3]


class CtrlC:
    """Has SIGUSR1 raise KeyboardInterrupt in the main thread, at any step of `inside` and of what it calls."""

    def __init__(self, inside: Callable[[], None]) -> None:
        self._inside = inside.__code__
        self._taken = threading.Event()

    def __enter__(self) -> Self:
        self._before = signal.signal(signal.SIGUSR1, self._handle)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGUSR1, self._before)

    def press(self) -> None:
        """From another thread: press, and wait until it has been felt."""
        self._taken.clear()
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGUSR1)
        assert self._taken.wait(PATIENCE)

    def _handle(self, _: int, frame: FrameType | None) -> None:
        self._taken.set()
        while frame is not None:
            if frame.f_code is self._inside:
                raise KeyboardInterrupt
            frame = frame.f_back


@pytest.mark.usefixtures("untraced")
@pytest.mark.parametrize("alone", [True, False])
def test_ctrl_c_at_any_moment_never_leaves_the_store_locked(alone: bool, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "unraisablehook", lambda _: None)  # it comes in finalizers, too
    store = counter()
    heard: list[int] = []
    store.subscribe(heard.append)
    enough = threading.Event()
    interrupted: list[int] = []

    def work() -> None:
        while not enough.is_set():
            store.dispatch(1)

    def mine() -> None:
        work()

    def interrupt() -> None:
        for _ in range(600):
            keys.press()
        enough.set()

    with CtrlC(mine) as keys, hurried(), in_thread(bool if alone else work), in_thread(interrupt):
        while not enough.is_set():
            try:
                mine()
            except KeyboardInterrupt:
                interrupted.append(store.state)
    assert len(interrupted) > 100
    assert not locked(store)
    heard.clear()
    last = store.state
    store.dispatch(1)
    assert heard == [last + 1]


def test_the_handler_of_a_signal_may_dispatch_itself():
    store: Store[Actions] = Store(collect, ())
    before = signal.signal(signal.SIGUSR1, lambda *_: store.dispatch("signal"))
    try:
        for _ in range(200):
            with in_thread(lambda: signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGUSR1)):
                for number in range(20):
                    store.dispatch(number)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert store.state.count("signal") == 200
    assert [action for action in store.state if action != "signal"] == [*range(20)] * 200


def test_two_stores_that_tell_each_other_through_via_do_not_wait_for_each_other():
    """With plain listeners they could: each thread would hold one store and wait for the other."""
    left, right = counter(), counter()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    left.subscribe(lambda _: right.dispatch(1), via=loop.call_soon_threadsafe)
    right.subscribe(lambda state: left.dispatch(0), via=loop.call_soon_threadsafe)
    with hurried():
        together(*[repeat(500, lambda: left.dispatch(1)), repeat(500, lambda: right.dispatch(1))])
    loop.call_soon_threadsafe(loop.stop)
    thread.join(PATIENCE)
    loop.close()
    assert not thread.is_alive()
    assert left.state == 500
