"""A reducer that is too slow for its feed: ``ADDRESS SECONDS``. Prints as JSON what that costs in memory, in bytes."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.subjects.consuming import OPTIONS
from socketstore import Connection, Store

PAUSE = 0.001  # seconds that the reducer takes
ASKED_FOR = 100_000_000  # messages that the server would send: gigabytes


@dataclass
class Seen:
    """What was seen at its worst."""

    resident: int = 0
    inbox: int = 0


def resident() -> int:
    """Return the bytes of this process that are in memory (Linux)."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096


def slow(state: int, _: Any) -> int:
    time.sleep(PAUSE)
    return state + 1


async def consume(url: str, seconds: float) -> dict[str, int]:
    store = Store(slow, 0)
    before, early, late = resident(), Seen(), Seen()
    async with Connection(url, store, reconnect=None, close_timeout=0.1, **OPTIONS) as connection:
        for half in (early, late):
            until = time.monotonic() + seconds / 2
            while time.monotonic() < until:
                half.resident = max(half.resident, resident() - before)
                half.inbox = max(half.inbox, connection.inbox_size)
                await asyncio.sleep(0.02)
    return {"first half": early.resident, "second half": late.resident, "inbox": late.inbox, "reduced": store.state}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(consume(f"{sys.argv[1]}{ASKED_FOR}", float(sys.argv[2])))))
