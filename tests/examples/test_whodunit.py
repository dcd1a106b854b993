"""Which message has done it, as its user runs it; and that the command line finds the same."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from examples.whodunit.__main__ import accuse
from examples.whodunit.bakery import BagelsBroughtBack, Message, Shelf, day, disagrees, faulty, mended
from socketstore import History, open_log, replay
from socketstore.cli.main import run

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("whodunit") / "day.jsonl"


@pytest.fixture(scope="module")
def program(file: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "examples.whodunit", str(file), "--messages", "600"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=50, encoding="utf-8")


def test_it_finds_the_message_and_mends_what_it_did(program: subprocess.CompletedProcess[str]) -> None:
    assert (program.returncode, program.stderr) == (0, "")
    assert "Replayed without a network: the same state" in program.stdout
    assert re.search(r"^The counts differ since entry 40\d of \d+; \d\d states were looked at:", program.stdout, re.M)
    assert "BagelsBroughtBack(" in program.stdout
    ours, theirs = re.search(r"mended reducer: we count (\d+), the bakery (\d+)", program.stdout).groups()  # type: ignore[union-attr]
    assert ours == theirs


def test_the_command_that_it_prints_finds_the_same(
    program: subprocess.CompletedProcess[str], capsys: pytest.CaptureFixture[str]
) -> None:
    name, *arguments = shlex.split(program.stdout.splitlines()[-1])
    assert (name, run(arguments)) == ("socketstore", 0)
    found = re.search(r"since entry (\d+) of", program.stdout)
    assert found
    assert f"examples.whodunit.bakery:disagrees is true since entry {found[1]}:" in capsys.readouterr().out


def test_the_mended_reducer_agrees_all_day(program: subprocess.CompletedProcess[str], file: Path) -> None:
    with open_log(file) as log:
        assert not disagrees(replay(log, mended, Shelf()))
        assert not accuse(History(log, mended, Shelf()))
        assert accuse(History(log, faulty, Shelf()))


def test_of_an_invented_day_one_message_alone_divides_the_reducers() -> None:
    def told(message: Message) -> bool:
        before = Shelf(bagels=100)
        return faulty(before, message) != mended(before, message)

    assert [type(message) for message in day(300) if told(message)] == [BagelsBroughtBack]
