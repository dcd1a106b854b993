from __future__ import annotations

from contextlib import contextmanager

import pytest

from benchmarks import generator
from benchmarks.rows import NotMeasured, Row, in_one_process, in_two_processes
from benchmarks.subjects import ROWS
from benchmarks.subjects.market import ADAPTER

FEW = 1_200  # items: more than one block of the generator, and not a multiple of it

MEASURED_HERE = [row for row in ROWS if not row.network]


@pytest.mark.parametrize("row", MEASURED_HERE, ids=lambda row: row.name)
def test_a_row_without_a_peer_from_the_network_gives_a_ratio(row):
    comparison = row.measure(FEW, runs=1)

    assert comparison.ratio > 0
    assert len(comparison.ratios) == 1


def test_every_row_has_a_name_of_its_own():
    assert len({row.name for row in ROWS}) == len(ROWS)


def test_both_sides_are_made_anew_for_each_round():
    made: list[str] = []

    def job_named(name):
        return lambda size: made.append(f"{name} {size}") or (lambda: sum(range(1_000)))

    row = Row("any", "any", "any", None, in_one_process(job_named("ours"), job_named("peer")), 1)

    assert len(row.measure(7, runs=2, rounds=3).ratios) == 6
    assert made == ["ours 7", "peer 7"] * 3


def test_our_program_is_not_started_for_a_peer_that_is_not_there():
    @contextmanager
    def missing(size):
        raise NotMeasured("no such peer")
        yield

    row = Row("any", "any", "any", None, in_two_processes(lambda _: pytest.fail("started"), missing), 1)

    assert str(row.measure(1, runs=1)) == "no such peer"


def test_the_generator_writes_small_frames_that_the_adapter_takes():
    frames = generator.some_frames()

    assert {frame[0] for frame in frames} == {0x81}  # a whole text message
    assert all(frame[1] == len(frame) - 2 < 126 for frame in frames)
    assert {ADAPTER.validate_json(frame[2:]).type for frame in frames} == {"trade", "quote"}
