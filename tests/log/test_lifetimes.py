"""However a program ends, short of a kill, what was appended is written; and the child of a fork writes nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from socketstore import open_log
from socketstore.log.parts import full_parts
from socketstore.log.sqlite import SqliteStorage
from tests.log.bank import AT, actions_of, line

BOTH = pytest.mark.parametrize("name", ["a.jsonl", "a.db"])

BEGINNING = """
import atexit, os, signal, sys, threading
from socketstore import LogError, open_log
log = open_log(sys.argv[1], mode="x", durability="batch")
numbers = iter(range(1, 1_000_000))
def append(count):
    for _ in range(count):
        log.append(next(numbers))
"""


def run(path: Path, program: str, *, code: int = 0) -> str:
    """Run a program that has a log and a function `append`, and return what it wrote on its standard error."""
    root = str(Path(__file__).parents[2])
    measured = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}  # it is too slow
    ran = subprocess.run(
        [sys.executable, "-c", BEGINNING + program, str(path)],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
        env=measured | {"PYTHONPATH": root},
    )
    assert ran.returncode == code, ran.stderr
    return ran.stderr


def kept(path: Path) -> list[Any]:
    with open_log(path) as log:
        return actions_of(log)


ENDS = {
    "the last line": ("append(1000)", 0),
    "sys.exit": ("append(1000); sys.exit(3)", 3),
    "an exception": ("append(1000); 1 / 0", 1),
    "Ctrl-C": ("append(1000); signal.raise_signal(signal.SIGINT)", -signal.SIGINT),
    "Ctrl-C in a block": ("with log: append(1000); signal.raise_signal(signal.SIGINT)", -signal.SIGINT),
    "a thread": ("threading.Thread(target=lambda: [append(1) for _ in range(1000)]).start()", 0),
    "a thread that must not hold it up": (
        "import time; event = threading.Event(); append(999)\n"
        "threading.Thread(target=lambda: (append(1), event.set(), time.sleep(60)), daemon=True).start(); event.wait()",
        0,
    ),
    "something else at the exit": ("atexit.register(append, 1); append(999)", 0),
    "a log that nobody refers to any more": ("append(1000); del log, append", 0),
}


@BOTH
@pytest.mark.parametrize(("program", "code"), ENDS.values(), ids=ENDS.keys())
def test_what_was_appended_is_written_at_the_end_of_the_program(
    tmp_path: Path, name: str, program: str, code: int
) -> None:
    run(tmp_path / name, program, code=code)
    assert kept(tmp_path / name) == list(range(1, 1001))


@BOTH
def test_what_is_appended_after_the_end_has_begun_is_written_at_once(tmp_path: Path, name: str) -> None:
    program = """
import socketstore.log.lifetimes
append(10)
atexit.unregister(socketstore.log.lifetimes.finish_all)
atexit.register(append, 10)
atexit.register(socketstore.log.lifetimes.finish_all)  # runs first
"""
    run(tmp_path / name, program)
    assert kept(tmp_path / name) == list(range(1, 21))


def test_what_cannot_be_written_at_the_end_is_told(tmp_path: Path) -> None:
    program = """
import resource
append(1)
log.flush()
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (os.path.getsize(sys.argv[1]), resource.RLIM_INFINITY))
append(1)
"""
    told = run(tmp_path / "a.jsonl", program)
    assert "entries are lost, which could not be written at the end of the program" in told
    assert "no file may grow further" in told
    assert kept(tmp_path / "a.jsonl") == [1]


FORKS = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system knows no fork")


@FORKS
@BOTH
@pytest.mark.parametrize("durability", ["os", "batch", "entry"])
@pytest.mark.parametrize("end", ["os._exit(0)", "sys.exit(0)", "log.close(); sys.exit(0)"])
def test_the_child_of_a_fork_writes_nothing_and_is_told_so(
    tmp_path: Path, name: str, durability: str, end: str
) -> None:
    program = f"""
log.close()
os.remove(sys.argv[1])
log = open_log(sys.argv[1], mode="x", durability={durability!r})
append(100)
child = os.fork()
if not child:
    try:
        append(1)
    except LogError as error:
        assert "in this process, a fork of the one that writes it; open a log of its own here" in str(error)
    else:
        os._exit(1)
    log.flush()
    assert log.last >= 0
    {end}
append(100)
assert os.waitpid(child, 0)[1] == 0
append(100)
"""
    run(tmp_path / name, program)
    assert kept(tmp_path / name) == list(range(1, 301))


@FORKS
@BOTH
def test_a_child_that_lives_on_does_not_hold_the_log(tmp_path: Path, name: str) -> None:
    program = """
append(10)
reading, writing = os.pipe()
if not os.fork():
    os.close(writing)
    os.read(reading, 1)  # until the parent has ended
    os._exit(0)
os.close(reading)
log.close()
with open_log(sys.argv[1], mode="a") as log:
    append(10)
"""
    run(tmp_path / name, program)
    assert kept(tmp_path / name) == list(range(1, 21))


@FORKS
@BOTH
def test_a_fork_while_other_threads_append_hangs_nobody(tmp_path: Path, name: str) -> None:
    program = """
import warnings
warnings.simplefilter("ignore")  # newer Pythons warn of a fork beside threads
begun, stop = threading.Event(), threading.Event()
def busy():
    while not stop.is_set():
        append(10)
        begun.set()
thread = threading.Thread(target=busy)
thread.start()
begun.wait()
for _ in range(20):
    child = os.fork()
    if not child:
        try:
            log.append("child")
        except LogError:
            os._exit(0)
        os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
stop.set()
thread.join()
"""
    run(tmp_path / name, program)
    actions = kept(tmp_path / name)
    assert actions == list(range(1, len(actions) + 1))


def test_what_an_interrupt_left_uncounted_in_a_database_is_dropped(tmp_path: Path) -> None:
    storage = SqliteStorage(tmp_path / "a.db", "x", created=AT)
    storage.write(line(1, "first"), 1, 1)
    for text in ("x" * 3_000, "short", "x" * 5_000, "short"):  # fits into the block of the first, or does not
        before = storage._block
        storage.write(line(2, text), 2, 2)
        storage._block, storage.last, storage._torn = before, 1, True  # as an interrupt leaves it that came just then
    storage.write(line(2, "second"), 2, 2)
    assert [text for _, text in storage.lines()] == [line(1, "first")[:-1], line(2, "second")[:-1]]
    storage.close()


@BOTH
@pytest.mark.parametrize("rotation", ["None", "Rotation(max_bytes=15_000)"], ids=["one file", "many files"])
@pytest.mark.parametrize("durability", ["os", "batch", "entry"])
def test_interrupts_at_any_moment_leave_neither_gap_nor_double(
    tmp_path: Path, name: str, durability: str, rotation: str
) -> None:
    program = f"""
import random
from socketstore import Rotation
log.close()
os.remove(sys.argv[1])
log = open_log(sys.argv[1], mode="x", durability={durability!r}, rotate={rotation})
def interrupted(signum, frame):
    raise KeyboardInterrupt
signal.signal(signal.SIGALRM, interrupted)
acknowledged, rounds = [], 0
while rounds < 300 or len(acknowledged) < 100:
    rounds += 1
    try:
        signal.setitimer(signal.ITIMER_REAL, max(random.expovariate(500), 0.00001))  # now and then a rotation has time
        while True:
            number = log.last + 1
            acknowledged.append(log.append(["entry", number]))
    except KeyboardInterrupt:
        pass
log.close()
assert acknowledged == sorted(set(acknowledged))
assert acknowledged[-1] <= log.last
"""
    run(tmp_path / name, program)
    actions = kept(tmp_path / name)
    assert len(actions) >= 100
    assert rotation == "None" or full_parts(tmp_path / name)
    assert actions == [["entry", number] for number in range(1, len(actions) + 1)]
