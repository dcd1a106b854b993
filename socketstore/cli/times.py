"""Moments of a session, as people name them: seconds from its start, or a date and time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from math import isnan

from socketstore.cli.failing import WRONG_USAGE, Failure


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time.

    Attributes:
        seconds: Unix time, or seconds from the start of the session.
        is_absolute: which of the two.
    """

    seconds: float
    is_absolute: bool

    def after(self, start: float) -> float:
        """Return its Unix time in a session that starts at the Unix time `start`."""
        return self.seconds if self.is_absolute else start + self.seconds


def moment(option: str, text: str | None) -> Moment | None:
    """Read a moment: a number of seconds, or ISO 8601; without a time zone it is this machine's.

    Raises:
        Failure: it is neither.
    """
    if text is None:
        return None
    try:
        seconds = float(text)
        if not isnan(seconds):
            return Moment(seconds, is_absolute=False)
    except ValueError:
        pass
    try:
        return Moment(datetime.fromisoformat(text).astimezone().timestamp(), is_absolute=True)
    except ValueError as error:
        message = (
            f"got {option} {text}; expected seconds from the start of the session, as in {option} 12.5, "
            f"or a date and time, as in {option} 2026-03-01T12:00:05Z"
        )
        raise Failure(message, exit_code=WRONG_USAGE) from error


def iso(at: float) -> str:
    """Write a Unix time in ISO 8601, in UTC, to the millisecond; one in no calendar as its seconds."""
    try:
        return _iso(at)
    except (ValueError, OverflowError, OSError):
        return f"{at:.3f} s"


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
