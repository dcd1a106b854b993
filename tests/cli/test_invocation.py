"""The command that can be pasted."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from socketstore.cli.invocation import command


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    script = tmp_path / "my tools" / "socketstore"
    script.parent.mkdir()
    script.touch(mode=0o755)
    monkeypatch.setattr(sys, "argv", [str(script), "demo"])
    monkeypatch.setenv("PATH", str(tmp_path))
    return script


def test_a_script_on_the_path_is_called_by_its_name(script: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(script.parent))
    assert command("replay", "a file.jsonl") == "socketstore replay 'a file.jsonl'"


def test_another_one_is_called_as_it_was(script: Path) -> None:
    assert command("replay") == f"'{script}' replay"


def test_a_module_is_run_by_the_same_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/anywhere/socketstore/__main__.py"])
    monkeypatch.setenv("PATH", "")
    assert command("replay") == f"{sys.executable} -m socketstore replay"


def test_what_is_no_file_at_all_falls_back_to_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["-c"])
    assert command("replay") == "socketstore replay"
