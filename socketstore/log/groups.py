"""Group commit: entries gather in memory, and go to the disk together."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from socketstore.errors import LogError, LogUnavailable
from socketstore.log.storage import Storage
from socketstore.log.writing import C, Clock, Disk, MakeLine

DELAY = 0.02
"""Seconds from the beginning of one group to that of the next, while entries keep coming."""

WAITING = 4_000_000
"""Bytes that may wait to be written, while as many are being written; who adds more waits."""

BLOCKING = (True,)


class InGroups:
    """Entries gather in memory; a thread writes them and brings them to the disk, together (group commit).

    The first after a pause is written at once, those that come meanwhile `DELAY` seconds later at most, or when the
    disk is ready for them. Whoever wants them written sooner writes them in their own thread.

    Args:
        storage: the file.
        lock: the one of the log.
    """

    def __init__(self, storage: Storage, lock: threading.Lock) -> None:
        self._storage = storage
        self._disk = Disk(storage, storage.last)
        self._disk.sync()
        self._changed = threading.Condition(lock)
        self._waiters: list[threading.Lock] = []  # of those that wait until nobody writes
        self._lines: list[bytes] = []
        self._before = storage.last  # the number before that of the first line
        self._size = 0
        self._busy = 0  # the thread that writes, without the lock
        self._idle = True  # the thread must be woken
        self._ending = False
        self._failed = False  # what waits could not be written
        self._began = 0.0
        self._thread: threading.Thread | None = None

    @property
    def last(self) -> int:
        """See `Writing.last`."""
        return self._before + len(self._lines)

    @property
    def written(self) -> int:
        """See `Writing.written`."""
        return self._disk.written

    def add(self, line: MakeLine[C], clock: Clock, content: C) -> int:
        """See `Writing.add`."""
        if self._size >= WAITING or self._failed:
            self.settle()
        number = self._before + len(self._lines) + 1
        made = line(number, clock(), content)
        self._lines.append(made)
        self._size += len(made)
        if self._idle:
            self._wake()
        return number

    def settle(self) -> None:
        """See `Writing.settle`."""
        self._wait_for_others()
        self._write(sync=False)

    def flush(self) -> None:
        """See `Writing.flush`."""
        self._wait_for_others()
        self._write(sync=True)

    def finish(self) -> None:
        """See `Writing.finish`."""
        self._ending = self._idle = True
        self._changed.notify_all()
        self.flush()

    def close(self) -> None:
        """See `Writing.close`."""
        try:
            self.flush()
            self._end()
            while self._lines or self._busy:  # of threads that waited in `add` when this began
                self.flush()
        except LogError as error:
            self._end()
            with suppress(LogError):
                self._wait_for_others()
            self._storage.close()
            lost = f"; the entries {self._before + 1} to {self.last} are lost" if self._lines else ""
            message = f"{error}{lost}"
            raise LogUnavailable(message) from error
        self._storage.close()

    def _wait_for_others(self) -> None:
        while self._busy not in (0, threading.get_ident()):  # our own is what an interrupt has left behind
            waiter = threading.Lock()
            waiter.acquire()
            self._waiters.append(waiter)
            self._unlocked(partial(waiter.acquire, timeout=DELAY))  # Condition.wait() may end without the lock
        self._busy = 0
        self._disk.check()

    def _end(self) -> None:
        self._ending = True
        self._changed.notify_all()
        if self._thread is not None:
            self._unlocked(self._thread.join)
        self._idle = True  # who adds from now on writes at once, or is refused

    def _wake(self) -> None:
        if self._ending:
            self.settle()
            return
        if self._thread is None:
            # A daemon: a log that nobody closes must not keep the program from its end. See lifetimes.py.
            thread = threading.Thread(target=self._run, name=f"socketstore log {self._storage.path.name}", daemon=True)
            thread.start()  # and only then is it ours: an interrupt may come before
            self._thread = thread
        self._changed.notify_all()
        self._idle = False

    def _run(self) -> None:
        with self._changed:
            while self._wait_for_work():
                with suppress(Exception):  # who adds or flushes next tries again, and is told
                    self._write(sync=True)

    def _wait_for_work(self) -> bool:
        while not self._ending:
            rest = self._began + DELAY - time.monotonic()
            self._idle = self._failed or not self._unwritten()
            if not self._idle and not self._busy and rest <= 0:
                return True
            # Who writes tells when it is done, unless an interrupt comes just then.
            self._changed.wait(None if self._idle else DELAY if self._busy else rest)
        return False

    def _unwritten(self) -> bool:
        return bool(self._lines) or self._disk.written < self._before

    def _write(self, *, sync: bool) -> None:
        lines: list[bytes] = []
        before, self._busy, self._began = self._before, threading.get_ident(), time.monotonic()
        try:
            lines, self._lines = self._lines, []
            self._before, self._size = before + len(lines), 0
            self._unlocked(partial(self._hand_over, lines, before, sync=sync))
            self._failed = False
        except BaseException:
            self._failed = True
            raise
        finally:
            try:
                self._put_back(lines, before)
            finally:
                self._busy = 0
                while self._waiters:
                    self._waiters.pop().release()
                self._changed.notify_all()

    def _put_back(self, lines: list[bytes], before: int) -> None:
        """Let lines wait again if they were not written: none of them were, for a storage takes all or nothing."""
        if self._storage.last < before + len(lines):
            self._lines, self._before = lines + self._lines, before
            self._size = sum(map(len, self._lines))

    def _hand_over(self, lines: list[bytes], before: int, *, sync: bool) -> None:
        if lines and self._storage.last != before:  # a signal's handler writes in the midst of a write, perhaps
            message = (
                f"could not write the log {self._storage.path}: entries {self._storage.last + 1} to {before} are not "
                "written yet, and were interrupted; try again, or close the log"
            )
            raise LogUnavailable(message)
        if lines:
            self._storage.write(b"".join(lines), before + 1, before + len(lines))
        if sync and self._disk.written < self._storage.last:
            self._disk.sync()

    def _unlocked(self, work: Callable[[], object]) -> None:
        """Call something without the lock, and hold it again afterwards, whenever an interrupt comes.

        No context manager: an interrupt just before its end would leave it to the garbage collector to take the lock
        back, for nobody.
        """
        held: list[bool] = []
        try:
            self._changed.release()
            work()
        finally:
            try:  # to take it and to know that it is ours is one step for an interrupt, since no bytecode lies between
                held.extend(map(self._changed.acquire, BLOCKING))
            except BaseException:
                if not held:
                    self._changed.acquire()
                raise
