"""``socketstore convert``."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Run
from tests.cli.sessions import everything, write_session
from tests.cli.terminals import socketstore_in_terminal


def test_there_and_back_again_is_the_same_session(command: Run, whole_session: Path, tmp_path: Path) -> None:
    database, again = tmp_path / "session.db", tmp_path / "again.jsonl"
    end = command("convert", str(whole_session), str(database))
    assert (end.code, end.out, end.err) == (0, f"Wrote 14 entries to {database}\n", "")
    end = command("convert", str(database), str(again), "--json")
    assert (end.code, json.loads(end.out)) == (0, {"entries": 14, "target": str(again)})
    assert command("diff", str(whole_session), str(again), "--times").code == 0
    assert again.read_text().splitlines()[1:] == whole_session.read_text().splitlines()[1:]


def test_a_target_that_is_there_is_not_written_over(command: Run, whole_session: Path) -> None:
    before = whole_session.read_bytes()
    end = command("convert", str(whole_session), str(whole_session))
    assert (end.code, end.out, len(end.err.splitlines())) == (1, "", 1)
    assert "choose another name" in end.err
    assert whole_session.read_bytes() == before


def test_what_is_no_recording_is_one_line(command: Run, tmp_path: Path) -> None:
    other = tmp_path / "recipe.txt"
    other.write_text("flour, water, salt")
    end = command("convert", str(other), str(tmp_path / "session.jsonl"))
    assert (end.code, end.out, len(end.err.splitlines())) == (1, "", 1)
    assert command("convert", str(other), str(tmp_path / "session.csv")).code in (1, 2)


def test_a_terminal_shows_how_far_it_is(tmp_path: Path) -> None:
    session = write_session(tmp_path / "many.jsonl", everything() * 2_000)
    with socketstore_in_terminal("convert", str(session), str(tmp_path / "many.db")) as terminal:
        assert terminal.finish() == 0
    assert "Converting" in terminal.plain
    assert "Wrote 28000 entries" in terminal.plain


def test_of_damage_it_says_once_what_helps(command: Run, whole_session: Path, tmp_path: Path) -> None:
    lines = whole_session.read_bytes().splitlines(keepends=True)
    whole_session.write_bytes(b"".join([*lines[:3], b"garbage\n", *lines[4:]]))
    end = command("convert", str(whole_session), str(tmp_path / "target.db"))
    assert end.err.count("repair") == 1
    assert "DecodeError" not in end.err
