"""`python -m benchmarks`: measure, and print the table."""

from __future__ import annotations

import argparse
import datetime
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.chart import chart
from benchmarks.machine import description, load
from benchmarks.page import checked, write
from benchmarks.rows import NotMeasured, Row
from benchmarks.subjects import ROWS
from benchmarks.table import Result, markdown, show

RUNS, QUICK_RUNS = 6, 2  # even, so that each side is the first as often as the other
ROUNDS, QUICK_ROUNDS = 3, 1


def main() -> int:
    """Return the exit code: 1 where ``--strict`` has something to complain of."""
    options = parse(sys.argv[1:])
    begin = load()
    results = [measure(row, options) for row in chosen(options.only)]
    print(headline(options, begin), file=sys.stderr)
    show(results)
    if options.write is not None:
        write(options.write, f"{headline(options, begin)}\n\n{markdown(results)}")
        options.write.with_suffix(".svg").write_text(chart(results, headline(options, begin)), encoding="utf-8")
    missing = [f"{row.name}: {outcome}" for row, outcome in results if isinstance(outcome, NotMeasured)]
    print(*missing, sep="\n", end="\n" * bool(missing), file=sys.stderr)
    return 1 if options.strict and missing else 0


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="How fast, against what.")
    parser.add_argument("--quick", action="store_true", help="few items and runs: does it work at all?")
    parser.add_argument("--only", action="append", metavar="NAME", help="rows whose name begins so; may be repeated")
    parser.add_argument(
        "--runs", type=positive, metavar="N", help=f"pairs of runs in a round, {RUNS} unless told otherwise"
    )
    parser.add_argument("--strict", action="store_true", help="end with exit code 1 if a peer could not be measured")
    parser.add_argument(
        "--write",
        metavar="PAGE",
        help="also put the table between the marks of a Markdown file, and a chart beside it (.svg)",
    )
    options = parser.parse_args(arguments)
    options.runs = options.runs or (QUICK_RUNS if options.quick else RUNS)
    options.rounds = QUICK_ROUNDS if options.quick else ROUNDS
    if not chosen(options.only):
        parser.error(f"there is no row {' or '.join(options.only)}; expected {', '.join(row.name for row in ROWS)}")
    if options.write is not None:
        options.write = page_of(options, parser)
    return options


def page_of(options: argparse.Namespace, parser: argparse.ArgumentParser) -> Path:
    """Return the page, before minutes have gone by."""
    if options.only:
        parser.error("--write replaces the whole table: leave out --only")
    try:
        return checked(options.write)
    except (OSError, ValueError) as error:
        parser.error(f"--write {options.write}: {error}")


def positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def chosen(beginnings: Sequence[str] | None) -> list[Row]:
    return [row for row in ROWS if beginnings is None or row.name.startswith(tuple(beginnings))]


def measure(row: Row, options: argparse.Namespace) -> Result:
    print(f"{row.name} ...", file=sys.stderr, flush=True)
    return row, row.measure(row.quick_size if options.quick else row.size, options.runs, options.rounds)


def headline(options: argparse.Namespace, load_before: str) -> str:
    """Say when, how and on what; the load is that of other programs, before this one began."""
    today = datetime.datetime.now(tz=datetime.UTC).date()
    pairs = f"{options.runs * options.rounds} pairs of runs for each row{' (--quick)' * options.quick}"
    return f"{today}, {pairs}. {description()}; {load_before} before it began."


if __name__ == "__main__":
    sys.exit(main())
