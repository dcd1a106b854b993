"""A server that accepts and closes at once is called no more often than the backoff promises, whatever is drawn."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from itertools import cycle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socketstore import Backoff, Connection, SocketError, Store
from socketstore.testing import FakeSocket, FakeSockets, in_virtual_time, loop_time

HOUR = 3600.0


def accept_and_close(socket: FakeSocket) -> None:
    socket.accept()
    socket.end(1013, "come back later")


def accept_talk_and_close(socket: FakeSocket) -> None:
    socket.accept("Hello!")
    socket.end(1013, "come back later")


def refuse(socket: FakeSocket) -> None:
    socket.refuse(503)


def break_off(socket: FakeSocket) -> None:
    socket.accept()
    socket.fail()


@in_virtual_time
async def handshakes_in_an_hour(backoff: Backoff, answer: object, seed: int) -> int:
    random.seed(seed)
    sockets = FakeSockets(answer)  # type: ignore[arg-type]
    store: Store[None] = Store(lambda state, action: state, None)
    connection = Connection(
        "ws://feed", store, make_socket=sockets.make, reconnect=backoff, open_timeout=None, clock=loop_time
    )
    try:
        async with asyncio.timeout(HOUR):
            await connection.run()
    except TimeoutError:
        pass
    assert loop_time() >= HOUR
    return len(sockets.all)


def close(code: int, *first: str) -> Callable[[FakeSocket], None]:
    def answer(socket: FakeSocket) -> None:
        socket.accept(*first)
        socket.end(code)

    return answer


def status(code: int) -> Callable[[FakeSocket], None]:
    return lambda socket: socket.refuse(code)


seeds = st.integers(0, 2**32)
answers = st.sampled_from([accept_and_close, accept_talk_and_close, refuse, break_off])
backoffs = st.builds(
    Backoff,
    initial=st.floats(0.25, 30),
    factor=st.floats(1.5, 4),
    maximum=st.floats(30, 600),
    jitter=st.floats(0, 1),
    healthy_after=st.floats(0.1, 100),
)


@given(seeds, answers)
def test_over_the_first_hour_the_default_backoff_keeps_its_promise_for_any_seed(seed: int, answer: object) -> None:
    assert 2 <= handshakes_in_an_hour(Backoff(), answer, seed) <= Backoff().most_attempts(HOUR)


@given(backoffs, answers, seeds)
def test_over_the_first_hour_any_backoff_keeps_its_promise(backoff: Backoff, answer: object, seed: int) -> None:
    assert 2 <= handshakes_in_an_hour(backoff, answer, seed) <= backoff.most_attempts(HOUR)


@pytest.mark.parametrize("answer", [accept_and_close, refuse])
def test_the_promise_is_no_idle_one(answer: object) -> None:
    """Without jitter there are as many handshakes as are promised at most."""
    backoff = Backoff(jitter=0)
    assert handshakes_in_an_hour(backoff, answer, 0) == backoff.most_attempts(HOUR)


REFUSALS = [
    status(401),
    status(403),
    close(4401),
    close(4403),
    close(1008),
    close(4401, "Hello!"),
    close(1008, "Hello!"),
]


@given(st.lists(st.sampled_from(REFUSALS), min_size=1, max_size=3), st.sampled_from([10.0, 0.0, "message"]))
def test_servers_that_refuse_fresh_credentials_in_turn_each_in_its_way_are_not_called_for_ever(
    refusals: list[Callable[[FakeSocket], None]], healthy_after: Any
) -> None:
    @in_virtual_time
    async def handshakes() -> int:
        answers = cycle(refusals)
        sockets = FakeSockets(lambda socket: next(answers)(socket) if len(sockets.all) < 50 else socket.fail())
        store: Store[None] = Store(lambda state, action: state, None)
        connection = Connection(
            "ws://feed",
            store,
            headers=lambda: {"Authorization": "fresh"},
            make_socket=sockets.make,
            reconnect=Backoff(healthy_after=healthy_after),
            open_timeout=None,
        )
        with suppress(SocketError, TimeoutError):
            async with asyncio.timeout(HOUR):
                await connection.run()
        return len(sockets.all)

    assert 2 <= handshakes() <= 6


@pytest.mark.parametrize("healthy_after", [10.0, "message"])
@in_virtual_time
async def test_a_login_that_fails_is_no_sign_of_health_whatever_the_server_says(healthy_after: Any) -> None:
    def answer(socket: FakeSocket) -> None:
        socket.accept("Hello!")
        socket.freeze()  # it does not answer the close frame: that takes ten seconds

    def fail(_: Connection) -> None:
        raise PermissionError

    sockets = FakeSockets(answer)
    store: Store[None] = Store(lambda state, action: state, None)
    connection = Connection(
        "ws://feed",
        store,
        make_socket=sockets.make,
        reconnect=Backoff(healthy_after=healthy_after),
        on_open=fail,
        max_attempts=4,
        open_timeout=None,
    )
    async with asyncio.timeout(HOUR):
        with pytest.raises(SocketError, match="on_open raised PermissionError"):
            await connection.run()
    assert len(sockets.all) == 4
