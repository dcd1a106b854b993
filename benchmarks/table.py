"""The table, for the terminal and as Markdown."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from benchmarks.measure import Comparison
from benchmarks.rows import NotMeasured, Row

HEADINGS = ("name", "what", "against", "ours, µs", "peer, µs", "ratio", "spread", "target", "met")
TIMES = "\N{MULTIPLICATION SIGN}"
WIDTH = 180  # characters, where the output is no terminal

Result = tuple[Row, Comparison | NotMeasured]


def show(results: Iterable[Result]) -> None:
    """Print the table."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDTH)
    table = Table(*HEADINGS)
    for result in results:
        table.add_row(*(escape(cell) for cell in cells(result)))
    console.print(table)


def markdown(results: Iterable[Result]) -> str:
    """Return the table as Markdown."""
    lines = [HEADINGS, ("---",) * len(HEADINGS), *(cells(result) for result in results)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def cells(result: Result) -> tuple[str, ...]:
    row, outcome = result
    target = "" if row.target is None else f"{row.target:g} {TIMES}"
    if isinstance(outcome, NotMeasured):
        return row.name, row.what, row.against, "", "", f"not measured: {outcome}", "", target, ""
    ours, peer = (f"{seconds * 1e6:.3g}" for seconds in outcome.medians)
    low, high = outcome.spread
    spread = f"{rounded(low)} to {rounded(high)}"
    return (
        row.name,
        row.what,
        row.against,
        ours,
        peer,
        f"{rounded(outcome.ratio)} {TIMES}",
        spread,
        target,
        met(row, outcome),
    )


def met(row: Row, outcome: Comparison) -> str:
    if row.target is None:
        return ""
    return "yes" if outcome.ratio <= row.target else "no"


def rounded(ratio: float) -> str:
    """Return a ratio with two digits behind the point, or with two that are not 0, and no exponent."""
    return f"{ratio:.2f}" if ratio >= 0.1 else f"{Decimal(f'{ratio:.2g}'):f}"
