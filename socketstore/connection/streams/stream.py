"""What a stream does: it dispatches, waits, finds a gap, joins a snapshot, and is complete again."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from socketstore.actions import GapDetected, Resynced
from socketstore.connection.streams.definition import Cause
from socketstore.connection.streams.ordering import Missing, plain
from socketstore.connection.streams.outlet import Outlet, Phase
from socketstore.connection.streams.progress import Progress, Unjudged
from socketstore.connection.streams.rules import Rules
from socketstore.connection.streams.waiting import Held, Room


class Stream(ABC):
    """One stream of a connection.

    Args:
        name: of the stream.
        rules: what it goes by.
        room: how much may wait.
        outlet: what it works with.

    Attributes:
        phase: where it stands.
        progress: how far it has come.
    """

    def __init__(self, name: str, rules: Rules, room: Room, outlet: Outlet) -> None:
        self.name = name
        self.phase = Phase.UNSYNCED
        self.progress = Progress(rules.ordering, room)
        self._rules = rules
        self._outlet = outlet
        self._is_new = True
        self._undecided: tuple[Any, str | bytes, Any] | None = None
        self._repeated = 0
        self._answered: int | None = None

    def __repr__(self) -> str:
        return f"<stream {self.name!r} {self.phase.name.lower()} at {self.progress.position!r}>"

    @abstractmethod
    def _handle(self, action: Any, raw: str | bytes) -> None:
        """Take a message as the phase demands."""

    # Dispatching.

    def _pass(self, action: Any, raw: str | bytes, position: Any) -> bool:
        """Dispatch an action; tell whether the stream is as it should be after it."""
        self.progress.move(position, self._outlet.serial)
        self._is_new = False
        if not self._outlet.pass_on(action, raw):
            self._distrust("rejected", Missing(plain(position), "a message that could not be reduced"))
            return False
        checksum = self._rules.checksum
        if checksum is None:
            return True
        wrong = checksum.compare(action, self.name, lambda: self._outlet.state)
        if wrong is not None:
            self._distrust("checksum", wrong)
        return wrong is None

    def _go_on(self, held: Held) -> None:
        """Dispatch what was missing, and whatever waits for just that."""
        following: Held | None = held
        applied, serial = 0, self._outlet.serial
        with self._outlet.together():
            while following is not None and self._outlet.is_open:
                self._outlet.serial = following.serial
                if not self._pass(following.action, following.raw, following.position):
                    break
                applied += 1
                following = self._follower()
            if self._answered is not None:  # the rest of the answer follows, and then its end
                self._answered += applied
            elif self.phase is Phase.BUFFERING and self.progress.is_whole:
                self._settle(applied=applied)
        self._outlet.serial = serial

    def _follower(self) -> Held | None:
        while True:
            try:
                return self.progress.follower()
            except Unjudged as error:
                self._outlet.reject(error.held.raw, str(error))

    def _keep(self, held: Held) -> None:
        """Let a message wait."""
        waiting = self.progress.waiting
        if waiting.knows(held):
            self._outlet.count_repeated()
            return
        waiting.add(held)
        if waiting.overflows:
            self._outlet.make_room()
        elif self._undecided is not None:
            complaint = self._join(*self._undecided, pushed=False)
            if complaint is not None:
                self._outlet.fail(self.name, "NotJoined", complaint)

    # Gaps, and the end of them.

    def _distrust(self, cause: Cause, missing: Missing) -> None:
        """The state is wrong: begin anew, if that is possible."""
        if not self._outlet.is_open:
            return
        if self._rules.heals:
            self.progress.distrust()
        self._gap(cause, missing)

    def _gap(self, cause: Cause, missing: Missing) -> None:
        self._say_gap(missing)
        if self.phase is Phase.LIVE and self.progress.position is not None:
            self.progress.floor = self.progress.position
        self._seek(cause, words(missing))

    def _say_gap(self, missing: Missing) -> None:
        self._outlet.say(GapDetected, stream=self.name, expected=plain(missing.expected), got=plain(missing.got))

    def _seek(self, cause: Cause, reason: str) -> None:
        """Wait for what makes the stream complete, if anything can."""
        self._is_new, self._undecided = False, None
        if not self._rules.heals:
            self.phase = Phase.BROKEN
            self._outlet.settle(self.name)
            return
        if self._rules.ordering is None:  # what waited cannot be told from what the resync will bring
            self.progress.waiting.clear()
        self.phase = Phase.BUFFERING
        self._outlet.begin(self.name, cause, reason)

    def _settle(self, *, applied: int = 0, dropped: int = 0) -> None:
        if not self._outlet.is_open:
            return
        self.phase = Phase.LIVE
        self.progress.floor = self._undecided = None
        self._repeated = 0
        self._outlet.settle(self.name)
        self._outlet.say(Resynced, stream=self.name, applied=applied, dropped=dropped)

    # Snapshots.

    def _take_snapshot(self, action: Any, raw: str | bytes, standing: Any, *, pushed: bool) -> str | None:
        """Take a snapshot; tell why it is of no use, if it is not."""
        progress, live = self.progress, self.phase is Phase.LIVE
        if pushed and progress.ordering is not None and progress.ordering.restarts:
            progress.restart()
        elif progress.is_older(standing, progress.position if live else progress.floor):
            self._outlet.count_repeated()
            return f"the snapshot stands at {standing!r:.100}, before what is known already"
        if not live:
            return self._join(action, raw, standing, pushed=pushed)
        self._pass(action, raw, standing)
        return None

    def _join(self, action: Any, raw: str | bytes, standing: Any, *, pushed: bool) -> str | None:
        self._undecided = None
        newer = self.progress.newer(standing, pushed=pushed)
        if isinstance(newer, Missing):
            return f"the snapshot stands at {standing!r:.100}, and does not join what came: {words(newer)}"
        if newer is None:
            self._undecided = action, raw, standing
        else:
            self._enter(action, raw, standing, newer)
        return None

    def _enter(self, action: Any, raw: str | bytes, standing: Any, newer: list[Held]) -> None:
        """Dispatch a snapshot, and what joins it."""
        dropped, serial = len(self.progress.waiting) - len(newer), self._outlet.serial
        self.progress.rebase(standing)
        self.phase = Phase.LIVE
        with self._outlet.together():
            self._pass(action, raw, standing)
            for held in newer:
                self._outlet.serial = held.serial
                self._take_again(held)
            if self.phase is Phase.LIVE:
                self._settle(applied=len(newer), dropped=dropped)
        self._outlet.serial = serial

    def _take_again(self, held: Held) -> None:
        if not self._outlet.is_open:
            return
        try:
            self._handle(held.action, held.raw)
        except Exception as error:  # noqa: BLE001 - it rejects this message alone
            self._outlet.reject(held.raw, f"streams= raised {type(error).__name__}: {error}")


def words(missing: Missing) -> str:
    """Put into words what is missing."""
    return f"expected {missing.expected}, got {missing.got}"
