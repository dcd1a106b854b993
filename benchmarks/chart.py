"""The table as a picture: one bar for each row, on a scale on which twice as fast is as long as twice as slow."""

from __future__ import annotations

import math
from collections.abc import Iterable
from html import escape

from benchmarks.measure import Comparison
from benchmarks.rows import Row
from benchmarks.table import TIMES, Result, met, rounded

LEFT, RIGHT, MARGIN, LINE, TOP = 430, 420, 70, 20, 64  # pixels
WIDTH = LEFT + RIGHT + MARGIN
SMALLEST, LARGEST = 1 / 16, 16  # what is beyond is drawn to the edge; its figure stands beside it
TICKS = (1 / 16, 1 / 4, 1, 4, 16)
COLOURS = {"yes": "#2e8b57", "no": "#c0504d", "": "#8a97a8"}

STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#24292f}.dim{fill:#6e7781}.title{font-size:15px;font-weight:600}"
    ".end{text-anchor:end}.middle{text-anchor:middle}"
)


def chart(results: Iterable[Result], headline: str) -> str:
    """Draw the ratios of all rows that were measured.

    Args:
        results: the rows and what came of them.
        headline: when, how and on what.
    """
    measured = [(row, outcome) for row, outcome in results if isinstance(outcome, Comparison)]
    height = TOP + LINE * len(measured) + 40
    body = [*frame(height, headline), *axis(height)]
    for index, (row, outcome) in enumerate(measured):
        body += bar(row, outcome, TOP + LINE * index)
    opening = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">'
    return "\n".join((opening, *body, "</svg>")) + "\n"


def frame(height: int, headline: str) -> list[str]:
    title = f"CPU time of socketstore, as a multiple of the peer{chr(0x2019)}s; left of 1 is faster"
    return [
        f"<title>{escape(title)}</title>",
        f"<style>{STYLE}</style>",
        f'<rect width="{WIDTH}" height="{height}" rx="6" fill="#ffffff"/>',
        text(16, 24, title, "title"),
        text(16, 44, headline.partition(". ")[0], "dim"),
        text(WIDTH - 16, 44, "upright stroke: the target; green: met, red: missed", "dim end"),
    ]


def axis(height: int) -> list[str]:
    lines = []
    for tick in TICKS:
        at = place(tick)
        colour = "#24292f" if tick == 1 else "#d0d7de"
        lines.append(f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{TOP - 6}" y2="{height - 34}" stroke="{colour}"/>')
        lines.append(text(at, height - 18, f"{tick:g} {TIMES}", "dim middle"))
    return lines


def bar(row: Row, outcome: Comparison, top: int) -> list[str]:
    one, end, target = place(1), place(outcome.ratio), place(row.target or SMALLEST)
    left, width = min(one, end), max(abs(end - one), 1)
    colour = COLOURS[met(row, outcome)]
    middle = top + LINE - 8
    figure = f"{rounded(outcome.ratio)} {TIMES}"
    parts = [
        text(LEFT - 12, middle, f"{row.name}  /  {shortened(row.against)}", "end"),
        f'<rect x="{left:.1f}" y="{top + 2}" width="{width:.1f}" height="{LINE - 6}" fill="{colour}"/>',
        text(max(left + width, target) + 6, middle, figure),  # the stroke at the target must not hide it
    ]
    if row.target is not None:
        stroke = f'y1="{top}" y2="{top + LINE - 2}" stroke="#24292f" stroke-width="2"'
        parts.append(f'<line x1="{target:.1f}" x2="{target:.1f}" {stroke}/>')
    return parts


def place(ratio: float) -> float:
    """Return where a ratio stands, in pixels from the left."""
    bounded = min(max(ratio, SMALLEST), LARGEST)
    return LEFT + RIGHT * math.log(bounded / SMALLEST) / math.log(LARGEST / SMALLEST)


def text(x: float, y: float, words: str, names: str = "") -> str:
    kind = f' class="{names}"' if names else ""
    return f'<text x="{x:.1f}" y="{y}"{kind}>{escape(words)}</text>'


def shortened(words: str, most: int = 44) -> str:
    return words if len(words) <= most else f"{words[: most - 1]}\N{HORIZONTAL ELLIPSIS}"
