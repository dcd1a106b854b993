"""How a command fails: one line on stderr, and an exit code."""

from __future__ import annotations

import os
import sys

from socketstore.cli.words import printable
from socketstore.errors import LogCorrupted

FAILED = 1
WRONG_USAGE = 2

# Commands that answer a question end as diff and grep do.
DIFFERENT = 1
TROUBLE = 2


class Failure(Exception):
    """A command cannot do what it was asked for; the message says what to do.

    Attributes:
        exit_code: what the process ends with.
    """

    def __init__(self, message: str, *, exit_code: int = FAILED) -> None:
        """Keep the exit code beside the message."""
        super().__init__(message)
        self.exit_code = exit_code


def advised(error: Exception) -> str:
    """Return what an error says; of damage in the middle of a log also which command helps."""
    if isinstance(error, LogCorrupted) and "is no socketstore log" not in str(error):
        return f"{error}; socketstore repair keeps what is whole in a new file"
    return str(error)


def complain(message: object) -> None:
    """Print one line on stderr."""
    line = " ".join(str(message).split())
    print(f"socketstore: {printable(line)}", file=sys.stderr, flush=True)


def forget_stdout() -> None:
    """Let what is still buffered go nowhere: nobody reads it, and the flush at exit would complain of that."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
