"""The file of typed examples also runs; that it is well typed, mypy and pyright say."""

from __future__ import annotations

import api_sending
import pytest

from socketstore import Connection, Store, UsageError
from socketstore.testing import EchoServer, in_background


async def test_the_typed_examples_run() -> None:
    async with EchoServer() as server:
        assert await api_sending.what_is_sent_may_wait(server.url) == {"id": "a"}


def test_those_of_the_synchronous_twin_run_too() -> None:
    with in_background(EchoServer) as server:
        assert api_sending.the_synchronous_twin_asks_as_well(server.url) == {"id": 1}


async def test_a_mistake_that_the_types_find_is_also_found_when_it_runs() -> None:
    with pytest.raises(UsageError, match="when_full='explode'"):
        api_sending.a_policy_that_does_not_exist()
    connection = Connection("ws://127.0.0.1:1", Store(lambda state, action: state, None))
    with pytest.raises(UsageError, match="reply=None"):
        await api_sending.a_request_without_a_way_to_tell_the_answer(connection)
