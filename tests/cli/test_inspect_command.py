"""``socketstore inspect``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from socketstore import Rotation, open_log
from socketstore.cli.entries import reading
from tests.cli.conftest import Run
from tests.cli.programs import Program
from tests.cli.sessions import everything, write_session
from tests.cli.terminals import socketstore_in_terminal


def numbers(out: str) -> list[int]:
    return [int(line.split()[0]) for line in out.splitlines()[1:]]


def test_every_kind_of_entry_is_one_line_also_without_its_action_class(command: Run, whole_session: Path) -> None:
    end = command("inspect", str(whole_session))
    assert (end.code, end.err) == (0, "")
    head, *rows = end.out.splitlines()
    assert head.split() == ["entry", "seconds", "what", "content"]
    assert [row.split(maxsplit=3) for row in rows] == [
        ["1", "0.000", "connecting", "ws://there"],
        ["2", "1.000", "opened", "ws://there"],
        ["3", "2.000", "justConnected", "ws://there"],
        ["4", "3.000", "frameIn", '"{"price": 3}"'],
        ["5", "4.000", "gotMessage", '"{"price": 3}"'],
        ["6", "5.000", "bagelSold", 'kind="poppy" cents=150'],
        ["7", "6.000", "failed", "the reducer raised on entry 6: ValueError: no bagels"],
        ["8", "7.000", "value", '{"any": [1, 2]}'],
        ["9", "8.000", "frameOut", "2 bytes: 00 ff"],
        ["10", "9.000", "snapshot", 'digest 0123456789ab, state {"bagels": 7}'],
        ["11", "10.000", "note", "the oven broke"],
        ["12", "11.000", "error", "OSError: cut (till)"],
        ["13", "12.000", "closed", '1006 not clean "gone"'],
        ["14", "13.000", "justDisconnected", '1006 not clean "gone"'],
    ]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--kind", "note"], [11]),
        (["--kind", "opened", "--kind", "closed"], [2, 13]),
        (["--type", "bagelSold"], [6]),
        (["--type", "just*"], [3, 14]),
        (["--since", "11"], [12, 13, 14]),
        (["--until", "1.5"], [1, 2]),
        (["--since", "2020-09-13T12:26:52Z"], [13, 14]),
        (["--until", "2020-09-13T14:26:41+02:00"], [1, 2]),
        (["--after", "12"], [13, 14]),
        (["--after", "12", "--until", "12"], [13]),
        (["--before", "3"], [1, 2]),
        (["--text", '"price": 3'], [4, 5]),
        (["--text", "OVEN"], []),
        (["--regex", "(?i)OVEN|poppy"], [6, 11]),
        (["--limit", "2"], [1, 2]),
        (["--last", "2"], [13, 14]),
        (["--kind", "action", "--after", "1", "--last", "2", "--before", "14"], [5, 6]),
        (["--after", "99"], []),
    ],
)
def test_options_say_which_entries_are_wanted(
    command: Run, whole_session: Path, options: list[str], expected: list[int]
) -> None:
    end = command("inspect", str(whole_session), *options)
    assert (end.code, numbers(end.out)) == (0, expected)
    as_json = command("inspect", str(whole_session), "--json", *options).out.splitlines()
    assert [json.loads(line)["sequence"] for line in as_json] == expected


def test_a_moment_without_a_zone_is_that_of_this_machine(
    command: Run, whole_session: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = command("inspect", str(whole_session), "--until", "2020-09-13T12:26:40").out
    utc = command("inspect", str(whole_session), "--until", "2020-09-13T12:26:40+00:00").out
    assert numbers(utc) == [1]
    assert local.startswith(utc) or local == ""


def test_json_is_each_line_as_it_stands_in_the_file(command: Run, whole_session: Path) -> None:
    _, *lines = whole_session.read_text().splitlines()
    assert command("inspect", str(whole_session), "--json").out.splitlines() == lines


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--kind", "bagel"], "got --kind bagel; expected one of action, value"),
        (["--since", "soon"], "got --since soon; expected seconds"),
        (["--since", "nan"], "got --since nan; expected seconds"),
        (["--regex", "("], "expected a regular expression"),
        (["--text", "a", "--regex", "b"], "give one of them"),
        (["--limit", "1", "--last", "1"], "give one of them"),
        (["--limit", "0"], "--limit"),
    ],
)
def test_options_that_make_no_sense_are_one_line_and_exit_code_2(
    command: Run, whole_session: Path, options: list[str], complaint: str
) -> None:
    end = command("inspect", str(whole_session), *options)
    assert (end.code, end.out) == (2, "")
    assert len(end.err.splitlines()) == 1
    assert complaint in end.err


def test_an_empty_log_shows_nothing(command: Run, tmp_path: Path) -> None:
    empty = write_session(tmp_path / "empty.jsonl", [])
    for options in ([], ["--json"], ["--last", "3"]):
        end = command("inspect", str(empty), *options)
        said = "" if options == ["--json"] else "No entries match.\n"
        assert (end.code, end.out, end.err) == (0, "", said)


def test_what_stands_before_the_damage_is_shown(command: Run, whole_session: Path) -> None:
    lines = whole_session.read_bytes().splitlines(keepends=True)
    whole_session.write_bytes(b"".join([*lines[:3], b'{"kind":"note"}\n', *lines[4:]]))
    end = command("inspect", str(whole_session))
    assert (end.code, numbers(end.out)) == (1, [1, 2])
    assert len(end.err.splitlines()) == 1
    assert "line 4" in end.err
    assert end.err.endswith("; socketstore repair keeps what is whole in a new file\n")


def test_a_kind_of_a_later_version_is_shown_with_its_fields(command: Run, tmp_path: Path) -> None:
    session = write_session(tmp_path / "later.jsonl", [{"kind": "weather", "sky": "grey"}])
    assert 'weather             sky="grey"' in command("inspect", str(session)).out


@pytest.mark.parametrize(
    ("fields", "shown"), [({"action": 5}, "action=5"), ({"action": None}, "action=None"), ({}, "")]
)
def test_an_action_that_is_none_is_shown_as_it_stands_there(
    command: Run, tmp_path: Path, fields: dict[str, Any], shown: str
) -> None:
    path = write_session(tmp_path / "a.jsonl", [{"kind": "action", **fields}])
    end = command("inspect", str(path))
    assert (end.code, end.out.splitlines()[-1].split()[2:]) == (0, ["action", *shown.split()])
    assert command("diff", str(path), str(path)).code == 0


def test_nothing_that_a_server_sent_reaches_the_terminal_as_it_is(command: Run, tmp_path: Path) -> None:
    evil = "\x1b]0;owned\x07"
    session = write_session(
        tmp_path / "evil.jsonl",
        [
            {"kind": "frameIn", "text": evil},
            {"kind": "weather" + evil, evil: evil},
            {"kind": "note", "text": evil},
            {"kind": "closed", "code": evil, "reason": evil},
            {"kind": "failed", "of": evil, "error": evil},
            {"kind": "opened", "url": evil, "subprotocol": evil, "connection": evil},
            {"kind": "snapshot", "digest": evil, "state": evil},
            {"kind": "value", "value": {evil: evil}},
            {"kind": "action", "action": {"type": evil, evil: evil}},
        ],
    )
    end = command("inspect", str(session))
    assert len(end.out.splitlines()) == 10
    assert all(line.isprintable() for line in end.out.splitlines())


def test_a_terminal_gets_lines_that_fit_and_a_pipe_whole_ones(command: Run, tmp_path: Path) -> None:
    long = "bagel " * 100
    session = write_session(tmp_path / "long.jsonl", [{"kind": "note", "text": long}] * 3)
    assert command("inspect", str(session)).out.count(long.strip()) == 3
    with socketstore_in_terminal("inspect", str(session), columns=72) as terminal:
        assert terminal.finish() == 0
    assert "\x1b[" in terminal.seen
    lines = terminal.plain.splitlines()
    assert len(lines) == 4
    assert max(map(cell_len, lines)) == 72


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_it_ends_quietly_when_nobody_reads_it_any_more(tmp_path: Path, options: list[str]) -> None:
    session = write_session(tmp_path / "long.jsonl", everything() * 500)  # more than a pipe holds
    with Program("inspect", str(session), *options) as program:
        program.until("connecting")
        program.stop_reading()
        end = program.finish()
    assert (end.code, end.err) == (0, "")


def test_a_hundred_thousand_entries_are_no_burden(command: Run, tmp_path: Path) -> None:
    file = tmp_path / "large.jsonl"
    write_session(file, ({"kind": "note", "text": f"bagel {number}"} for number in range(100_000)))
    assert numbers(command("inspect", str(file), "--text", "bagel 77777").out) == [77_778]
    assert numbers(command("inspect", str(file), "--last", "1").out) == [100_000]


@pytest.mark.parametrize("options", [("--last", "3"), ("--last", "3", "--kind", "note"), ("--last", "9999")])
def test_the_last_ones_are_found_however_far_back_they_stand(
    command: Run, tmp_path: Path, options: tuple[str, ...]
) -> None:
    entries = [{"kind": "note" if number % 3_000 == 1 else "value", "value": 1, "text": "x"} for number in range(9_000)]
    file = str(write_session(tmp_path / "long.jsonl", entries))
    wanted = [number + 1 for number in range(9_000) if "--kind" not in options or number % 3_000 == 1]
    assert numbers(command("inspect", file, *options).out) == wanted[-int(options[1]) :]


def test_it_reads_what_a_recorder_wrote(command: Run, tmp_path: Path) -> None:
    file = tmp_path / "own.jsonl"
    with open_log(file, mode="x") as log:
        log.append({"bagels": "世界"})
        log.note("noted")
    assert numbers(command("inspect", str(file), "--text", "世界").out) == [1]


@pytest.mark.parametrize("rotate", [None, Rotation(max_bytes=1)], ids=["one file", "many files"])
@pytest.mark.parametrize(
    ("name", "options"), [("growing.jsonl", []), ("growing.jsonl", ["--json"]), ("growing.db", [])]
)
def test_it_follows_a_session_that_grows_until_ctrl_c(
    tmp_path: Path, name: str, options: list[str], rotate: Rotation | None
) -> None:
    file = tmp_path / name
    with open_log(file, mode="x", rotate=rotate) as log, Program("inspect", str(file), "--follow", *options) as program:
        log.note("the first")
        program.until("the first")
        log.append({"bagels": 3})
        program.until("bagels")
        program.interrupt()
        end = program.finish()
    assert (end.code, end.err) == (0, "")


def test_it_can_follow_from_the_last_one_on_what_is_wanted(whole_session: Path) -> None:
    options = ("--follow", "--kind", "note", "--last", "1", "--json")
    with Program("inspect", str(whole_session), *options) as program:
        program.until("the oven broke")
        with open_log(whole_session, mode="a") as log:
            log.append({"bagels": 3})
            log.note("mended")
        program.until("mended")
        program.interrupt()
        end = program.finish()
    assert [json.loads(line)["sequence"] for line in end.out.splitlines()] == [11, 16]


def test_half_an_entry_is_waited_for_and_not_complained_of(
    whole_session: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = b'{"kind":"note","sequence":15,"at":1600000020,"text":"whole"}\n'
    half, rest = line[:30], line[30:]

    def write_the_rest(_: float) -> None:
        with whole_session.open("ab") as file:
            file.write(rest)

    monkeypatch.setattr(reading.time, "sleep", write_the_rest)
    with open_log(whole_session) as log, whole_session.open("ab", buffering=0) as file:
        file.write(half)
        assert next(reading.Reader(log, after=14).on()).text == line[:-1]


def test_where_nothing_matches_that_is_said(command: Run, whole_session: Path) -> None:
    end = command("inspect", str(whole_session), "--text", "nobody ever said this")
    assert (end.code, end.out, end.err) == (0, "", "No entries match.\n")
    assert command("inspect", str(whole_session), "--text", "nobody ever said this", "--json").err == ""
