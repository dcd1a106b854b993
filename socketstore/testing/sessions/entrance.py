"""Who is let in: each client for whom the recording holds an episode, with the subprotocol of that."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus

from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from socketstore.sockets.limits import ProcessRequest
from socketstore.testing.sessions.seating import Seating
from socketstore.testing.sessions.tally import Tally


class Entrance:
    """Answers the requests of clients.

    Args:
        seating: what they get.
        tally: counts who was refused.
        say: is told what happens, one line at a time.
        refuses: asked about each request for which there is an episode.

    Attributes:
        seating: as it was given, or another one.
    """

    def __init__(
        self, seating: Seating, tally: Tally, say: Callable[[str], object], refuses: ProcessRequest | None
    ) -> None:
        self.seating = seating
        self._tally = tally
        self._say = say
        self._refuses = refuses

    def let_in(self, wire: ServerConnection, request: Request) -> Awaitable[Response | None] | Response | None:
        """Return what refuses a client; ``None`` lets it in."""
        if self.seating.next() is None:
            self._tally.refused += 1
            self._say("A client came again after the last episode, and was refused.")
            return wire.respond(HTTPStatus.SERVICE_UNAVAILABLE, "The recording holds no further connection.\n")
        if self._refuses is None:
            return None
        return self._refuses(wire, request)

    def subprotocol(self, _: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
        """Return the one of those that a client offers on which the recorded server agreed."""
        episode = self.seating.next()
        recorded = None if episode is None else episode.subprotocol
        agreed = next((name for name in offered if name == recorded), None)
        if offered and agreed is None:
            self._say(
                f"A client offers the subprotocols {', '.join(map(repr, offered))}, and gets none, since the recorded "
                f"server agreed on {recorded and repr(recorded)}: many clients hang up then."
            )
        return agreed
