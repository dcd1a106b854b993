from __future__ import annotations

from contextlib import contextmanager
from xml.etree import ElementTree

from benchmarks.chart import COLOURS, chart, place
from benchmarks.measure import Comparison
from benchmarks.rows import NotMeasured, Row
from benchmarks.table import TIMES


@contextmanager
def nothing(size):
    yield None


def drawn(*ratios, target=None):
    results = [
        (Row(f"row-{ratio}", "what", "a peer & co", target, nothing), Comparison((ratio,), (1.0,))) for ratio in ratios
    ]
    missing = (Row("missing", "what", "a peer", None, nothing), NotMeasured("no Node"))
    return ElementTree.fromstring(chart([*results, missing], "2026-01-02, 3 pairs. A machine."))  # noqa: S314 - it was drawn here


def elements(root, name):
    return root.findall(f"{{http://www.w3.org/2000/svg}}{name}")


def test_there_is_a_bar_for_each_row_that_was_measured_and_its_figure_beside_it():
    root = drawn(0.5, 2.0)
    words = [text.text for text in elements(root, "text")]

    assert len(elements(root, "rect")) == 3  # the ground as well
    assert "row-0.5  /  a peer & co" in words
    assert f"0.50 {TIMES}" in words
    assert not any("missing" in word for word in words)


def test_twice_as_fast_is_as_long_as_twice_as_slow_and_lies_on_the_other_side():
    _, fast, slow = elements(drawn(0.5, 2.0), "rect")

    assert fast.get("width") == slow.get("width")
    assert float(fast.get("x")) < place(1) == float(slow.get("x"))


def test_a_ratio_beyond_the_scale_is_drawn_to_its_edge():
    assert place(1_000) == place(16)
    assert place(0.0001) == place(1 / 16)


def test_the_colour_says_whether_the_target_is_met():
    _, met, missed = elements(drawn(0.5, 2.0, target=1.0), "rect")

    assert (met.get("fill"), missed.get("fill")) == (COLOURS["yes"], COLOURS["no"])


def test_the_stroke_at_the_target_does_not_hide_the_figure():
    root = drawn(0.5, 1.1, target=1.3)
    figures = [text for text in elements(root, "text") if text.text in (f"0.50 {TIMES}", f"1.10 {TIMES}")]

    assert len(figures) == 2
    assert all(float(figure.get("x")) > place(1.3) for figure in figures)
