"""What reads one message."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from socketstore.actions import GotMessage

Stamp: TypeAlias = Callable[[Any], GotMessage]
"""Makes the action for a value that is none itself."""

Read: TypeAlias = Callable[["str | bytes", Stamp], Any]
"""From the text or bytes of a message to its action, or to a tuple of them. Raises `DecodeError`."""
