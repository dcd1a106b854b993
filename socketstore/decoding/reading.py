"""What reads one message, and the type that says which messages there are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from typing_extensions import TypeAliasType

from socketstore.actions import GotMessage

Stamp: TypeAlias = Callable[[Any], GotMessage]
"""Makes the action for a value that is none itself."""

Read: TypeAlias = Callable[["str | bytes", Stamp], Any]
"""From the text or bytes of a message to its action, or to a tuple of them. Raises `DecodeError`."""


def unaliased(annotation: Any) -> Any:
    """Return what stands behind the name of a type: ``type Message = Trade | Quote``."""
    while isinstance(annotation, TypeAliasType):
        annotation = annotation.__value__
    return annotation
