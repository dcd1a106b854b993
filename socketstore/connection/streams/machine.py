"""The life of one stream: unsynced, buffering, live, gap, buffering; without a socket and without a clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from socketstore.connection.streams.definition import Cause
from socketstore.connection.streams.ordering import Follows, Missing, Repeated, plain
from socketstore.connection.streams.outlet import Outlet, Phase
from socketstore.connection.streams.rules import Rules
from socketstore.connection.streams.stream import Stream, words
from socketstore.connection.streams.waiting import Held, Room
from socketstore.errors import UsageError

MOST_REPEATED = 100
"""So many messages in a row that seem to have come before the last one mean that the positions have begun anew."""

NO_ORDER = (
    "without an order only a snapshot makes a stream complete; expected from resync= what snapshot= knows, or None"
)


class Machine(Stream):
    """What a message, and what else happens, means to a stream in each phase.

    Attributes:
        heard_at: when its last message came, in the time of the event loop; set by who hands messages on.
    """

    def __init__(self, name: str, rules: Rules, room: Room, outlet: Outlet) -> None:
        super().__init__(name, rules, room, outlet)
        self.heard_at = 0.0
        self._doubt: tuple[Cause, str] = "reopened", ""
        self._takers: dict[Phase, Callable[[Any, str | bytes], None]] = {
            Phase.UNSYNCED: self._take_first,
            Phase.BUFFERING: self._take_while_buffering,
            Phase.LIVE: self._take_while_live,
            Phase.DOUBTED: self._take_in_doubt,
            Phase.BROKEN: self._take_broken,
        }

    def take(self, action: Any, raw: str | bytes) -> None:
        """Take what came on the socket: a message, or a snapshot.

        Raises:
            Exception: what a function of the program raised; the message has not been used.
        """
        standing = None if self._rules.snapshot is None else self._rules.snapshot(action)
        if standing is None:
            self._takers[self.phase](action, raw)
            return
        complaint = self._take_snapshot(action, raw, standing, pushed=True)
        if complaint is not None and self.phase is Phase.BUFFERING:
            self._outlet.fail(self.name, "NotJoined", complaint)

    def take_answer(self, action: Any) -> str | None:
        """Take what a resync returned: a snapshot, or a message that was missing.

        Returns:
            Why it is of no use, if it is not.

        Raises:
            Exception: what a function of the program raised.
        """
        standing = None if self._rules.snapshot is None else self._rules.snapshot(action)
        if standing is not None:
            return self._take_snapshot(action, "", standing, pushed=False)
        if self._rules.ordering is None:
            return NO_ORDER
        self._takers[self.phase](action, "")
        return None

    def close(self) -> None:
        """The socket has closed: what waits is too old for the next one."""
        self._undecided = None
        self.progress.leave_socket()
        if self._rules.is_silence_alone:
            self.phase, self._is_new = Phase.UNSYNCED, True
        elif self.phase is not Phase.UNSYNCED and (self._rules.heals or self.phase is not Phase.BROKEN):
            goes_on = self.progress.position is not None and (self._rules.resumes or not self._rules.heals)
            self.phase = Phase.DOUBTED if goes_on else Phase.UNSYNCED
            self._doubt = "reopened", "nothing followed on after the socket opened again"

    def end(self) -> None:
        """Nobody wants it any more."""
        self._undecided = None
        self.progress.waiting.clear()
        self.phase = Phase.UNSYNCED

    def reopen(self) -> None:
        """A new socket is open, and the program may speak."""
        if self.phase is Phase.DOUBTED:
            self._outlet.doubt(self.name)
        elif self.phase is Phase.UNSYNCED and not self._is_new:
            self._seek("reopened", "the socket opened again")

    def suspect(self, missing: Missing) -> None:
        """Something is missing that may have been of this stream."""
        if self.phase in (Phase.UNSYNCED, Phase.BROKEN):
            return
        if self._rules.ordering is None:
            self._gap("gap", missing)
        elif self.phase is not Phase.BUFFERING:  # there its own order tells
            self._say_gap(missing)
            if self.phase is Phase.LIVE:
                self.progress.floor = self.progress.position
            self.phase = Phase.DOUBTED
            self._doubt = "gap", words(missing)
            self._outlet.doubt(self.name)

    def despair(self) -> None:
        """No message has resolved the doubt."""
        if self.phase is Phase.DOUBTED:
            self._seek(*self._doubt)

    def overflow(self) -> None:
        """Too much waits, and most of it here."""
        self.progress.drop_waiting()
        self._outlet.fail(self.name, "Overflow", "more messages wait than max_messages= or max_bytes= allow")

    def fall_silent(self, reason: str) -> None:
        """It has been silent for so long that it is resynced."""
        if self.phase is Phase.LIVE and self._rules.heals:
            self.progress.floor = self.progress.position
            self._seek("silent", reason)

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Surround `take_answer` for each part of one answer: before its last one the stream is not complete."""
        self._answered = 0
        try:
            yield
        finally:
            self._answered = None

    def confirm(self) -> str | None:
        """Nothing else is missing, says who knows; tell why that is of no use, if it is not."""
        if self.phase is Phase.BUFFERING and self._rules.ordering is None:
            return NO_ORDER
        if self.phase is Phase.BUFFERING and self.progress.is_whole:
            self._settle(applied=self._answered or 0)
        return None

    def begin_anew(self) -> None:
        """Another attempt begins: what cannot be told from what it will bring is dropped."""
        if self._rules.ordering is None:
            self.progress.waiting.clear()
        elif self._undecided is not None:
            self._undecided = None
            self.progress.drop_waiting()

    # What a message means in each phase.

    def _handle(self, action: Any, raw: str | bytes) -> None:
        self._takers[self.phase](action, raw)

    def _take_while_live(self, action: Any, raw: str | bytes) -> None:
        verdict = self.progress.judge(action)
        if type(verdict) is Follows:
            self._repeated = 0
            self._pass(action, raw, verdict.position)
        elif type(verdict) is Repeated:
            self._take_repeated(self._held(action, raw))
        elif type(verdict) is Missing:
            self._take_after_gap(self._held(action, raw), verdict)
        else:
            message = f"check returned {verdict!r:.200}; expected Follows, Repeated or Missing"
            raise UsageError(message)

    def _take_first(self, action: Any, raw: str | bytes) -> None:
        held = self._held(action, raw)
        if self._is_new and self._rules.snapshot is None:  # it is complete from here on
            self._take_in_doubt(action, raw)
            return
        if self._is_new:
            self._seek("new", "its first message came")
        else:
            self._seek("reopened", "the socket opened again")
        self._takers[self.phase](held.action, held.raw)

    def _take_in_doubt(self, action: Any, raw: str | bytes) -> None:
        verdict, held = self.progress.judge(action), self._held(action, raw)
        if isinstance(verdict, Missing):
            self._take_after_gap(held, verdict)
        elif isinstance(verdict, Repeated) and held.position != self.progress.position:
            self._outlet.count_repeated()
        elif isinstance(verdict, Repeated):
            self._take_repeated(held)
            self._settle()
        elif self._pass(action, raw, verdict.position):
            self._settle(applied=1)

    def _take_while_buffering(self, action: Any, raw: str | bytes) -> None:
        held, progress = self._held(action, raw), self.progress
        goes_on = progress.position is not None or (progress.at_start and self._rules.snapshot is None)
        verdict = progress.judge(action) if goes_on else None
        if isinstance(verdict, Follows):
            self._go_on(held)
        elif isinstance(verdict, Repeated) and progress.floor is not None:
            self._take_repeated(held)
        else:
            self._keep(held)

    def _take_broken(self, action: Any, raw: str | bytes) -> None:
        verdict, held = self.progress.judge(action), self._held(action, raw)
        if isinstance(verdict, Repeated):
            self._take_repeated(held)
            return
        if isinstance(verdict, Missing):
            self._say_gap(verdict)
        self._pass(action, raw, held.position)

    def _take_after_gap(self, held: Held, missing: Missing) -> None:
        self._gap("gap", missing)
        if self.phase is Phase.BUFFERING:
            self._keep(held)
        else:
            self._pass(held.action, held.raw, held.position)

    def _take_repeated(self, held: Held) -> None:
        if self.progress.is_of_last(held):  # one message may stand for several actions
            self._pass(held.action, held.raw, held.position)
            return
        self._outlet.count_repeated()
        if held.position != self.progress.position:  # the last one again may be a sign of life
            self._repeated += 1
        if self._repeated > MOST_REPEATED and self.phase is Phase.LIVE:
            missing = Missing(f"what follows {self.progress.position!r:.100}", plain(held.position))
            self.progress.restart()
            self._take_after_gap(held, missing)

    def _held(self, action: Any, raw: str | bytes) -> Held:
        return self.progress.held(action, raw, self._outlet.serial)
