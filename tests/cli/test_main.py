"""The entry point: help, version, wrong usage, and errors that nobody foresaw."""

from __future__ import annotations

from pathlib import Path

import pytest

import socketstore
from socketstore.cli import main
from tests.cli.bakeries import REDUCER, write_trays
from tests.cli.conftest import Run
from tests.cli.programs import Program, finished
from tests.cli.sessions import everything, write_session


def test_python_m_socketstore_shows_the_version() -> None:
    end = finished("--version")
    assert (end.code, end.out, end.err) == (0, f"socketstore {socketstore.__version__}\n", "")


@pytest.mark.parametrize("arguments", [[], ["--help"]])
def test_the_help_names_every_command(command: Run, arguments: list[str]) -> None:
    end = command(*arguments)
    assert (end.code, end.err) == (0, "")
    for name in (
        *("demo", "echo", "watch", "record", "serve"),
        *("inspect", "stats", "replay", "diff", "bisect", "verify"),
        *("convert", "repair", "compact"),
    ):
        assert f"│ {name} " in end.out
    assert end.out.index("─ Live ─") < end.out.index("─ Look into a recorded session ─")


def test_ctrl_c_ends_a_command_quietly(tmp_path: Path) -> None:
    session = write_session(tmp_path / "long.jsonl", everything() * 500)  # more than a pipe holds, so it must wait
    with Program("inspect", str(session)) as program:
        program.until("connecting")
        program.interrupt()
        end = program.finish()
    assert (end.code, end.err) == (130, "")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["dance"], "No such command 'dance'"),
        (["watch"], "Missing argument 'URL'"),
        (["watch", "ws://there", "--louder"], "No such option: --louder"),
        (["demo", "--seconds", "soon"], "--seconds"),
        (["echo", "--port", "99999"], "--port"),
        (["record", "ws://there"], "Missing option '-o' / '--output'"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(command: Run, arguments: list[str], complaint: str) -> None:
    end = command(*arguments)
    assert (end.code, end.out) == (2, "")
    assert len(end.err.splitlines()) == 1
    assert complaint in end.err
    assert end.err.endswith(" --help\n")


def test_an_error_that_nobody_foresaw_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(main, "app", broken)
    with pytest.raises(ZeroDivisionError):
        main.run([])


@pytest.mark.filterwarnings("always::socketstore.LogWarning")
@pytest.mark.parametrize(
    "words",
    [
        ("verify", *REDUCER),
        ("replay", *REDUCER),
        ("diff", "--at", "0", "--at", "1", *REDUCER),
        ("bisect", "--when", "tests.cli.bakeries:is_empty", *REDUCER),
    ],
)
def test_what_is_to_be_warned_of_is_said_once_however_often_a_log_is_read(
    command: Run, tmp_path: Path, words: tuple[str, ...]
) -> None:
    session = write_trays(tmp_path / "cut.jsonl", 3)
    with session.open("ab") as file:
        file.write(b'{"kind":"note","sequ')
    name, *options = words
    assert command(name, str(session), *options).err.count("is unfinished and was passed over") == 1
