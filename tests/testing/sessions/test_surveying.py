"""Reading what a recording holds can be stopped."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from socketstore import ListenFailed, LogUnavailable, open_log
from socketstore.testing import ReplayServer
from socketstore.testing.sessions.surveying import Survey
from tests.testing.sessions.recordings import came, closed, opened, recording


async def test_the_reading_ends_soon_when_it_is_stopped(tmp_path: Path) -> None:
    with open_log(recording(tmp_path, opened(), came("one"), closed())) as log:
        survey = Survey(log, None)
        assert len(await survey.episodes()) == 1
        survey.stop()
        with pytest.raises(LogUnavailable, match="was stopped"):
            await survey.episodes()


async def test_the_reading_ends_soon_when_nobody_waits_for_it_any_more(tmp_path: Path) -> None:
    with open_log(recording(tmp_path, opened(), came("one"), closed())) as log:
        survey = Survey(log, None)
        reading = asyncio.create_task(survey.episodes())
        await asyncio.sleep(0)
        reading.cancel()
        await asyncio.wait([reading])
        with pytest.raises(LogUnavailable, match="was stopped"):
            list(survey.lines())


async def test_a_server_closed_while_it_reads_does_not_listen(tmp_path: Path) -> None:
    server = ReplayServer(recording(tmp_path, opened(), came("one"), closed()))
    listening = asyncio.create_task(server.listen())
    await asyncio.sleep(0)
    await server.close()
    with pytest.raises(ListenFailed, match="was closed before it listened"):
        await listening
    assert server.clients == ()
