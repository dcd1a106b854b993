from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import pytest

from socketstore.store.turn import Place, Turn
from tests.store.folding import PATIENCE, elsewhere, in_thread


def take_and_give(turn: Turn, inside: Any = lambda: None) -> None:
    """Pass as a store does."""
    me = threading.get_ident()
    try:
        try:
            del turn.free.token
        except AttributeError:
            turn.wait(me)
        else:
            turn.owner = me
        inside()
    finally:
        if turn.owner == me:
            turn.owner = None
            turn.back.token = True
        if turn.wanted:
            turn.ring()


def is_there(place: Place) -> bool:
    return hasattr(place, "token")


@pytest.fixture
def hurried() -> Iterator[None]:
    """Let the interpreter switch threads as often as it can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("hurried")
def test_only_one_thread_at_a_time_has_the_turn():
    turn, inside, together, passed = Turn(), [0], [], [0]

    def work() -> None:
        inside[0] += 1
        if inside[0] != 1 or not turn.is_mine():
            together.append(True)
        passed[0] += 1
        inside[0] -= 1

    def many() -> None:
        for _ in range(5_000):
            take_and_give(turn, work)

    with in_thread(many), in_thread(many), in_thread(many), in_thread(many):
        pass
    assert not together
    assert passed == [20_000]
    assert turn.take(threading.get_ident())


def test_who_waits_gets_it_although_another_takes_it_again_and_again():
    turn, got = Turn(), threading.Event()
    waiting = threading.Event()

    def wait() -> None:
        waiting.set()
        take_and_give(turn, got.set)

    turn.take(threading.get_ident())
    with in_thread(wait):
        assert waiting.wait(PATIENCE)
        turn.owner = None
        turn.back.token = True
        while not got.is_set():  # never ends if the turn is not handed over
            take_and_give(turn)


def test_a_bell_that_nobody_rang_is_not_waited_for_in_vain():
    turn = Turn()
    turn.take(threading.get_ident())
    begun, got = threading.Event(), threading.Event()

    def wait() -> None:
        begun.set()
        take_and_give(turn, got.set)

    with in_thread(wait):
        assert begun.wait(PATIENCE)
        turn.owner = None
        turn.back.token = True  # and an interrupt comes before the bell
        assert got.wait(PATIENCE)


def test_a_turn_that_was_handed_to_one_who_has_gone_is_found():
    turn = Turn()
    turn.take(threading.get_ident())
    turn.owner = None
    turn._handed.token = True
    take_and_give(turn)
    elsewhere(lambda: take_and_give(turn))
    assert is_there(turn.free)


class Interrupted(BaseException):
    pass


@contextmanager
def interrupted_now_and_then(every: float) -> Iterator[None]:
    """Raise in the main thread, every so many seconds, wherever it is inside of `take_and_give`."""

    def interrupt(_: int, frame: FrameType | None) -> None:
        while frame is not None and frame.f_code is not take_and_give.__code__:
            frame = frame.f_back
        if frame is not None:
            raise Interrupted

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, every, every)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.timeout(0)  # it would use the same timer
@pytest.mark.usefixtures("hurried", "untraced")
def test_interrupted_anywhere_the_turn_is_not_lost():
    turn, over, interrupts = Turn(), threading.Event(), 0

    def compete() -> None:
        while not over.is_set():
            take_and_give(turn)

    with in_thread(compete), in_thread(compete):
        with interrupted_now_and_then(0.0005):
            while interrupts < 200:
                try:
                    take_and_give(turn)
                except Interrupted:
                    interrupts += 1
        over.set()
    assert is_there(turn.free) + is_there(turn._handed) == 1
    elsewhere(lambda: take_and_give(turn))


@pytest.mark.timeout(0)
def test_the_handler_of_a_signal_may_wait_in_the_midst_of_waiting():
    turn, order, held = Turn(), [], threading.Event()
    release = threading.Event()

    def hold() -> None:
        held.set()
        assert release.wait(PATIENCE)

    def handler(_: int, __: FrameType | None) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        release.set()
        take_and_give(turn, lambda: order.append("handler"))

    before = signal.signal(signal.SIGALRM, handler)
    with in_thread(lambda: take_and_give(turn, hold)):
        assert held.wait(PATIENCE)
        signal.setitimer(signal.ITIMER_REAL, 0.001)
        take_and_give(turn, lambda: order.append("main"))
    signal.signal(signal.SIGALRM, before)
    assert order == ["handler", "main"]
