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
from benchmarks.rows import Prepare, Row
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


def replaying(suffix: str) -> Prepare:
    """Replay a file of this format; the loop always reads lines of text, as there is nothing faster to read."""

    @contextmanager
    def prepare(size: int) -> Iterator[tuple[Side, Side]]:
        with tempfile.TemporaryDirectory() as folder:
            path, lines = Path(folder) / f"session{suffix}", Path(folder) / "lines.jsonl"
            write_session(path, size)
            write_session(lines, size)
            yield side(lambda: replay_it(path, size), size), side(lambda: parse_and_reduce(lines, size), size)

    return prepare


LOOP = "a loop that only parses and reduces"
ROWS = (
    Row("replay", "replay from a .jsonl file", LOOP, 1.3, replaying(".jsonl"), 100_000),
    Row("replay-db", "replay from a .db file", f"{LOOP}, from a text file", 1.3, replaying(".db"), 100_000),
)
