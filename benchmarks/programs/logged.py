"""What recording needs in memory and on the disk: ``SUFFIX COUNT``. Prints as JSON, in bytes."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from benchmarks.generator import some_frames
from benchmarks.programs.slow_consumer import resident
from benchmarks.subjects.market import ACTIONS, ADAPTER, Market, market
from socketstore import Store, open_log, record


def recorded(suffix: str, count: int) -> dict[str, int]:
    actions = [ADAPTER.validate_json(frame[2:]) for frame in some_frames()]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"session{suffix}"
        with open_log(path, mode="x", actions=ACTIONS) as log:
            store = Store(market, Market(), middleware=[record(log)])
            walk(store, actions, count // 10)  # whatever is loaded or grown once
            before = resident()
            walk(store, actions, count)
            grown = resident() - before
        size = sum(file.stat().st_size for file in Path(folder).iterdir())
    return {"memory": grown, "disk": size * 10 // 11}


def walk(store: Store[Market], actions: list[object], count: int) -> None:
    for index in range(count):
        store.dispatch(actions[index % len(actions)])


if __name__ == "__main__":
    print(json.dumps(recorded(sys.argv[1], int(sys.argv[2]))))
