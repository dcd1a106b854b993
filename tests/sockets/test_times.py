"""Options that are times: what is none is refused when the socket is made, not in the middle of its life."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from socketstore import Connection, UsageError, WebSocket, WebSocketServer
from tests.connection.diary import new_diary

URL = "ws://127.0.0.1:1"
MAKERS: dict[str, Callable[..., object]] = {
    "socket": lambda **options: WebSocket(URL, **options),
    "picows socket": lambda **options: WebSocket(URL, transport="picows", **options),
    "connection": lambda **options: Connection(URL, new_diary(), **options),
    "picows connection": lambda **options: Connection(URL, new_diary(), transport="picows", **options),
    "server": WebSocketServer,
}
each_maker = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
NAMES = ["open_timeout", "close_timeout", "ping_interval", "ping_timeout"]


@each_maker
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", ["x", "5", -1, math.nan, True, [1], Decimal(1)])
def test_what_is_no_time_is_refused_by_its_name(make: Callable[..., object], name: str, value: Any) -> None:
    with pytest.raises(UsageError) as refused:
        make(**{name: value})
    assert f"got {name}={value!r}; expected seconds" in str(refused.value)


@each_maker
@pytest.mark.parametrize("value", [None, 0.5, 3, math.inf])
def test_what_is_one_is_taken(make: Callable[..., object], value: Any) -> None:
    make(**dict.fromkeys(NAMES, value))


@each_maker
def test_pings_without_a_pause_are_refused_and_other_times_may_be_nothing(make: Callable[..., object]) -> None:
    with pytest.raises(UsageError, match="got ping_interval=0; expected seconds, more than 0, or None for no pings"):
        make(ping_interval=0)
    make(open_timeout=0, close_timeout=0, ping_timeout=0)


def test_the_time_for_one_attempt_is_one_of_them() -> None:
    with pytest.raises(UsageError, match="got attempt_timeout=-1; expected seconds, 0 or more, or None to wait"):
        Connection(URL, new_diary(), attempt_timeout=-1)
