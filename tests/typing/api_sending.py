"""How what is sent is used, for the eyes of mypy and pyright; a test runs it as well.

A line with ``type: ignore`` is a mistake that the types must find: mypy complains when it does not.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, assert_type

from socketstore import Connection, Outbox, Store, Waiting
from socketstore.sync import Connection as SyncConnection


async def what_is_sent_may_wait(url: str) -> Any:
    store = Store(lambda state, action: state, None)
    async with Connection(url, store, outbox=Outbox(limit=10, when_full="wait", ttl=5.0)) as connection:
        assert_type(connection.send("text"), Awaitable[None])
        await connection.send({"x": 1}, key="cursor", ttl=0.5)
        await connection.send(b"bytes", key=("any", "thing", 1))
        assert_type(connection.waiting, Waiting)
        assert_type(connection.waiting.bytes, int)
        answer = await connection.request({"id": "a"}, reply="a")
        assert_type(answer, Any)
        await connection.request("x", reply=lambda content: content == "x", timeout=None, idempotent=True)
        return answer


def the_synchronous_twin_asks_as_well(url: str) -> Any:
    with SyncConnection(url, Store(lambda state, action: state, None), outbox=None) as connection:
        assert_type(connection.waiting, Waiting)
        return connection.request({"id": 1}, reply=1)


def a_policy_that_does_not_exist() -> None:
    Outbox(when_full="explode")  # type: ignore[arg-type]


async def a_request_without_a_way_to_tell_the_answer(connection: Connection) -> None:
    await connection.request("x", reply=None)  # type: ignore[arg-type]
