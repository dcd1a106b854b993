"""The part of a connection that sends heartbeats and waits for their replies."""

from __future__ import annotations

from typing import Any

from socketstore.connection.liveness.asking import Question, send_made
from socketstore.connection.liveness.givingup import Awaited
from socketstore.connection.liveness.heartbeat import Heartbeat
from socketstore.connection.liveness.roundtrips import measured
from socketstore.connection.liveness.timer import Timer
from socketstore.connection.part import Part
from socketstore.connection.session import Session


class Beating(Part):
    """Sends heartbeats on each socket, once ``on_open`` has come to its end."""

    def __init__(self, heartbeat: Heartbeat) -> None:
        self._heartbeat = heartbeat
        self._beat: Beat | None = None

    def ready(self, session: Session) -> None:
        """Begin."""
        self._beat = Beat(self._heartbeat, session)

    def consumes(self, data: str | bytes) -> bool:
        """Tell a reply from what else comes."""
        return self._beat is not None and self._beat.takes(data)

    def closed(self, session: Session) -> None:  # noqa: ARG002 - there is one at a time
        """End."""
        beat, self._beat = self._beat, None
        if beat is not None:
            beat.stop()


class Beat:
    """The heartbeats of one socket: send, wait for the reply, wait until it is time for the next."""

    def __init__(self, heartbeat: Heartbeat, session: Session) -> None:
        self._heartbeat = heartbeat
        self._session = session
        self._is_reply = None if heartbeat.is_reply is None else Question(heartbeat.is_reply, "is_reply", session)
        self._seconds = heartbeat.interval if heartbeat.timeout is None else heartbeat.timeout
        self._next = Timer()
        self._reply = Awaited(session, self._complaint)
        self._is_awaited = False
        self._sent: Any = None
        self._sent_at = session.now
        self._next.at(self._sent_at + heartbeat.interval, self._send)

    def takes(self, data: str | bytes) -> bool:
        """Take a message if it is the reply."""
        if not self._is_awaited or self._is_reply is None:
            return False
        self._reply.handled += 1
        if not self._is_reply.ask(self._session.content(data), self._sent):
            return False
        self._is_awaited = False
        self._reply.stop()
        measured(self._session, self._session.now - self._sent_at, "heartbeat")
        if not self._session.over:
            self._next.at(self._sent_at + self._heartbeat.interval, self._send)
        return True

    def stop(self) -> None:
        """Send nothing more, wait for nothing."""
        self._is_awaited = False
        self._next.stop()
        self._reply.stop()

    def _send(self) -> None:
        self._sent, was_sent = send_made(self._session, "message", self._made)
        self._sent_at = self._session.now
        if was_sent and self._is_reply is not None:
            self._is_awaited = True
            self._reply.by(self._sent_at + self._seconds)
        else:
            self._next.at(self._sent_at + self._heartbeat.interval, self._send)

    def _made(self) -> Any:
        message = self._heartbeat.message
        return message() if callable(message) else message

    def _complaint(self) -> str:
        return (
            f"no reply to a heartbeat within {self._seconds:g} s, although the socket seemed open. If the server may "
            "take longer, raise timeout=; else look at is_reply="
        )
