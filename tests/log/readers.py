"""Programs that read or write a log whenever they are asked to, while another one writes or reads it."""

from __future__ import annotations

from multiprocessing.connection import Connection as Pipe
from pathlib import Path

from socketstore import open_log


def count_entries_when_asked(path: Path, pipe: Pipe) -> None:
    """Say how many entries there are, having looked at the number of each, until told to end."""
    with open_log(path) as log:
        while pipe.recv() != "end":
            numbers = [entry.sequence for entry in log.read()]
            pipe.send(len(numbers) if numbers == list(range(1, len(numbers) + 1)) else -1)


def append_when_asked(path: Path, pipe: Pipe) -> None:
    """Append 1, 2, ... to a log, one each time it is asked, until told to end."""
    with open_log(path, "a", durability="os") as log:
        while pipe.recv() != "end":
            log.append(log.last + 1)
