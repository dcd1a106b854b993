"""Keeps what a server follows equal to what is wanted, on one socket."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from socketstore.actions import Subscribed, SubscriptionRefused, Unsubscribed
from socketstore.connection.session import Session
from socketstore.connection.subscriptions.answers import Acknowledged, Answer, Refused, as_answers
from socketstore.connection.subscriptions.definition import Subscriptions
from socketstore.connection.subscriptions.ledger import Ledger, Sent
from socketstore.connection.subscriptions.waiting import Waiting
from socketstore.errors import ConnectionLost, NotOpen, UsageError
from socketstore.sockets.emitter import report


class Reconciler:
    """Asks for what is wanted and missing, ends what is not wanted, and listens to the answers; on one socket.

    Everything is decided anew whenever something may be done: after a change, an answer, a pause, or when the time for
    an answer is over. So what is sent depends only on what is wanted by then.
    """

    def __init__(self, subscriptions: Subscriptions[Any], session: Session) -> None:
        self._subscriptions = subscriptions
        self._session = session
        self._ledger = Ledger()
        self._waiting = Waiting()
        self._loop = asyncio.get_running_loop()
        self._begun = False
        self._over = False
        self._complained = False
        self._free_at = 0.0
        self._soon: asyncio.Handle | None = None
        self._alarm: asyncio.Handle | None = None

    def begin(self, wanted: Iterable[str]) -> None:
        """Ask for what is wanted, at once."""
        self._begun = True
        self._ledger.want(wanted)
        self._work()

    def want(self, keys: Iterable[str]) -> None:
        """Take note of what is wanted now; act on it when all that has happened so far has been told."""
        self._ledger.want(keys)
        self._work_soon()

    def end(self) -> None:
        """The socket has closed, or will not take any more: do nothing from now on."""
        self._over = True
        for handle in (self._soon, self._alarm):
            if handle is not None:
                handle.cancel()
        message = "the socket closed before the server had answered; what is wanted is asked for again on the next one"
        self._waiting.fail_all(partial(ConnectionLost, message, code=1006))

    async def again(self, keys: Sequence[str]) -> None:
        """Have keys ended and asked for once more; wait for the answers.

        Raises:
            NotOpen: ``on_open`` has not come to its end, or the socket is closing.
            SubscriptionFailed: the server refused, or did not answer; or a key is not wanted.
            ConnectionLost: the socket closed meanwhile.
        """
        if not self._begun or self._over:
            message = f"{self._session!r} has no subscriptions just now; expected one that is open and past its on_open"
            raise NotOpen(message)
        answers = self._waiting.join(keys)
        for key in keys:
            self._ledger.again(key)
        self._work_soon()
        await answers

    def consumes(self, data: str | bytes) -> bool:
        """Take note of what a message answers; tell whether it was nothing but an answer."""
        if self._subscriptions.acknowledged is None:
            return False
        try:
            answers = as_answers(self._subscriptions.acknowledged(self._session.content(data)))
        except Exception as error:  # noqa: BLE001 - the message may be for others
            self._complain(error)
            return False
        if not answers:
            return False
        self._complained = False
        taken = [self._note(answer) and answer.consumed for answer in answers]
        self._work_soon()
        return all(taken)

    def _complain(self, error: Exception) -> None:
        """Report an error once, until an answer could be read: it may be raised on every message of a feed."""
        if not self._complained:
            report(error, "acknowledged= of the subscriptions failed on a message", source=self._session)
        self._complained = True

    def _work_soon(self) -> None:
        if not self._over and self._soon is None:
            self._soon = self._loop.call_soon(self._work)

    def _work(self) -> None:
        """Do whatever can be done now, and see to it that the rest is done when its time comes."""
        self._soon = None
        if self._over:
            return
        self._expire()
        self._forget()
        self._in_batches(self._ledger.leaving(), self._leave)
        self._in_batches(self._ledger.missing(), self._ask)
        self._waiting.fail_others(self._ledger.wanted)
        self._set_alarm()

    def _expire(self) -> None:
        keys = self._ledger.expire(self._session.now)
        wanted = tuple(key for key in keys if key in self._ledger.wanted)
        if wanted:
            self._say_refused(wanted, f"no answer within {self._subscriptions.timeout:g} s")

    def _forget(self) -> None:
        if keys := self._ledger.forget():
            self._session.say(Unsubscribed, keys=keys)

    def _in_batches(self, keys: list[str], act: Callable[[tuple[str, ...]], None]) -> None:
        size = self._subscriptions.batch or max(len(keys), 1)
        for start in range(0, len(keys), size):
            if self._over or self._session.now < self._free_at:
                return
            act(tuple(keys[start : start + size]))

    def _leave(self, keys: tuple[str, ...]) -> None:
        try:
            sent = self._send(self._subscriptions.unsubscribe, keys)
        except Exception as error:  # noqa: BLE001 - what the program's own functions raise
            report(error, f"no message to unsubscribe {keys!r:.200} could be made", source=self._session)
            self._ledger.stuck(keys)
            self._waiting.fail(keys, f"unsubscribe= raised {type(error).__name__}: {error}")
            return
        if sent is not None:
            self._ledger.left(sent)
            self._session.say(Unsubscribed, keys=keys)

    def _ask(self, keys: tuple[str, ...]) -> None:
        try:
            sent = self._send(self._subscriptions.subscribe, keys)
        except Exception as error:  # noqa: BLE001 - what the program's own functions raise
            report(error, f"no message to subscribe {keys!r:.200} could be made", source=self._session)
            self._ledger.asked(Sent(keys))
            self._note(Refused(*keys, reason=f"subscribe= raised {type(error).__name__}: {error}"))
            return
        if sent is None:
            return
        self._ledger.asked(sent)
        if self._subscriptions.acknowledged is None:
            self._note(Acknowledged(*keys))

    def _send(self, make: Callable[[tuple[str, ...]], Any], keys: tuple[str, ...]) -> Sent | None:
        """Make a message and send it; ``None`` if the socket does not take it any more."""
        message = make(keys)
        if message is None:
            complaint = "got no message (None); expected what is to be sent"
            raise UsageError(complaint)
        sent = self._as_sent(message, keys)
        try:
            self._session.send(message)
        except NotOpen:  # it is closing; the next socket begins anew
            self.end()
            return None
        self._free_at = self._session.now + self._subscriptions.pause
        return sent

    def _as_sent(self, message: Any, keys: tuple[str, ...]) -> Sent:
        subscriptions = self._subscriptions
        if subscriptions.acknowledged is None:
            return Sent(keys)
        to = None if subscriptions.message_id is None else subscriptions.message_id(message)
        hash(to)  # or it would be found out when the message is under way
        timeout = subscriptions.timeout
        return Sent(keys, to, None if timeout is None else self._session.now + timeout)

    def _note(self, answer: Answer) -> bool:
        """Say what an answer changes; tell whether it is for us."""
        moved = self._ledger.note(answer)
        if moved and isinstance(answer, Refused):
            self._say_refused(moved, answer.reason)
        elif moved:
            self._session.say(Subscribed, keys=moved)
            self._waiting.succeed(key for key in moved if not self._ledger.is_due_again(key))
        return moved is not None

    def _say_refused(self, keys: tuple[str, ...], reason: str) -> None:
        self._session.say(SubscriptionRefused, keys=keys, reason=reason)
        self._waiting.fail(keys, reason)

    def _set_alarm(self) -> None:
        """Come back when the next message may be sent, or when the time for an answer is over."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        times = [] if self._ledger.deadline is None else [self._ledger.deadline]
        if self._session.now < self._free_at and (self._ledger.leaving() or self._ledger.missing()):
            times.append(self._free_at)
        if times and not self._over:
            self._alarm = self._loop.call_at(min(times), self._work)
