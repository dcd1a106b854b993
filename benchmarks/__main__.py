"""`python -m benchmarks`: measure, and print the table."""

from __future__ import annotations

import argparse
import datetime
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.machine import description
from benchmarks.rows import Row
from benchmarks.subjects import ROWS
from benchmarks.table import Result, markdown, show

RUNS, QUICK_RUNS = 9, 3


def main() -> None:
    options = parse(sys.argv[1:])
    results = [measure(row, options) for row in chosen(options.only)]
    print(headline(options), file=sys.stderr)
    show(results)
    if options.markdown is not None:
        options.markdown.write_text(f"{headline(options)}\n\n{markdown(results)}", encoding="utf-8")


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="How fast, against what.")
    parser.add_argument("--quick", action="store_true", help="few items and runs: does it work at all?")
    parser.add_argument("--only", action="append", metavar="NAME", help="rows whose name begins so; may be repeated")
    parser.add_argument("--runs", type=positive, metavar="N", help=f"runs of each side, {RUNS} unless told otherwise")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="also write the table to a file")
    options = parser.parse_args(arguments)
    options.runs = options.runs or (QUICK_RUNS if options.quick else RUNS)
    if not chosen(options.only):
        parser.error(f"there is no row {' or '.join(options.only)}; expected {', '.join(row.name for row in ROWS)}")
    return options


def positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def chosen(beginnings: Sequence[str] | None) -> list[Row]:
    return [row for row in ROWS if beginnings is None or row.name.startswith(tuple(beginnings))]


def measure(row: Row, options: argparse.Namespace) -> Result:
    print(f"{row.name} ...", file=sys.stderr, flush=True)
    return row, row.measure(row.quick_size if options.quick else row.size, options.runs)


def headline(options: argparse.Namespace) -> str:
    today = datetime.datetime.now(tz=datetime.UTC).date()
    return f"{today}, {options.runs} runs of each side{' (quick)' * options.quick}. {description()}."


if __name__ == "__main__":
    main()
