"""``socketstore repair``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from socketstore import open_log
from tests.cli.conftest import Run


@pytest.fixture
def damaged(whole_session: Path) -> Path:
    lines = whole_session.read_bytes().splitlines(keepends=True)
    whole_session.write_bytes(b"".join([*lines[:4], b"\x1b]0;owned\x07\n", *lines[5:]]))
    return whole_session


def test_what_is_whole_is_kept_beside_it_and_what_is_lost_is_told(command: Run, damaged: Path) -> None:
    before = damaged.read_bytes()
    end = command("repair", str(damaged))
    repaired = damaged.with_name("session.repaired.jsonl")
    assert (end.code, end.err) == (0, "")
    kept, lost, place = end.out.splitlines()
    assert (kept, lost) == (f"Kept 13 entries in {repaired}", "Lost 1 entry:")
    assert place.startswith("  session.jsonl, at 5, behind entry 3: 1 entry: ")
    assert place.isprintable()
    assert damaged.read_bytes() == before
    assert command("inspect", str(damaged)).code == 1
    assert command("inspect", str(repaired)).code == 0
    differences = command("diff", str(repaired), str(repaired), "--times")
    assert differences.code == 0


def test_json_says_where_the_damage_is(command: Run, damaged: Path, tmp_path: Path) -> None:
    target = tmp_path / "whole.db"
    end = command("repair", str(damaged), str(target), "--json")
    found = json.loads(end.out)
    assert (end.code, found["target"], found["kept"], found["lost"]) == (0, str(target), 13, 1)
    ((place),) = found["places"]
    assert (place["file"], place["place"], place["until"], place["after"]) == (str(damaged), 5, 5, 3)


def test_what_is_not_damaged_is_copied(command: Run, whole_session: Path, tmp_path: Path) -> None:
    target = tmp_path / "copy.jsonl"
    end = command("repair", str(whole_session), str(target))
    assert end.out.splitlines() == [f"Kept 14 entries in {target}", "Nothing was damaged."]
    assert command("diff", str(whole_session), str(target), "--times").code == 0


def test_where_nothing_can_be_kept_repair_does_not_advise_itself(command: Run, whole_session: Path) -> None:
    header, *_ = whole_session.read_bytes().splitlines(keepends=True)
    whole_session.write_bytes(header + b"damage\n")
    end = command("repair", str(whole_session))
    assert (end.code, end.out) == (1, "")
    assert "holds no entry that can be read" in end.err
    assert "socketstore repair" not in end.err


def test_a_database_that_was_copied_in_part_is_advised_to_be_repaired(command: Run, tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with open_log(path, mode="x") as log:
        for number in range(2_000):
            log.append(number)
    path.write_bytes(path.read_bytes()[:-8192])
    end = command("inspect", str(path))
    assert (end.code, end.out) == (1, "")
    assert end.err.endswith("socketstore repair keeps what is whole in a new file\n")


def test_a_target_that_is_there_and_a_file_that_is_no_log_are_one_line(
    command: Run, damaged: Path, tmp_path: Path
) -> None:
    there = command("repair", str(damaged), str(damaged))
    assert (there.code, there.out, len(there.err.splitlines())) == (1, "", 1)
    other = tmp_path / "other.jsonl"
    other.write_text("flour, water, salt\n")
    no_log = command("repair", str(other))
    assert (no_log.code, no_log.out, len(no_log.err.splitlines())) == (1, "", 1)
    assert not other.with_name("other.repaired.jsonl").exists()
