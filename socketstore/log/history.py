"""Time travel: the state after any entry of a log, for the price of reducing the few that stand behind a checkpoint."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, TypeAlias, overload

from socketstore.decoding.decoder import Decode
from socketstore.errors import LogUnavailable, UsageError
from socketstore.log.beginning import Checkpoint, beginning
from socketstore.log.checkpoints import Checkpoints
from socketstore.log.entries import Entry, FailedEntry
from socketstore.log.folding import folded, stepped
from socketstore.log.log import Log
from socketstore.log.moments import Moment, named, standing
from socketstore.log.scripts import script
from socketstore.store.differences import Difference, differences
from socketstore.store.types import Reducer, S

Progress: TypeAlias = Callable[[int, int], None]

TELLING = 10_000  # entries between two words of progress


class History(Generic[S]):
    """The states of a log, by the numbers of its entries.

    ::

        history = History(log, reducer, initial)
        history.at(1200)                              # the state after entry 1,200
        history.diff(1200, 1300)                      # what changed in between
        history.first(lambda state: state.total < 0)  # since when that is so
        for moment in history[1200:1210]: ...        # entries, each with the state before and after it

    It reads the log once, and keeps checkpoints: states, which share what is the same in them. What it does later reads
    and reduces the entries from one checkpoint to the next, whatever the length of the log. In memory it has no more
    than `checkpoints` states, besides those that it gives out. Safe to use from any thread.

    The log may grow meanwhile, and be rotated: `refresh` reads what is new, all of it or, if it raises, nothing. Where
    entries that are needed have been dropped since (`Log.compact`, ``Rotation(keep=)``), or the log was begun anew, it
    raises `LogUnavailable`: make another history then.

    Args:
        log: as `open_log` returns it. One that was compacted begins with its snapshot.
        reducer: the one that was recorded, or a newer one.
        initial: the state before the first entry.
        every: how many entries lie between two checkpoints, or a few more where no action is among them.
        checkpoints: how many of them there may be. When there are more, every other one is dropped, `every` doubled.
        messages: as for `replay`; likewise ``decode=`` and ``connection=``.
        decode: as for `replay`.
        connection: as for `replay`.
        progress: called now and then with how many entries of how many have been read.

    Attributes:
        begin: the number of the entry after which the first known state was: 0, or that of a snapshot.
        end: the number of the last entry that has been read. What reading passes over at the very end of a log (an
            action of a removed class) is not counted, though it has a number there.
        last: the state after it.

    Raises:
        ReplayError: the reducer raised on an action that it had taken, or the log has lost its first entries and holds
            no snapshot.
        LogCorrupted: an entry cannot be read.
        DecodeError: an action's class is unknown, or its fields do not fit; or the state in a snapshot.
        UsageError: an argument cannot be used.
    """

    def __init__(
        self,
        log: Log,
        reducer: Reducer[S],
        initial: S,
        *,
        every: int = 1000,
        checkpoints: int = 1000,
        messages: Any = None,
        decode: Decode | None = None,
        connection: str | None = None,
        progress: Progress | None = None,
    ) -> None:
        self._script = script(messages, decode, connection)
        start = beginning(log, initial)
        self._beginnings = log.beginnings
        self._script.check(log)
        self._checkpoints = Checkpoints(start, every, checkpoints)
        self._log = log
        self._refreshing = threading.Lock()
        self._reducer = self._script.reducer(reducer)
        self._failed: set[int] = set()
        self._settled = start  # before the last action: whether the reducer took that one may still have to be written
        self._reached = start  # both in one, for threads that ask while another one refreshes
        self.begin = self._seen = start.sequence
        self.refresh(progress=progress)

    def refresh(self, *, progress: Progress | None = None) -> int:
        """Read what was added to the log meanwhile, and return how many entries that were.

        Raises:
            ReplayError: the reducer raised on an action that it had taken.
            LogCorrupted: an entry cannot be read.
            LogUnavailable: the log has lost entries, or cannot be read.
            DecodeError: an action's class is unknown, or its fields do not fit.
        """
        with self._refreshing:
            known = self.end
            try:
                self._read_on(progress)
            except BaseException:
                self._checkpoints.forget_behind(self.end)
                raise
            return self.end - known

    def _read_on(self, progress: Progress | None) -> None:
        before = state = self._settled.state
        settled = sequence = self._seen = self._settled.sequence
        due = self._checkpoints.due
        for step in self._script.steps(self._noted(self._log.read_on(settled, self._beginnings), progress)):
            if step.sequence != sequence:  # of one frame there may be several actions
                sequence, settled, before = step.sequence, step.sequence - 1, state
                if settled >= due:
                    self._checkpoints.add(settled, state)
                    due = self._checkpoints.due
            state = stepped(self._reducer, state, step)
        if self._seen < self.end:
            raise _shrunk(self._log, self.end)
        self._settled, self._reached = Checkpoint(settled, before), Checkpoint(self._seen, state)

    @property
    def end(self) -> int:
        """See the class."""
        return self._reached.sequence

    @property
    def last(self) -> S:
        """See the class."""
        return self._reached.state

    def __len__(self) -> int:
        return self.end - self.begin

    def __iter__(self) -> Iterator[Moment[S]]:
        return self.steps()

    @overload
    def __getitem__(self, place: int) -> Moment[S]: ...

    @overload
    def __getitem__(self, place: slice) -> list[Moment[S]]: ...

    def __getitem__(self, place: int | slice) -> Moment[S] | list[Moment[S]]:
        """Return the moment of an entry, or those from one number to before another; -1 is the last entry.

        Raises:
            UsageError: there is no such entry, or it is passed over: nothing is known of its kind, its class has been
                removed, or its line was taken out.
        """
        if isinstance(place, slice):
            return list(self.steps(*self._bounds(place)))
        sequence = self._sequence(place)
        self._check(sequence, self.begin + 1)
        moment = next(self.steps(sequence - 1, sequence), None)
        if moment is None:
            raise _passed_over(sequence)
        return moment

    def at(self, sequence: int) -> S:
        """Return the state after an entry, from `begin` to `end`.

        Raises:
            UsageError: there is no such entry.
        """
        self._check(sequence, self.begin)
        start = self._checkpoints.before(sequence)
        entries = self._entries(start.sequence, sequence)
        taken = (entry for entry in entries if entry.sequence not in self._failed)
        return folded(self._reducer, start.state, self._script.steps(taken))

    def steps(self, after: int | None = None, until: int | None = None) -> Iterator[Moment[S]]:
        """Yield the moments of the entries, from the one behind `after` up to and with `until`.

        Raises:
            UsageError: there is no such entry.
        """
        after, until = self.begin if after is None else after, self.end if until is None else until
        state = self.at(after)
        self._check(until, self.begin)
        for entry in self._entries(after, until):
            is_failed = entry.sequence in self._failed
            following = state if is_failed else folded(self._reducer, state, self._script.steps((entry,)))
            yield Moment(entry.sequence, entry, state, following)
            state = following

    def diff(self, one: int, other: int, *, limit: int = 100) -> list[Difference]:
        """Return where the state after one entry differs from that after another; see `differences`."""
        return differences(self.at(one), self.at(other), limit=limit)

    def first(self, predicate: Callable[[S], Any]) -> Moment[S] | None:
        """Find, by bisection, the moment since which a predicate of the state is true.

        It takes the predicate to stay true once it is; where it does not, use `search`. A few states are looked at, of
        which as many are made as lie between two checkpoints.

        Returns:
            A moment whose state after it satisfies the predicate while the state before it does not: the first one, if
            the predicate stays true. If even the first state satisfies it, the beginning, whose entry is ``None``. If
            the last state does not, ``None``.

        Raises:
            ReplayError: the predicate raised; it names the entry.
        """
        holds = named(predicate)
        reached = self._reached
        end = reached.sequence
        if holds(self._beginning):
            return self._beginning
        if end == self.begin or not holds(standing(reached)):
            return None
        start = self._checkpoints.last_without(lambda checkpoint: holds(standing(checkpoint)), end)
        moments = list(self.steps(start.sequence, min(self._checkpoints.behind(start.sequence) or end, end)))
        found = bisect_left(moments, x=True, key=holds)
        return moments[min(found, len(moments) - 1)]  # it is the last one also if the predicate has changed its mind

    def search(self, predicate: Callable[[S], Any]) -> Moment[S] | None:
        """Look at every state for the first that satisfies a predicate, whatever comes later.

        Raises:
            ReplayError: the predicate raised; it names the entry.
        """
        holds = named(predicate)
        if holds(self._beginning):
            return self._beginning
        changes = (moment for moment in self.steps() if moment.after is not moment.before)
        return next(filter(holds, changes), None)

    @property
    def _beginning(self) -> Moment[S]:
        return standing(self._checkpoints.first)

    def _noted(self, entries: Iterable[Entry], progress: Progress | None) -> Iterator[Entry]:
        """Remember, while the entries pass, what will be needed of them."""
        total = 0 if progress is None else self.end - self.begin + sum(1 for _ in self._log.lines(self.end))
        for entry in entries:
            if type(entry) is FailedEntry:
                self._failed.add(entry.of)
            self._seen = entry.sequence
            if progress is not None and entry.sequence % TELLING == 0:
                progress(entry.sequence - self.begin, total)
            yield entry

    def _entries(self, after: int, until: int) -> Iterator[Entry]:
        last = after
        for entry in self._log.read_on(after, self._beginnings):
            if entry.sequence > until:
                return
            yield entry
            last = entry.sequence
        if last < until:
            raise _shrunk(self._log, until)

    def _sequence(self, place: Any) -> int:
        if type(place) is not int:
            message = f"got history[{place!r}]; expected the number of an entry, or a slice of numbers"
            raise UsageError(message)
        return place if place >= 0 else self.end + 1 + place

    def _bounds(self, place: slice) -> tuple[int, int]:
        if place.step not in (None, 1):
            message = f"got history[{place.start}:{place.stop}:{place.step}]; expected no step"
            raise UsageError(message)
        start = self.begin + 1 if place.start is None else self._sequence(place.start)
        stop = self.end + 1 if place.stop is None else self._sequence(place.stop)
        start = min(max(start, self.begin + 1), self.end + 1)
        return start - 1, max(min(stop - 1, self.end), start - 1)

    def _check(self, sequence: Any, least: int) -> None:
        if self.end < least:
            message = f"got entry {sequence!r} of a history without entries; expected some, or refresh() first"
            raise UsageError(message)
        if type(sequence) is not int or not least <= sequence <= self.end:
            message = f"got entry {sequence!r}; expected a number from {least} to {self.end}, or refresh() first"
            raise UsageError(message)


def _shrunk(log: Log, end: int) -> LogUnavailable:
    message = (
        f"could not read the log {log.path}: it does not hold entry {end} any more, since it was begun anew or cut "
        "off; make another history of it"
    )
    return LogUnavailable(message)


def _passed_over(sequence: int) -> UsageError:
    message = (
        f"got entry {sequence}, which is passed over: its class has been removed, its kind is unknown, or its line was "
        f"taken out; expected another one. history.at({sequence}) is the state there"
    )
    return UsageError(message)
