"""The file of typed examples also runs; that it is well typed, mypy and pyright say."""

from __future__ import annotations

from pathlib import Path

import api_recorded

from socketstore import open_log


def test_the_typed_examples_run(tmp_path: Path) -> None:
    path = tmp_path / "session.jsonl"
    open_log(path, mode="x").close()
    assert api_recorded.a_recording_is_a_server(path).port == 0


def test_a_mistake_that_the_types_find_is_also_found_when_it_runs(tmp_path: Path) -> None:
    names = [message.split("=")[0] for message in api_recorded.mistakes_that_the_types_find(tmp_path)]
    assert names == ["got sent", "got then", "got speed", "got the recording 1; expected a log, or the path of one"]
