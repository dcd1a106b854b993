from __future__ import annotations

import sys

import pytest

from benchmarks.growth import __main__ as program
from benchmarks.growth import costs, limits
from benchmarks.growth.tables import Growth, middle
from benchmarks.page import BEGIN, END, checked
from benchmarks.peers.processes import ROOT


def test_a_table_is_written_as_markdown():
    table = Growth("Rows", ("rows", "an upsert"), [["1,000", "2 µs"]])

    assert table.markdown() == "### Rows\n\n| rows | an upsert |\n| ---: | ---: |\n| 1,000 | 2 µs |\n"


def test_the_median_leaves_out_the_first_measurement():
    figures = iter([100.0, 3.0, 1.0, 2.0])

    assert middle(lambda: next(figures), runs=3) == 2.0


@pytest.mark.parametrize("measure", [costs.subscribers, costs.slices, costs.streams], ids=lambda one: one.__name__)
def test_there_is_a_line_for_each_power_of_ten(measure):
    assert [row[0] for row in measure(1).rows] == ["1", "10"]


def test_a_message_takes_longer_under_load_and_no_percentile_is_below_another():
    took = limits.latency(0.05, flood=5_000)

    assert [row[0] for row in took.rows] == ["1%", "50%", "100%"]
    for row in took.rows:
        p50, p99, p999 = (float(cell.removesuffix(" ms")) for cell in row[2:])
        assert 0 < p50 <= p99 <= p999


def test_the_tables_that_were_asked_for_are_printed(monkeypatch, capsys):
    monkeypatch.setattr(program, "QUICK", {"slices": lambda: Growth("Slices", ("slices",), [["1"]])})
    monkeypatch.setattr(sys, "argv", ["growth", "--quick", "--only", "slices"])

    assert program.main() == 0
    assert "### Slices" in capsys.readouterr().out


def test_the_tables_are_put_between_the_marks_of_a_page(monkeypatch, tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"Before.\n\n{BEGIN}\nold\n{END}\n", encoding="utf-8")
    monkeypatch.setattr(program, "QUICK", {"slices": lambda: Growth("Slices", ("slices",), [["1"]])})
    monkeypatch.setattr(sys, "argv", ["growth", "--quick", "--write", str(page)])

    assert program.main() == 0
    assert "| 1 |" in page.read_text(encoding="utf-8")
    assert "old" not in page.read_text(encoding="utf-8")


def test_the_page_of_the_limits_has_its_marks():
    assert checked(str(ROOT / "docs" / "limits.md")).exists()
