"""What the desktop examples share: the state in words, and the server."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys

import pytest
from immutables import Map

from examples.desktop.prices import (
    KEPT,
    Desk,
    PriceChanged,
    Row,
    Status,
    SymbolAdded,
    add_price,
    add_symbol,
    desk,
    rows,
    sparkline,
    status,
)
from examples.desktop.server import PriceServer
from socketstore import Connecting, GotError, JustConnected, JustDisconnected, ReconnectScheduled, WebSocket
from tests.examples.windows import ROOT

WHERE = {"connection": "default", "at": 1.0}


def folded(*actions: object) -> Desk:
    state: Desk = desk.initial
    for action in actions:
        state = desk(state, action)
    return state


def test_the_last_prices_of_a_symbol_are_kept():
    prices: Map[str, tuple[float, ...]] = Map({"ACME": ()})
    for number in range(KEPT + 5):
        prices = add_price(prices, PriceChanged(symbol="ACME", price=number))
    assert prices["ACME"] == tuple(range(5, KEPT + 5))


def test_a_price_that_nobody_asked_for_changes_nothing_and_neither_does_a_symbol_that_is_there():
    prices: Map[str, tuple[float, ...]] = Map({"ACME": (1.0,)})
    assert add_price(prices, PriceChanged(symbol="ELSE", price=1)) is prices
    assert add_symbol(prices, SymbolAdded(symbol="ACME")) is prices
    assert add_symbol(prices, SymbolAdded(symbol="ELSE")) == Map({"ACME": (1.0,), "ELSE": ()})


def test_prices_in_words():
    assert rows(Map({"UP": (100.0, 1101.5), "DOWN": (100.0, 99.0), "NEW": (), "EVEN": (2.0,)})) == [
        Row("DOWN", "99.00", "-1.00 %", "█▁", -1.0),
        Row("EVEN", "2.00", "+0.00 %", "▁", 0.0),
        Row("NEW", "…", "", "", 0),
        Row("UP", "1,101.50", "+1001.50 %", "▁█", 1001.5),
    ]
    assert sparkline((0, 1, 2, 3, 4, 5, 6, 7)) == "▁▂▃▄▅▆▇█"


def test_the_status_follows_the_connection():
    begun = Connecting(url="ws://x", attempt=1, **WHERE)
    opened = JustConnected(url="ws://x", subprotocol=None, epoch=1, **WHERE)
    ended = JustDisconnected(code=1006, reason="", clean=False, **WHERE)
    assert status(folded()) == Status("amber", "connecting")
    assert status(folded(begun)) == Status("amber", "connecting to ws://x")
    assert status(folded(begun, opened)) == Status("green", "live from ws://x")
    again = ReconnectScheduled(attempt=2, delay=1, **WHERE)
    assert status(folded(begun, ended, again)) == Status("amber", "disconnected; attempt 2 follows")
    failed = GotError(error="ConnectionFailed", message="refused", **WHERE)
    assert status(folded(begun, failed, ended)) == Status("red", "refused")
    assert status(folded(begun, opened, ended)) == Status("red", "disconnected")


async def test_the_server_refuses_what_is_no_wish():
    async with PriceServer(every=0.01) as server, asyncio.timeout(10):
        socket = WebSocket(server.url)
        closed: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        socket.add_listener("close", lambda event: closed.set_result(event.code))
        async with socket:
            await socket.send("what?")
            assert await closed == 4000


async def test_the_server_sends_only_what_is_followed():
    async with PriceServer(every=0.01) as server, asyncio.timeout(10):
        socket = WebSocket(server.url)
        said: asyncio.Queue[str] = asyncio.Queue()
        socket.add_listener("message", lambda event: said.put_nowait(event.data))
        async with socket:
            await socket.send('{"symbols": ["ACME"]}')
            assert {json.loads(await said.get())["symbol"] for _ in range(5)} == {"ACME"}


@pytest.fixture
def served():
    command = [sys.executable, "-m", "examples.desktop", "--port"]
    with subprocess.Popen(
        [*command, "0"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.kill()


def test_the_server_tells_its_address_and_ends_quietly_with_ctrl_c(served):
    address = served.stdout.readline()
    assert address.startswith("Prices at ws://127.0.0.1:")
    port = address.split()[2].rpartition(":")[2]
    command = [sys.executable, "-m", "examples.desktop", "--port", port]
    second = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (second.returncode, second.stdout, second.stderr.count("\n")) == (1, "", 1)
    served.send_signal(signal.SIGINT)
    assert served.communicate(timeout=20) == ("", "")
    assert served.returncode == 0
