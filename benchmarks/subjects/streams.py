"""Ingest with streams that are checked for gaps, against the same without."""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from benchmarks.measure import Side, side
from benchmarks.peers.processes import generator
from benchmarks.rows import Row
from benchmarks.subjects.consuming import Feed, ingesting
from socketstore import Action, Numbers, Slice, Streams


class LevelMoved(Action):
    stream: str
    number: int
    price: float


@dataclass(frozen=True, slots=True)
class Levels:
    messages: int = 0
    last: float = 0.0


levels: Slice[Levels] = Slice(Levels())


@levels.on(LevelMoved)
def moved(state: Levels, action: LevelMoved) -> Levels:
    return Levels(state.messages + 1, action.price)


FEED = Feed(LevelMoved, TypeAdapter(LevelMoved), levels)


def stream_of(action: Any) -> str | None:
    return action.stream if type(action) is LevelMoved else None


def number_of(action: LevelMoved) -> int:
    return action.number


CHECKED = Streams(of=stream_of, detect=Numbers(number_of))


@contextmanager
def numbered_feed(streams: int, size: int) -> Iterator[str]:
    """Serve so many messages that belong to so many streams in turn, each of which counts its own."""
    with tempfile.TemporaryDirectory() as folder:
        recording = Path(folder) / "numbered.gz"
        with gzip.open(recording, "wt", encoding="utf-8", compresslevel=1) as lines:
            lines.writelines(f"0: {message(index, streams)}\n" for index in range(size))
        with generator(recording) as address:
            yield address


def message(index: int, streams: int) -> str:
    number, stream = divmod(index, streams)
    return f'{{"type":"levelMoved","stream":"s{stream}","number":{number},"price":{index}.5}}'


@contextmanager
def prepare(size: int) -> Iterator[tuple[Side, Side]]:
    with numbered_feed(10, size) as address:
        checked = ingesting(address, size, feed=FEED, streams=CHECKED)
        yield side(checked, size), side(ingesting(address, size, feed=FEED), size)


ROWS = (Row("streams", "ingest, 10 streams that are checked for gaps", "without checking", None, prepare, 20_000),)
