"""`python -m benchmarks.growth`: measure what grows with what, and print the tables."""

from __future__ import annotations

import argparse
import datetime
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.growth import costs, limits
from benchmarks.growth.tables import Growth
from benchmarks.machine import description, load
from benchmarks.page import checked, write

FULL: dict[str, Callable[[], Growth]] = {
    "messages": lambda: costs.messages(7),
    "subscribers": lambda: costs.subscribers(4),
    "slices": lambda: costs.slices(3),
    "entities": lambda: costs.entities(6),
    "streams": lambda: costs.streams(3),
    "latency": lambda: limits.latency(10.0),
    "slow": lambda: limits.slow_consumer(10.0),
    "logged": lambda: limits.logged(1_000_000),
}
QUICK: dict[str, Callable[[], Growth]] = {
    "messages": lambda: costs.messages(3),
    "subscribers": lambda: costs.subscribers(1),
    "slices": lambda: costs.slices(1),
    "entities": lambda: costs.entities(3),
    "streams": lambda: costs.streams(0),
    "latency": lambda: limits.latency(0.2),
    "slow": lambda: limits.slow_consumer(0.5),
    "logged": lambda: limits.logged(1_000),
}


def main() -> int:
    options = parse(sys.argv[1:])
    begin = load()
    measures = QUICK if options.quick else FULL
    tables = [measured(name, measures[name]) for name in options.only or measures]
    today = datetime.datetime.now(tz=datetime.UTC).date()
    quick = " (--quick)" if options.quick else ""
    figures = "\n".join(
        [f"{today}{quick}. {description()}; {begin} before it began.\n", *(t.markdown() for t in tables)]
    )
    print(figures)
    if options.write is not None:
        write(options.write, figures)
    return 0


def measured(name: str, measure: Callable[[], Growth]) -> Growth:
    print(f"{name} ...", file=sys.stderr, flush=True)
    return measure()


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description="What grows with what.")
    parser.add_argument("--quick", action="store_true", help="little of everything: does it work at all?")
    parser.add_argument("--only", action="append", choices=tuple(FULL), help="only this table; may be repeated")
    parser.add_argument("--write", metavar="PAGE", help="also put the tables between the marks of a Markdown file")
    options = parser.parse_args(arguments)
    if options.write is not None:
        if options.only:
            parser.error("--write replaces all tables: leave out --only")
        options.write = page_of(options.write, parser)
    return options


def page_of(name: str, parser: argparse.ArgumentParser) -> Path:
    try:
        return checked(name)
    except (OSError, ValueError) as error:
        parser.error(f"--write {name}: {error}")


if __name__ == "__main__":
    sys.exit(main())
