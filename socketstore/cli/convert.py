"""``socketstore convert``: a session in another format."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from socketstore.cli.options import OneJson
from socketstore.cli.output import Screen, as_json
from socketstore.cli.progress import progress_of
from socketstore.cli.words import entries_of
from socketstore.log.converting import convert as convert_file

Source = Annotated[
    Path,
    typer.Argument(
        metavar="SOURCE",
        help="A recorded session, a HAR file, events of Chrome DevTools, or a capture of cryptofeed",
        show_default=False,
    ),
]
Target = Annotated[
    Path,
    typer.Argument(metavar="TARGET", help="A new file whose name ends in .jsonl, .db or .har", show_default=False),
]
Beside = Annotated[
    list[Path] | None,
    typer.Option(
        "--beside",
        metavar="FILE",
        help="Another capture of cryptofeed of the same time, to be put in order with it; may be given several times.",
    ),
]


def convert(
    source: Source,
    target: Target,
    beside: Beside = None,
    json: OneJson = False,  # noqa: FBT002 - a switch
) -> None:
    """Write a session anew in another format; the suffix of the target says in which."""
    with progress_of("Converting") as progress:
        entries = convert_file(source, target, beside=beside or (), progress=progress)
    if json:
        print(as_json({"entries": entries, "target": str(target)}))
    else:
        Screen().whole(f"Wrote {entries_of(entries)} to {target}", "bold")
