"""One writer for a file, as long as its process lives; and files that are taken away from it."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from socketstore import LogCorrupted, LogUnavailable, LogWarning, open_log
from socketstore.log import locking, places
from socketstore.log.locking import LockFile
from tests.log.bank import actions_of, written
from tests.log.refusals import somebody

BOTH = pytest.mark.parametrize("name", ["a.jsonl", "a.db"])
ANOTHER = r"another writer has it open, in this program or in another one; close it there first"


@contextmanager
def another_program(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Have another program record into a file; it has written one entry."""
    program = (
        "import sys; from socketstore import open_log; log = open_log(sys.argv[1], mode='a'); log.append('theirs'); "
        "log.flush(); print('ready', flush=True); sys.stdin.read(); log.close()"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(
        [sys.executable, "-c", program, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as other:
        try:
            assert other.stdout
            assert other.stdout.readline() == "ready\n"
            yield other
        finally:
            other.kill()


@BOTH
@pytest.mark.parametrize("mode", ["a", "w"])
def test_a_second_writer_in_the_same_program_is_refused_at_once(tmp_path: Path, name: str, mode: Any) -> None:
    with open_log(tmp_path / name, mode="x") as log:
        log.append(1)
        for _ in range(2):
            with pytest.raises(LogUnavailable, match=ANOTHER):
                open_log(tmp_path / name, mode)
        log.append(2)
        assert actions_of(log) == [1, 2]
    with open_log(tmp_path / name, mode) as log:
        log.append(3)


@BOTH
@pytest.mark.parametrize("mode", ["a", "w"])
def test_a_second_writer_in_another_program_is_refused_until_that_ends(tmp_path: Path, name: str, mode: Any) -> None:
    path = tmp_path / name
    with another_program(path) as other:
        with pytest.raises(LogUnavailable, match=ANOTHER):
            open_log(path, mode)
        with open_log(path) as log:  # readers are welcome
            assert actions_of(log) == ["theirs"]
        other.communicate("")
        assert other.returncode == 0
    with open_log(path, mode="a") as log:
        assert log.append("mine") == 2


@BOTH
def test_the_lock_of_a_program_that_was_killed_is_gone_with_it(tmp_path: Path, name: str) -> None:
    with another_program(tmp_path / name) as other:
        other.kill()
        assert other.wait() == -signal.SIGKILL
        with open_log(tmp_path / name, mode="a") as log:
            assert log.append("mine") == 2
            assert actions_of(log) == ["theirs", "mine"]


@BOTH
def test_a_log_that_was_closed_leaves_nothing_beside_its_file(tmp_path: Path, name: str) -> None:
    written(tmp_path / name, 1)
    assert [path.name for path in tmp_path.iterdir()] == [name]


@BOTH
def test_an_opening_that_fails_leaves_no_lock(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"Dear diary, " * 100 + b"\n")
    for _ in range(2):
        with pytest.raises(LogCorrupted):
            open_log(tmp_path / name, mode="a")
    with open_log(tmp_path / name, mode="w") as log:
        assert log.append(1) == 1


def test_a_lock_file_that_its_holder_removes_meanwhile_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "a.db-lock"
    removed: list[int] = []

    def hold(file: int, path: Path) -> None:
        if not removed:  # its holder ends between our opening it and our holding it
            removed.append(file)
            own.unlink()

    monkeypatch.setattr(locking, "hold", hold)
    lock = LockFile(tmp_path / "a.db")
    assert removed
    assert own.exists()
    lock.release()
    lock.release()
    assert not own.exists()


@BOTH
def test_a_file_system_without_locks_is_told_once_and_written_all_the_same(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unable(file: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(locking, "_lock", unable)
    with pytest.warns(LogWarning, match=r"its file system knows no locks \(No locks available\)"):
        log = open_log(tmp_path / name, mode="x")
    with log:
        assert log.append(1) == 1


# Files that are taken away.


def removed(path: Path) -> None:
    path.unlink()


def renamed(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))


def replaced(path: Path) -> None:
    shutil.copy(path, path.with_name("copy"))
    path.with_name("copy").replace(path)


def without_its_folder(path: Path) -> None:
    shutil.rmtree(path.parent)


TAKEN = pytest.mark.parametrize(
    ("take", "told"),
    [
        (removed, "was removed or renamed"),
        (renamed, "was removed or renamed"),
        (replaced, "was replaced by another file"),
        (without_its_folder, "was removed or renamed"),
    ],
)


@BOTH
@TAKEN
@pytest.mark.parametrize("durability", ["os", "batch", "entry"])
def test_a_file_that_is_taken_away_is_told_to_who_writes(
    tmp_path: Path, name: str, take: Any, told: str, durability: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "INTERVAL", 0.0)
    folder = tmp_path / "folder"
    folder.mkdir()
    log = open_log(folder / name, mode="x", durability=durability)
    log.append(1)
    log.flush()
    take(folder / name)
    for _ in range(2):
        with pytest.raises(LogUnavailable, match=rf"{told} while it was open for writing; nothing more is written"):  # noqa: PT012 - the one or the other
            log.append(2)
            log.flush()
    if durability == "batch":
        with pytest.raises(LogUnavailable, match=told):
            log.close()
    log.close()


@BOTH
@pytest.mark.parametrize("durability", ["os", "batch"])
def test_a_file_that_is_taken_away_is_noticed_soon_without_being_looked_at_for_each_entry(
    tmp_path: Path, name: str, durability: Any
) -> None:
    log = open_log(tmp_path / name, mode="x", durability=durability)
    log.append(1)
    log.flush()
    (tmp_path / name).unlink()
    with pytest.raises(LogUnavailable, match="was removed or renamed"):  # noqa: PT012 - one of them
        for number in range(2, 1_000_000):
            log.append(number)
    with suppress(LogUnavailable):
        log.close()


@BOTH
@pytest.mark.parametrize("durability", ["os", "batch", "entry"])
def test_after_a_file_was_taken_away_no_entry_is_taken_in_silence(
    tmp_path: Path, name: str, durability: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = open_log(tmp_path / name, mode="x", durability=durability)
    log.append(1)
    log.flush()
    (tmp_path / name).unlink()
    with pytest.raises(LogUnavailable, match="was removed or renamed"):  # noqa: PT012 - one of them
        for number in range(2, 1_000_000):
            log.append(number)
    monkeypatch.setattr(places, "INTERVAL", 3600.0)
    for number in range(100):
        with pytest.raises(LogUnavailable, match="was removed or renamed"):
            log.append(number)
    with suppress(LogUnavailable):
        log.close()


@pytest.mark.parametrize("durability", ["os", "batch", "entry"])
def test_a_text_file_that_somebody_else_writes_to_is_told_and_left_as_it_is(
    tmp_path: Path, durability: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "INTERVAL", 0.0)
    path = tmp_path / "a.jsonl"
    log = open_log(path, mode="x", durability=durability)
    log.append(1)
    log.flush()
    with path.open("a") as other:
        other.write("a note by hand\n")
    before = path.read_bytes()
    with pytest.raises(LogUnavailable, match=r"was changed by another program, to \d+ bytes from \d+"):  # noqa: PT012 - the one or the other
        log.append(2)
        log.flush()
    assert path.read_bytes() == before
    if durability == "batch":
        with pytest.raises(LogUnavailable):
            log.close()
    log.close()


# What this user may not do.


@BOTH
@pytest.mark.parametrize("mode", ["a", "w"])
def test_a_file_that_may_only_be_read_is_told_and_can_be_read(tmp_path: Path, name: str, mode: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:  # not in tmp_path, where others may not look into
        path = written(Path(folder) / name, 1)
        path.chmod(0o444)
        Path(folder).chmod(0o555)
        with somebody():
            with pytest.raises(LogUnavailable, match="this user may not; check"):
                open_log(path, mode)
            with open_log(path) as log:
                assert actions_of(log) == [1]
        Path(folder).chmod(0o755)


def test_a_lock_that_an_interrupt_has_left_to_nobody_ends(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    LockFile(path)
    lock = LockFile(path)
    with pytest.raises(LogUnavailable):
        LockFile(path)
    lock.release()
    assert list(tmp_path.iterdir()) == []


def test_an_interrupt_while_a_lock_is_taken_leaves_it_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("socketstore.log.locking.is_still", interrupt)
        with pytest.raises(KeyboardInterrupt):
            LockFile(tmp_path / "a.db")
    LockFile(tmp_path / "a.db").release()
