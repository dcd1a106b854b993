"""What a connection says of its health: whether anything comes, and how long an answer takes."""

from __future__ import annotations

from typing import Literal

from socketstore.actions.socket import SocketAction


class Heard(SocketAction):
    """So many messages came since the last word that told of one; they became actions of the program's own, or none.

    Such actions do not tell when they came.

    Said at most once a second, and at once by the first message after a silence (see `WentStale`). `at` is the time of
    the last of these messages, which may be a while ago: the rest is told when a silence is, or when the socket closes.
    """

    messages: int = 1


class WentStale(SocketAction):
    """Nothing came for `silence` seconds, longer than ``stale_after``: what the state shows may be out of date."""

    silence: float = 0.0


class RoundTripMeasured(SocketAction):
    """The answer to a protocol ping, or to a heartbeat, took so many seconds.

    They include the time that the program itself needed to come to it.
    """

    seconds: float = 0.0
    by: Literal["ping", "heartbeat"] = "ping"
