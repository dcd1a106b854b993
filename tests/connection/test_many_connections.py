"""Several connections into one store, told apart by their names."""

from __future__ import annotations

from typing import Any

from socketstore import (
    Backoff,
    Connection,
    ConnectionState,
    GotMessage,
    Store,
    combine_reducers,
    connection_state_for,
)
from socketstore.testing import EchoServer
from tests.connection.diary import write_down

NAMES = ("news", "chat")


def new_store() -> Store[Any]:
    links = {name: connection_state_for(name) for name in NAMES}
    return Store(
        combine_reducers(diary=write_down, **links), {"diary": (), **{name: ConnectionState() for name in NAMES}}
    )


async def test_each_of_two_servers_has_its_own_state_and_loses_it_alone() -> None:
    store = new_store()
    async with EchoServer() as one, EchoServer() as other:
        news = Connection(one.url, store, name="news", reconnect=Backoff(0.001, jitter=0))
        chat = Connection(other.url, store, name="chat", reconnect=None)
        async with news, chat:
            await news.send("Rain")
            await chat.send("Hi")
            await store.wait_for(lambda state: len(messages(state)) == 2, timeout=10)
            undisturbed = store.state["chat"]
            one.clients[0].abort()
            await store.wait_for(lambda state: state["news"].epoch == 2, timeout=10)
            assert store.state["chat"] is undisturbed
            assert (undisturbed.phase, undisturbed.epoch, undisturbed.url) == ("open", 1, other.url)
            await chat.close()
            assert (store.state["news"].phase, store.state["chat"].phase) == ("open", "closed")
    assert sorted(messages(store.state)) == [("chat", "Hi"), ("news", "Rain")]
    assert {action.connection for action in store.state["diary"]} == set(NAMES)


def messages(state: Any) -> list[tuple[str, Any]]:
    return [(action.connection, action.data) for action in state["diary"] if isinstance(action, GotMessage)]
