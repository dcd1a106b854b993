"""Messages in order, with their number and size known at any time."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator

from socketstore.connection.outgoing.message import Message


class Pile:
    """Messages in order. Each step costs the same, however many there are."""

    def __init__(self) -> None:
        self._messages: OrderedDict[Message, None] = OrderedDict()
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._messages)

    def __iter__(self) -> Iterator[Message]:
        return iter(self._messages)

    def __contains__(self, message: object) -> bool:
        return message in self._messages

    @property
    def first(self) -> Message | None:
        """The one that has waited longest."""
        return next(iter(self._messages), None)

    def add(self, message: Message, *, in_front: bool = False) -> None:
        """Put a message behind the others, or in front of them."""
        self._messages[message] = None
        self._messages.move_to_end(message, last=not in_front)
        self.bytes += message.size

    def discard(self, message: Message) -> bool:
        """Take a message out; tell whether it was there."""
        if message not in self._messages:
            return False
        del self._messages[message]
        self.bytes -= message.size
        return True
