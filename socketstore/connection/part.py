"""The parts of a connection: what can be added to it, and what each is told of the life of a socket."""

from __future__ import annotations

from typing import Any

from socketstore.connection.session import Session


class Part:
    """Base of what a connection is made of. None of these methods may raise, or wait; each does nothing by default.

    In the life of a connection: for each socket that opens `opened`, `consumes`, `unread`, `heard` and `ready` as they
    happen, and `closed`; at the very end `ended`.
    """

    def opened(self, session: Session) -> None:
        """The socket is open, ``JustConnected`` has been said; ``on_open`` comes next."""

    def ready(self, session: Session) -> None:
        """``on_open`` has come to its end: the program may speak."""

    def attends(self) -> bool:
        """Tell whether `consumes` has to be asked about messages that have come by now, before this part said more."""
        return True

    def consumes(self, data: str | bytes) -> bool:  # noqa: ARG002 - for those below
        """Tell whether a message was for this part alone, and is not to be decoded."""
        return False

    def unread(self) -> None:
        """The last message, which nobody has consumed, could not be decoded; ``MessageRejected`` has been said."""

    def heard(self, action: Any) -> None:
        """An action that was made of a message has been dispatched."""

    def closed(self, session: Session) -> None:
        """The socket has closed; ``JustDisconnected`` comes next."""

    def ended(self) -> None:
        """There will be no other socket; what waits for one waits in vain."""


class Parts(Part):
    """Several parts as one, asked in their order; those that do not care for messages are not asked."""

    def __init__(self, *parts: Part) -> None:
        self._parts = parts
        self._consuming = tuple(part for part in parts if type(part).consumes is not Part.consumes)
        self.hearing = tuple(part for part in parts if type(part).heard is not Part.heard)

    def opened(self, session: Session) -> None:
        """Tell each."""
        for part in self._parts:
            part.opened(session)

    def ready(self, session: Session) -> None:
        """Tell each."""
        for part in self._parts:
            part.ready(session)

    def attends(self) -> bool:
        """Tell whether any does."""
        return any(part.attends() for part in self._consuming)

    def consumes(self, data: str | bytes) -> bool:
        """Ask each until one does."""
        for part in self._consuming:  # noqa: SIM110 - for each message: any() would take twice as long
            if part.consumes(data):
                return True
        return False

    def unread(self) -> None:
        """Tell each."""
        for part in self._parts:
            part.unread()

    def heard(self, action: Any) -> None:
        """Tell each that cares."""
        for part in self.hearing:
            part.heard(action)

    def closed(self, session: Session) -> None:
        """Tell each."""
        for part in self._parts:
            part.closed(session)

    def ended(self) -> None:
        """Tell each."""
        for part in self._parts:
            part.ended()
