"""What the soak looks at: whether this process grows, and whether anything is left."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Left:
    """What must be the same before and after."""

    tasks: int
    threads: int
    descriptors: int


NOTHING = Left(0, 0, 0)


def left() -> Left:
    gc.collect()
    return Left(len(asyncio.all_tasks()), threading.active_count(), len(os.listdir("/proc/self/fd")))  # noqa: PTH208


def resident() -> int:
    """Bytes of memory that this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@dataclass(slots=True)
class Figures:
    """What a soak has seen."""

    seconds: float = 0.0
    actions: Counter[str] = field(default_factory=Counter)
    orders: Counter[str] = field(default_factory=Counter)
    resident: list[int] = field(default_factory=list)
    held: Left = NOTHING
    most_inbox: int = 0
    most_waiting: int = 0
    most_outbox: int = 0
    server: dict[str, int] = field(default_factory=dict)

    @property
    def growth(self) -> int:
        """Bytes by which the process is larger in the last quarter than at the end of the first, at its largest."""
        quarter = max(1, len(self.resident) // 4)
        return max(self.resident[-quarter:]) - max(self.resident[:quarter])

    def __str__(self) -> str:
        mebibytes = [round(size / 2**20, 1) for size in self.resident]
        return (
            f"{self.seconds:.0f} s: {self.actions['Change']} changes, {self.actions['JustConnected']} opens, "
            f"{self.actions['JustDisconnected']} ends, {self.actions['GapDetected']} gaps, "
            f"{self.actions['Resynced']} times live, {self.actions['MessageDropped']} dropped, "
            f"{dict(self.orders)} orders; {self.held}; "
            f"MiB {mebibytes[0]} at first, {mebibytes[-1]} now; at most {self.most_inbox} "
            f"bytes in the inbox, {self.most_waiting} messages before snapshots, {self.most_outbox} in the outbox"
        )
