"""The script without async, as its user runs it: a process of its own, against a real server."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from socketstore.testing import EchoServer, in_background

ROOT = Path(__file__).parents[2]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "examples.script", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, encoding="utf-8")


def test_each_word_is_echoed_and_the_program_ends() -> None:
    with in_background(EchoServer) as server:
        program = run(server.url, "one", "two")
    assert re.fullmatch(r"one: \d+\.\d ms\ntwo: \d+\.\d ms\nclosed\n", program.stdout)
    assert (program.returncode, program.stderr) == (0, "")


def test_a_server_that_is_not_there_is_told_and_ends_the_program() -> None:
    program = run("http://127.0.0.1:1")
    assert program.returncode == 1
    assert "expected ws://host:port/path" in program.stderr
    assert program.stdout == ""
