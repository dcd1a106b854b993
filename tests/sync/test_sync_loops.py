"""A connection without an event loop of the program's: the loop that it makes, and what carries its messages."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import uvloop

from socketstore import Store, UsageError
from socketstore.sync import Connection
from tests.sync.conftest import PATIENCE

FACTORIES = [asyncio.new_event_loop, uvloop.new_event_loop]


@pytest.mark.parametrize("transport", ["websockets", "picows"])
@pytest.mark.parametrize("loop_factory", FACTORIES, ids=["asyncio", "uvloop"])
def test_a_script_says_which_loop_and_which_transport(url: str, transport: Any, loop_factory: Any) -> None:
    loops: set[str] = set()

    def remember(state: tuple[str, ...], action: Any) -> tuple[str, ...]:
        loops.add(type(asyncio.get_running_loop()).__module__.partition(".")[0])
        return (*state, str(getattr(action, "data", "")))

    store = Store(remember, ())
    with Connection(url, store, transport=transport, loop_factory=loop_factory) as connection:
        connection.send("hello")
        connection.wait_for(lambda state: "hello" in state, timeout=PATIENCE)
    assert loops == {loop_factory.__module__.partition(".")[0]}


def test_a_loop_factory_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match="a function that makes an event loop"):
        Connection("ws://127.0.0.1:1", Store(lambda state, _: state, ()), loop_factory=uvloop)  # type: ignore[arg-type]
