"""Fixtures for pytest, there as soon as socketstore is installed; they do nothing unless a test asks for one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from socketstore.log.log import Log
from socketstore.log.opening import open_log
from socketstore.testing.background import in_background
from socketstore.testing.echo import EchoServer


@pytest.fixture
def socketstore_echo_url() -> Iterator[str]:
    """The address of an echo server that runs in the background until the test ends."""
    with in_background(EchoServer) as server:
        yield server.url


@pytest.fixture
def socketstore_log(tmp_path: Path) -> Iterator[Log]:
    """A new log in a folder of the test's own, open for writing; ``read()`` yields what was written."""
    with open_log(tmp_path / "session.jsonl", mode="x") as log:
        yield log
