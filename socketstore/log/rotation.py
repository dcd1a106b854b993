"""When a log goes on in a new file."""

from __future__ import annotations

import math
from dataclasses import dataclass

from socketstore.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """Tells a log when to go on in a new file: ``open_log("session.jsonl", "a", rotate=Rotation(max_bytes=10**8))``.

    The file that is full becomes ``session.000001.jsonl``, the next one ``session.000002.jsonl``, and so on; the one
    that is being written keeps its name. Each is a whole log by itself; ``open_log("session.jsonl")`` reads all as one.

    Attributes:
        max_bytes: a file that would become larger with the next entry is full. Entries that wait together, with
            ``durability="batch"``, go into one file together.
        max_age: a file that is older than so many seconds is full when the next entry comes.
        keep: how many full files stay; older ones are removed. ``None``: all.
    """

    max_bytes: int | None = None
    max_age: float | None = None
    keep: int | None = None

    def __post_init__(self) -> None:
        """Refuse what could never rotate, or would do so for every entry.

        Raises:
            UsageError: neither size nor age is given, or something is not positive.
        """
        if self.max_bytes is None and self.max_age is None:
            message = "got a Rotation without a reason to rotate; expected max_bytes=, max_age= or both"
            raise UsageError(message)
        for name, value in (("max_bytes", self.max_bytes), ("max_age", self.max_age)):
            if value is not None and not (_is_number(value) and value > 0):
                message = f"got {name}={value!r}; expected a number greater than 0"
                raise UsageError(message)
        if self.keep is not None and (type(self.keep) is not int or self.keep < 0):
            message = f"got keep={self.keep!r}; expected 0 or more, or None for all"
            raise UsageError(message)

    def is_due(self, *, size: int, age: float) -> bool:
        """Tell whether a file is full that would have so many bytes, and is so many seconds old."""
        too_large = self.max_bytes is not None and size > self.max_bytes
        return too_large or (self.max_age is not None and age >= self.max_age)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not math.isnan(value)
