"""``socketstore verify``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.bakeries import REDUCER, write_trays
from tests.cli.conftest import Run
from tests.cli.sessions import write_session

SLOPPY = ("--reducer", "tests.cli.bakeries:sloppy_bakery", "--initial", "tests.cli.bakeries:Bakery")
REFUSING = ("--reducer", "tests.cli.bakeries:refusing_bakery", "--initial", "tests.cli.bakeries:Bakery")


@pytest.mark.parametrize("states", ["digest", "snapshot"])
def test_a_reducer_that_does_the_same_is_verified(command: Run, tmp_path: Path, states: str) -> None:
    trays = str(write_trays(tmp_path / "trays.jsonl", 12, 13, 14, states=states))
    end = command("verify", trays, *REDUCER)
    assert (end.code, end.err) == (0, "")
    assert end.out == "Every state that was recorded is the same again: 3 compared.\n"
    assert json.loads(command("verify", trays, *REDUCER, "--json").out) == {"same": True, "digests": 3}


def test_one_that_does_not_is_exit_code_1_with_the_entry_the_action_and_the_places(
    command: Run, tmp_path: Path
) -> None:
    trays = str(write_trays(tmp_path / "trays.jsonl", 12, 13, 14, states="snapshot"))
    end = command("verify", trays, *SLOPPY)
    assert (end.code, end.err) == (1, "")
    assert end.out.startswith("entry 4: ")
    assert "TrayCounted" in end.out
    assert "bagels: 35 -> 34" in end.out
    found = json.loads(command("verify", trays, *SLOPPY, "--json").out)
    assert (found["same"], found["sequence"], found["equalUntil"], found["count"]) == (False, 4, 2, 1)
    assert found["actions"] == [{"sequence": 3, "action": {"type": "trayCounted", "bagels": 13}}]
    assert found["differences"][0] == {"path": "bagels", "before": 35, "after": 34}


def test_a_reducer_that_raises_diverges(command: Run, tmp_path: Path) -> None:
    trays = str(write_trays(tmp_path / "trays.jsonl", 12, -1))
    end = command("verify", trays, *REFUSING)
    assert (end.code, end.err) == (1, "")
    assert "less than nothing" in end.out
    assert "less than nothing" in json.loads(command("verify", trays, *REFUSING, "--json").out)["error"]


def test_a_log_without_digests_says_so(command: Run, tmp_path: Path) -> None:
    trays = str(write_trays(tmp_path / "trays.jsonl", 12))
    end = command("verify", trays, *SLOPPY)
    assert (end.code, end.err) == (2, "")  # nothing was found out
    assert "no state was recorded" in end.out
    assert json.loads(command("verify", trays, *SLOPPY, "--json").out) == {"same": None, "digests": 0}


def test_trouble_is_one_line_and_exit_code_2(command: Run, tmp_path: Path) -> None:
    unknown = write_session(
        tmp_path / "unknown.jsonl", [{"kind": "action", "action": {"type": "nobodyKnowsThisBagel"}}]
    )
    for arguments in (
        (str(unknown), *REDUCER),
        (str(tmp_path / "no.jsonl"), *REDUCER),
        (str(unknown), "--reducer", "tests.cli.bakeries:gone"),
        (str(unknown),),
    ):
        end = command("verify", *arguments)
        assert (end.code, end.out, len(end.err.splitlines())) == (2, "", 1)
