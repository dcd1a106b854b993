"""A session that holds nothing of what a command replays: it says so, and how to ask for the rest."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from socketstore import open_log
from tests.cli.bakeries import REDUCER, write_trays
from tests.cli.conftest import Run

DECODE = ("--decode", "tests.cli.bakeries:decode_tray")
COMMANDS = [
    ("replay", *REDUCER),
    ("diff", "--at", "0", "--at", "1", *REDUCER),
    ("bisect", "--when", "tests.cli.bakeries:is_empty", *REDUCER),
]


@pytest.fixture
def frames(tmp_path: Path) -> str:
    file = tmp_path / "frames.jsonl"
    with open_log(file, mode="x") as log:
        log.frame_came("12", connection="oven", epoch=1)
    return str(file)


@pytest.mark.parametrize("words", COMMANDS)
def test_a_session_of_frames_alone_wants_a_decoder(command: Run, frames: str, words: tuple[str, ...]) -> None:
    name, *options = words
    assert "holds no actions, only frames; name their decoder: --messages or" in command(name, frames, *options).err
    assert command(name, frames, *options, *DECODE).err == ""


@pytest.mark.parametrize("words", COMMANDS[1:])
@pytest.mark.parametrize("json", [(), ("--json",)])
def test_where_nothing_is_reduced_a_question_has_no_answer(
    command: Run, frames: str, words: tuple[str, ...], json: tuple[str, ...]
) -> None:
    name, *options = words
    end = command(name, frames, *options, *json)
    assert (end.code, end.out) == (2, "")


@pytest.mark.parametrize("words", COMMANDS)
def test_a_session_of_actions_alone_wants_none(command: Run, tmp_path: Path, words: tuple[str, ...]) -> None:
    name, *options = words
    trays = str(write_trays(tmp_path / "trays.jsonl", 3))
    assert "leave out --messages and --decode" in command(name, trays, *options, *DECODE).err
    assert command(name, trays, *options).err == ""


def test_a_connection_that_is_not_there_is_refused_with_those_that_are(command: Run, frames: str) -> None:
    end = command("replay", frames, "--connection", "ovne")
    assert (end.code, end.out) == (2, "")
    assert "got --connection ovne; expected oven" in end.err
    assert command("replay", frames, "--connection", "oven").code == 0


def test_where_there_are_no_frames_no_connection_is(command: Run, tmp_path: Path) -> None:
    trays = str(write_trays(tmp_path / "trays.jsonl", 3))
    assert f"got --connection oven, but {trays} holds no frames" in command("replay", trays, "--connection", "oven").err


def test_an_empty_session_is_no_reason_to_complain(command: Run, tmp_path: Path) -> None:
    open_log(tmp_path / "empty.jsonl", mode="x").close()
    assert command("replay", str(tmp_path / "empty.jsonl")).err == ""


@pytest.mark.parametrize("words", [("inspect",), ("stats",), ("replay",), ("serve",)])
def test_a_recording_of_another_program_has_to_be_converted_first(
    command: Run, tmp_path: Path, words: tuple[str, ...]
) -> None:
    (tmp_path / "page.har").write_text("{}")
    end = command(*words, str(tmp_path / "page.har"))
    assert end.code == 2
    assert f"convert {tmp_path / 'page.har'} {tmp_path / 'page.jsonl'}" in end.err


def test_the_way_to_convert_a_packed_session_leads_there(command: Run, tmp_path: Path) -> None:
    packed = write_trays(tmp_path / "trays.jsonl", 3)
    (tmp_path / "trays.jsonl.gz").write_bytes(gzip.compress(packed.read_bytes()))
    packed.unlink()
    end = command("inspect", str(tmp_path / "trays.jsonl.gz"))
    assert f"convert {tmp_path / 'trays.jsonl.gz'} {tmp_path / 'trays.jsonl'}" in end.err
    assert command("convert", str(tmp_path / "trays.jsonl.gz"), str(tmp_path / "trays.jsonl")).code == 0


@pytest.mark.parametrize("name", ["replay", "serve"])
def test_a_speed_that_stands_still_is_refused_by_the_name_of_its_option(command: Run, frames: str, name: str) -> None:
    end = command(name, frames, "--speed", "0")
    assert end.code == 2
    assert "got --speed 0; expected more than 0" in end.err


def test_each_kind_of_entry_is_offered_once(command: Run, frames: str) -> None:
    kinds = command("inspect", frames, "--kind", "frame").err.rpartition("one of ")[2].strip().split(", ")
    assert len(kinds) == len(set(kinds)) == 10
