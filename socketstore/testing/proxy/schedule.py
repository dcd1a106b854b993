"""Schedules of faults, drawn from a seed."""

from __future__ import annotations

import random
from collections.abc import Sequence

from socketstore.errors import UsageError
from socketstore.testing.proxy.faults import (
    DIRECTIONS,
    BlackHole,
    Corrupt,
    Cut,
    Delay,
    Direction,
    Drop,
    Duplicate,
    Fault,
    Refuse,
    Reorder,
    Reset,
    Throttle,
)

EVERY_KIND: tuple[type[Fault], ...] = (
    Cut,
    Reset,
    Refuse,
    BlackHole,
    Delay,
    Throttle,
    Drop,
    Duplicate,
    Reorder,
    Corrupt,
)


def random_faults(
    seed: int,
    *,
    kinds: Sequence[type[Fault]] = EVERY_KIND,
    directions: Sequence[Direction] = DIRECTIONS,
    most: int = 6,
    connections: int = 4,
    messages: int = 50,
    seconds: float = 0.02,
) -> tuple[Fault, ...]:
    """Draw a schedule of faults: the same for the same arguments, on every machine and in every version of Python.

    Args:
        seed: what it is drawn from.
        kinds: which faults there may be: a server that answers no ping is met with a `BlackHole`, one that cannot
            resume with a `Drop`.
        directions: which streams may be disturbed.
        most: how many faults at most, at least one.
        connections: faults happen in the first so many connections.
        messages: faults happen within so many messages of a connection.
        seconds: how long a black hole or a delay lasts at most.

    Raises:
        UsageError: there is nothing to draw from.
    """
    if not kinds or not directions or min(most, connections) < 1 or messages < 0:
        message = (
            f"got kinds={kinds!r}, directions={directions!r}, most={most}, connections={connections}, "
            f"messages={messages}; expected at least one of each"
        )
        raise UsageError(message)
    draw = random.Random(seed)  # noqa: S311 - nothing is kept secret with it
    return tuple(_fault(draw, kinds, directions, connections, messages, seconds) for _ in range(draw.randint(1, most)))


def _fault(
    draw: random.Random,
    kinds: Sequence[type[Fault]],
    directions: Sequence[Direction],
    connections: int,
    messages: int,
    seconds: float,
) -> Fault:
    kind = draw.choice(kinds)
    return kind(
        direction=draw.choice(directions),
        connection=draw.randint(1, connections),
        after_messages=draw.randint(0, messages),
        after_bytes=draw.choice((0, 0, draw.randint(1, 12))),
        **_particulars(draw, kind, seconds),
    )


def _particulars(draw: random.Random, kind: type[Fault], seconds: float) -> dict[str, object]:
    if issubclass(kind, (BlackHole, Delay)):
        return {"seconds": round(draw.uniform(0, seconds), 4)}
    if issubclass(kind, Throttle):
        return {"bytes_per_second": draw.randint(20_000, 200_000)}
    if issubclass(kind, Refuse):
        return {"connections": draw.randint(1, 3)}
    if issubclass(kind, Reorder):
        return {"behind": draw.randint(1, 3)}
    if issubclass(kind, Corrupt):
        return {"bit": draw.randint(0, 1000), "part": draw.choice(("payload", "payload", "header"))}
    return {}
