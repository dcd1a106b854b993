"""The outbox and requests from a program without an event loop."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from socketstore import RequestTimeout, UsageError, Waiting
from socketstore.sync import Connection
from socketstore.testing import EchoServer, in_background
from tests.connection.diary import Diary, contents, new_diary


@pytest.fixture
def url() -> Iterator[str]:
    with in_background(EchoServer) as server:
        yield server.url


def test_a_request_returns_its_answer(url: str) -> None:
    with Connection(url, new_diary()) as connection:
        assert connection.request({"id": 7, "method": "time"}, reply=7) == {"id": 7, "method": "time"}
        with pytest.raises(RequestTimeout):
            connection.request("x", reply=7, timeout=0.01)
        assert connection.waiting == Waiting()


def test_on_open_speaks_first_although_it_has_a_thread_of_its_own(url: str) -> None:
    def on_open(connection: Connection) -> None:
        connection.send("hello")
        assert connection.request({"id": 0}, reply=0) == {"id": 0}

    store = new_diary()
    with Connection(url, store, on_open=on_open) as connection:
        connection.send("after")
        connection.wait_for(lambda diary: contents(diary) == ["hello", "after"], timeout=10)


def test_a_subscriber_cannot_wait_for_an_answer(url: str) -> None:
    outcome: list[BaseException] = []
    store = new_diary()
    with Connection(url, store) as connection:

        def ask(diary: Diary) -> None:
            try:
                connection.request("x", reply=1)
            except UsageError as error:
                outcome.append(error)

        store.subscribe(ask)
        connection.send("x")
        connection.wait_for(lambda diary: bool(contents(diary)), timeout=10)
    assert "cannot wait for itself" in str(outcome[0])
