"""A warning about a log points at the line of the program that opened it, or read it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from socketstore import LogWarning, convert, open_log, replay
from tests.log.bank import written


def torn(folder: Path) -> Path:
    path = written(folder / "a.jsonl", 1)
    with path.open("ab") as file:
        file.write(b'{"kind":')
    return path


def append(folder: Path) -> None:
    open_log(torn(folder), "a").close()


def read(folder: Path) -> None:
    with open_log(torn(folder)) as log:
        assert len(list(log.read())) == 1


def replayed(folder: Path) -> None:
    with open_log(torn(folder)) as log:
        assert replay(log, lambda state, action: state + action, 0) == 1


def converted(folder: Path) -> None:
    event = {"method": "Network.webSocketCreated", "params": {"requestId": "1", "url": "ws://127.0.0.1/"}}
    (folder / "events.json").write_text(json.dumps(event) + '\n{"method":')
    convert(folder / "events.json", folder / "b.jsonl")


@pytest.mark.parametrize("deed", [append, read, replayed, converted])
def test_it_points_at_the_program(tmp_path: Path, deed: Callable[[Path], None]) -> None:
    with pytest.warns(LogWarning, match="unfinished") as warned:
        deed(tmp_path)
    assert {warning.filename for warning in warned} == {__file__}
