"""What programs print, and what becomes of it when nobody reads any more."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

TALKATIVE = """
import sys
from examples.saying import say
say("first")
sys.stdin.readline()
say("second")
say("third")
print("went on", file=sys.stderr)
"""


def test_where_nobody_reads_any_more_a_program_goes_on_without_a_word() -> None:
    command = [sys.executable, "-c", TALKATIVE]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as program:
        assert program.stdin
        assert program.stdout
        assert program.stderr
        assert program.stdout.readline() == "first\n"
        program.stdout.close()
        program.stdin.write("\n")
        program.stdin.flush()
        assert program.stderr.read() == "went on\n"
    assert program.returncode == 0
