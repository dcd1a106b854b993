"""Fixtures that watch over every test of sockets: nothing is left behind, nothing goes wrong unnoticed."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest


@pytest.fixture(autouse=True)
async def reported(caplog: pytest.LogCaptureFixture) -> AsyncIterator[list[BaseException | str]]:
    """What the event loop's exception handler was given. A test that expects something takes it out of here.

    At the end of each test there is no task, no open socket (a `ResourceWarning` is an error), no other report, and
    no warning in the log.
    """
    reports: list[BaseException | str] = []
    loop = asyncio.get_running_loop()

    def handle(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        reports.append(context.get("exception") or context["message"])

    loop.set_exception_handler(handle)
    before = asyncio.all_tasks()
    yield reports
    for _ in range(5):  # connections that were cut report their end in the next rounds of the loop
        await asyncio.sleep(0)
    left = asyncio.all_tasks() - before - {asyncio.current_task()}
    gc.collect(1)  # what a short test has made is young; a whole collection would take most of the test's time
    assert left == set()
    assert reports == [], reports
    assert [record.message for record in caplog.get_records("call") if record.levelno >= logging.WARNING] == []
