"""The connection on a bad day, as its user runs it; and that the program would notice if something were lost."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from immutables import Map

from examples.resilient.__main__ import status, sum_up
from examples.resilient.client import GOODS, PriceChanged, Shop, is_certain
from examples.resilient.feed import Feed
from socketstore import ConnectionState, StreamState

ROOT = Path(__file__).parents[2]

LIVE = ConnectionState(phase="open", epoch=2, streams=Map(dict.fromkeys(GOODS, StreamState("live"))))


@pytest.fixture(scope="module")
def program() -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "examples.resilient", "--patience", "0.2"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=50, encoding="utf-8")


def test_it_ends_by_itself_and_nothing_was_lost(program: subprocess.CompletedProcess[str]) -> None:
    assert (program.returncode, program.stderr) == (0, "")
    assert program.stdout.endswith("\nNothing was lost, nothing came twice, all is in order.\n")
    assert re.search(r"^orders: 6 given, 6 taken$", program.stdout, re.MULTILINE)
    made, got = re.search(r"^prices: (\d+) made, (\d+) got$", program.stdout, re.MULTILINE).groups()  # type: ignore[union-attr]
    assert made == got


def test_it_shows_what_each_trouble_does_to_the_connection(program: subprocess.CompletedProcess[str]) -> None:
    troubles = program.stdout.partition("\nsockets: ")[0].split(">> ")[1:]
    seen = {trouble.partition("\n")[0]: trouble for trouble in troubles}
    for trouble, word in {
        "the server loses a price of tea": "resyncing",
        "the server has too much to do: 1013, come back later": "waiting, stale",
        "the server forgets who follows coffee, and says nothing": "stale",
        "the network breaks the connection, and is away for a while": r"connecting, attempt \d+, stale",
        "a cable is pulled: the socket seems open, and nothing comes": r"open, socket \d+, stale",
        "the cable is back": "live +live",
    }.items():
        assert re.search(word, seen[trouble])
    assert len(seen) == 6


def feed_and_shop() -> tuple[Feed, Shop]:
    feed = Feed(every=1)
    prices = tuple(PriceChanged(goods=goods, number=1, price=3) for goods in GOODS)
    for price in prices:
        feed.prices[price.goods].append(price)
    feed.orders.append("order 1")
    return feed, Shop(prices=prices, connection=LIVE)


def test_whatever_is_missing_twice_or_out_of_order_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    feed, shop = feed_and_shop()
    assert sum_up(shop, feed, ["order 1"]) == 0
    assert sum_up(replace(shop, prices=shop.prices[1:]), feed, ["order 1"]) == 1
    assert sum_up(replace(shop, prices=shop.prices * 2), feed, ["order 1"]) == 1
    assert sum_up(shop, feed, ["order 1", "order 2"]) == 1
    assert capsys.readouterr().out.count("Something is wrong.") == 3


def test_the_state_is_certain_only_if_all_of_it_is_live() -> None:
    assert is_certain(Shop(connection=LIVE))
    assert not is_certain(Shop(connection=replace(LIVE, stale_since=1.0)))
    assert not is_certain(Shop(connection=replace(LIVE, phase="waiting")))
    assert not is_certain(Shop(connection=replace(LIVE, streams=LIVE.streams.set("tea", StreamState("stale")))))
    assert not is_certain(Shop())


def test_the_status_says_what_may_be_out_of_date() -> None:
    assert status(Shop()) == ("idle", "-", "-")
    assert status(Shop(connection=LIVE)) == ("open, socket 2", "live", "live")
    connecting = replace(LIVE, phase="connecting", attempt=3, stale_since=1.0)
    assert status(Shop(connection=connecting))[0] == "connecting, attempt 3, stale"
