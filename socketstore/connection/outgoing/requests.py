"""Questions and their answers over one socket."""

from __future__ import annotations

import asyncio
from typing import Any

from socketstore.codec import short
from socketstore.connection.outgoing.message import Message, write
from socketstore.connection.outgoing.replies import Replies, Reply
from socketstore.connection.outgoing.sender import Sender
from socketstore.connection.part import Part
from socketstore.connection.session import Session
from socketstore.errors import ConnectionLost, RequestTimeout, SocketError, UsageError


class Request(Message):
    """A message that is answered.

    Attributes:
        reply: what tells its answer.
        idempotent: whether it may be sent twice.
        answer: what it will be.
        times_sent: how often it was handed to a socket.
    """

    def __init__(self, data: str | bytes, reply: Reply, *, idempotent: bool, flying: Replies) -> None:
        super().__init__(data)
        self.patient = True
        self.reply = reply
        self.idempotent = idempotent
        self.answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.times_sent = 0
        self._flying = flying

    def sent(self, session: Session) -> None:  # noqa: ARG002 - there is only one at a time
        """Expect the answer from now on."""
        self.times_sent += 1
        self._flying.add(self)

    def unsent(self) -> None:
        """Expect no answer yet."""
        self.times_sent -= 1
        self._flying.discard(self)

    def dropped(self, error: SocketError) -> None:
        """Tell whoever waits for the answer."""
        self.fail(error)

    def fail(self, error: Exception) -> None:
        """There will be no answer."""
        if not self.answer.done():
            self.answer.set_exception(error)

    def recognises(self, content: Any) -> bool:
        """Ask the program's function; if that raises, no answer is recognised any more."""
        if self.answer.done() or not callable(self.reply):
            return False
        try:
            return bool(self.reply(content))
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - it concerns this request alone
            message = f"reply= raised {type(error).__name__}: {error} on {short(content)}; expected True or False"
            failed = UsageError(message)
            failed.__cause__ = error
            self.fail(failed)
            return False


class Requests(Part):
    """Matches answers with requests, and tells those whose answer cannot come any more.

    Args:
        sender: sends the requests.
    """

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._session: Session | None = None
        self._flying = Replies()
        self._again: dict[Request, ConnectionLost] = {}

    def __len__(self) -> int:
        return len(self._flying)

    async def ask(self, data: str | bytes, reply: Reply, timeout: float | None, *, idempotent: bool) -> Any:  # noqa: ASYNC109
        """Send a request and return its answer; see `Speaking.request`."""
        request = Request(data, reply, idempotent=idempotent, flying=self._flying)
        try:
            async with asyncio.timeout(timeout):
                self._sender.take(request)
                return await request.answer
        except TimeoutError:
            if _has_come(request.answer):  # in the same moment
                return request.answer.result()
            raise _not_in_time(request, timeout) from None
        finally:
            self._forget(request)

    def attends(self) -> bool:
        """Tell whether an answer is expected: what has come by now answers nothing that is asked later."""
        return bool(self._flying)

    def consumes(self, data: str | bytes) -> bool:
        """Take the answers out of what comes."""
        session = self._session
        if session is None or not self._flying:
            return False
        content = session.content(data)
        request = self._flying.match(content)
        if request is None:
            return False
        self._flying.discard(request)
        if not request.answer.done():
            request.answer.set_result(content)
        return True

    def opened(self, session: Session) -> None:
        """Expect answers on this socket."""
        self._session = session

    def ready(self, session: Session) -> None:
        """Send again what may be sent twice."""
        for request in tuple(self._again):
            if write(session, request) is None:
                break
            del self._again[request]

    def closed(self, session: Session) -> None:
        """Fail the requests that were sent, unless they may be sent again."""
        for request in self._flying:
            self._flying.discard(request)
            lost = _lost(session)
            if request.idempotent:
                self._again[request] = lost
            else:
                request.fail(lost)

    def ended(self) -> None:
        """Fail those that would have been sent again."""
        for request, lost in self._again.items():
            request.fail(lost)
        self._again.clear()

    def _forget(self, request: Request) -> None:
        self._flying.discard(request)
        self._again.pop(request, None)
        self._sender.withdraw(request)


def _has_come(answer: asyncio.Future[Any]) -> bool:
    return answer.done() and not answer.cancelled() and answer.exception() is None


def _lost(session: Session) -> ConnectionLost:
    code, reason = (1006, "") if session.end is None else (session.end.code, session.end.reason)
    words = f"{code} {reason}".strip()
    return ConnectionLost(
        f"the socket closed ({words}) before the answer to a request came; whether it was carried out is unknown. "
        "If it does no harm twice, ask with idempotent=True",
        code=code,
    )


def _not_in_time(request: Request, seconds: float | None) -> RequestTimeout:
    what = "it was sent, and may have been carried out" if request.times_sent else "it was not sent"
    return RequestTimeout(f"no answer to a request of {request.size} bytes came within {seconds} s; {what}")
