"""The detectors of a program, each in its place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from socketstore.connection.streams.definition import Detector, Streams
from socketstore.connection.streams.ordering import Ordering
from socketstore.connection.streams.watches import Checksum, NumbersPerConnection, Silence
from socketstore.errors import UsageError

D = TypeVar("D")


@dataclass(frozen=True, slots=True)
class Rules:
    """What each stream of a connection goes by.

    Attributes:
        ordering: the order of its messages, if they have one.
        checksum: what its state is compared with.
        silence: how long it may be silent.
        per_connection: the numbers over all that a socket brings.
        snapshot: reads the position of a snapshot.
        asks: there is somebody to ask for what is missing.
        resumes: the server goes on where the last socket left off.
    """

    ordering: Ordering | None
    checksum: Checksum | None
    silence: Silence | None
    per_connection: NumbersPerConnection | None
    snapshot: Callable[[Any], Any] | None
    asks: bool
    resumes: bool

    @property
    def is_silence_alone(self) -> bool:
        """Whether nothing is asked but that something comes."""
        return not (self.heals or self.ordering or self.checksum or self.per_connection)

    @property
    def heals(self) -> bool:
        """Whether a gap can be closed at all, other than by what comes late."""
        return self.asks or self.snapshot is not None


def rules_of(streams: Streams) -> Rules:
    """Put the detectors in their places.

    Raises:
        UsageError: there are two for one place, none at all, or something else; or none by which one could resume.
    """
    detectors = list(streams.detect) if isinstance(streams.detect, Sequence) else [streams.detect]
    kinds = (Ordering, Checksum, Silence, NumbersPerConnection)
    if not detectors or not all(isinstance(detector, kinds) for detector in detectors):
        message = (
            f"got detect={streams.detect!r:.200}; expected Numbers, Ranges, Links or another Ordering, Checksum, "
            "Silence, NumbersPerConnection, or several of them"
        )
        raise UsageError(message)
    ordering = _only(detectors, Ordering)  # type: ignore[type-abstract]
    if streams.resume and (ordering is None or not ordering.lasting):
        message = f"got resume=True and detect={streams.detect!r:.200}; expected an order that lasts: lasting=True"
        raise UsageError(message)
    return Rules(
        ordering=ordering,
        checksum=_only(detectors, Checksum),
        silence=_only(detectors, Silence),
        per_connection=_only(detectors, NumbersPerConnection),
        snapshot=streams.snapshot,
        asks=streams.resync is not None,
        resumes=streams.resume,
    )


def _only(detectors: Sequence[Detector], kind: type[D]) -> D | None:
    found = [detector for detector in detectors if isinstance(detector, kind)]
    if len(found) > 1:
        message = f"got detect={found!r:.200}; expected one {kind.__name__} at most"
        raise UsageError(message)
    return found[0] if found else None
