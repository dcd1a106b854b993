"""A small exchange of our own, for want of a recording: the same kinds of messages, always the same ones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random
from typing import Any

from examples.market.products import PRODUCTS

START = 1_600_000_000.0
MESSAGES_PER_SECOND = 300

Ticks = dict[int, int]
"""Sizes by price, both as whole numbers: a price of 7,902 stands for 0.7902."""


class Exchange:
    """The order book of one product."""

    def __init__(self, product: str, random: Random) -> None:
        self.product = product
        self.random = random
        middle = random.randrange(1_000, 90_000)
        self.bids: Ticks = {middle - step: random.randrange(1, 9_999) for step in range(1, 60)}
        self.asks: Ticks = {middle + step: random.randrange(1, 9_999) for step in range(1, 60)}
        self.trades = random.randrange(10_000)

    def snapshot(self) -> dict[str, Any]:
        return {
            "type": "snapshot",
            "product_id": self.product,
            "bids": [[decimal(tick), decimal(size)] for tick, size in self.bids.items()],
            "asks": [[decimal(tick), decimal(size)] for tick, size in self.asks.items()],
        }

    def update(self) -> dict[str, Any]:
        """Take a level away, often the best one, or set one that does not cross the other side."""
        side, ticks = self.random.choice((("buy", self.bids), ("sell", self.asks)))
        tick, size = self.gone(ticks) if self.random.random() < 0.4 and len(ticks) > 20 else self.set(ticks)
        return {"type": "l2update", "product_id": self.product, "changes": [[side, decimal(tick), decimal(size)]]}

    def trade(self) -> Iterator[dict[str, Any]]:
        self.trades += 1
        price = decimal(min(self.asks))
        trade = {"trade_id": self.trades, "side": "sell", "size": decimal(self.random.randrange(1, 9_999))}
        best = {"best_bid": decimal(max(self.bids)), "best_ask": decimal(min(self.asks))}
        yield {"type": "match", "product_id": self.product, "price": price, **trade}
        yield {"type": "ticker", "product_id": self.product, "price": price, **best}

    def gone(self, ticks: Ticks) -> tuple[int, int]:
        best = max(ticks) if ticks is self.bids else min(ticks)
        tick = self.random.choice((best, *ticks))
        del ticks[tick]
        return tick, 0

    def set(self, ticks: Ticks) -> tuple[int, int]:
        away = self.random.randrange(1, 60)
        tick = min(self.asks) - away if ticks is self.bids else max(self.bids) + away
        ticks[tick] = self.random.randrange(1, 9_999)
        return tick, ticks[tick]


def invented_messages(seed: int, updates: int) -> Iterator[tuple[float, str]]:
    """Yield the Unix time and the text of each message."""
    random = Random(seed)  # noqa: S311 - nothing depends on its being hard to guess
    at = START
    for message in _messages(random, updates):
        at += random.expovariate(MESSAGES_PER_SECOND)
        yield at, json.dumps({**message, "time": datetime.fromtimestamp(at, UTC).isoformat()})


def _messages(random: Random, updates: int) -> Iterator[dict[str, Any]]:
    channels = [{"name": name, "product_ids": PRODUCTS} for name in ("level2", "ticker", "matches")]
    yield {"type": "subscriptions", "channels": channels}
    exchanges = [Exchange(product, random) for product in PRODUCTS]
    for exchange in exchanges:
        yield exchange.snapshot()
    for _ in range(updates):
        exchange = random.choice(exchanges)
        yield exchange.update()
        if random.random() < 0.05:
            yield from exchange.trade()


def decimal(ticks: int) -> str:
    """Write a number of ticks: 7,902 is ``0.7902``, 0 is ``0``."""
    return f"{ticks // 10_000}.{ticks % 10_000:04}" if ticks else "0"
