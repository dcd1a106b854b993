"""How long an answer takes: measured, and said."""

from __future__ import annotations

from typing import Literal

from socketstore.actions import RoundTripMeasured
from socketstore.connection.part import Part
from socketstore.connection.session import Session
from socketstore.sockets.events import PongEvent


def measured(session: Session, seconds: float, by: Literal["ping", "heartbeat"]) -> None:
    """Keep and say how long an answer took."""
    session.round_trip = seconds
    session.say(RoundTripMeasured, seconds=seconds, by=by)


class RoundTrips(Part):
    """Says the round trip of each protocol ping that was answered (RFC 6455, section 5.5.2)."""

    def opened(self, session: Session) -> None:
        """Listen for pongs."""

        def came(pong: PongEvent) -> None:
            if pong.round_trip is not None:
                measured(session, pong.round_trip, "ping")

        session.socket.add_listener("pong", came)
