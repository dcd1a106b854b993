"""How well a connection fares over several attempts, and what that means for the next one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from socketstore.connection.attempt import Attempt
from socketstore.connection.backoff import Backoff
from socketstore.connection.retry import Ended, Retry, refuses_credentials
from socketstore.errors import ConnectionFailed, UsageError
from socketstore.sockets.emitter import report

REFUSED_AT_ONCE = 10.0
"""Seconds: a socket whose credentials are refused earlier never was healthy, whatever the server said before that."""


class Health:
    """Counts attempts since the connection was last healthy, and decides when to make the next one.

    Args:
        backoff: the delays, and when a connection counts as healthy.
        retry: whether there is another attempt.
        max_attempts: how many there are in a row; ``None``: without end.
        credentials_change: whether others may be had the next time.

    Attributes:
        number: that of the next attempt, from 1.
    """

    def __init__(self, backoff: Backoff, retry: Retry, max_attempts: int | None, *, credentials_change: bool) -> None:
        self.number = 1
        self._backoff = backoff
        self._pace = backoff.pace()
        self._retry = retry
        self._max_attempts = max_attempts
        self._credentials_change = credentials_change
        self._way: tuple[Any, ...] | None = None
        self._in_a_row = 0

    def note(self, attempt: Attempt) -> Ended:
        """Take an attempt that is over into account, and put its end into words."""
        ended = self._ended(attempt)
        if self._was_healthy(attempt, ended):
            self.number, self._way = 1, None
            self._pace.reset()
        else:
            self.number += 1
        return replace(ended, in_a_row=self._count(ended))

    def delay(self, ended: Ended) -> float | None:
        """Return the seconds until the next attempt, or ``None`` if there is none."""
        if self._max_attempts is not None and self.number > self._max_attempts:
            return None
        decision = self._decision(ended)
        if decision is False:
            return None
        if decision is True:
            return max(self._pace.delay(), ended.retry_after or 0.0)
        return float(decision)

    def _was_healthy(self, attempt: Attempt, ended: Ended) -> bool:
        if not attempt.greeted:  # no login, no health: whatever the server has said, and however long it took
            return False
        if refuses_credentials(ended) and attempt.lasted < REFUSED_AT_ONCE:
            return False
        needed = self._backoff.healthy_after
        return attempt.readable > 0 if needed == "message" else attempt.lasted >= needed

    def _ended(self, attempt: Attempt) -> Ended:
        failed = attempt.failure if isinstance(attempt.failure, ConnectionFailed) else None
        status, retry_after = (failed.status, failed.retry_after) if failed else (None, None)
        code, reason, clean = attempt.last_words
        return Ended(
            opened=attempt.session is not None,
            code=code,
            reason=reason,
            clean=clean,
            error=attempt.failure,
            status=status,
            retry_after=retry_after,
            credentials_change=self._credentials_change,
        )

    def _count(self, ended: Ended) -> int:
        """Count an end together with those before it that were like it.

        All refusals of credentials are alike: servers of one service that refuse in different ways, in turn, would each
        be worth another attempt at once, without end.
        """
        way = ("credentials",) if refuses_credentials(ended) else _way(ended)
        self._in_a_row = self._in_a_row + 1 if way == self._way else 1
        self._way = way
        return self._in_a_row

    def _decision(self, ended: Ended) -> bool | float:
        """Ask `retry`; what it does wrong is reported, and counts as a yes."""
        try:
            decision = self._retry(ended)
        except Exception as error:  # noqa: BLE001 - it must not end the connection
            report(error, "retry= raised", source=self)
            return True
        if isinstance(decision, bool) or (isinstance(decision, (int, float)) and decision >= 0):
            return decision
        message = f"retry= returned {decision!r:.200}; expected True, False, or seconds"
        report(UsageError(message), "retry= gave no decision", source=self)
        return True


def _way(ended: Ended) -> tuple[Any, ...]:
    kind = ended.error.kind if isinstance(ended.error, ConnectionFailed) else None
    return ended.opened, ended.code, ended.status, kind
