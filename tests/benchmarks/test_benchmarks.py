from __future__ import annotations

import itertools
import shutil
import sys

import pytest

from benchmarks import __main__ as program
from benchmarks import generator
from benchmarks.measure import Comparison, compare, cpu_seconds, side
from benchmarks.peers.node import node
from benchmarks.peers.processes import run
from benchmarks.rows import NotMeasured, Row
from benchmarks.subjects import ROWS
from benchmarks.subjects.consuming import expect
from benchmarks.subjects.market import ADAPTER
from benchmarks.table import TIMES, markdown

FEW = 1_200  # items: more than one block of the generator, and not a multiple of it

MEASURED_HERE = [row for row in ROWS if row.size and not row.network]
NOT_BUILT = [row for row in ROWS if not row.size]


@pytest.mark.parametrize("row", MEASURED_HERE, ids=lambda row: row.name)
def test_a_row_without_a_peer_from_the_network_gives_a_ratio(row):
    comparison = row.measure(FEW, runs=1)

    assert comparison.ratio > 0
    assert len(comparison.ratios) == 1


@pytest.mark.parametrize("row", NOT_BUILT, ids=lambda row: row.name)
def test_a_row_that_is_not_built_yet_says_so(row):
    assert str(row.measure(1, runs=1)) == "not built yet"


def test_every_row_has_a_name_of_its_own():
    assert len({row.name for row in ROWS}) == len(ROWS)


def test_the_two_sides_run_in_turn_ours_first_and_the_first_round_does_not_count():
    said: list[str] = []
    seconds = itertools.count(1)

    def side_named(name):
        return lambda: said.append(name) or next(seconds)

    comparison = compare(side_named("ours"), side_named("peer"), runs=3)

    assert said == ["ours", "peer"] * 4
    assert comparison == Comparison(ours=(3, 5, 7), peer=(4, 6, 8))


def test_the_ratio_is_the_median_of_the_ratios_of_the_pairs_and_not_the_ratio_of_the_medians():
    comparison = Comparison(ours=(2.0, 9.0, 4.0), peer=(1.0, 3.0, 8.0))

    assert comparison.ratios == (2.0, 3.0, 0.5)
    assert comparison.ratio == 2.0
    assert comparison.spread == (0.5, 3.0)
    assert comparison.medians == (4.0, 3.0)


def test_an_even_number_of_runs_takes_the_middle_of_the_two_middle_ratios():
    assert Comparison(ours=(1.0, 2.0, 4.0, 9.0), peer=(1.0, 1.0, 1.0, 1.0)).ratio == 3.0


def test_cpu_time_is_that_of_the_job_and_a_side_divides_it_by_the_items(monkeypatch):
    clock = itertools.count(0, 6)
    monkeypatch.setattr("benchmarks.measure.time.process_time", lambda: next(clock))
    done: list[str] = []

    assert cpu_seconds(lambda: done.append("once")) == 6
    assert side(lambda: done.append("twice"), items=3)() == 2
    assert done == ["once", "twice"]


def test_a_peer_that_is_not_installed_is_not_measured_and_the_reason_is_kept(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda _: None)
    row = Row("any", "any", "Node", None, lambda size: node("dispatch.mjs", "redux", size), 1)

    outcome = row.measure(1, runs=1)

    assert isinstance(outcome, NotMeasured)
    assert str(outcome) == "node is not installed"


def test_a_peer_that_fails_is_not_measured_and_its_last_words_are_kept():
    with pytest.raises(NotMeasured, match="failed: no such thing"):
        run([sys.executable, "-c", "raise SystemExit('first\\nno such thing')"])


def test_messages_that_went_missing_are_an_error_and_not_a_good_figure():
    with pytest.raises(RuntimeError, match="2 messages came, expected 3"):
        expect(2, 3)


def test_the_generator_writes_small_frames_that_the_adapter_takes():
    frames = generator.some_frames()

    assert {frame[0] for frame in frames} == {0x81}  # a whole text message
    assert all(frame[1] == len(frame) - 2 < 126 for frame in frames)
    assert {ADAPTER.validate_json(frame[2:]).type for frame in frames} == {"trade", "quote"}


def test_the_table_says_whether_a_target_is_met():
    fast, slow, unknown = (Row(name, name, "peer", 2.5, ROWS[0].prepare, 1) for name in ("fast", "slow", "unknown"))
    same = Comparison(ours=(2e-6,), peer=(1e-6,))
    thrice = Comparison(ours=(3e-6,), peer=(1e-6,))

    table = markdown([(fast, same), (slow, thrice), (unknown, NotMeasured("no Node"))])

    assert table.replace(TIMES, "x").splitlines()[2:] == [
        "| fast | fast | peer | 2 | 1 | 2.00 x | 2.00 to 2.00 | 2.5 x | yes |",
        "| slow | slow | peer | 3 | 1 | 3.00 x | 3.00 to 3.00 | 2.5 x | no |",
        "| unknown | unknown | peer |  |  | not measured: no Node |  | 2.5 x |  |",
    ]


def test_the_program_prints_the_rows_that_were_asked_for_and_writes_them_as_markdown(monkeypatch, capsys, tmp_path):
    file = tmp_path / "figures.md"
    monkeypatch.setattr(sys, "argv", ["benchmarks", "--quick", "--only", "entities", "--markdown", str(file)])

    program.main()

    assert "among 1,000" in capsys.readouterr().out
    assert "| entities |" in file.read_text(encoding="utf-8")
    assert "| replay |" not in file.read_text(encoding="utf-8")


@pytest.mark.parametrize("arguments", [["--only", "nothing"], ["--runs", "0"], ["--runs", "many"]])
def test_options_that_make_no_sense_end_with_one_line_and_exit_code_2(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        program.parse(arguments)

    assert ended.value.code == 2
    assert "error:" in capsys.readouterr().err


def test_fewer_runs_when_quick_unless_told_how_many():
    assert program.parse([]).runs == program.RUNS
    assert program.parse(["--quick"]).runs == program.QUICK_RUNS
    assert program.parse(["--quick", "--runs", "4"]).runs == 4
