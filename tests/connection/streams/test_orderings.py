"""What each detector makes of a message after another one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from socketstore import (
    Backoff,
    Checksum,
    Connection,
    Follows,
    Links,
    Missing,
    Numbers,
    NumbersPerConnection,
    Ordering,
    Ranges,
    Repeated,
    Silence,
    Store,
    Streams,
    UsageError,
)
from socketstore.connection.streams.rules import rules_of


@dataclass(frozen=True)
class Update:
    first: Any
    last: Any
    previous: Any = None


def number(update: Update) -> int:
    return int(update.last)


RANGES = Ranges(first=lambda update: update.first, last=lambda update: update.last)
CHAINED = Ranges(
    first=lambda update: update.first, last=lambda update: update.last, previous=lambda update: update.previous
)
LINKS = Links(id=lambda update: update.last, previous=lambda update: update.previous)


@pytest.mark.parametrize(
    ("ordering", "position", "update", "verdict"),
    [
        (Numbers(number), None, Update(0, 7), Follows(7)),
        (Numbers(number), 7, Update(0, 8), Follows(8)),
        (Numbers(number), 7, Update(0, 7), Repeated()),
        (Numbers(number), 7, Update(0, 9), Missing(8, 9)),
        (Numbers(number, step=10), 10, Update(0, 20), Follows(20)),
        (Numbers(number, start=1), None, Update(0, 1), Follows(1)),
        (Numbers(number, start=1), None, Update(0, 3), Missing(1, 3)),
        # Binance, spot: the first update to process has U <= lastUpdateId + 1 <= u
        (RANGES, 160, Update(157, 160), Repeated()),
        (RANGES, 160, Update(158, 165), Follows(165)),
        (RANGES, 160, Update(161, 165), Follows(165)),
        (RANGES, 160, Update(162, 165), Missing(161, 162)),
        (RANGES, None, Update(162, 165), Follows(165)),
        # Binance, futures: pu is the last id of the update before
        (CHAINED, 160, Update(170, 180, 160), Follows(180)),
        (CHAINED, 160, Update(155, 180, 150), Follows(180)),
        (CHAINED, 160, Update(170, 180, 165), Missing(160, 165)),
        (CHAINED, 160, Update(150, 160, 140), Repeated()),
        (LINKS, "x", Update(0, "y", "x"), Follows("y")),
        (LINKS, "x", Update(0, "x", "w"), Repeated()),
        (LINKS, "x", Update(0, "z", "y"), Missing("x", "y")),
        (LINKS, None, Update(0, "z", "y"), Follows("z")),
    ],
)
def test_a_message_follows_is_repeated_or_shows_that_others_are_missing(
    ordering: Ordering, position: Any, update: Update, verdict: Any
) -> None:
    assert ordering.check(position, update) == verdict
    assert ordering.position(update) == update.last


def test_what_cannot_work_is_refused() -> None:
    wrong: list[Any] = [
        lambda: Numbers(5),  # type: ignore[arg-type]
        lambda: Numbers(number, step=0),
        lambda: NumbersPerConnection(number, step=-1),
        lambda: Ranges(first=number, last="u"),  # type: ignore[arg-type]
        lambda: Links(id=number, previous=None),  # type: ignore[arg-type]
        lambda: Silence(0),
        lambda: Silence(5, resync_after=-1),
        lambda: Checksum(number, None),  # type: ignore[arg-type]
        lambda: Streams(of=5, detect=RANGES),  # type: ignore[arg-type]
        lambda: Streams(of=str, detect=RANGES, timeout=0),
        lambda: Streams(of=str, detect=RANGES, max_messages=-1),
        lambda: Streams(of=str, detect=RANGES, backoff=Backoff(healthy_after="message")),
        lambda: rules_of(Streams(of=str, detect=[])),
        lambda: rules_of(Streams(of=str, detect=[RANGES, LINKS])),
        lambda: rules_of(Streams(of=str, detect=["gap"])),  # type: ignore[list-item]
        lambda: rules_of(Streams(of=str, detect=Numbers(number), resume=True)),
        lambda: rules_of(Streams(of=str, detect=Silence(5), resume=True)),
        lambda: Connection("ws://h", Store(lambda state, _: state, 0), streams=RANGES),  # type: ignore[arg-type]
    ]
    for make in wrong:
        with pytest.raises(UsageError, match="expected"):
            make()
