"""How long messages take from being written to the subscriber: ``ADDRESS``. Prints percentiles, in seconds, as JSON."""

from __future__ import annotations

import asyncio
import json
import sys
from time import perf_counter_ns

from benchmarks.subjects.consuming import OPTIONS
from socketstore import Action, Connection, Slice, Store

WARM_UP = 0.1  # the part of the messages that does not count


class MessageStamped(Action):
    sent: int
    price: float


async def consume(url: str) -> list[int]:
    """Return the nanoseconds that each message took."""
    reducer: Slice[float] = Slice(0.0)
    told: list[int] = []
    waiting: list[int] = []

    @reducer.on(MessageStamped)
    def came(_: float, action: MessageStamped) -> float:
        waiting.append(action.sent)  # of those that come in one read, the subscriber is told once
        return action.price

    def tell(_: float) -> None:
        now = perf_counter_ns()
        told.extend(now - sent for sent in waiting)
        waiting.clear()

    store = Store(reducer, 0.0)
    store.subscribe(tell)
    async with Connection(url, store, messages=MessageStamped, reconnect=None, **OPTIONS) as connection:
        await connection.wait_closed()
    return told


def percentiles(took: list[int]) -> dict[str, float]:
    counted = sorted(took[int(len(took) * WARM_UP) :])
    at = {"p50": 0.5, "p99": 0.99, "p99.9": 0.999}
    return {name: counted[min(int(len(counted) * part), len(counted) - 1)] / 1e9 for name, part in at.items()}


if __name__ == "__main__":
    print(json.dumps(percentiles(asyncio.run(consume(sys.argv[1])))))
