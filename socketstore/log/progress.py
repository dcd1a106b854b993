"""How far long work has come."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Progress: TypeAlias = Callable[[int, int], None]
"""Called now and then with how many bytes of the source are done, and how many there are."""

EVERY = 1_000
"""Entries between two calls of ``progress``."""


def tell(progress: Progress | None, done: int, total: int) -> None:
    """Tell somebody who wants to know; never more than all."""
    if progress is not None:
        progress(min(done, total), total)
