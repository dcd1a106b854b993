"""``socketstore bisect``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.bakeries import REDUCER, write_trays
from tests.cli.conftest import Run
from tests.cli.terminals import socketstore_in_terminal


@pytest.fixture
def trays(tmp_path: Path) -> Path:
    return write_trays(tmp_path / "trays.jsonl", 1, 2, -14, 3, -4)


def when(predicate: str) -> tuple[str, ...]:
    return ("--when", f"tests.cli.bakeries:{predicate}", *REDUCER)


def test_it_shows_the_entry_since_which_it_is_so_and_what_it_changed(command: Run, tmp_path: Path) -> None:
    trays = write_trays(tmp_path / "trays.jsonl", 1, 2, -14, -3)
    end = command("bisect", str(trays), *when("is_empty"))
    assert (end.code, end.err) == (0, "")
    head, row, changed, *places = end.out.splitlines()
    assert head == "tests.cli.bakeries:is_empty is true since entry 3:"
    assert row.split()[0] == "3"
    assert row.split()[2:] == ["trayCounted", "bagels=-14"]
    assert changed == "What it changed:"
    assert [place.strip() for place in places] == ["bagels: 13 -> -1", "trays[2]: added -14"]


def test_what_does_not_stay_so_is_found_by_looking_at_every_state(command: Run, tmp_path: Path) -> None:
    trays = str(write_trays(tmp_path / "trays.jsonl", -11, 20, 0, 0, -100))  # so at 1, and at 5 again
    bisected = json.loads(command("bisect", trays, *when("is_empty"), "--json").out)
    linear = json.loads(command("bisect", trays, *when("is_empty"), "--linear", "--json").out)
    assert (bisected["sequence"], linear["sequence"]) == (5, 1)


def test_json_holds_the_entry_and_the_differences(command: Run, trays: Path) -> None:
    found = json.loads(command("bisect", str(trays), *when("is_empty"), "--linear", "--json").out)
    assert found["found"] is True
    assert found["entry"]["action"] == {"type": "trayCounted", "bagels": -14}
    assert found["differences"][0] == {"path": "bagels", "before": 13, "after": -1}


def test_what_is_never_so_is_exit_code_1(command: Run, tmp_path: Path) -> None:
    trays = str(write_trays(tmp_path / "few.jsonl", 1, 2))
    end = command("bisect", trays, *when("is_empty"))
    assert (end.code, end.err) == (1, "")
    assert end.out.startswith(
        "tests.cli.bakeries:is_empty is not true at the end. If it may have been before, --linear"
    )
    assert command("bisect", trays, *when("is_empty"), "--linear").out.endswith("is_empty is never true.\n")
    assert json.loads(command("bisect", trays, *when("is_empty"), "--json").out) == {"found": False}


def test_what_is_so_from_the_beginning_needs_no_entry(command: Run, tmp_path: Path) -> None:
    empty = str(write_trays(tmp_path / "empty.jsonl"))
    end = command("bisect", empty, *when("always"))
    assert (end.code, end.out) == (0, "tests.cli.bakeries:always is true from the beginning.\n")
    found = json.loads(command("bisect", empty, *when("always"), "--json").out)
    assert (found["found"], found["sequence"], found["entry"]) == (True, 0, None)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (when("is_broken"), "the predicate raised ZeroDivisionError"),
        (when("not_a_function"), "is 3; expected a function of a state"),
        (when("gone"), "has no gone"),
        (("--when", "nonsense", *REDUCER), "expected module:name"),
        (REDUCER, "Missing option '--when'"),
    ],
)
def test_trouble_is_one_line_and_exit_code_2(
    command: Run, trays: Path, options: tuple[str, ...], complaint: str
) -> None:
    end = command("bisect", str(trays), *options)
    assert (end.code, end.out, len(end.err.splitlines())) == (2, "", 1)
    assert complaint in end.err


def test_a_bad_one_among_a_hundred_thousand_is_found_while_a_bar_shows_how_far(tmp_path: Path) -> None:
    many = [0] * 100_000
    many[77_776] = -1_000
    trays = write_trays(tmp_path / "many.jsonl", *many)
    with socketstore_in_terminal("bisect", str(trays), *when("is_empty")) as terminal:
        assert terminal.finish() == 0
    assert "is true since entry 77777:" in terminal.plain
    assert "Reducing" in terminal.plain
