"""A program that ends, as by SIGKILL, at a chosen line of the log's own code."""

from __future__ import annotations

import multiprocessing
import os
import sys
from pathlib import Path
from types import FrameType
from typing import Any, Literal

from socketstore import Log, Rotation, open_log

Deed = Literal["rotate", "compact"]
ROTATION = Rotation(max_bytes=1, keep=3)
OWN = f"{os.sep}socketstore{os.sep}log{os.sep}"

CRASHED, DONE = 7, 0

processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(["tests.log.crashes"])


def crashes(path: Path, deed: Deed, line: int) -> bool:
    """Do something to a log in another process; false if it came to its end before it could crash at that line."""
    process = processes.Process(target=do_and_crash, args=(path, deed, line))
    process.start()
    process.join()
    assert process.exitcode in (CRASHED, DONE)
    return process.exitcode == CRASHED


def do_and_crash(path: Path, deed: Deed, line: int) -> None:
    log = open_log(path, "a", durability="os", rotate=ROTATION)
    left = line

    def count(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal left
        if OWN not in frame.f_code.co_filename:
            return None
        if event == "line":
            left -= 1
            if left <= 0:
                os._exit(CRASHED)
        return count

    sys.settrace(count)
    do(log, deed)
    sys.settrace(None)
    os._exit(DONE)


def do(log: Log, deed: Deed) -> None:
    if deed == "compact":
        log.compact()
    else:
        log.append("the entry that rotates")
