"""What can go wrong on the way, and where: values, so that a schedule can be printed, kept and run again."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal, TypeAlias

from socketstore.errors import UsageError

Direction: TypeAlias = Literal["to_client", "to_server"]
"""One of the two streams of a connection: what the server sends, or what the client sends."""

DIRECTIONS: tuple[Direction, Direction] = ("to_client", "to_server")


_WORDS = ("direction", "part")
"""Attributes that are no numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Base of the faults: where it happens. Counting begins behind the opening handshake.

    Attributes:
        direction: the stream that is disturbed, and in which is counted.
        connection: which connection through the proxy, from 1; ``None``: each of them.
        after_messages: how many messages pass before; control frames (ping, pong, close) are not counted.
        after_bytes: how many bytes more pass before; with some of them a message is cut inside.
    """

    direction: Direction = "to_client"
    connection: int | None = None
    after_messages: int = 0
    after_bytes: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot happen."""
        if self.direction not in DIRECTIONS:
            message = f"got direction={self.direction!r}; expected one of {', '.join(DIRECTIONS)}"
            raise UsageError(message)
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name not in _WORDS and not (_is_number(value) or value is field.default is None):
                message = f"got {field.name}={value!r:.200} in a {type(self).__name__}; expected 0 or more"
                raise UsageError(message)


def _is_number(value: object) -> bool:
    """Tell whether it is a number that can be counted down from; which the one that is none (NaN) is not."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0


# What happens to the line.


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut(Fault):
    """Both sides are told that the other has ended the TCP connection (FIN), without a close frame."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reset(Fault):
    """The TCP connection breaks for both sides (RST); what they have not read yet may be lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuse(Fault):
    """The connection breaks (RST), and so do the next ones, before their handshake.

    Attributes:
        connections: how many. They are not counted as connections elsewhere.
    """

    connections: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class BlackHole(Fault):
    """Nothing comes through any more in this direction; what is on its way comes when it is over, as with TCP.

    Attributes:
        seconds: how long, in the time of the event loop; ``None``: until `FaultProxy.heal`.
    """

    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay(Fault):
    """From here on everything comes later.

    Attributes:
        seconds: how much, in the time of the event loop.
    """

    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Throttle(Fault):
    """From here on no more comes through than this.

    Attributes:
        bytes_per_second: in the time of the event loop; more than 0.
    """

    bytes_per_second: float

    def __post_init__(self) -> None:
        """Refuse a standstill, for which there is `BlackHole`."""
        super(Throttle, self).__post_init__()
        if not self.bytes_per_second > 0:
            message = f"got bytes_per_second={self.bytes_per_second!r}; expected more than 0, or a BlackHole"
            raise UsageError(message)


# What happens to one message: the first that begins from here on.


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFault(Fault):
    """Base of what happens to one message, with all its frames."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop(MessageFault):
    """The message does not come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate(MessageFault):
    """The message comes twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reorder(MessageFault):
    """The message comes late.

    Attributes:
        behind: how many messages come first; if there are not as many, it comes at the end.
    """

    behind: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrupt(MessageFault):
    """A bit of the message is flipped.

    Attributes:
        bit: which one; counted from the start of the part, and from there again where that is shorter.
        part: ``"payload"``: what was said; ``"header"``: the first two bytes of the frame (RFC 6455, section 5.2),
            which the other side may take for a longer message, and wait. Of an empty message the header.
    """

    bit: int = 0
    part: Literal["payload", "header"] = "payload"
