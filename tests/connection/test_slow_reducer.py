"""A reducer that is slower than the server: the connection lives, nothing is lost, and nothing comes too late."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve

from socketstore import Connection, ConnectionLost, GotMessage, JustConnected, JustDisconnected, Store
from socketstore.sockets import pacing
from socketstore.testing import in_background
from tests.connection.diary import Diary, attempts, contents, new_diary, the, until, words, write_down
from tests.sockets.peers import Peer, closing, raw_server, text

STRICT: dict[str, Any] = {"ping_interval": 0.1, "ping_timeout": 0.3}
SLOWNESS = 0.05  # seconds for each message: the thing under test


def slow(diary: Diary, action: object) -> Diary:
    if isinstance(action, GotMessage):
        time.sleep(SLOWNESS)
    return write_down(diary, action)


class StrictServer:
    """A server of `websockets` itself that sends a backlog at once, and closes who does not answer its pings."""

    def __init__(self, backlog: int) -> None:
        self.backlog = backlog

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        async with serve(self._speak, "127.0.0.1", 0, **STRICT) as server:
            yield f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"

    async def _speak(self, wire: ServerConnection) -> None:
        for number in range(self.backlog):
            await wire.send(f"{number}: {'x' * 200}")
        await wire.wait_closed()


async def test_a_reducer_of_50_ms_outlives_the_pings_of_both_sides() -> None:
    server = StrictServer(300)
    store: Store[Diary] = Store(slow, ())
    with in_background(server.serving) as url:
        async with Connection(url, store, reconnect=None, close_timeout=0.1, **STRICT) as connection:
            await store.wait_for(lambda diary: len(contents(diary)) >= 22, timeout=30)
            assert connection.inbox_size > 0
            assert "JustDisconnected" not in words(store.state)
    assert contents(store.state) == [f"{number}: {'x' * 200}" for number in range(len(contents(store.state)))]
    ended = the(store.state, JustDisconnected)
    assert store.state[-1] is ended
    assert ended.dropped > 0
    assert ended.reason != "keepalive ping timeout"
    assert connection.inbox_size == 0


async def test_closing_takes_no_longer_than_close_timeout_and_nothing_is_dispatched_after_it() -> None:
    async def speak(peer: Peer) -> None:
        await peer.accept(*(text(str(number)) for number in range(500)), closing(1000))
        await peer.until_gone()

    store: Store[Diary] = Store(slow, ())
    async with raw_server(speak) as url:
        connection = Connection(url, store, close_timeout=0.1)
        async with connection:
            await until(store, GotMessage, 2)
            await connection.close()
            last = store.state
            await asyncio.sleep(0)
    assert store.state is last
    assert isinstance(last[-1], JustDisconnected)
    assert last[-1].dropped + len(contents(last)) == 500
    assert last[-1].dropped > 400


async def test_messages_of_an_earlier_epoch_never_come_after_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "SLICE", 0.0)

    async def speak(peer: Peer) -> None:
        await peer.accept(*(text(str(number)) for number in range(300)))
        await peer.until_gone()

    store = new_diary()
    async with raw_server(speak) as url, Connection(url, store, close_timeout=0.05) as connection:
        for epoch in (1, 2, 3):
            await store.wait_for(lambda diary, epoch=epoch: diary[-1:] and _is_message(diary[-1], epoch))
            connection.reconnect_now()
        await until(store, JustConnected, 4)
    said = [(action.epoch, type(action).__name__) for action in store.state if action.epoch is not None]
    assert [epoch for epoch, _ in said] == sorted(epoch for epoch, _ in said)
    for epoch in (1, 2, 3):
        assert [name for number, name in said if number == epoch][-1] == "JustDisconnected"
    dropped = [action.dropped for action in store.state if isinstance(action, JustDisconnected)]
    assert all(count > 0 for count in dropped[:3])
    attempts(store.state)


def _is_message(action: object, epoch: int) -> bool:
    return isinstance(action, GotMessage) and action.epoch == epoch


@pytest.mark.parametrize("end", ["close frame", "FIN"])
async def test_all_that_came_is_dispatched_before_the_next_attempt_begins(
    end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pacing, "SLICE", 0.0)

    async def speak(peer: Peer) -> None:
        await peer.accept(*(text(str(number)) for number in range(200)))
        if end == "close frame":
            peer.write(closing(1012))
            await peer.until_closing()

    store = new_diary()
    async with raw_server(speak) as url:
        with suppress(ConnectionLost):  # what run() raises when the last one was not closed cleanly
            await Connection(url, store, retry=lambda ended: ended.in_a_row < 3 and 0.0).run()
    for run in attempts(store.state):
        assert run.count("GotMessage") == 200
    assert contents(store.state) == [str(number) for number in range(200)] * 3


async def test_a_reducer_that_closes_the_connection_in_the_middle_of_a_slice_ends_it() -> None:
    async def speak(peer: Peer) -> None:
        await peer.accept(*(text(str(number)) for number in range(20)))
        await peer.until_closing()
        peer.write(closing(1000))

    store = new_diary()
    async with raw_server(speak) as url:
        connection = Connection(url, store)
        store.subscribe(lambda diary: connection.close() if len(contents(diary)) else None)
        await connection.run()
    assert len(contents(store.state)) == 20
    assert words(store.state)[-1] == "JustDisconnected"
