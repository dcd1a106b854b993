"""Subscriptions of a connection, over real sockets: through `on_open`, cuts, other threads and the end."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

from socketstore import (
    Action,
    Backoff,
    Connection,
    ConnectionLost,
    JustDisconnected,
    NotOpen,
    Store,
    Subscriptions,
    UsageError,
    open_log,
    record,
    replay,
)
from socketstore import sync as synchronous
from socketstore.testing import in_background
from tests.connection.subscriptions.desk import App, WantedChanged, app, subscriptions
from tests.connection.subscriptions.feed_server import FeedServer

AT_ONCE = Backoff(0.001, jitter=0, healthy_after=0)


def new_store(*wanted: str, **options: Any) -> Store[App]:
    return Store(app, App(wanted=wanted), **options)


def want(store: Store[App], *keys: str) -> None:
    store.dispatch(WantedChanged(keys=keys))


def follows(*keys: str) -> Callable[[App], bool]:
    return lambda state: state.connection.subscribed == set(keys)


async def until(store: Store[App], predicate: Callable[[App], object]) -> App:
    return await store.wait_for(predicate, timeout=10)


async def test_what_is_wanted_is_followed_and_so_are_its_changes() -> None:
    store = new_store("a", "b")
    async with FeedServer() as server, Connection(server.url, store, subscriptions=subscriptions()):
        await until(store, follows("a", "b"))
        want(store, "b", "c")
        await until(store, follows("b", "c"))
        assert server.follows == {"b", "c"}
        assert server.heard == [[{"sub": ["a", "b"]}, {"unsub": ["a"]}, {"sub": ["c"]}]]


async def test_after_a_cut_exactly_what_is_wanted_by_then_is_asked_for() -> None:
    store = new_store("a", "b", "x")
    async with FeedServer() as server:
        server.refuses = {"x"}
        async with Connection(server.url, store, subscriptions=subscriptions(), reconnect=AT_ONCE):
            await until(store, lambda state: follows("a", "b")(state) and state.connection.refused)

            @store.subscribe(select=lambda state: state.connection.phase)
            def while_there_is_no_socket(phase: str) -> None:
                if phase == "closed":
                    want(store, "b", "c", "x")

            server.cut()
            await until(store, lambda state: follows("b", "c")(state) and state.connection.refused)
            assert server.heard[1] == [{"sub": ["b", "c", "x"]}]
            assert server.follows == {"b", "c"}
            while_there_is_no_socket()


async def test_nothing_is_asked_for_before_on_open_has_come_to_its_end() -> None:
    store = new_store("a")
    logged_in = asyncio.Event()

    async def log_in(connection: Connection) -> None:
        await connection.send('{"login": 1}')
        want(store, "a", "b")
        await logged_in.wait()
        await connection.send('{"login": 2}')

    async with FeedServer() as server:
        connection = Connection(server.url, store, subscriptions=subscriptions(), on_open=log_in)
        opening = asyncio.create_task(connection.__aenter__())
        await server.until_heard(0, 1)
        assert server.heard == [[{"login": 1}]]
        logged_in.set()
        await opening
        assert await server.until_heard(0, 3) == [{"login": 1}, {"login": 2}, {"sub": ["a", "b"]}]
        await connection.close()


async def test_a_socket_that_is_cut_while_on_open_speaks_is_not_asked_for_anything() -> None:
    store = new_store("a")
    first = True

    async def log_in(connection: Connection) -> None:
        nonlocal first
        if first:
            first = False
            server.cut()
            await asyncio.Event().wait()

    async with FeedServer() as server:
        async with Connection(
            server.url, store, subscriptions=subscriptions(), on_open=log_in, reconnect=AT_ONCE, open_timeout=10
        ):
            await until(store, follows("a"))
        assert server.heard == [[], [{"sub": ["a"]}]]


async def test_answers_need_no_class_of_their_own_and_other_messages_are_decoded() -> None:
    class Price(Action):
        value: int

    seen: list[int] = []

    def reducer(state: App, action: object) -> App:
        if isinstance(action, Price):
            seen.append(action.value)
        return app(state, action)

    store = Store(reducer, App(wanted=("a",)))
    async with FeedServer() as server, Connection(server.url, store, subscriptions=subscriptions(), messages=Price):
        await until(store, follows("a"))
        server.clients[0].send('{"type": "price", "value": 7}')
        await until(store, lambda state: state.connection.last_message_at)
        assert seen == [7]
        assert store.state.connection.rejected == 0


async def test_a_state_that_other_threads_change_is_followed() -> None:
    loop = asyncio.get_running_loop()
    loop.set_debug(True)  # so that it refuses what another thread does to it
    loop.slow_callback_duration = 1_000.0
    store = new_store()
    keys = [f"k{number}" for number in range(50)]

    def change() -> None:
        for index in range(len(keys)):
            want(store, *keys[: index + 1])

    async with FeedServer() as server, Connection(server.url, store, subscriptions=subscriptions()):
        threads = [threading.Thread(target=change) for _ in range(2)]
        for thread in threads:
            thread.start()
        await asyncio.to_thread(lambda: [thread.join() for thread in threads])
        want(store, *keys)
        await until(store, follows(*keys))
        assert server.follows == set(keys)


async def test_after_the_end_of_the_connection_the_state_is_not_listened_to() -> None:
    store = new_store("a")
    read: list[App] = []

    def select(state: App) -> tuple[str, ...]:
        read.append(state)
        return state.wanted

    async with FeedServer() as server:
        connection = Connection(server.url, store, subscriptions=subscriptions(select=select))
        async with connection:
            await until(store, follows("a"))
        read.clear()
        want(store, "b")
        assert read == []
        assert store.state.connection.subscribed == frozenset()
        with pytest.raises(NotOpen):
            await connection.resubscribe("a")


async def test_a_connection_that_is_closed_by_a_word_about_a_subscription_says_nothing_after_its_last() -> None:
    store = new_store("a", "b", "c")
    async with FeedServer() as server:
        server.silent = True
        of = subscriptions(acknowledged=None, batch=1)
        connection = Connection(server.url, store, subscriptions=of, reconnect=None)
        actions: list[Any] = []

        def close(state: App) -> None:
            if state.said:
                connection.close()

        store.subscribe(close)
        store.subscribe(lambda state: actions.append(state.said))
        async with connection:
            await connection.wait_closed()
        assert store.state.said == (("Subscribed", "a"),)
        assert store.state.connection.phase == "closed"


async def test_a_key_can_be_asked_for_again_and_its_answer_awaited() -> None:
    store = new_store("a", "b")
    async with FeedServer() as server, Connection(server.url, store, subscriptions=subscriptions()) as connection:
        await until(store, follows("a", "b"))
        await connection.resubscribe("a")
        assert server.heard[0][1:] == [{"unsub": ["a"]}, {"sub": ["a"]}]
        assert store.state.connection.subscribed == {"a", "b"}
        server.silent = True
        waiting = asyncio.ensure_future(connection.resubscribe("b"))
        await server.until_heard(0, 5)
        server.cut()
        with pytest.raises(ConnectionLost):
            await waiting


async def test_a_connection_without_subscriptions_has_none_to_ask_for_again() -> None:
    with pytest.raises(UsageError, match="has no subscriptions"):
        await Connection("ws://localhost", new_store()).resubscribe("a")


async def test_a_recorded_session_replays_to_the_same_subscriptions_without_a_network(tmp_path: Any) -> None:
    with open_log(tmp_path / "session.jsonl", mode="x") as log:
        store = new_store("a", "x", middleware=[record(log)])
        async with FeedServer() as server:
            server.refuses = {"x"}
            async with Connection(server.url, store, subscriptions=subscriptions()):
                await until(store, lambda state: follows("a")(state) and state.connection.refused)
        closed = await until(store, lambda state: isinstance(state.connection.last_close, JustDisconnected))
    with open_log(tmp_path / "session.jsonl") as log:
        assert replay(log, app, App(wanted=("a", "x"))) == closed


def test_the_synchronous_twin_follows_what_is_wanted_too() -> None:
    store = new_store("a")
    with (
        in_background(FeedServer) as server,
        synchronous.Connection(server.url, store, subscriptions=subscriptions()) as connection,
    ):
        connection.wait_for(follows("a"), timeout=10)
        want(store, "a", "b")
        connection.wait_for(follows("a", "b"), timeout=10)
        connection.resubscribe("b")
        assert server.follows == {"a", "b"}


# What may be asked for.


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"select": "wanted"}, "got select='wanted'; expected a function of the state"),
        ({"subscribe": None}, "got subscribe=None; expected a function of a tuple of keys"),
        ({"unsubscribe": 1}, "got unsubscribe=1"),
        ({"acknowledged": 1}, "got acknowledged=1"),
        ({"message_id": 1}, "got message_id=1"),
        ({"batch": "all"}, "got batch='all'"),
        ({"batch": 0}, "expected batch >= 1"),
        ({"pause": -1}, "pause >= 0"),
        ({"timeout": 0}, "timeout > 0"),
        ({"message_id": json.loads, "acknowledged": None}, "message_id= without acknowledged="),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_cannot_be_used_is_refused(wrong: dict[str, Any], complaint: str) -> None:
    with pytest.raises(UsageError) as raised:
        subscriptions(**wrong)
    assert complaint in str(raised.value)


def test_the_state_that_is_selected_from_may_be_named() -> None:
    subscriptions = Subscriptions[tuple[str, ...]](select=lambda state: state, subscribe=list, unsubscribe=list)
    assert subscriptions.select(("a",)) == ("a",)


def test_a_connection_takes_nothing_else_for_subscriptions() -> None:
    with pytest.raises(UsageError, match="expected Subscriptions, or None"):
        Connection("ws://localhost", new_store(), subscriptions={"a"})  # type: ignore[arg-type]
