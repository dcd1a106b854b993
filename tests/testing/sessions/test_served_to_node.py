"""A recorded session, served to a client that is written in another language."""

from __future__ import annotations

import asyncio
import json
import math
import os
import shutil
from pathlib import Path

import pytest

from socketstore.testing import ReplayServer
from tests.testing.sessions.recordings import came, closed, opened, recording, went

NODE = shutil.which("node")


async def test_a_client_in_javascript_gets_the_recorded_session(tmp_path: Path) -> None:
    if NODE is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("node is not installed")
    said = [came("welcome"), went('{"op":"subscribe"}'), came("ä" * 300), came(b"\x00\xff"), closed(4001, "the end")]
    path = recording(tmp_path, opened(), *said)
    script = Path(__file__).with_name("client.mjs")
    async with ReplayServer(path, speed=math.inf, sent="strict") as server:
        process = await asyncio.create_subprocess_exec(
            NODE, str(script), server.url, '{ "op": "subscribe" }', stdout=asyncio.subprocess.PIPE
        )
        output, _ = await process.communicate()
        await server.done()
    assert [json.loads(line) for line in output.splitlines()] == [
        {"text": "welcome"},
        {"text": "ä" * 300},
        {"base64": "AP8="},
        {"code": 4001, "reason": "the end"},
    ]
