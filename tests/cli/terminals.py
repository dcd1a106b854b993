"""Programs in a terminal of their own: a pseudo-terminal of the system."""

from __future__ import annotations

import errno
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from tests.cli.programs import environment

ESCAPES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07]*\x07|\x1b[=>]")
PATIENCE = 20.0  # seconds


class Terminal:
    """A program whose input, output and errors are one terminal; killed at the end if it still runs.

    Args:
        command: the program.
        columns: how wide the terminal is.
        output: where the output goes instead.
        cwd: its folder.
        **more: its environment.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        columns: int = 80,
        output: IO[str] | None = None,
        cwd: Path | None = None,
        **more: str,
    ) -> None:
        self.seen = ""
        self._side, other = pty.openpty()
        fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self._process = subprocess.Popen(
            command,
            stdin=other,
            stdout=output or other,
            stderr=other,
            cwd=cwd,
            env=environment(TERM="xterm-256color", **more),
            start_new_session=True,
        )
        os.close(other)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        os.close(self._side)

    @property
    def plain(self) -> str:
        """What came so far, without colours and moves."""
        return ESCAPES.sub("", self.seen)

    def type(self, text: str) -> None:
        os.write(self._side, text.encode())

    def until(self, done: Callable[[str], bool]) -> str:
        """Read until what has come so far, without escape sequences, is what was waited for."""
        while not done(self.plain):
            if not self._read():
                raise AssertionError(f"it never came:\n{self.plain}")
        return self.plain

    def finish(self) -> int:
        """Read to the end, and return the exit code."""
        while self._read():
            pass
        return self._process.wait()

    def _read(self) -> bool:
        if not select.select([self._side], [], [], PATIENCE)[0]:
            raise AssertionError(f"nothing more came:\n{self.plain}")
        try:
            data = os.read(self._side, 65_536)
        except OSError as error:
            if error.errno == errno.EIO:  # how Linux says that nobody has the other side open
                return False
            raise
        self.seen += data.decode("utf-8", "replace")
        return bool(data)


def socketstore_in_terminal(*arguments: str, **options: Any) -> Terminal:
    return Terminal([sys.executable, "-m", "socketstore", *arguments], **options)
