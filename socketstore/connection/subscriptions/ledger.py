"""Which keys a server was asked for on one socket, and what became of it: a table, without a socket or a clock."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from enum import Enum, auto

from socketstore.connection.subscriptions.answers import Acknowledged, Answer


class Status(Enum):
    """What became of a key that was asked for. One that was not has none."""

    ASKED = auto()
    ACTIVE = auto()
    REFUSED = auto()
    UNANSWERED = auto()


@dataclass(slots=True, eq=False)
class Sent:
    """A message to the server.

    Attributes:
        keys: what it is about.
        to: its id, if its answer names that.
        deadline: until when an answer is awaited, in the time of the event loop.
    """

    keys: tuple[str, ...]
    to: Hashable = None
    deadline: float | None = None


@dataclass(slots=True, eq=False)
class Entry:
    """One key.

    Attributes:
        sent: the message that asked for it.
        status: what became of it.
        again: it is to be ended and asked for once more.
        stuck: it could not be ended, as no message could be made for that.
    """

    sent: Sent
    status: Status = Status.ASKED
    again: bool = False
    stuck: bool = False


class Ledger:
    """The keys of one socket: absent, asked for, active, refused or unanswered; and which of them are wanted.

    Attributes:
        wanted: the keys that are wanted, in their order.
    """

    def __init__(self) -> None:
        self.wanted: dict[str, None] = {}
        self._entries: dict[str, Entry] = {}
        self._by_id: dict[Hashable, Sent] = {}
        self._due: deque[Sent] = deque()

    @property
    def deadline(self) -> float | None:
        """When `expire` must be called next."""
        return self._due[0].deadline if self._due else None

    def want(self, keys: Iterable[str]) -> None:
        """Take note of what is wanted from now on."""
        self.wanted = dict.fromkeys(keys)
        for entry in (self._entries[key] for key in self.wanted if key in self._entries):
            entry.stuck = False

    def again(self, key: str) -> None:
        """Have a key asked for once more, unless an answer is awaited already."""
        entry = self._entries.get(key)
        if entry is not None and key in self.wanted:
            entry.again = entry.status is not Status.ASKED

    def is_due_again(self, key: str) -> bool:
        """Tell whether a key is still to be ended, and asked for once more."""
        return key in self._entries and self._entries[key].again

    def missing(self) -> list[str]:
        """Return what is wanted, and is to be asked for."""
        return [key for key in self.wanted if self._is_missing(self._entries.get(key))]

    def leaving(self) -> list[str]:
        """Return what the server follows, for all we know, and is not to follow any longer."""
        return [key for key, entry in self._entries.items() if self._is_leaving(key, entry)]

    def forget(self) -> tuple[str, ...]:
        """Forget what was refused and is no longer wanted; return it."""
        kept = self.wanted
        keys = tuple(key for key, of in self._entries.items() if of.status is Status.REFUSED and key not in kept)
        for key in keys:
            del self._entries[key]
        return keys

    def asked(self, sent: Sent) -> None:
        """Take note that keys were asked for."""
        self._entries.update((key, Entry(sent)) for key in sent.keys)
        self._await_answer(sent)

    def left(self, sent: Sent) -> None:
        """Take note that the end of keys was asked for."""
        for key in sent.keys:
            self._entries.pop(key, None)
        self._await_answer(sent)

    def stuck(self, keys: Iterable[str]) -> None:
        """Take note that the end of keys could not be asked for: they stay as they are until they are wanted again."""
        for key in keys:
            entry = self._entries[key]
            entry.stuck, entry.again = key not in self.wanted, False

    def note(self, answer: Answer) -> tuple[str, ...] | None:
        """Take note of an answer; return the keys of which it told something new, or ``None`` if it is not for us."""
        if answer.to is None:
            return self._move(answer, answer.keys, None)
        sent = self._by_id.get(answer.to)
        if sent is None:
            return None
        moved = self._move(answer, answer.keys or sent.keys, sent)
        if not self._is_awaited(sent):
            del self._by_id[answer.to]
        return moved

    def expire(self, now: float) -> tuple[str, ...]:
        """Give up waiting where the time is over; return the keys without an answer."""
        keys: list[str] = []
        while self._due and (self._due[0].deadline or now) <= now:
            sent = self._due.popleft()
            unanswered = [key for key in sent.keys if self._status(key, sent) is Status.ASKED]
            for key in unanswered:
                self._entries[key].status = Status.UNANSWERED
            if all(self._status(key, sent) is None for key in sent.keys):
                self._forget_id(sent)
            keys += unanswered
        return tuple(keys)

    def _is_missing(self, entry: Entry | None) -> bool:
        return entry is None or (entry.again and entry.status is Status.REFUSED)

    def _is_leaving(self, key: str, entry: Entry) -> bool:
        followed = entry.status in (Status.ACTIVE, Status.UNANSWERED)
        return followed and not entry.stuck and (entry.again or key not in self.wanted)

    def _await_answer(self, sent: Sent) -> None:
        if sent.to is not None:
            self._by_id[sent.to] = sent
        if sent.deadline is not None:
            self._due.append(sent)

    def _move(self, answer: Answer, keys: Iterable[str], sent: Sent | None) -> tuple[str, ...]:
        """Change the status of those of the keys that are here, and, if it is known, were in that message."""
        status = Status.ACTIVE if isinstance(answer, Acknowledged) else Status.REFUSED
        moved = tuple(key for key in keys if self._status(key, sent) not in (None, status))
        for key in moved:
            entry = self._entries[key]
            entry.status = status
            entry.again = entry.again and status is Status.ACTIVE
        return moved

    def _status(self, key: str, sent: Sent | None) -> Status | None:
        entry = self._entries.get(key)
        return None if entry is None or (sent is not None and entry.sent is not sent) else entry.status

    def _is_awaited(self, sent: Sent) -> bool:
        awaited = (Status.ASKED, Status.UNANSWERED)
        return any(self._status(key, sent) in awaited for key in sent.keys)

    def _forget_id(self, sent: Sent) -> None:
        if sent.to is not None and self._by_id.get(sent.to) is sent:
            del self._by_id[sent.to]
