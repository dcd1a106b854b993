"""How much may wait to be sent, and what happens when more comes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

from socketstore.errors import UsageError

WhenFull = Literal["drop_oldest", "drop_newest", "fail", "wait"]


@dataclass(frozen=True, slots=True)
class Outbox:
    """What is sent while a connection is not open waits in its outbox, and goes out in order after the next open.

    It takes over as well while the socket is open and the other side does not read: once `max_bytes` stand in the
    socket's write buffer, the rest waits here.

    Attributes:
        limit: how many messages may wait.
        max_bytes: how large they may be together; a larger single message never waits.
        when_full: what happens to a message for which there is no room. ``fail``: ``send`` raises `OutboxFull`;
            ``drop_oldest``: those that have waited longest are dropped; ``drop_newest``: it is dropped itself;
            ``wait``: it stands in line, and awaiting ``send`` waits until there is room.
        ttl: seconds that a message may wait, unless ``send`` says otherwise; ``None``: any time.
    """

    limit: int = 1000
    max_bytes: int = 1_048_576
    when_full: WhenFull = "fail"
    ttl: float | None = None

    def __post_init__(self) -> None:
        """Refuse bounds that hold nothing."""
        if not all(type(bound) is int and bound >= 1 for bound in (self.limit, self.max_bytes)):
            message = f"got {self!r}; expected limit and max_bytes to be whole numbers of at least 1"
            raise UsageError(message)
        if self.when_full not in get_args(WhenFull):
            message = f"got when_full={self.when_full!r}; expected one of {', '.join(get_args(WhenFull))}"
            raise UsageError(message)
        check_ttl(self.ttl)


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a connection has not sent yet.

    Attributes:
        messages: how many messages wait in the outbox.
        bytes: how large they are together.
        buffered: bytes that were handed to the socket, and wait to be taken by the operating system.
        requests: how many requests were sent and wait for their answer.
    """

    messages: int = 0
    bytes: int = 0
    buffered: int = 0
    requests: int = 0


def check_ttl(ttl: object) -> None:
    """Return if a message may be told to live so long.

    Raises:
        UsageError: it is no number of seconds.
    """
    if ttl is None or (isinstance(ttl, (int, float)) and not isinstance(ttl, bool) and 0 <= ttl <= math.inf):
        return
    message = f"got ttl={ttl!r:.200}; expected seconds, at least 0, or None"
    raise UsageError(message)
