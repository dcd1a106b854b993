"""The thread beneath the synchronous twin: it ends, however often and whenever it is asked to."""

from __future__ import annotations

import asyncio
import gc
import threading
from contextlib import suppress

import pytest

from socketstore import NotOpen, UsageError
from socketstore.sync.loop_thread import LoopThread
from tests.sync.conftest import PATIENCE


def test_a_second_stop_does_not_interrupt_the_cleaning_up() -> None:
    thread = LoopThread("socketstore test", asyncio.new_event_loop)
    cleaning, cleaned = threading.Event(), threading.Event()

    async def clean_up_slowly() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cleaning.set()
            await asyncio.to_thread(cleaned.wait, PATIENCE)

    thread.begin(clean_up_slowly)
    thread.call(lambda: None)
    stopping = [threading.Thread(target=thread.stop) for _ in range(2)]
    stopping[0].start()
    assert cleaning.wait(PATIENCE)
    stopping[1].start()
    with pytest.raises(NotOpen):  # by when the second stop has been heard
        thread.call(lambda: None)
    cleaned.set()
    for one in stopping:
        one.join(PATIENCE)
        assert not one.is_alive()
    with pytest.raises(NotOpen, match="has ended"):
        thread.call(lambda: None)


def test_a_task_that_nobody_waits_for_is_kept_until_its_end() -> None:
    thread = LoopThread("socketstore test", asyncio.new_event_loop)
    cleaned = threading.Event()

    async def wait_for_what_nobody_else_knows() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cleaned.set()

    thread.begin(wait_for_what_nobody_else_knows)
    thread.call(lambda: None)
    gc.collect()
    destroyed = cleaned.is_set()
    thread.stop()
    assert (destroyed, cleaned.is_set()) == (False, True)


def test_what_is_asked_for_in_the_last_moment_is_answered() -> None:
    for _ in range(100):
        thread = LoopThread("socketstore test", asyncio.new_event_loop)
        answers: list[str] = []

        def ask(thread: LoopThread = thread, answers: list[str] = answers) -> None:
            with suppress(NotOpen):
                while True:
                    thread.call(lambda: None)
            answers.append("ended")

        asking = threading.Thread(target=ask)
        asking.start()
        thread.stop()
        asking.join(PATIENCE)
        assert answers == ["ended"]


def test_it_cannot_wait_for_itself() -> None:
    thread = LoopThread("socketstore test", asyncio.new_event_loop)

    async def nothing() -> None:
        pass

    with pytest.raises(UsageError, match="cannot wait for itself"):
        thread.call(lambda: thread.wait(nothing))
    assert thread.call(lambda: thread.call(thread.is_here))
    thread.stop()
