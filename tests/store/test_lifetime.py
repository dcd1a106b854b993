from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any

import pytest

from socketstore import EffectRun, Effects, Store, UsageError
from tests.store.folding import PATIENCE, Actions, collect

Diary = list[str]


class Plain:
    """A middleware that is a context manager."""

    def __init__(self, name: str, diary: Diary) -> None:
        self.name, self.diary = name, diary

    def __call__(self, store: Store[Any], next: Any) -> Any:
        return next

    def __enter__(self) -> None:
        self.diary.append(f"{self.name} in")

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self.diary.append(f"{self.name} out {kind.__name__ if kind else 'well'}")


class Living(Plain):
    """One that needs an event loop."""

    __enter__ = None
    __exit__ = None

    async def __aenter__(self) -> None:
        await asyncio.sleep(0)
        self.diary.append(f"{self.name} in")

    async def __aexit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        await asyncio.sleep(0)
        self.diary.append(f"{self.name} out {kind.__name__ if kind else 'well'}")


class Stillborn(Plain):
    def __enter__(self) -> None:
        raise OSError("no")


def store_of(*middleware: Any) -> Store[Actions]:
    return Store(collect, (), middleware=middleware)


async def test_middleware_is_entered_in_order_and_left_in_reverse():
    diary: Diary = []
    store = store_of(Living("a", diary), Plain("b", diary), lambda _, next: next, Living("c", diary))
    async with store as entered:
        assert entered is store
        assert diary == ["a in", "b in", "c in"]
        store.dispatch(1)
    assert diary[3:] == ["c out well", "b out well", "a out well"]
    store.dispatch(2)
    assert store.state == (1, 2)


def test_without_a_loop_with_is_enough():
    diary: Diary = []
    with store_of(Plain("a", diary), Plain("b", diary)):
        pass
    assert diary == ["a in", "b in", "b out well", "a out well"]


async def test_what_was_raised_inside_reaches_the_middleware_and_the_caller():
    diary: Diary = []
    with pytest.raises(KeyError):
        async with store_of(Living("a", diary)):
            raise KeyError
    assert diary == ["a in", "a out KeyError"]


def test_a_middleware_that_needs_a_loop_is_refused_by_with_and_the_others_are_left():
    diary: Diary = []
    store = store_of(Plain("a", diary), Living("b", diary))
    with pytest.raises(UsageError, match=r"middleware <.*Living.* needs an event loop; expected `async with"), store:
        pass
    assert diary == ["a in", "a out UsageError"]


@pytest.mark.parametrize("again", [1, 2])
async def test_a_store_that_could_not_be_entered_can_be_entered_later(again: int):
    diary: Diary = []
    failing = Stillborn("b", diary)
    store = store_of(Living("a", diary), failing)
    for _ in range(again):
        with pytest.raises(OSError, match="no"):
            await store.__aenter__()
    failing.__class__ = Plain
    async with store:
        pass
    assert diary[-4:] == ["a in", "b in", "b out well", "a out well"]


async def test_it_cannot_be_entered_twice_and_can_be_entered_again():
    diary: Diary = []
    store = store_of(Living("a", diary))
    async with store:
        with pytest.raises(UsageError, match="entered already"):
            await store.__aenter__()
        with pytest.raises(UsageError, match="entered already"), store:
            pass
    async with store:
        assert diary == ["a in", "a out well", "a in"]


async def test_it_is_left_as_it_was_entered():
    store = store_of()
    with pytest.raises(UsageError, match="had not been entered so"):
        await store.__aexit__(None, None, None)
    with pytest.raises(UsageError, match="had not been entered so"):
        store.__exit__(None, None, None)
    async with store:
        with pytest.raises(UsageError, match="had not been entered so"):
            store.__exit__(None, None, None)


async def test_cancelled_while_entering_it_leaves_what_it_has_entered():
    diary: Diary = []
    entering = asyncio.Event()

    class Slow(Living):
        async def __aenter__(self) -> None:
            entering.set()
            await asyncio.Event().wait()

    store = store_of(Living("a", diary), Slow("b", diary))
    task = asyncio.create_task(store.__aenter__())
    await entering.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert diary == ["a in", "a out CancelledError"]


async def test_an_effect_that_leaves_the_store_is_refused_and_the_store_is_left_as_usual():
    diary: Diary = []
    effects: Effects[Actions] = Effects()
    refused: list[str] = []
    store = store_of(Living("a", diary), effects, Plain("c", diary))

    @effects.on(int)
    async def leaves(action: int, run: EffectRun[Actions]) -> None:
        try:
            await store.__aexit__(None, None, None)
        except UsageError as error:
            refused.append(str(error))
        run.dispatch("tried")

    async with store:
        for number in range(2):
            store.dispatch(number)
            await store.wait_for(lambda state: state[-1] == "tried", timeout=PATIENCE)
        assert diary == ["a in", "c in"]
    assert ["an effect cannot leave its own context" in message for message in refused] == [True, True]
    assert diary == ["a in", "c in", "c out well", "a out well"]
    async with store:
        pass
