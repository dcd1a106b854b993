"""Delays: how long each may be, and how many attempts they let through."""

from __future__ import annotations

import math
from itertools import accumulate, count
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socketstore import Backoff, UsageError

HOUR = 3_600.0

seeds = st.integers(min_value=0, max_value=2**32)
backoffs = st.builds(
    Backoff,
    initial=st.floats(0.01, 10),
    factor=st.floats(1, 4),
    maximum=st.floats(0.01, 100),
    jitter=st.floats(0, 1),
)


def delays(backoff: Backoff, number: int, seed: int = 0) -> list[float]:
    pace = backoff.pace(Random(seed).random)  # noqa: S311 - no secret
    return [pace.delay() for _ in range(number)]


def test_without_jitter_each_delay_is_factor_times_the_one_before_up_to_the_maximum() -> None:
    assert delays(Backoff(0.5, factor=2, maximum=3, jitter=0), 5) == [0.5, 1, 2, 3, 3]
    assert delays(Backoff(1, factor=1, jitter=0), 3) == [1, 1, 1]
    assert delays(Backoff(100, jitter=0), 2) == [60, 60]
    assert delays(Backoff(0), 3) == [0, 0, 0]


@given(backoffs, seeds)
def test_jitter_takes_off_at_most_its_part(backoff: Backoff, seed: int) -> None:
    for failures, delay in enumerate(delays(backoff, 20, seed), start=1):
        assert backoff.bound(failures) * (1 - backoff.jitter) * 0.999999 <= delay <= backoff.bound(failures)


def test_full_jitter_spreads_delays_evenly_from_nothing_to_the_bound() -> None:
    drawn = sorted(delays(Backoff(1, factor=1, jitter=1), 10_000))
    deciles = [drawn[position] for position in range(500, 10_000, 1_000)]
    assert deciles == pytest.approx([0.05, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95], abs=0.03)


@given(backoffs, seeds)
def test_two_delays_together_are_never_shorter_than_the_lesser_of_their_bounds(backoff: Backoff, seed: int) -> None:
    drawn = delays(backoff, 40, seed)
    for first in range(0, 40, 2):
        assert drawn[first] + drawn[first + 1] >= backoff.bound(first + 1) * 0.999999


def test_two_connections_that_lost_one_server_do_not_come_back_together() -> None:
    assert delays(Backoff(), 5, seed=1) != delays(Backoff(), 5, seed=2)


def test_after_a_reset_the_delays_begin_anew() -> None:
    pace = Backoff(1, jitter=0).pace()
    assert [pace.delay(), pace.delay()] == [1, 2]
    pace.reset()
    assert pace.delay() == 1


@given(backoffs, seeds, st.floats(0, HOUR))
def test_no_more_attempts_fall_into_a_time_than_are_promised(backoff: Backoff, seed: int, seconds: float) -> None:
    pace = backoff.pace(Random(seed).random)  # noqa: S311 - no secret
    promised = backoff.most_attempts(seconds)
    elapsed = 0.0
    for attempts in count(1):
        elapsed += pace.delay()
        if elapsed > seconds or attempts > 2_000:
            break
    assert min(attempts, 2_000) <= promised * (1 + 1e-9)


def test_the_promise_holds_although_sums_of_floats_are_a_little_off() -> None:
    pace = Backoff(1, factor=1, maximum=0.01, jitter=0).pace()
    elapsed = list(accumulate(pace.delay() for _ in range(400)))
    attempts = 1 + sum(seconds <= 3 for seconds in elapsed)
    assert attempts == 301
    assert Backoff(1, factor=1, maximum=0.01, jitter=0).most_attempts(3) == 301


def test_the_promise_for_an_hour_is_a_small_number() -> None:
    assert Backoff().most_attempts(HOUR) == 128
    assert Backoff(1, factor=1, jitter=0).most_attempts(10) == 11
    assert Backoff(0).most_attempts(1) == math.inf


def test_a_bound_never_overflows() -> None:
    assert Backoff(1, factor=1e300).bound(10**9) == 60
    assert Backoff(1e300, factor=1e300).bound(3) == 60


@pytest.mark.parametrize(
    "arguments",
    [
        {"initial": -1},
        {"initial": float("nan")},
        {"initial": "1"},
        {"factor": 0.5},
        {"maximum": -1},
        {"maximum": math.inf},
        {"jitter": 1.5},
        {"jitter": -0.1},
        {"healthy_after": -1},
        {"healthy_after": "handshake"},
    ],
)
def test_delays_that_make_no_sense_are_refused(arguments: dict[str, float]) -> None:
    with pytest.raises(UsageError, match="expected initial >= 0, factor >= 1, maximum >= 0, 0 <= jitter <= 1"):
        Backoff(**arguments)
