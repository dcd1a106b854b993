"""``socketstore compact``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.bakeries import REDUCER, write_trays
from tests.cli.conftest import Run


@pytest.mark.parametrize("name", ["trays.jsonl", "trays.db"])
def test_what_stands_before_the_last_snapshot_is_dropped(command: Run, tmp_path: Path, name: str) -> None:
    trays = str(write_trays(tmp_path / name, 1, 2, 3, states="snapshot"))
    before = command("replay", trays, "--json", *REDUCER).out.splitlines()[-1]
    end = command("compact", trays)
    assert (end.code, end.err) == (0, "")
    assert end.out.startswith("Dropped 5 entries, ")
    assert end.out.endswith(f" {trays} begins with entry 6 now.\n")
    assert command("replay", trays, "--json", *REDUCER).out.splitlines() == [before]
    again = json.loads(command("compact", trays, "--json").out)
    assert (again["first"], again["dropped"]) == (6, 0)


def test_a_session_without_a_snapshot_is_left_as_it_is(command: Run, tmp_path: Path) -> None:
    trays = write_trays(tmp_path / "trays.jsonl", 1, 2, states="digest")
    before = trays.read_bytes()
    end = command("compact", str(trays))
    assert (end.code, end.out, len(end.err.splitlines())) == (1, "", 1)
    assert "no snapshot" in end.err
    assert trays.read_bytes() == before


def test_one_that_is_not_there_is_not_made(command: Run, tmp_path: Path) -> None:
    end = command("compact", str(tmp_path / "no.jsonl"))
    assert (end.code, end.out, len(end.err.splitlines())) == (1, "", 1)
    assert not (tmp_path / "no.jsonl").exists()
