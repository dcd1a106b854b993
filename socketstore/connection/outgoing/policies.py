"""What happens to a message for which the outbox has no room."""

from __future__ import annotations

from collections.abc import Callable

from socketstore.connection.outgoing.line import Line
from socketstore.connection.outgoing.message import Message
from socketstore.connection.outgoing.outbox import Outbox, WhenFull
from socketstore.errors import OutboxFull

Policy = Callable[[Line, Message], list[Message]]


def admit(line: Line, message: Message, when_full: WhenFull) -> list[Message]:
    """Put a message into the line, and return which messages had to give way: others, or itself.

    Raises:
        OutboxFull: there is no room for it, and nothing may be dropped.
    """
    if line.has_room(message):
        line.add(message)
        return []
    return _POLICIES[when_full](line, message)


def full(line: Line, message: Message) -> OutboxFull:
    """Put into words that there is no room."""
    return OutboxFull(
        f"the outbox holds {len(line)} messages of {line.bytes} bytes, and got one of {message.size} bytes more; it "
        f"may hold {line.limit} messages of {line.max_bytes} bytes. Send less, or make another Outbox for outbox=."
    )


def _fail(line: Line, message: Message) -> list[Message]:
    raise full(line, message)


def _drop_newest(_: Line, message: Message) -> list[Message]:
    return [message]


def _drop_oldest(line: Line, message: Message) -> list[Message]:
    if message.size > line.max_bytes:  # to drop all the others would not help
        return [message]
    evicted = []
    while not line.has_room(message) and (oldest := line.first) is not None:
        if oldest is not line.under(message.key):
            evicted.append(oldest)
        line.remove(oldest)
    line.add(message)
    return evicted


def _wait(line: Line, message: Message) -> list[Message]:
    """Let it stand outside, where those that nobody awaits have a bound as well, for nothing else slows them down."""
    if message.size > line.max_bytes or not (message.patient or _has_room_outside(line, message)):
        raise full(line, message)
    line.add(message, outside=True)
    return []


def _has_room_outside(line: Line, message: Message) -> bool:
    others, least = line.impatient, Outbox()
    messages = len(others) + 1 - (line.under(message.key) in others)
    size = others.bytes + message.size
    return messages <= max(line.limit, least.limit) and size <= max(line.max_bytes, least.max_bytes)


_POLICIES: dict[WhenFull, Policy] = {
    "fail": _fail,
    "drop_newest": _drop_newest,
    "drop_oldest": _drop_oldest,
    "wait": _wait,
}
