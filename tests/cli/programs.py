"""Commands of socketstore as processes of their own, and in this one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

PLAIN = ("FORCE_COLOR", "NO_COLOR", "COLUMNS", "LINES", "TTY_COMPATIBLE")


@dataclass(frozen=True, slots=True)
class Finished:
    code: int
    out: str
    err: str


def environment(**more: str) -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if key not in PLAIN} | {"NO_PROXY": "*"} | more


class Program:
    """``python -m socketstore ...``, killed at the end if it still runs."""

    def __init__(self, *arguments: str, cwd: Path | None = None, **more: str) -> None:
        self._read: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "socketstore", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            cwd=cwd,
            env=environment(**more),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for pipe in (self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()

    def until(self, text: str) -> str:
        """Return the next line that contains a text."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._read.append(line)
            if text in line:
                return line.rstrip("\n")
        finished = self.finish()
        raise AssertionError(f"{text!r} never came:\n{finished.out}\n{finished.err}")

    def interrupt(self) -> None:
        self.process.send_signal(signal.SIGINT)

    def stop_reading(self) -> None:
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.process.stdout = None

    def finish(self) -> Finished:
        """Wait for the end, and return everything that was printed."""
        out, err = self.process.communicate()
        assert self.process.returncode is not None
        return Finished(self.process.returncode, "".join(self._read) + (out or ""), err)


def finished(*arguments: str, cwd: Path | None = None, **more: str) -> Finished:
    with Program(*arguments, cwd=cwd, **more) as program:
        return program.finish()
