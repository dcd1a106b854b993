from __future__ import annotations

import re

import pytest

from benchmarks.page import BEGIN, END, checked
from benchmarks.peers.processes import ROOT
from benchmarks.subjects import ROWS

PAGE = ROOT / "docs" / "performance.md"


def explanations() -> str:
    text = PAGE.read_text(encoding="utf-8")
    return text[: text.index(BEGIN)] + text[text.index(END) :]


def test_the_figures_can_be_written_to_the_page():
    assert checked(str(PAGE)) == PAGE


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_the_page_says_what_each_row_means(row):
    assert f"`{row.name}`" in explanations()


def test_the_page_explains_no_row_that_does_not_exist():
    lines = re.findall(r"^\| (`.*?) \|", explanations(), re.MULTILINE)
    names = {name for line in lines for name in re.findall(r"`([\w-]+)`", line)}
    assert names == {row.name for row in ROWS}
