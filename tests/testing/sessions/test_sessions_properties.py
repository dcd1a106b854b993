"""Whatever was said, in whatever order and however it ended: it is served, recorded, and served again the same."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socketstore import open_log
from socketstore.log.log import Log
from socketstore.testing import ReplayServer, in_virtual_time, loop_time
from socketstore.testing.sessions.proxy import RecordingProxy
from tests.testing.sessions.recordings import came, client, closed, opened, recording, went

Said = tuple[str, str | bytes]
Epoch = tuple[list[Said], tuple[int, str, bool]]

messages = st.text(max_size=8) | st.binary(max_size=8) | st.just("x" * 70_000)
said = st.tuples(st.sampled_from(["in", "out"]), messages)
ends = st.sampled_from([(1000, "", True), (1013, "later", True), (4001, "you", True), (1006, "", False)])
epochs = st.lists(st.tuples(st.lists(said, max_size=8), ends), min_size=1, max_size=3)


def entries(sessions: Sequence[Epoch]) -> list[Any]:
    """Write it down as a log has it."""
    found: list[Any] = []
    for epoch, (frames, (code, reason, clean)) in enumerate(sessions, 1):
        found.append(opened(epoch=epoch))
        found += [(came if way == "in" else went)(data, epoch=epoch) for way, data in frames]
        found.append(closed(code, reason, clean=clean, epoch=epoch))
    return found


def of(frames: Sequence[Said], way: str) -> list[str | bytes]:
    return [data for direction, data in frames if direction == way]


async def visit(url: str, sessions: Sequence[Epoch]) -> None:
    """Come once for each epoch, say at once all that was said, and hear what was heard."""
    for frames, end in sessions:
        heard = await client(url, *of(frames, "out"), max_size=None)
        assert heard.messages == of(frames, "in")
        assert heard.close == end


async def served(source: Path, target: Log, sessions: Sequence[Epoch]) -> None:
    async with ReplayServer(source, speed=math.inf, sent="strict", then="refuse", max_size=None) as server:
        await visit(server.url, sessions)
        await server.done()
    async with ReplayServer(source, speed=math.inf, sent="strict", then="refuse", max_size=None) as server:
        async with RecordingProxy(server.url, target) as proxy:
            await visit(proxy.url, sessions)
        assert proxy.failures == []


def frames_of(log: Log, way: str) -> list[list[Any]]:
    """What went one way, epoch by epoch."""
    found: list[list[Any]] = []
    for entry in log.read():
        if entry.kind == "opened":
            found.append([])
        elif entry.kind == ("frameIn" if way == "in" else "frameOut"):
            found[-1].append(entry.data)  # type: ignore[union-attr]
    return found


@given(epochs)
def test_what_is_recorded_of_a_served_recording_is_the_recording(sessions: Sequence[Epoch]) -> None:
    with TemporaryDirectory() as folder:
        source = recording(Path(folder), *entries(sessions))
        with open_log(Path(folder) / "again.jsonl", mode="x") as again:
            asyncio.run(served(source, again, sessions))
            for way in ("in", "out"):
                assert frames_of(again, way) == [of(frames, way) for frames, _ in sessions]
            ends = [(entry.code, entry.reason, entry.clean) for entry in again.read() if entry.kind == "closed"]  # type: ignore[union-attr]
            assert ends == [end for _, end in sessions]


@given(st.lists(st.floats(0, 100), min_size=1, max_size=10), st.floats(0.5, 100))
def test_no_message_comes_before_its_time_and_all_come_in_order(ats: list[float], speed: float) -> None:
    @in_virtual_time
    async def times(path: Path) -> list[float]:
        async with ReplayServer(path, speed=speed, ping_interval=None) as server:
            heard = await client(server.url, clock=loop_time, ping_interval=None)
        assert heard.messages == [str(number) for number in range(len(ats))]
        return heard.times

    with TemporaryDirectory() as folder:
        frames = [came(str(number), at) for number, at in enumerate(sorted(ats))]
        path = recording(Path(folder), opened(), *frames, closed(at=100))
        for at, due in zip(times(path), sorted(ats), strict=True):
            assert at == pytest.approx(due / speed, abs=1.0 / speed + 0.1)
