"""One stream under any faults: what it dispatches is the truth up to some point, and in the end all of it."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.connection.streams.bench import ORDERINGS, Bench, Delta, Whole, streams


class Line:
    """A line to a server, on which messages are lost, come twice, and overtake each other."""

    def __init__(self, random: Random, bench: Bench) -> None:
        self.random = random
        self.bench = bench
        self.sent = 0
        self.on_their_way: list[Delta | Whole] = []

    def send(self) -> None:
        self.sent += 1
        if self.random.random() < 0.9:
            self.on_their_way.append(Delta(self.sent))
        if self.random.random() < 0.1:
            self.on_their_way.append(Delta(max(1, self.sent - self.random.randrange(4))))

    def push_snapshot(self) -> None:
        self.on_their_way.append(Whole(self.sent))

    def arrive(self) -> None:
        if self.on_their_way:
            overtaking = self.random.random() < 0.2
            index = self.random.randrange(min(3, len(self.on_their_way))) if overtaking else 0
            self.bench.come(self.on_their_way.pop(index))

    def answer(self) -> None:
        """Answer a resync with a snapshot, which may be a little older or newer than what has come."""
        if self.bench.wanted == "doubt":
            self.bench.machine.despair()
        elif self.bench.wanted is not None:
            self.bench.answer(Whole(max(0, self.sent - self.random.randrange(4))))

    def replay(self) -> None:
        """Send again what is missing, as a server does that is asked for it."""
        known = len(self.bench.seen)
        self.bench.come(*(Delta(number) for number in range(known + 1, self.sent + 1)))

    def cut(self) -> None:
        self.on_their_way.clear()
        self.bench.reconnect()


def live_through(line: Line, steps: int) -> None:
    moves = [line.send, line.arrive, line.answer, line.push_snapshot, line.cut, line.replay]
    for move in line.random.choices(moves, [40, 40, 10, 2, 1, 1], k=steps):
        move()
        line.bench.check()


def end_well(line: Line) -> None:
    """Let the faults end: the next message tells whether any is missing, and an answer brings it."""
    for _ in range(3):
        line.sent += 1
        line.on_their_way.append(Delta(line.sent))
    while line.on_their_way:
        line.bench.come(line.on_their_way.pop(0))
        line.bench.check()
    if line.bench.wanted == "doubt":
        line.bench.machine.despair()
    for _ in range(2):  # of ids that cannot be compared, what waits may have to be dropped first
        if not line.bench.is_live:
            line.bench.machine.begin_anew()
            assert line.bench.answer(Whole(line.sent)) is None
    line.sent += 1
    line.bench.come(Delta(line.sent))


@pytest.mark.parametrize("resume", [False, True])
@pytest.mark.parametrize("kind", ORDERINGS)
@given(seed=st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_what_is_dispatched_is_the_truth_up_to_some_point_and_in_the_end_all_of_it(
    kind: str, resume: bool, seed: int
) -> None:
    go_through_faults(kind, resume, seed)


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("resume", [False, True])
@pytest.mark.parametrize("kind", ORDERINGS)
def test_the_same_with_many_seeds(kind: str, resume: bool) -> None:
    for seed in range(5_000):
        go_through_faults(kind, resume, seed)


def go_through_faults(kind: str, resume: bool, seed: int) -> None:
    bench = Bench(streams(kind, resume=resume))
    line = Line(Random(seed), bench)  # noqa: S311 - a fault, no secret
    live_through(line, 120)
    end_well(line)
    assert bench.is_live, bench.machine
    assert bench.seen == list(range(1, line.sent + 1))
    assert (bench.room.messages, bench.room.size) == (0, 0)
