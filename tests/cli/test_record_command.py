"""``socketstore record``."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from socketstore import ActionEntry, open_log
from tests.cli.conftest import Run
from tests.cli.programs import Program


def recorded(file: Path) -> list[str]:
    with open_log(file) as log:
        return [entry.action.type for entry in log.read() if isinstance(entry, ActionEntry)]


def kinds(file: Path) -> Counter[str]:
    with open_log(file) as log:
        return Counter(entry.kind for entry in log.read())


def test_it_records_every_action_and_says_how_to_replay_them(command: Run, url: str, tmp_path: Path) -> None:
    file = tmp_path / "session.jsonl"
    end = command("record", url, "-o", str(file), "--send", "one", "--send", "bye")
    assert (end.code, end.err) == (0, "")
    assert recorded(file) == ["connecting", "justConnected", "gotMessage", "gotMessage", "justDisconnected"]
    assert f"Recorded 11 entries in {file}\n" in end.out
    assert end.out.splitlines()[-1].endswith(f" replay {file}")


@pytest.mark.parametrize("name", ["session.jsonl", "session.db"])
def test_it_records_the_wire_beside_them_unless_told_otherwise(
    command: Run, url: str, tmp_path: Path, name: str
) -> None:
    file = tmp_path / name
    command("record", url, "-o", str(file), "--send", "one", "--send", "bye")
    assert kinds(file) == {"action": 5, "opened": 1, "frameOut": 2, "frameIn": 2, "closed": 1}
    file.unlink()
    end = command("record", url, "-o", str(file), "--send", "bye", "--no-wire")
    assert kinds(file) == {"action": 4}
    assert "Recorded 4 entries" in end.out


@pytest.mark.parametrize("durability", ["os", "batch", "entry"])
def test_it_is_as_durable_as_one_likes(command: Run, url: str, tmp_path: Path, durability: str) -> None:
    file = tmp_path / "session.jsonl"
    end = command("record", url, "-o", str(file), "--send", "bye", "--durability", durability)
    assert (end.code, end.err) == (0, "")
    assert recorded(file)[-1] == "justDisconnected"


def test_ctrl_c_ends_it_cleanly(url: str, tmp_path: Path) -> None:
    file = tmp_path / "session.jsonl"
    with Program("record", url, "-o", str(file)) as program:
        program.until("Recording")
        program.interrupt()
        end = program.finish()
    assert (end.code, end.err) == (0, "")
    assert recorded(file)[-1] == "justDisconnected"


def test_a_connection_that_breaks_is_recorded_and_exit_code_1(command: Run, url: str, tmp_path: Path) -> None:
    file = tmp_path / "session.jsonl"
    end = command("record", url, "-o", str(file), "--send", "cut")
    assert end.code == 1
    assert len(end.err.splitlines()) == 1
    assert recorded(file)[-2:] == ["gotError", "justDisconnected"]


def test_it_refuses_to_write_over_a_file_and_says_what_to_do(command: Run, url: str, tmp_path: Path) -> None:
    file = tmp_path / "session.jsonl"
    file.write_text("precious")
    end = command("record", url, "-o", str(file))
    assert (end.code, end.out) == (1, "")
    assert end.err == (
        f"socketstore: {file} exists already and is not written over; choose another name with -o, or remove it first\n"
    )
    assert file.read_text() == "precious"


def test_what_never_opened_leaves_no_file_behind(command: Run, url: str, dead_url: str, tmp_path: Path) -> None:
    file = tmp_path / "session.jsonl"
    refused = command("record", dead_url, "-o", str(file))
    assert (refused.code, refused.out) == (1, "")
    assert "nothing listens there" in refused.err
    wrong = command("record", "http://nowhere", "-o", str(file))
    assert (wrong.code, wrong.out) == (1, "")
    late = command("record", url, "-o", str(file), "--seconds", "0")
    assert late.code == 1
    assert "nothing was recorded" in late.err
    assert not file.exists()


def test_another_suffix_is_wrong_usage(command: Run, url: str, tmp_path: Path) -> None:
    end = command("record", url, "-o", str(tmp_path / "session.txt"))
    assert end.code == 2
    assert "expected a name that ends in .jsonl" in end.err


def test_a_folder_that_is_not_there_is_one_line(command: Run, url: str, tmp_path: Path) -> None:
    end = command("record", url, "-o", str(tmp_path / "no" / "session.jsonl"))
    assert end.code == 1
    assert len(end.err.splitlines()) == 1
    assert "check the path" in end.err
