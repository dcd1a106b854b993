"""``socketstore stats``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from socketstore import Rotation, open_log
from tests.cli.conftest import Run
from tests.cli.sessions import START, write_session
from tests.cli.terminals import socketstore_in_terminal

BUSY = [{"kind": "action", "action": {"type": "bagelBaked"}}] * 8 + [
    {"kind": "note", "text": "closed for today, as all the bagels have been eaten"}
]


def busy_at(number: int) -> float:
    """Ten seconds: four entries at once, a long pause, the others."""
    return START + (0 if number < 4 else 9 + number / 8)


@pytest.fixture
def busy(tmp_path: Path) -> Path:
    return write_session(tmp_path / "busy.jsonl", BUSY, at=busy_at)


def test_json_holds_counts_sizes_rates_pauses_and_a_histogram(command: Run, busy: Path) -> None:
    end = command("stats", str(busy), "--json")
    assert (end.code, end.err) == (0, "")
    figures = json.loads(end.out)
    _, *lines = busy.read_bytes().splitlines()
    assert figures["file"] == str(busy)
    assert figures["fileSize"] == busy.stat().st_size
    assert (figures["entries"], figures["size"]) == (9, sum(map(len, lines)))
    assert (figures["began"], figures["seconds"], figures["perSecond"]) == (START, 10.0, 0.9)
    assert {kind: share["entries"] for kind, share in figures["kinds"].items()} == {"action": 8, "note": 1}
    assert {tag: share["entries"] for tag, share in figures["types"].items()} == {"bagelBaked": 8}
    assert figures["largest"] == {"sequence": 9, "size": len(lines[-1])}
    assert figures["pauses"][0] == {"after": 4, "at": START, "seconds": 9.5}
    counts = figures["histogram"]["counts"]
    assert (sum(counts), counts[0], counts[1:57], counts[-1]) == (9, 4, [0] * 56, 2)


def test_people_get_a_table_and_a_chart(command: Run, busy: Path) -> None:
    out = command("stats", str(busy)).out
    assert "10.000 seconds from 2020-09-13T12:26:40.000Z" in out
    rows = {line.split()[0]: line.split()[1:3] for line in out.splitlines() if line.strip()}
    assert (rows["all"], rows["action"], rows["bagelBaked"], rows["note"]) == (
        ["9", "0.9"],
        ["8", "0.8"],
        ["8", "0.8"],
        ["1", "0.1"],
    )
    assert "Nothing for 9.500 s after entry 4, at 0.000 s" in out
    chart = out.splitlines()[-1]
    assert (len(chart), chart[0], chart[1:57].strip(), chart[-1]) == (60, "█", "", "▄")


def test_it_counts_only_what_is_wanted(command: Run, busy: Path) -> None:
    figures = json.loads(command("stats", str(busy), "--json", "--kind", "action", "--since", "5").out)
    assert (figures["entries"], figures["kinds"].keys()) == (4, {"action"})


def test_the_files_of_a_session_that_was_rotated_count_together(command: Run, tmp_path: Path) -> None:
    file = tmp_path / "parts.jsonl"
    with open_log(file, "x", rotate=Rotation(max_bytes=100)) as log:
        for number in range(10):
            log.note(f"bagel {number}")
    figures = json.loads(command("stats", str(file), "--json").out)
    assert (figures["entries"], figures["fileSize"]) == (10, sum(part.stat().st_size for part in tmp_path.iterdir()))
    assert len(list(tmp_path.glob("parts*.jsonl"))) > 2


def test_an_empty_log_has_no_figures(command: Run, tmp_path: Path) -> None:
    empty = str(write_session(tmp_path / "empty.jsonl", []))
    assert command("stats", empty).out.splitlines()[-1] == "No entries."
    figures = json.loads(command("stats", empty, "--json").out)
    assert (figures["entries"], figures["began"], figures["largest"], figures["perSecond"]) == (0, None, None, None)


def test_a_clock_that_was_set_back_makes_no_pause(command: Run, tmp_path: Path) -> None:
    session = write_session(tmp_path / "back.jsonl", BUSY[:2], at=lambda number: START - 3600 * number)
    figures = json.loads(command("stats", str(session), "--json").out)
    assert (figures["seconds"], figures["pauses"]) == (3600, [])


def test_one_entry_has_no_rate(command: Run, tmp_path: Path) -> None:
    session = write_session(tmp_path / "one.jsonl", BUSY[:1])
    end = command("stats", str(session))
    assert (end.code, end.err) == (0, "")
    assert json.loads(command("stats", str(session), "--json").out)["perSecond"] is None


def test_a_terminal_shows_how_far_it_is_and_cuts_the_chart(tmp_path: Path) -> None:
    session = write_session(tmp_path / "many.jsonl", BUSY * 20_000)
    with socketstore_in_terminal("stats", str(session), columns=50) as terminal:
        assert terminal.finish() == 0
    assert "Counting" in terminal.plain
    *_, chart = terminal.plain.splitlines()
    assert chart.strip("█▇ ") == ""
    assert len(chart) <= 50


def test_damage_is_one_line_and_exit_code_1(command: Run, busy: Path) -> None:
    busy.write_bytes(busy.read_bytes().replace(b'"sequence"', b'"sequins"', 1))
    end = command("stats", str(busy))
    assert (end.code, end.out, len(end.err.splitlines())) == (1, "", 1)


def test_a_time_in_no_calendar_is_shown_as_seconds(command: Run, tmp_path: Path) -> None:
    log = write_session(tmp_path / "far.jsonl", [{"kind": "value", "value": 1, "at": 1e15}])
    end = command("stats", str(log))
    assert (end.code, end.err) == (0, "")
    assert "from 1000000000000000.000 s" in end.out


@pytest.mark.parametrize("times", [[1e308, -1e308, 5.0], [0.0, 5e-324], [float("nan"), 5.0], [float("inf"), 5.0, 6.0]])
def test_times_that_are_absurd_make_no_trouble(command: Run, tmp_path: Path, times: list[float]) -> None:
    session = write_session(
        tmp_path / "absurd.jsonl", [{"kind": "note", "text": "x"}] * len(times), at=lambda number: times[number]
    )
    end = command("stats", str(session), "--json")
    assert (end.code, end.err) == (0, "")
    figures = json.loads(end.out)
    assert figures["entries"] == len(times)
    assert sum(figures["histogram"]["counts"]) == len([time for time in times if abs(time) < float("inf")])
    assert command("stats", str(session)).code == 0


@pytest.mark.parametrize("name", ["stats", "inspect"])
def test_a_time_that_no_float_can_be_is_damage(command: Run, tmp_path: Path, name: str) -> None:
    session = write_session(tmp_path / "endless.jsonl", [{"kind": "note", "text": "x"}], at=lambda _: 10**400)
    end = command(name, str(session))
    assert (end.code, end.out.count("note")) == (1, 0)
    assert "line 2" in end.err
