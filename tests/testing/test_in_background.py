"""An event loop in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from socketstore.testing import in_background

notes: list[str] = []


@pytest.fixture(autouse=True)
def fresh_notes() -> None:
    notes.clear()


@asynccontextmanager
async def noted(fail: str = "") -> AsyncIterator[str]:
    if fail == "entering":
        raise ValueError(fail)
    notes.append("entered")
    yield threading.current_thread().name
    notes.append("left")
    if fail == "leaving":
        raise ValueError(fail)


def test_it_is_entered_and_left_in_another_thread() -> None:
    before = threading.active_count()
    with in_background(noted) as name:
        assert name == "socketstore background"
        assert notes == ["entered"]
    assert notes == ["entered", "left"]
    assert threading.active_count() == before


@pytest.mark.parametrize("moment", ["entering", "leaving"])
def test_what_it_raises_is_raised_here(moment: str) -> None:
    with pytest.raises(ValueError, match=moment), in_background(lambda: noted(moment)):
        pass


def test_an_error_in_the_block_leaves_it_all_the_same() -> None:
    with pytest.raises(ZeroDivisionError), in_background(noted):
        _ = 1 / 0
    assert notes == ["entered", "left"]


def test_an_error_while_making_it_is_raised_here() -> None:
    with pytest.raises(ZeroDivisionError), in_background(lambda: 1 / 0):  # type: ignore[arg-type, return-value]
        pass
