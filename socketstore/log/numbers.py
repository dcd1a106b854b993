"""The numbers of entries that are asked for."""

from __future__ import annotations

from typing import Any

from socketstore.errors import UsageError


def check_number(name: str, number: Any) -> None:
    """Return if this is the number of an entry, or 0 for the beginning.

    Raises:
        UsageError: it is not.
    """
    if type(number) is not int or number < 0:
        message = f"got {name}={number!r}; expected the number of an entry, or 0 for the beginning"
        raise UsageError(message)
