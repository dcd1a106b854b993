from __future__ import annotations

import io
import itertools
import json

import pytest

from benchmarks import answer
from benchmarks.counter import Count, Subscriber, amounts, dispatching, some
from benchmarks.measure import Comparison, compare, cpu_seconds, joined, side


def test_the_sides_take_turns_at_being_first_and_the_first_round_does_not_count():
    said: list[str] = []
    seconds = itertools.count(1)

    def side_named(name):
        return lambda: said.append(name) or next(seconds)

    comparison = compare(side_named("ours"), side_named("peer"), runs=3)

    assert said == ["ours", "peer", "ours", "peer", "peer", "ours", "ours", "peer"]
    assert comparison == Comparison(ours=(3, 6, 7), peer=(4, 5, 8))


def test_the_ratio_is_the_median_of_the_ratios_of_the_pairs_and_not_the_ratio_of_the_medians():
    comparison = Comparison(ours=(2.0, 9.0, 4.0), peer=(1.0, 3.0, 8.0))

    assert comparison.ratios == (2.0, 3.0, 0.5)
    assert comparison.ratio == 2.0
    assert comparison.medians == (4.0, 3.0)


def test_an_even_number_of_runs_takes_the_middle_of_the_two_middle_ratios():
    assert Comparison(ours=(1.0, 2.0, 4.0, 9.0), peer=(1.0, 1.0, 1.0, 1.0)).ratio == 3.0


@pytest.mark.parametrize(
    ("ratios", "spread"),
    [((2.0,), (2.0, 2.0)), ((3.0, 1.0, 2.0), (1.0, 3.0)), ((9.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 0.1), (2.0, 5.0))],
)
def test_the_spread_is_that_of_the_middle_half_and_of_few_pairs_that_of_all(ratios, spread):
    assert Comparison(ours=ratios, peer=(1.0,) * len(ratios)).spread == spread


def test_the_pairs_of_several_rounds_are_counted_alike():
    assert joined([Comparison((1.0,), (2.0,)), Comparison((3.0, 5.0), (4.0, 6.0))]) == Comparison(
        (1.0, 3.0, 5.0), (2.0, 4.0, 6.0)
    )


def test_cpu_time_is_that_of_the_job_and_a_side_divides_it_by_the_items(monkeypatch):
    clock = itertools.count(0, 6)
    monkeypatch.setattr("benchmarks.measure.time.process_time", lambda: next(clock))
    done: list[str] = []

    assert cpu_seconds(lambda: done.append("once")) == 6
    assert side(lambda: done.append("twice"), items=3)() == 2
    assert done == ["once", "twice"]


def test_a_program_warms_up_says_that_it_is_ready_and_then_runs_once_for_each_line(monkeypatch, capsys):
    done: list[str] = []
    monkeypatch.setattr("sys.stdin", io.StringIO("\n\n"))
    monkeypatch.setattr(answer, "cpu_seconds", lambda job: job() or 6.0)

    answer.answer(lambda: done.append("run"), items=3)

    ready, *answers = capsys.readouterr().out.splitlines()
    assert ready == "ready"
    assert [json.loads(line) for line in answers] == [{"seconds": 2.0}] * 2
    assert done == ["run"] * 3


def test_a_subscriber_that_missed_something_is_an_error_and_not_a_good_figure():
    subscriber = Subscriber()
    deaf = iter([False, False, True])  # the last of three is not heard

    def dispatch(amount):
        if not next(deaf):
            subscriber(Count(subscriber.total + amount))

    job = dispatching(dispatch, some(int, 3), subscriber)

    with pytest.raises(RuntimeError, match="counted 3, expected 6"):
        job()


def test_the_actions_are_different_ones_taken_in_turn():
    actions = some(int, 2_500)

    assert actions[:11] == [*range(1, 11), 1]
    assert len(actions) == 2_500
    assert amounts(2_500) == sum(actions) == 2_500 * 5.5
