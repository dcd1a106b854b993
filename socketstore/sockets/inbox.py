"""What has come and waits for its listeners, counted in bytes."""

from __future__ import annotations

import sys
from collections import deque

MAX_INBOX = 4 * 1024 * 1024
"""Bytes of messages that wait before a socket is read no further, unless told otherwise."""


class Inbox:
    """Messages in the order in which they came.

    A size is what Python needs to hold the messages, so that many empty ones count as well.

    Args:
        limit: the size from which on it is full, until it has shrunk to half of that.

    Attributes:
        messages: those that wait.
        size: how many bytes they take.
        full: whether no more should be fetched. What has been fetched already is still taken.
    """

    __slots__ = ("_low", "full", "limit", "messages", "size")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.messages: deque[str | bytes] = deque()
        self.size = 0
        self.full = False
        self._low = limit // 2

    def put(self, message: str | bytes) -> None:
        """Let a message wait."""
        self.messages.append(message)
        self.size += sys.getsizeof(message)
        self.full = self.full or self.size >= self.limit

    def take(self) -> str | bytes:
        """Return the message that has waited longest; there must be one."""
        message = self.messages.popleft()
        self.size -= sys.getsizeof(message)
        self.full = self.full and self.size > self._low
        return message

    def clear(self) -> int:
        """Forget all of them, and return how many there were."""
        count = len(self.messages)
        self.messages.clear()
        self.size, self.full = 0, False
        return count
