"""``socketstore repair``: what is whole of a damaged session, in a new file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from socketstore.cli.failing import Failure
from socketstore.cli.options import OneJson, Session
from socketstore.cli.output import Screen, as_json
from socketstore.cli.progress import progress_of
from socketstore.cli.words import entries_of, printable
from socketstore.errors import LogCorrupted
from socketstore.log.repairing import Damage, Progress, Repaired
from socketstore.log.repairing import repair as repair_file

Target = Annotated[
    Path | None,
    typer.Argument(
        metavar="TARGET",
        help="A new file whose name ends in .jsonl or .db; without it session.jsonl becomes session.repaired.jsonl",
    ),
]


def repair(
    session: Session,
    target: Target = None,
    json: OneJson = False,  # noqa: FBT002 - a switch
) -> None:
    """Write what is whole of a damaged session into a new file, and tell what is lost."""
    path = target or session.with_name(f"{session.stem}.repaired{session.suffix}")
    with progress_of("Repairing") as progress:
        repaired = _repaired(session, path, progress)
    if json:
        print(as_json(_for_machines(path, repaired)))
    else:
        _show(Screen(), path, repaired)


def _repaired(session: Path, path: Path, progress: Progress | None) -> Repaired:
    try:
        return repair_file(session, path, progress=progress)
    except LogCorrupted as error:
        raise Failure(str(error)) from error  # and not the advice to repair it


def _show(screen: Screen, path: Path, repaired: Repaired) -> None:
    screen.whole(f"Kept {entries_of(repaired.kept)} in {path}", "bold")
    if not repaired.places:
        screen.write("Nothing was damaged.")
        return
    screen.write((f"Lost {entries_of(repaired.lost)}:", "red"))
    for damage in repaired.places:
        screen.write(f"  {_words_of(damage)}")


def _words_of(damage: Damage) -> str:
    places = f"{damage.place}" if damage.until == damage.place else f"{damage.place} to {damage.until}"
    where = f"{printable(damage.path.name)}, at {places}, behind entry {damage.after}"
    return f"{where}: {entries_of(damage.lost)}: {printable(' '.join(damage.problem.split()))}"


def _for_machines(path: Path, repaired: Repaired) -> dict[str, Any]:
    return {
        "target": str(path),
        "kept": repaired.kept,
        "lost": repaired.lost,
        "places": [
            {
                "file": str(damage.path),
                "place": damage.place,
                "until": damage.until,
                "after": damage.after,
                "lost": damage.lost,
                "problem": damage.problem,
            }
            for damage in repaired.places
        ],
    }
