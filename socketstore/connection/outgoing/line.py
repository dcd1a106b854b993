"""The messages that wait to be sent: in order, within bounds, one for each key."""

from __future__ import annotations

from collections.abc import Hashable, Iterator

from socketstore.connection.outgoing.message import Message
from socketstore.connection.outgoing.pile import Pile


class Line:
    """Messages in the order in which they will be sent.

    Those for which there was no room, and whose sender waits until there is, stand outside: behind all the others.

    Args:
        limit: how many may stand inside.
        max_bytes: how large they may be together.

    Attributes:
        outside: those for which there is no room yet.
        impatient: those of them that nobody awaits.
    """

    def __init__(self, limit: int, max_bytes: int) -> None:
        self.limit = limit
        self.max_bytes = max_bytes
        self.outside = Pile()
        self.impatient = Pile()
        self._inside = Pile()
        self._keys: dict[Hashable, Message] = {}

    def __len__(self) -> int:
        return len(self._inside) + len(self.outside)

    def __iter__(self) -> Iterator[Message]:
        yield from self._inside
        yield from self.outside

    def __contains__(self, message: object) -> bool:
        return message in self._inside or message in self.outside

    @property
    def bytes(self) -> int:
        """How large they are together."""
        return self._inside.bytes + self.outside.bytes

    @property
    def first(self) -> Message | None:
        """The next one to be sent."""
        return self._inside.first or self.outside.first

    def under(self, key: Hashable) -> Message | None:
        """Return the message that waits under a key."""
        return None if key is None else self._keys.get(key)

    def has_room(self, message: Message) -> bool:
        """Tell whether a message may stand inside, once the one under its key has left."""
        replaced = self.under(message.key)
        if len(self.outside) > (replaced in self.outside):
            return False
        left = replaced if replaced is not None and replaced in self._inside else None
        messages = len(self._inside) + 1 - (left is not None)
        size = self._inside.bytes + message.size - (left.size if left is not None else 0)
        return messages <= self.limit and size <= self.max_bytes

    def add(self, message: Message, *, outside: bool = False) -> None:
        """Put a message behind the others, in place of the one that waits under its key."""
        replaced = self.under(message.key)
        if replaced is not None:
            self.remove(replaced)
        (self.outside if outside else self._inside).add(message)
        if outside and not message.patient:
            self.impatient.add(message)
        self._remember(message)

    def put_back(self, message: Message) -> None:
        """Put a message in front of all others, where it was; unless another has come under its key."""
        if self.under(message.key) is None:
            self._inside.add(message, in_front=True)
            self._remember(message)

    def remove(self, message: Message) -> bool:
        """Take a message out; tell whether it was there."""
        if self.under(message.key) is message:
            del self._keys[message.key]
        self.impatient.discard(message)
        return self._inside.discard(message) or self.outside.discard(message)

    def be_patient(self, message: Message) -> None:
        """Somebody awaits that there is room for a message."""
        message.patient = True
        self.impatient.discard(message)

    def let_in(self) -> None:
        """Let those that stand outside in, as far as there is room, in their order."""
        while (first := self.outside.first) is not None and self._fits(first):
            self.outside.discard(first)
            self.impatient.discard(first)
            self._inside.add(first)

    def _fits(self, message: Message) -> bool:
        return len(self._inside) < self.limit and self._inside.bytes + message.size <= self.max_bytes

    def _remember(self, message: Message) -> None:
        if message.key is not None:
            self._keys[message.key] = message
