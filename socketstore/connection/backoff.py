"""How long to wait before the next attempt."""

from __future__ import annotations

from dataclasses import dataclass

from socketstore.errors import UsageError


@dataclass(frozen=True, slots=True)
class Backoff:
    """Delays between attempts: fixed, unless `factor` makes each longer than the one before.

    Attributes:
        initial: seconds before the first attempt that follows a failure or a disconnection.
        factor: what each delay is of the one before; 1 keeps it fixed.
        maximum: seconds that no delay exceeds.
    """

    initial: float = 1.0
    factor: float = 1.0
    maximum: float = 60.0

    def __post_init__(self) -> None:
        """Refuse what would never wait, or wait less each time."""
        numbers = all(isinstance(value, (int, float)) for value in (self.initial, self.factor, self.maximum))
        if not (numbers and self.initial >= 0 and self.factor >= 1 and self.maximum >= 0):
            message = f"got {self!r}; expected initial >= 0, factor >= 1 and maximum >= 0"
            raise UsageError(message)

    def delay(self, failures: int) -> float:
        """Return the seconds to wait after so many attempts in a row without success (0 after a success)."""
        exponent = min(max(failures - 1, 0), 1_000)  # beyond that a float overflows
        try:
            return min(self.initial * self.factor**exponent, self.maximum)
        except OverflowError:
            return self.maximum
