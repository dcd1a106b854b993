"""What comes on one socket: each message becomes actions, or is rejected, and is spoken of in any case."""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import Iterable
from typing import Any

from socketstore.actions import GotMessage, Heard, MessageRejected
from socketstore.connection.equipment import Equipment
from socketstore.connection.session import Session
from socketstore.errors import DecodeError, EncodeError, TooManyRejects
from socketstore.sockets.emitter import report

HEARD_EVERY = 1.0  # seconds


class Intake:
    """Makes actions of the messages of one socket, in their order, from its open to its end.

    What a reducer or a subscriber raises never reaches the socket: it goes to the event loop's exception handler, and
    the next message is dispatched as if nothing had happened.

    Args:
        equipment: what all attempts share.
        attempt: whose socket it is, for reports.

    Attributes:
        readable: how many messages could be read.
        dropped: how many came although there were too many that could not be read.
    """

    def __init__(self, equipment: Equipment, attempt: object) -> None:
        self.readable = 0
        self.dropped = 0
        self._attempt = attempt
        self._feed = equipment.feed
        self._wire = equipment.feed.wire
        self._read = equipment.read
        self._parts = equipment.parts
        self._deliver = equipment.deliver
        self._max_rejected = equipment.max_rejected
        self._session: Session | None = None
        self._epoch: int | None = None
        self._rejected = 0
        self._is_given_up = False
        self._unheard = 0
        self._heard_again_at = 0.0
        # What GotMessage() calls, at half its price: 0.4 µs less, a sixth of all where there is no messages=.
        self._make_got_message = GotMessage.__pydantic_validator__.validate_python

    def begin(self, session: Session) -> None:
        """Make actions from now on: the socket is open."""
        self._session = session
        self._epoch = session.epoch

    def record(self, messages: Iterable[str | bytes]) -> None:
        """Take the messages of one read, and write each just before anything is made of it."""
        self.take(map(self._recorded, messages))

    def _recorded(self, data: str | bytes) -> str | bytes:
        listens = self._session is not None and not self._session.over and not self._is_given_up
        if self._wire is not None and listens:
            self._wire.came(data, self._epoch)
        return data

    def take(self, messages: Iterable[str | bytes]) -> None:
        """Make actions of the messages of one read: here the connection knows of each of them."""
        session, parts = self._session, self._parts
        if session is None:
            return
        now = session.now
        consumes = parts.consumes if parts.attends() else None  # asked once a read: 0.11 µs a message, 5 %
        for data in messages:
            try:
                if session.over or self._is_given_up:
                    self._leave_out(session)
                elif consumes is not None and consumes(data):
                    self.readable += 1
                else:
                    self._message(data, session, now)
            except (Exception, CancelledError) as error:  # noqa: BLE001 - the next message must not suffer for this one
                report(error, "handling a message raised", source=self._attempt)

    def _leave_out(self, session: Session) -> None:
        """Count a message that comes although there were too many that could not be read: closing takes its time."""
        if not session.over:
            self.dropped += 1

    def _message(self, data: str | bytes, session: Session, now: float) -> None:
        session.heard_at = now
        self._unheard += 1
        try:
            actions = self._read(data, self._got_message)
        except DecodeError as error:
            self.reject(data, str(error))
            self._parts.unread()
            return
        self.readable += 1
        if self._deliver is not None:
            self._deliver(actions, data)
        elif type(actions) is not tuple:
            self.dispatch(actions, data)
        else:
            for action in actions:
                self.dispatch(action, data)

    def _got_message(self, data: Any) -> GotMessage:
        action: GotMessage = self._make_got_message({"data": data, **self._feed.stamp(self._epoch)})
        return action

    def dispatch(self, action: Any, raw: str | bytes) -> bool:
        """Dispatch an action that was made of a message; tell whether it was reduced. Never raises."""
        if self._session is None or self._session.over:
            return False
        try:
            self._feed.store.dispatch(action)
        except (Exception, CancelledError) as error:  # noqa: BLE001 - the next message must not suffer for what a reducer does
            if not isinstance(error, EncodeError):  # it could not be recorded; that is no fault of the program's code
                report(error, f"dispatching {type(action).__name__} raised", source=self._attempt)
            self.reject(raw, f"dispatching {type(action).__name__} raised {type(error).__name__}: {error}")
            return False
        if type(action) is GotMessage:
            self._state_knows()
        if self._parts.hearing:
            self._parts.heard(action)
        return True

    def reject(self, raw: str | bytes, reason: str) -> None:
        """Say that a message cannot be used; give the socket up if that is one too many. Never raises."""
        self._rejected += 1
        self._feed.say(MessageRejected(raw=raw, reason=reason, **self._feed.stamp(self._epoch)))
        self._state_knows()
        most = self._max_rejected
        if most is not None and self._rejected > most and self._session is not None and not self._is_given_up:
            self._is_given_up = True
            words = f"more than {most} messages could not be read"
            message = f"{words}, the last one because {reason}; check messages= and decode=, or raise max_rejected="
            self._session.lose(TooManyRejects(message, code=1008), (1008, words))

    # What is said of messages that no word of their own tells of.

    def read_is_over(self) -> None:
        """Say that messages came, if it is time to say so again."""
        session = self._session
        if self._unheard and session is not None and (session.stale or session.heard_at >= self._heard_again_at):
            self._say_heard(session)

    def catch_up(self) -> None:
        """Say of messages that came a while ago that they did, with the time of the last of them."""
        session = self._session
        if self._unheard and session is not None:
            self._say_heard(session, ago=session.now - session.heard_at)

    def _say_heard(self, session: Session, ago: float = 0.0) -> None:
        self._heard_again_at = session.heard_at + HEARD_EVERY
        stamp = self._feed.stamp(self._epoch)
        self._feed.say(Heard(messages=self._unheard, **{**stamp, "at": stamp["at"] - ago}))
        self._state_knows()

    def _state_knows(self) -> None:
        """The word that was just said tells that a message came."""
        self._unheard = 0
        if self._session is not None:
            self._session.stale = False
