"""A recorded session, served to a client that is written in another language."""

from __future__ import annotations

import asyncio
import json
import math
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from socketstore.testing import ReplayServer
from tests.testing.sessions.recordings import came, closed, opened, recording, went

NODE = shutil.which("node")


async def printed_by(node: str, *arguments: str) -> list[Any]:
    process = await asyncio.create_subprocess_exec(node, *arguments, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    return [json.loads(line) for line in output.splitlines()]


@pytest.fixture
def node() -> str:
    if NODE is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("node is not installed")
    return NODE


async def test_a_client_in_javascript_gets_the_recorded_session(node: str, tmp_path: Path) -> None:
    said = [came("welcome"), went('{"op":"subscribe"}'), came("ä" * 300), came(b"\x00\xff"), closed(4001, "the end")]
    path = recording(tmp_path, opened(), *said)
    script = Path(__file__).with_name("client.mjs")
    async with ReplayServer(path, speed=math.inf, sent="strict") as server:
        printed = await printed_by(node, str(script), server.url, '{ "op": "subscribe" }')
        await server.done()
    assert printed == [
        {"text": "welcome"},
        {"text": "ä" * 300},
        {"base64": "AP8="},
        {"code": 4001, "reason": "the end"},
    ]


@pytest.mark.parametrize(
    ("end", "seen"),
    [
        (closed(4001, "the end"), {"code": 4001, "reason": "the end", "wasClean": True}),
        (closed(1006, clean=False), {"code": 1006, "reason": "", "wasClean": False}),
    ],
)
async def test_the_client_that_node_has_built_in_misses_nothing_before_the_end(
    node: str, tmp_path: Path, end: Any, seen: Any
) -> None:
    said = [came("x" * 3_000_000), came(b"\x00" * 100_000)]
    script = str(Path(__file__).with_name("builtin.mjs"))
    if await printed_by(node, "--experimental-websocket", "-p", "typeof WebSocket === 'function'") != [True]:
        pytest.skip("this node has no WebSocket built in")
    async with ReplayServer(recording(tmp_path, opened(subprotocol="chat.v2"), *said, end), speed=math.inf) as server:
        printed = await printed_by(node, "--experimental-websocket", script, server.url)
    assert printed == [{"protocol": "chat.v2"}, {"length": 3_000_000}, {"bytes": 100_000}, seen]
