"""Whatever is done to a log, in whatever order: what is read equals a list."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socketstore import Log, Rotation, UsageError, open_log
from socketstore.log.entries import Entry, FrameInEntry, NoteEntry, SnapshotEntry
from socketstore.log.writing import Durability
from tests.log.bank import AmountDeposited

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
ACTIONS = JSON | st.builds(AmountDeposited, amount=st.integers()) | st.integers(0, 5_000).map("x".__mul__)
OTHERS = (
    st.builds(SnapshotEntry, state=JSON)
    | st.builds(SnapshotEntry, digest=st.text(max_size=5))
    | st.builds(NoteEntry, text=st.text(), data=JSON)
    | st.builds(FrameInEntry, data=st.text() | st.binary())
)
ROTATIONS = st.none() | st.builds(
    Rotation, max_bytes=st.sampled_from([1, 300, 20_000]), keep=st.none() | st.integers(0, 3)
)
STEPS = st.one_of(
    st.tuples(st.just("append"), st.lists(ACTIONS, min_size=1, max_size=5)),
    st.tuples(st.just("write"), OTHERS),
    st.tuples(st.just("reopen"), ROTATIONS, st.sampled_from(get_args(Durability))),
    st.tuples(st.just("compact")),
    st.tuples(st.just("read"), st.integers(0, 30)),
    st.tuples(st.just("begin anew")),
)


class Model:
    """A log beside a list of what is in it by number."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.entries: dict[int, Any] = {}
        self.last = 0
        self.rotation: Rotation | None = None
        self.durability: Durability = "os"
        self.log = open_log(path, "x", durability=self.durability)
        self.reader = open_log(path)

    def do(self, what: str, *how: Any) -> None:
        getattr(self, what.replace(" ", "_"))(*how)
        self.log.flush()
        self.check(0)

    def append(self, actions: list[Any]) -> None:
        for action in actions:
            self.took(self.log.append(action), action)

    def write(self, entry: Entry) -> None:
        self.took(self.log.write(entry), content(entry))

    def reopen(self, rotation: Rotation | None, durability: Durability) -> None:
        self.log.close()
        self.rotation, self.durability = rotation, durability
        self.log = open_log(self.path, "a", durability=durability, rotate=rotation)

    def begin_anew(self) -> None:
        self.log.close()
        self.log = open_log(self.path, "w", durability=self.durability, rotate=self.rotation)
        self.entries, self.last = {}, 0

    def compact(self) -> None:
        snapshots = [number for number, each in self.entries.items() if each[:1] == ("snapshot",) and each[2]]
        if not snapshots:
            with pytest.raises(UsageError):
                self.log.compact()
            return
        compacted = self.log.compact()
        assert compacted.first == snapshots[-1]
        assert compacted.dropped == compacted.first - min(self.entries)
        self.entries = {number: each for number, each in self.entries.items() if number >= compacted.first}

    def read(self, after: int) -> None:
        self.check(after)

    def took(self, number: int, what: Any) -> None:
        self.last += 1
        assert number == self.last
        self.entries[number] = what if isinstance(what, tuple) else ("action", what)

    def check(self, after: int) -> None:
        for log in (self.log, self.reader):
            read = read_of(log, after)
            if self.rotation and self.rotation.keep is not None:  # how many went, their sizes say
                kept = min(read, default=self.last + 1) if after == 0 else min(self.entries, default=0)
                self.entries = {number: each for number, each in self.entries.items() if number >= kept}
                assert not self.last or self.last in self.entries
            assert read == {number: each for number, each in self.entries.items() if number > after}


def content(entry: Entry) -> Any:
    match entry:
        case SnapshotEntry(digest=digest, state=state):
            return ("snapshot", digest, *([(state,)] if digest is None else [()]))
        case NoteEntry(text=text, data=data):
            return ("note", text, data)
        case FrameInEntry(data=data):
            return ("frame", data)
    return ("action", cast(Any, entry).action)


def read_of(log: Log, after: int) -> dict[int, Any]:
    return {entry.sequence: content(entry) for entry in log.read(after)}


@contextmanager
def model_of(path: Path) -> Iterator[Model]:
    model = Model(path)
    try:
        yield model
    finally:
        model.log.close()
        model.reader.close()


@pytest.mark.parametrize("suffix", ["jsonl", "db"])
@given(steps=st.lists(STEPS, max_size=25))
def test_what_is_read_is_what_was_written(
    tmp_path_factory: pytest.TempPathFactory, suffix: str, steps: list[tuple[Any, ...]]
) -> None:
    with model_of(tmp_path_factory.mktemp("model") / f"a.{suffix}") as model:
        for step in steps:
            model.do(*step)
        model.reopen(None, "os")
        model.check(0)
