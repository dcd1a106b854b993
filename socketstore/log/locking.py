"""One writer for a file: a lock that ends with the process that holds it, however that ends."""

from __future__ import annotations

import errno
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from socketstore.errors import LogUnavailable, LogWarning
from socketstore.sockets.program import level_of_the_program

if sys.platform == "win32":  # pragma: no cover - another system
    import msvcrt
else:
    import fcntl

LOCKED = {errno.EACCES, errno.EAGAIN, errno.EDEADLK}
UNABLE = {errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}
FAR = 1 << 60
"""Windows locks bytes, and refuses to read them: this one is in no file."""


def hold(file: int, path: Path) -> None:
    """Hold an open file against other writers, in this process and in others, until it is closed.

    Where the file system knows no locks, nothing is held, and a `LogWarning` says so.

    Args:
        file: its descriptor.
        path: its name, for messages.

    Raises:
        LogUnavailable: another writer holds it.
    """
    try:
        _lock(file)
    except OSError as error:
        if error.errno in LOCKED:
            message = (
                f"could not open the log {path} for writing: another writer has it open, in this program or in another "
                "one; close it there first, or choose another name"
            )
            raise LogUnavailable(message) from error
        if error.errno not in UNABLE:
            raise
        what = f"{path}: its file system knows no locks ({error.strerror}); see to it that only one program writes"
        warnings.warn(what, LogWarning, stacklevel=level_of_the_program())


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold a file that nobody here has open, while the block runs; its name may become another one's meanwhile.

    Raises:
        LogUnavailable: another writer holds it.
        OSError: it cannot be opened.
    """
    if sys.platform == "win32":  # pragma: no cover - another system, where a file that is open cannot be replaced
        yield
        return
    file = os.open(path, os.O_RDWR)
    try:
        hold(file, path)
        yield
        let_go(file)
    finally:
        os.close(file)


def let_go(file: int) -> None:
    """End what `hold` began, before the file is closed: a child of a fork may not have closed it yet."""
    if sys.platform != "win32":
        fcntl.flock(file, fcntl.LOCK_UN)


class LockFile:
    """A file beside another one, which is held in its place and removed afterwards.

    For files that must not be held themselves: when a process closes a descriptor of a file, SQLite loses the locks
    that it has on the same file (https://www.sqlite.org/howtocorrupt.html, section 2.2).

    Args:
        path: the file beside which it stands; its own name is that with ``-lock`` behind it.

    Raises:
        LogUnavailable: another writer holds it.
        OSError: it could not be made.
    """

    _file: int | None = None

    def __init__(self, path: Path) -> None:
        real = Path(os.path.realpath(path))  # a link to it is the same file
        self._own = real.with_name(f"{real.name}-lock")
        try:
            while not self._holds(path):
                pass
        except BaseException:
            self.forget()
            raise

    def release(self) -> None:
        """Let others write; harmless when released already."""
        if self._file is None:
            return
        try:
            if sys.platform != "win32":
                with suppress(OSError):  # its folder may be read-only by now; it holds nobody up
                    self._own.unlink()  # while it is held: who waits for it notices that it is gone
        finally:
            self.forget()

    def forget(self) -> None:
        """Close the descriptor alone: in a child process, where the lock is the parent's."""
        file, self._file = self._file, None
        if file is not None:
            os.close(file)

    __del__ = forget  # an interrupt may come before anybody has it, or while it is released

    def _holds(self, path: Path) -> bool:
        self._file = os.open(self._own, os.O_RDWR | os.O_CREAT, 0o666)
        hold(self._file, path)
        if is_still(self._file, self._own):
            return True
        self.forget()  # its holder removed it between our two calls
        return False


def is_still(file: int, path: Path) -> bool:
    """Tell whether an open file is the one of a name: it may have been renamed or removed before it was held."""
    try:
        return os.path.samestat(os.fstat(file), path.stat())
    except FileNotFoundError:
        return False


def _lock(file: int) -> None:
    if sys.platform == "win32":  # pragma: no cover - another system
        os.lseek(file, FAR, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        os.lseek(file, 0, os.SEEK_END)
    else:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
