"""The twenty lines of the README against an echo server written in another language."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from examples.chat.state import Chat, chat
from socketstore import Connection, Store

NODE = shutil.which("node")


@pytest.fixture
async def node_server() -> AsyncIterator[str]:
    if NODE is None:
        pytest.skip("node is not installed")
    script = Path(__file__).with_name("echo_server.mjs")
    process = await asyncio.create_subprocess_exec(NODE, str(script), stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        yield f"ws://127.0.0.1:{int(await process.stdout.readline())}"
    finally:
        process.kill()
        await process.communicate()


async def test_a_store_chats_with_a_server_written_in_javascript(node_server: str) -> None:
    store = Store(chat, Chat())
    async with Connection(node_server, store) as connection:
        assert store.state.online
        await connection.send("I am LEGENDARY!")
        await store.wait_for(lambda state: len(state.lines) >= 2, timeout=10)
        assert connection.failure is None
    assert store.state == Chat(lines=("Hello?", "I am LEGENDARY!"), online=False)
