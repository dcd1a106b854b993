"""What a logger writes, on the standard error stream: in colour if that is a terminal, plain if not."""

from __future__ import annotations

import sys

TIME_WIDTH = 14  # 12:04:08.512 and two spaces


def write_to_stderr(text: str) -> None:
    """Write what is to be told of one action."""
    stream = sys.stderr
    if stream is None:  # a program without a console has none
        return
    if stream.isatty():
        _write_in_colour(text)
    else:
        stream.write(f"{text}\n")


def _write_in_colour(text: str) -> None:
    from rich.console import Console  # here, as it would make up much of what it takes to import socketstore
    from rich.text import Text

    headline, *details = text.split("\n")
    coloured = Text.assemble((headline[:TIME_WIDTH], "dim"), (headline[TIME_WIDTH:], "bold"))
    coloured.highlight_regex(r"\(\d+\.\d+ ms\)$", "not bold dim")
    for detail in details:
        coloured.append(f"\n{detail}", "red" if detail.lstrip().startswith("raised ") else "dim")
    Console(stderr=True, highlight=False).print(coloured, soft_wrap=True)
