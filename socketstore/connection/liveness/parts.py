"""Which parts keep watch over a connection, by what it was told."""

from __future__ import annotations

from types import NoneType

from socketstore.connection.liveness.answering import Answering
from socketstore.connection.liveness.beating import Beating
from socketstore.connection.liveness.heartbeat import Heartbeat, ServerHeartbeat, check_seconds
from socketstore.connection.liveness.roundtrips import RoundTrips
from socketstore.connection.liveness.silence import SilenceWatch
from socketstore.connection.part import Part
from socketstore.errors import UsageError
from socketstore.sockets.options import expect

SILENCES = 2
"""So many times ``stale_after`` a socket may be silent, before it is given up, unless the program says otherwise."""


def liveness(
    heartbeat: Heartbeat | None,
    server_heartbeat: ServerHeartbeat | None,
    stale_after: float | None,
    reconnect_after: float | None,
) -> tuple[Part, ...]:
    """Make the parts; see `Connection` for what each argument means.

    Raises:
        UsageError: one of them cannot be used.
    """
    expect(heartbeat, "heartbeat", (Heartbeat, NoneType), "a Heartbeat, or None")
    expect(server_heartbeat, "server_heartbeat", (ServerHeartbeat, NoneType), "a ServerHeartbeat, or None")
    parts: list[Part] = [RoundTrips()]
    if heartbeat is not None:
        parts.append(Beating(heartbeat))
    if server_heartbeat is not None:
        parts.append(Answering(server_heartbeat))
    return (*parts, *_watch(stale_after, reconnect_after))


def _watch(stale_after: float | None, reconnect_after: float | None) -> tuple[Part, ...]:
    if stale_after is None and reconnect_after is None:
        return ()
    if stale_after is None:
        message = f"got reconnect_after={reconnect_after!r} without stale_after=; expected both, or stale_after= alone"
        raise UsageError(message)
    check_seconds(stale_after, "stale_after")
    longest = SILENCES * stale_after if reconnect_after is None else reconnect_after
    check_seconds(longest, "reconnect_after")
    if longest < stale_after:
        message = (
            f"got stale_after={stale_after!r} and reconnect_after={longest!r}; expected the latter to be no shorter"
        )
        raise UsageError(message)
    return (SilenceWatch(stale_after, longest),)
