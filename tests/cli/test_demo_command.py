"""``socketstore demo``, as a process of its own."""

from __future__ import annotations

import re
import signal
import subprocess
from pathlib import Path

from tests.cli.conftest import Run
from tests.cli.programs import Program, environment, finished

ACTION = re.compile(r"^ *\d+\.\d{3}  (\w+) +(.*)$", re.MULTILINE)


def test_it_says_hello_shows_actions_and_state_live_and_ends_cleanly_at_ctrl_c(tmp_path: Path) -> None:
    with Program("demo", TMPDIR=str(tmp_path)) as demo:
        demo.until('gotMessage          "I am LEGENDARY!"')
        assert demo.until("→").strip() == '→ Chat(online=True, lines=("I am LEGENDARY!",))'
        demo.until('gotMessage          "Hello?"')
        demo.interrupt()
        end = demo.finish()
    actions = ACTION.findall(end.out)
    assert [name for name, _ in actions[:3]] == ["connecting", "justConnected", "gotMessage"]
    assert actions[-1] == ("justDisconnected", "1000 clean")
    assert (end.code, end.err) == (0, "")
    (recording,) = tmp_path.iterdir()
    assert f"Recorded {len(actions)} entries in {recording}\n" in end.out


def test_the_command_that_it_prints_replays_into_the_state_that_it_showed(tmp_path: Path) -> None:
    demo = finished("demo", "--seconds", "0", TMPDIR=str(tmp_path))
    assert demo.code == 0
    *_, last_state = [line for line in demo.out.splitlines() if "→" in line]
    assert last_state.strip() == '→ Chat(online=False, lines=("I am LEGENDARY!",))'
    pasted = demo.out.splitlines()[-1]
    replayed = subprocess.run(pasted, shell=True, capture_output=True, text=True, env=environment(), cwd=tmp_path)  # noqa: S602
    assert (replayed.returncode, replayed.stderr) == (0, "")
    assert replayed.stdout.endswith("The state at the end:\nChat(online=False, lines=('I am LEGENDARY!',))\n")
    assert ACTION.findall(replayed.stdout)[-1] == ("justDisconnected", "1000 clean")


def test_it_ends_after_its_seconds_and_records_where_it_was_told_in_plain_text(command: Run, tmp_path: Path) -> None:
    file = tmp_path / "mine.jsonl"
    end = command("demo", "--seconds", "0.1", "-o", str(file))
    assert (end.code, end.err) == (0, "")
    assert ACTION.findall(end.out)[-1] == ("justDisconnected", "1000 clean")
    assert "\x1b" not in end.out
    assert f"entries in {file}" in end.out
    assert file.exists()


def test_it_never_writes_over_a_recording(command: Run, tmp_path: Path) -> None:
    file = tmp_path / "mine.jsonl"
    file.write_text("precious")
    end = command("demo", "--seconds", "0", "-o", str(file))
    assert end.code == 1
    assert len(end.err.splitlines()) == 1
    assert "exists already" in end.err
    assert file.read_text() == "precious"


def test_signals_that_come_at_once_are_one(tmp_path: Path) -> None:
    with Program("demo", TMPDIR=str(tmp_path)) as demo:
        demo.until("gotMessage")
        for number in (signal.SIGINT, signal.SIGTERM):
            demo.process.send_signal(number)
        end = demo.finish()
    assert (end.code, end.err) == (0, "")
    assert "To replay them:" in end.out
