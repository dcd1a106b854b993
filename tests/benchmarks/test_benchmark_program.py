from __future__ import annotations

import sys
from contextlib import contextmanager

import pytest

from benchmarks import __main__ as program
from benchmarks.measure import Comparison
from benchmarks.page import BEGIN, END
from benchmarks.rows import NotMeasured, Row, in_one_process
from benchmarks.table import TIMES, markdown

HERE = in_one_process(lambda _: lambda: sum(range(1_000)), lambda _: lambda: sum(range(1_000)))


@contextmanager
def nowhere(size):
    raise NotMeasured("no network")
    yield


MEASURED = Row("measured", "one thing", "another", 2.5, HERE, 20)
MISSING = Row("missing", "one thing", "a peer", None, nowhere, 20, network=True)


def run(monkeypatch, *arguments, rows):
    monkeypatch.setattr(program, "ROWS", rows)
    monkeypatch.setattr(sys, "argv", ["benchmarks", "--quick", *arguments])
    return program.main()


def page_in(folder, text=f"Before.\n\n{BEGIN}\nold\n{END}\n\nBehind.\n"):
    page = folder / "page.md"
    page.write_text(text, encoding="utf-8")
    return page


def test_the_table_says_whether_a_target_is_met():
    fast, slow, unknown = (Row(name, name, "peer", 2.5, HERE, 1) for name in ("fast", "slow", "unknown"))
    same = Comparison(ours=(2e-6,), peer=(1e-6,))
    thrice = Comparison(ours=(3e-6,), peer=(1e-6,))

    table = markdown([(fast, same), (slow, thrice), (unknown, NotMeasured("no Node"))])

    assert table.replace(TIMES, "x").splitlines()[2:] == [
        "| fast | fast | peer | 2 | 1 | 2.00 x | 2.00 to 2.00 | 2.5 x | yes |",
        "| slow | slow | peer | 3 | 1 | 3.00 x | 3.00 to 3.00 | 2.5 x | no |",
        "| unknown | unknown | peer |  |  | not measured: no Node |  | 2.5 x |  |",
    ]


def test_the_rows_that_were_asked_for_are_printed(monkeypatch, capsys):
    assert run(monkeypatch, "--only", "meas", rows=[MEASURED, MISSING]) == 0

    printed = capsys.readouterr().out
    assert "another" in printed
    assert "a peer" not in printed


def test_the_table_is_written_between_the_marks_of_a_page_and_nowhere_else(monkeypatch, tmp_path):
    page = page_in(tmp_path)

    run(monkeypatch, "--write", str(page), rows=[MEASURED])
    run(monkeypatch, "--write", str(page), rows=[MEASURED])

    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"Before.\n\n{BEGIN}\n\n20")  # the year
    assert text.endswith(f"|\n\n{END}\n\nBehind.\n")
    assert text.count("| measured |") == 1
    assert "old" not in text


def test_a_row_that_could_not_be_measured_is_an_error_where_that_is_asked_for(monkeypatch, capsys):
    assert run(monkeypatch, rows=[MEASURED, MISSING]) == 0
    assert run(monkeypatch, "--strict", rows=[MEASURED, MISSING]) == 1
    assert "missing: no network" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [["--only", "nothing"], ["--runs", "0"], ["--runs", "many"], ["--write", "/nowhere.md"]],
    ids=" ".join,
)
def test_options_that_make_no_sense_end_with_one_line_and_exit_code_2(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        program.parse(arguments)

    assert ended.value.code == 2
    assert "error:" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["no mark", f"{BEGIN} only", f"{END} before {BEGIN}"])
def test_a_page_without_both_marks_is_refused_before_anything_is_measured(text, tmp_path, capsys):
    with pytest.raises(SystemExit):
        program.parse(["--write", str(page_in(tmp_path, text))])

    assert "figures: begin" in capsys.readouterr().err


def test_a_part_of_the_table_is_not_written_over_the_whole(tmp_path, capsys):
    with pytest.raises(SystemExit):
        program.parse(["--only", "dispatch", "--write", str(page_in(tmp_path))])

    assert "leave out --only" in capsys.readouterr().err


def test_fewer_runs_when_quick_unless_told_how_many():
    assert program.parse([]).runs == program.RUNS
    assert program.parse(["--quick"]).runs == program.QUICK_RUNS
    assert program.parse(["--quick", "--runs", "4"]).runs == 4
