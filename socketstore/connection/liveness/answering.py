"""The part of a connection that answers the server's heartbeats, and misses them when they do not come."""

from __future__ import annotations

from typing import Any

from socketstore.connection.liveness.asking import Question, send_made
from socketstore.connection.liveness.givingup import Awaited
from socketstore.connection.liveness.heartbeat import ServerHeartbeat
from socketstore.connection.part import Part
from socketstore.connection.session import Session


class Answering(Part):
    """Takes the heartbeats of the server out of what comes on each socket."""

    def __init__(self, heartbeat: ServerHeartbeat) -> None:
        self._heartbeat = heartbeat
        self._answers: Answers | None = None

    def opened(self, session: Session) -> None:
        """Begin to wait for them."""
        self._answers = Answers(self._heartbeat, session)

    def consumes(self, data: str | bytes) -> bool:
        """Tell a heartbeat from what else comes."""
        return self._answers is not None and self._answers.takes(data)

    def closed(self, session: Session) -> None:  # noqa: ARG002 - there is one at a time
        """Wait no more."""
        answers, self._answers = self._answers, None
        if answers is not None:
            answers.stop()


class Answers:
    """The heartbeats of the server on one socket."""

    def __init__(self, heartbeat: ServerHeartbeat, session: Session) -> None:
        self._heartbeat = heartbeat
        self._session = session
        self._is_heartbeat = Question(heartbeat.is_heartbeat, "is_heartbeat", session)
        self._next = Awaited(session, self._complaint)
        self._await_next()

    def takes(self, data: str | bytes) -> bool:
        """Take a message, and answer it, if it is a heartbeat."""
        self._next.handled += 1
        content = self._session.content(data)
        if not self._is_heartbeat.ask(content):
            return False
        send_made(self._session, "answer", lambda: self._answer(content), none_is_nothing=True)
        self._await_next()
        return True

    def stop(self) -> None:
        """Wait no more."""
        self._next.stop()

    def _await_next(self) -> None:
        if self._heartbeat.timeout is not None and not self._session.over:
            self._next.by(self._session.now + self._heartbeat.timeout)

    def _answer(self, content: Any) -> Any:
        answer = self._heartbeat.answer
        return answer(content) if callable(answer) else answer

    def _complaint(self) -> str:
        return (
            f"the server sent no heartbeat for {self._heartbeat.timeout:g} s, although the socket seemed open. If it "
            "may take longer, raise timeout=; else look at is_heartbeat="
        )
