"""What the tests of the synchronous twin share: a server in the background, and nothing left behind."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from socketstore.testing import EchoServer, in_background

PATIENCE = 10


@pytest.fixture
def url() -> Iterator[str]:
    with in_background(EchoServer) as server:
        yield server.url


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    left = [thread.name for thread in set(threading.enumerate()) - before if thread.name.startswith("socketstore ")]
    assert [name for name in left if name != "socketstore background"] == []
