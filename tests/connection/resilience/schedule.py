"""What strikes in one run, drawn from its seed: faults at places in the stream, and blows at delicate moments."""

# ruff: noqa: S311 - these dice are thrown for tests
from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, replace
from typing import Literal

from socketstore.testing import BlackHole, Cut, Fault, FaultProxy, Throttle, random_faults

Moment = Literal["handshake", "on_open", "subscribing", "resync"]
Kind = Literal["cut", "reset", "refuse", "black hole", "cut inside"]

MOMENTS: tuple[Moment, ...] = ("handshake", "on_open", "subscribing", "resync", "resync")
KINDS: tuple[Kind, ...] = ("cut", "reset", "refuse", "black hole", "cut inside")


@dataclass(frozen=True, slots=True)
class Blow:
    """Strikes at a moment in the talk of client and server.

    Attributes:
        moment: which: the server has the handshake, the first words, a subscription, or a request to resync in its
            hands, and has not answered.
        time: the first, the second, ... such moment.
        kind: what happens.
        size: seconds of a black hole; bytes of the answer that come before a cut inside it.
    """

    moment: Moment
    time: int
    kind: Kind
    size: int


@dataclass(frozen=True, slots=True)
class Schedule:
    """All that strikes in one run."""

    faults: tuple[Fault, ...]
    blows: tuple[Blow, ...]


def schedule(seed: int) -> Schedule:
    dice = random.Random(seed)
    faults = random_faults(seed, most=20, connections=4, messages=80, seconds=1.5)
    return Schedule(
        tuple(_harsher(fault, dice) for fault in faults),
        tuple(_blow(dice) for _ in range(dice.randint(0, 4))),
    )


def _harsher(fault: Fault, dice: random.Random) -> Fault:
    """Such small messages do not notice much of a throttle; and some black holes do not end."""
    if isinstance(fault, Throttle):
        return replace(fault, bytes_per_second=fault.bytes_per_second / 8)
    if isinstance(fault, BlackHole) and dice.random() < 0.3:
        return replace(fault, seconds=None)
    return fault


def _blow(dice: random.Random) -> Blow:
    return Blow(dice.choice(MOMENTS), dice.choice((1, 1, 2, 3)), dice.choice(KINDS), dice.randint(1, 30))


class Trouble:
    """Strikes the blows of a schedule, and counts what happened.

    Attributes:
        proxy: where it strikes; set by the run.
        struck: the blows that were struck.
    """

    proxy: FaultProxy

    def __init__(self, blows: tuple[Blow, ...]) -> None:
        self.struck: list[Blow] = []
        self._blows = blows
        self._moments: Counter[Moment] = Counter()

    def at(self, moment: Moment) -> None:
        """Tell that such a moment has come."""
        self._moments[moment] += 1
        for blow in self._blows:
            if (blow.moment, blow.time) == (moment, self._moments[moment]):
                self.struck.append(blow)
                self._strike(blow)

    def happened(self) -> Counter[str]:
        """How often what has happened."""
        names = [type(fault).__name__ for fault in self.proxy.happened]
        return Counter(names) + Counter(f"{blow.kind} at {blow.moment}" for blow in self.struck)

    def _strike(self, blow: Blow) -> None:
        proxy = self.proxy
        if blow.kind == "black hole":
            proxy.black_hole()
            asyncio.get_running_loop().call_later(blow.size / 10, proxy.heal)
        elif blow.kind == "cut inside":
            proxy.add(Cut(connection=proxy.connections, after_bytes=blow.size))
        elif blow.kind == "cut":
            proxy.cut()
        else:
            proxy.refuse(2 if blow.kind == "refuse" else 0)
            proxy.reset()
