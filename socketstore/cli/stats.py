"""``socketstore stats``: what a recorded session is made of."""

from __future__ import annotations

from typing import Any

from rich.filesize import decimal

from socketstore.cli.entries.figures import Figures, Share, figures_of, sparkline
from socketstore.cli.entries.filters import (
    After,
    Before,
    Containing,
    Kinds,
    Pattern,
    Since,
    Types,
    Until,
    choose_filter,
)
from socketstore.cli.entries.raw import raw_entries, size_of, start_of
from socketstore.cli.options import OneJson, Session
from socketstore.cli.output import Screen, as_json
from socketstore.cli.progress import progress_of
from socketstore.cli.times import iso
from socketstore.cli.words import printable
from socketstore.log.log import Log
from socketstore.log.opening import open_log

COLUMNS = 60  # of the chart


def stats(
    session: Session,
    kind: Kinds = None,
    type: Types = None,
    since: Since = None,
    until: Until = None,
    after: After = 0,
    before: Before = None,
    text: Containing = None,
    regex: Pattern = None,
    json: OneJson = False,  # noqa: FBT002 - a switch
) -> None:
    """Count the entries of a recorded session: kinds, types, sizes, rates, and the pauses between them."""
    wanted = choose_filter(
        kinds=kind, types=type, since=since, until=until, after=after, before=before, text=text, regex=regex
    )
    with open_log(session) as log:
        with progress_of("Counting") as progress:
            entries = raw_entries(log, after=wanted.after, progress=progress)
            figures = figures_of(wanted.select(entries, start=start_of(log)))
        if json:
            print(as_json(_for_machines(log, figures)))
        else:
            _show(Screen(), log, figures)


def _for_machines(log: Log, figures: Figures) -> dict[str, Any]:
    size, number = figures.largest
    empty = not figures.whole.count
    return {
        "file": str(log.path),
        "fileSize": size_of(log),
        **_share(figures, figures.whole),
        "began": None if empty else figures.began,
        "seconds": figures.seconds,
        "largest": None if empty else {"sequence": number, "size": size},
        "kinds": {name: _share(figures, share) for name, share in _ordered(figures.kinds)},
        "types": {name: _share(figures, share) for name, share in _ordered(figures.types)},
        "pauses": [{"after": pause.after, "at": pause.at, "seconds": pause.seconds} for pause in figures.pauses],
        "histogram": {"seconds": figures.seconds / COLUMNS, "counts": figures.histogram(COLUMNS)},
    }


def _share(figures: Figures, share: Share) -> dict[str, Any]:
    return {"entries": share.count, "size": share.size, "perSecond": figures.rate(share.count)}


def _ordered(shares: dict[str, Share]) -> list[tuple[str, Share]]:
    return sorted(shares.items(), key=lambda item: (-item[1].count, item[0]))


def _show(screen: Screen, log: Log, figures: Figures) -> None:
    screen.write((f"{log.path}", "bold"), f"  {decimal(size_of(log))}")
    if not figures.whole.count:
        screen.write("No entries.")
        return
    screen.write(f"{figures.seconds:.3f} seconds from {iso(figures.began)}")
    screen.write()
    screen.write((f"{'':20}{'entries':>10}{'per second':>12}{'size':>12}{'mean':>12}", "dim"))
    _row(screen, figures, "all", figures.whole, "bold")
    for name, share in _ordered(figures.kinds):
        _row(screen, figures, name, share, "")
        for tag, part in _ordered(figures.types) if name == "action" else ():
            _row(screen, figures, f"  {tag}", part, "cyan")
    screen.write()
    _show_times(screen, figures)


def _row(screen: Screen, figures: Figures, name: str, share: Share, style: str) -> None:
    rate = figures.rate(share.count)
    shown_rate = "" if rate is None else f"{rate:.1f}"
    mean = decimal(share.size // share.count)
    numbers = f"{share.count:>10}{shown_rate:>12}{decimal(share.size):>12}{mean:>12}"
    screen.write((f"{printable(name):20}", style), numbers)


def _show_times(screen: Screen, figures: Figures) -> None:
    size, number = figures.largest
    screen.write(f"The largest is entry {number}, {decimal(size)}.")
    for pause in figures.pauses:
        elapsed = pause.at - figures.began
        screen.write(f"Nothing for {pause.seconds:.3f} s after entry {pause.after}, at {elapsed:.3f} s")
    columns = min(COLUMNS, screen.width - 2) if screen.is_terminal else COLUMNS
    counts, part = figures.histogram(columns), figures.seconds / columns
    if figures.rate(1) is not None:
        screen.write()
        screen.write(f"Entries in each {part:.3g} s; the highest bar is {max(counts)}:")
        screen.write((sparkline(counts), "green"))
