"""Replay from a file, against a loop that only parses and reduces."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import TypeAdapter
from typing_extensions import TypedDict  # pydantic's need on Python 3.11

from benchmarks.counter import check
from benchmarks.generator import some_frames
from benchmarks.measure import Side, side
from benchmarks.rows import Row
from benchmarks.subjects.market import ACTIONS, ADAPTER, Market, Message, market
from socketstore import open_log, replay


class Line(TypedDict):
    """Of a line the loop reads only the action."""

    action: Message


LINES: TypeAdapter[Line] = TypeAdapter(Line)


def write_session(path: Path, size: int) -> None:
    actions = [ADAPTER.validate_json(frame[2:]) for frame in some_frames()]
    with open_log(path, mode="x", actions=ACTIONS) as log:
        for index in range(size):
            log.append(actions[index % len(actions)])


def replay_it(path: Path, size: int) -> None:
    with open_log(path, actions=ACTIONS) as log:
        check(replay(log, market, Market()).messages, size)


def parse_and_reduce(path: Path, size: int) -> None:
    state = Market()
    with path.open("rb") as file:
        json.loads(next(file))  # the header
        for line in file:
            state = market(state, LINES.validate_json(line)["action"])
    check(state.messages, size)


@contextmanager
def prepare(size: int) -> Iterator[tuple[Side, Side]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "session.jsonl"
        write_session(path, size)
        yield side(lambda: replay_it(path, size), size), side(lambda: parse_and_reduce(path, size), size)


ROWS = (Row("replay", "replay from a .jsonl file", "a loop that only parses and reduces", 1.3, prepare, 100_000),)
