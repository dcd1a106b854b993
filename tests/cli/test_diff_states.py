"""``socketstore diff SESSION --at N --at M``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.bakeries import REDUCER, write_trays
from tests.cli.conftest import Run


@pytest.fixture
def trays(tmp_path: Path) -> str:
    return str(write_trays(tmp_path / "trays.jsonl", 5, 0, 7))


def test_states_are_compared_by_path(command: Run, trays: str) -> None:
    end = command("diff", trays, "--at", "0", "--at", "3", *REDUCER)
    assert (end.code, end.err) == (1, "")
    assert end.out.splitlines() == [
        "bagels: 10 -> 22",
        "trays[0]: added 5",
        "trays[1]: added 0",
        "trays[2]: added 7",
    ]


def test_json_is_an_object_for_each_place_and_the_count_last(command: Run, trays: str) -> None:
    end = command("diff", trays, "--at", "3", "--at", "2", "--json", *REDUCER)
    *places, last = map(json.loads, end.out.splitlines())
    assert places == [{"path": "bagels", "before": 22, "after": 15}, {"path": "trays[2]", "before": 7}]
    assert (end.code, last) == (1, {"same": False, "differences": 2})


def test_equal_states_are_exit_code_0(command: Run, trays: str) -> None:
    end = command("diff", trays, "--at", "1", "--at", "1", *REDUCER)
    assert (end.code, end.out) == (0, "The states are the same.\n")


def test_a_limit_cuts_what_is_shown(command: Run, trays: str) -> None:
    end = command("diff", trays, "--at", "0", "--at", "3", "--limit", "1", *REDUCER)
    assert (end.code, end.out) == (1, "bagels: 10 -> 22\n")


def test_a_position_that_is_not_there_is_trouble(command: Run, trays: str) -> None:
    end = command("diff", trays, "--at", "0", "--at", "99", *REDUCER)
    assert (end.code, end.out, len(end.err.splitlines())) == (2, "", 1)
