"""The typed examples of structs also run."""

from __future__ import annotations

from pathlib import Path

import api_structs

from socketstore import Store, open_log


def test_the_typed_examples_of_structs_run(tmp_path: Path) -> None:
    api_structs.a_connection_takes_a_union_of_structs(Store(api_structs.nearest, 0.0))
    api_structs.a_log_is_told_of_the_classes_of_structs(tmp_path / "a.jsonl")
    with open_log(tmp_path / "a.jsonl", actions=[api_structs.Lost]) as log:
        assert [type(entry.action) for entry in log.read()] == [api_structs.Sighted, api_structs.Lost]  # type: ignore[union-attr]
