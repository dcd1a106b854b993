"""What a shell offers at the Tab key, in a real one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from socketstore.cli.completing import complete_kinds, complete_sessions
from tests.cli.programs import finished
from tests.cli.terminals import Terminal

SCRIPT = Path(sys.executable).parent
ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in (
        "bagels.jsonl",
        "other.txt",
        ".hidden.jsonl",
        "kept/monday.jsonl",
        "kept/tuesday.jsonl",
        "empty/a.txt",
    ):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("incomplete", "offered"),
    [
        ("", ["bagels.jsonl", "empty/", "kept/"]),
        ("b", ["bagels.jsonl"]),
        ("o", []),
        (".h", [".hidden.jsonl"]),
        ("k", ["kept/monday.jsonl", "kept/tuesday.jsonl"]),
        ("kept/", ["kept/monday.jsonl", "kept/tuesday.jsonl"]),
        ("kept/m", ["kept/monday.jsonl"]),
        ("em", ["empty/"]),
        ("no/", []),
    ],
)
def test_sessions_are_offered_and_folders_with_what_is_in_them(
    folder: Path, incomplete: str, offered: list[str]
) -> None:
    assert complete_sessions(incomplete) == offered


def test_kinds_are_offered() -> None:
    assert complete_kinds("frame") == ["frameIn", "frameOut"]


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("socketstore insp\t", "socketstore inspect "),
        ("socketstore inspect ba\t", "socketstore inspect bagels.jsonl "),
        ("socketstore inspect kept/m\t", "socketstore inspect kept/monday.jsonl "),
        ("socketstore inspect --rege\t", "socketstore inspect --regex "),
        ("socketstore inspect --kind fa\t", "socketstore inspect --kind failed "),
    ],
)
def test_bash_completes_commands_options_and_sessions(folder: Path, typed: str, completed: str) -> None:
    bash = ["bash", "--noprofile", "--norc", "-i"]
    path = os.pathsep.join([str(SCRIPT), os.environ["PATH"]])
    places = {"PATH": path, "PYTHONPATH": str(ROOT), "INPUTRC": "/dev/null"}
    with Terminal(bash, columns=120, cwd=folder, **places) as terminal:
        terminal.type('eval "$(socketstore --show-completion bash)"; echo rea""dy\n')
        terminal.until(lambda seen: "\nready" in seen.replace("\r", ""))
        terminal.type(typed)
        terminal.until(lambda seen: completed in seen)


SCRIPTS = {
    "bash": "complete -o default -F _socketstore_completion socketstore",
    "zsh": "#compdef socketstore",
    "fish": "complete --command socketstore",
}


@pytest.mark.parametrize("shell", SCRIPTS)
def test_the_script_for_a_shell_is_shown(shell: str) -> None:
    end = finished(_SOCKETSTORE_COMPLETE=f"source_{shell}")
    assert (end.code, end.err) == (0, "")
    assert SCRIPTS[shell] in end.out
    assert f"_SOCKETSTORE_COMPLETE=complete_{shell}" in end.out


def test_the_script_for_the_shell_that_asks_is_shown() -> None:
    asked = ["bash", "-c", f"{SCRIPT}/socketstore --show-completion; true"]  # true: or bash would make way for it
    shown = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=True)
    assert SCRIPTS["bash"] in shown.stdout
