"""When entries go to the system, and when to the disk: at once, or in groups by a thread of their own.

Every method here is called with the lock of the log held; those that wait let go of it meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal, NoReturn, Protocol, TypeAlias, TypeVar

from socketstore.errors import LogUnavailable
from socketstore.log.storage import Storage

Durability: TypeAlias = Literal["os", "batch", "entry"]
"""What an entry survives when `Log.append` has returned; see docs/log-format.md, "What survives what"."""

C = TypeVar("C")

MakeLine: TypeAlias = Callable[[int, float, C], bytes]
"""Makes the line of an entry of its number, its time, and what is in it."""

Clock: TypeAlias = Callable[[], float]


class Writing(Protocol):
    """Where the entries of a log go."""

    @property
    def last(self) -> int:
        """The number of the last entry that was added."""
        ...

    @property
    def written(self) -> int:
        """The number of the last entry that is known to be on the disk."""
        ...

    def add(self, line: MakeLine[C], clock: Clock, content: C) -> int:
        """Make an entry, when one may be added, and add it. Nothing is added if its line cannot be made.

        One call and not three, since it is made for each action of a session.

        Returns:
            The number of the entry, which follows that of the last one.

        Raises:
            LogUnavailable: it could not be written, or earlier ones could not, or the log is not open for writing.
        """
        ...

    def settle(self) -> None:
        """Return when the storage has all that was added, so that it can be read.

        Raises:
            LogUnavailable: it could not be written.
        """
        ...

    def flush(self) -> None:
        """Return when all that was added is on the disk.

        Raises:
            LogUnavailable: it could not be written.
        """
        ...

    def finish(self) -> None:
        """Write what waits, and let nothing wait from now on: the interpreter is about to end.

        Raises:
            LogUnavailable: it could not be written.
        """
        ...

    def close(self) -> None:
        """Write what waits, and close the storage, even if that fails.

        Raises:
            LogUnavailable: it could not be written.
        """
        ...


class Disk:
    """What is on the disk of what a storage has."""

    def __init__(self, storage: Storage, written: int = 0) -> None:
        self.written = written
        self._storage = storage
        self._problem = ""

    def check(self) -> None:
        """Refuse to go on after the disk has failed.

        Raises:
            LogUnavailable: it has.
        """
        if self._problem:
            raise LogUnavailable(self._problem)

    def sync(self) -> None:
        """Bring what the storage has to the disk.

        Raises:
            LogUnavailable: the disk does not take it, or did not before.
        """
        self.check()
        last = self._storage.last
        try:
            self._storage.sync()
        except LogUnavailable as error:  # the system forgets what it could not bring there; the next call would succeed
            self._problem = f"{error}. Entries after {self.written} may be lost; close the log, and check its disk"
            raise
        self.written = last


class AtOnce:
    """Each entry goes to the system when it is added, and to the disk as well if that is wanted."""

    def __init__(self, storage: Storage, *, sync: bool) -> None:
        self._storage = storage
        self._sync = sync
        self._disk = Disk(storage)
        if sync:
            self._disk.sync()

    @property
    def last(self) -> int:
        """See `Writing.last`."""
        return self._storage.last  # and no count beside it, which an interrupt could leave behind

    @property
    def written(self) -> int:
        """See `Writing.written`."""
        return self._disk.written

    def add(self, line: MakeLine[C], clock: Clock, content: C) -> int:
        """See `Writing.add`."""
        self._disk.check()
        number = self._storage.last + 1
        self._storage.write(line(number, clock(), content), number, number)
        if self._sync:
            self._disk.sync()
        return number

    def settle(self) -> None:
        """Everything is there."""

    def flush(self) -> None:
        """See `Writing.flush`."""
        if self._disk.written < self._storage.last:
            self._disk.sync()

    def finish(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        """See `Writing.close`."""
        self._storage.close()


class Refusing:
    """A log that takes nothing: opened to be read, closed, or in another process than the one that opened it."""

    def __init__(self, path: Path, last: int, written: int, why: str) -> None:
        self.last = last
        self.written = written
        self._message = f"{path} is not open for writing{why}"

    def add(self, line: MakeLine[C], clock: Clock, content: C) -> int:  # noqa: ARG002 - it is not taken
        """See `Writing.add`."""
        self.refuse()

    def refuse(self) -> NoReturn:
        """Say why.

        Raises:
            LogUnavailable: always.
        """
        raise LogUnavailable(self._message)

    def settle(self) -> None:
        """Nothing waits."""

    def flush(self) -> None:
        """Nothing waits."""

    def finish(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        """Harmless when closed already."""
