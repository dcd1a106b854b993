"""What every attempt of a connection works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from socketstore.connection.feed import Feed
from socketstore.connection.part import Parts
from socketstore.decoding.decoder import Encode
from socketstore.decoding.reading import Read


@dataclass(frozen=True, slots=True)
class Equipment:
    """What every attempt of a connection works with.

    Attributes:
        feed: where the actions go.
        read: from a message to its action, or a tuple of them.
        encode: from a message of the program to text or bytes.
        parts: who is told of the life of each socket.
        deliver: takes the action of one message, or a tuple of them, if they must pass the streams first.
        max_rejected: how many messages of one socket may be rejected.
    """

    feed: Feed
    read: Read
    encode: Encode
    parts: Parts
    deliver: Callable[[Any, str | bytes], None] | None = None
    max_rejected: int | None = None
