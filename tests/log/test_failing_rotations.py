"""Rotations that go wrong: a crash, a full disk, an interrupt, other writers: nothing is lost, and all is told."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from socketstore import Log, LogUnavailable, open_log
from socketstore.log import jsonl
from socketstore.log.parts import full_parts
from tests.log.bank import actions_of
from tests.log.crashes import ROTATION, crashes
from tests.log.refusals import somebody
from tests.log.rotated import EACH, FORMATS, OPEN_PART, names, rotated


@FORMATS
@pytest.mark.timeout(600)
@pytest.mark.parametrize("step", [pytest.param(9, id="sample"), pytest.param(1, id="each", marks=pytest.mark.long)])
def test_a_crash_at_any_line_of_a_rotation_leaves_a_log_that_is_read_and_continued(
    tmp_path: Path, suffix: str, step: int
) -> None:
    original = tmp_path / "original"
    original.mkdir()
    rotated(original / f"a.{suffix}", 6, ROTATION)
    for line in itertools.count(1, step):
        folder = tmp_path / str(line)
        shutil.copytree(original, folder)
        crashed = crashes(folder / f"a.{suffix}", "rotate", line)
        with open_log(folder / f"a.{suffix}") as log:
            read = [entry.sequence for entry in log.read()]
        assert read == list(range(read[0], read[-1] + 1))
        assert read[0] in (3, 4)
        assert read[-1] in (6, 7)
        with open_log(folder / f"a.{suffix}", "a", rotate=ROTATION) as log:
            assert log.append("next") == read[-1] + 1
            assert actions_of(log)[-1] == "next"
            assert len(full_parts(log.path)) <= 4
        if not crashed:
            assert line > 20
            return


@FORMATS
def test_a_rotation_that_fails_is_told_and_tried_again(
    tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"a.{suffix}"
    with open_log(path, "x", rotate=EACH, durability="os") as log:
        log.append(1)
        fail_to_rotate(log, monkeypatch)
        assert actions_of(log) == [1]
        assert log.append(2) == 2
        assert actions_of(log) == [1, 2]
    assert len(names(tmp_path)) == 2


def test_a_new_file_for_which_there_is_no_room_is_made_with_the_next_entry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.jsonl"
    with open_log(path, "x", rotate=EACH, durability="os") as log:
        log.append(1)
        with monkeypatch.context() as patch:
            patch.setattr(jsonl, "header_line", no_room)
            with pytest.raises(OSError, match="No space"):
                log.append("lost")
        assert actions_of(log) == [1]
        assert log.append(2) == 2
        assert actions_of(log) == [1, 2]
    assert len(names(tmp_path)) == 2


@FORMATS
@pytest.mark.parametrize("mode", ["a", "w"])
def test_what_others_write_after_a_rotation_that_failed_is_not_gone_on_with(
    tmp_path: Path, suffix: str, mode: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"a.{suffix}"
    with open_log(path, "x", rotate=EACH, durability="os") as log:
        log.append(1)
        fail_to_rotate(log, monkeypatch)
        with open_log(path, mode, durability="os") as other:
            other.append("of another")
            last = other.append("of another")
        for _ in range(2):
            with pytest.raises(LogUnavailable, match=rf"ends with entry {last}, and ended with entry 1 before"):
                log.append("lost")
        with open_log(path) as reader:
            assert actions_of(reader)[-2:] == ["of another", "of another"]


@FORMATS
def test_what_others_have_rotated_after_a_rotation_that_failed_is_not_gone_on_with(
    tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"a.{suffix}"
    with open_log(path, "x", rotate=EACH, durability="os") as log:
        log.append(1)
        fail_to_rotate(log, monkeypatch)
        with open_log(path, "a", durability="os") as other:
            other.append("of another")
        path.rename(tmp_path / f"a.000001.{suffix}")  # and it was killed before it had made the next file
        with pytest.raises(LogUnavailable, match="ends with entry 2, and ended with entry 1 before"):
            log.append("lost")


def test_what_others_have_rotated_before_the_new_file_was_there_is_not_gone_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, rename = tmp_path / "a.jsonl", jsonl.JsonLinesStorage._rename

    def rename_and_wait(self: Any, full: Path) -> None:
        rename(self, full)
        with open_log(path, "a", durability="os") as other:
            other.append("of another")
        path.rename(tmp_path / "a.000002.jsonl")  # and it was killed before it had made the next file

    with open_log(path, "x", rotate=EACH, durability="os") as log:
        log.append(1)
        with monkeypatch.context() as patch:
            patch.setattr(jsonl.JsonLinesStorage, "_rename", rename_and_wait)
            with pytest.raises(LogUnavailable, match="ends with entry 2, and ended with entry 1 before"):
                log.append("lost")
    with open_log(path) as log:
        assert actions_of(log) == [1, "of another"]


@FORMATS
@pytest.mark.parametrize("durability", ["os", "batch"])
def test_a_folder_that_became_read_only_is_told_and_nothing_is_lost(suffix: str, durability: Any) -> None:
    with (
        TemporaryDirectory() as name,
        somebody_with(Path(name)) as folder,
        open_log(folder / f"a.{suffix}", "x", rotate=EACH, durability=durability) as log,
    ):
        log.append(1)
        log.flush()
        folder.chmod(0o555)
        for _ in range(2):
            with pytest.raises(LogUnavailable, match=r"could not rotate the log .*this user may not"):
                append_and_flush(log, "tried")
        folder.chmod(0o777)
        append_and_flush(log, "last")
        assert actions_of(log) == ([1, "last"] if durability == "os" else [1, "tried", "last"])


@contextmanager
def somebody_with(parent: Path) -> Iterator[Path]:
    parent.chmod(0o777)
    with somebody():
        folder = parent / "theirs"
        folder.mkdir()
        yield folder


def append_and_flush(log: Log, action: object) -> None:
    log.append(action)
    log.flush()


@FORMATS
def test_an_interrupt_whose_traceback_is_kept_keeps_no_file(
    tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(self: Any, *_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with open_log(tmp_path / f"a.{suffix}", "x", rotate=EACH, durability="os") as log:
        log.append(1)
        with monkeypatch.context() as patch:
            patch.setattr(OPEN_PART[suffix], "rotate", interrupted)
            with pytest.raises(KeyboardInterrupt) as caught:
                log.append("lost")
        assert log.append(2) == 2
        assert actions_of(log) == [1, 2]
        assert caught.traceback


@FORMATS
@pytest.mark.parametrize("there", [True, False])
def test_a_program_that_goes_to_another_folder_takes_no_file_with_it(
    tmp_path: Path, suffix: str, there: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, other = f"a.{suffix}", tmp_path / "other"
    other.mkdir()
    if there:
        open_log(other / name, "x").close()
    before = names(other)
    monkeypatch.chdir(tmp_path)
    with open_log(name, "x", rotate=EACH, durability="os") as log:
        log.append(1)
        monkeypatch.chdir(other)
        for _ in range(2):
            with pytest.raises(LogUnavailable, match="while it was open for writing"):
                log.append("lost")
        monkeypatch.chdir(tmp_path)
        assert log.append(2) == 2
        assert actions_of(log) == [1, 2]
    assert names(other) == before
    assert names(tmp_path) == [f"a.000001.{suffix}", name, "other"]


@FORMATS
def test_a_full_file_that_is_damaged_holds_up_no_rotation(tmp_path: Path, suffix: str) -> None:
    path = rotated(tmp_path / f"a.{suffix}", 3)
    damaged = tmp_path / f"a.000002.{suffix}"
    damaged.write_bytes(b"Dear diary" * 100)
    with open_log(path, "a", rotate=EACH) as log:
        log.append(4)
    assert names(tmp_path) == [f"a.00000{number}.{suffix}" for number in (1, 2, 3)] + [path.name]
    assert damaged.read_bytes() == b"Dear diary" * 100


@FORMATS
def test_another_log_that_has_got_the_name_of_a_full_file_is_not_replaced(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    with open_log(path, "x") as log:
        log.append(1)
    with open_log(tmp_path / f"a.000001.{suffix}", "x", clock=lambda: 1.0) as log:
        log.append("of another")
    with open_log(path, "a", rotate=EACH) as log:
        log.append(2)
    assert names(tmp_path) == [f"a.00000{number}.{suffix}" for number in (1, 2)] + [path.name]
    with open_log(tmp_path / f"a.000001.{suffix}") as log:
        assert actions_of(log) == ["of another"]


def fail_to_rotate(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", no_room)
        with pytest.raises(LogUnavailable, match=r"could not rotate the log .*make room"):
            log.append("lost")


def no_room(*_: Any, **__: Any) -> Any:
    raise OSError(28, "No space left on device")


@FORMATS
def test_an_interrupt_while_the_full_file_is_let_go_of_leaves_the_new_one_to_be_written(
    tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_log(tmp_path / f"a.{suffix}", "x", rotate=EACH, durability="os") as log:
        log.append(1)
        storage: Any = log._storage
        full = storage._writing
        with monkeypatch.context() as patch:
            patch.setattr(type(full), "close", interrupted)
            with suppress(KeyboardInterrupt):
                log.append(2)
        if full is not storage._writing:
            full.close()
        assert log.append(log.last + 1) == log.last
        assert actions_of(log) == list(range(1, log.last + 1))


def interrupted(_: Any) -> None:
    raise KeyboardInterrupt


def test_an_interrupt_while_a_text_file_is_closed_lets_it_be_closed_again(tmp_path: Path) -> None:
    log = open_log(tmp_path / "a.jsonl", "x")
    log.append(1)
    storage: Any = log._storage
    storage._writing._file.close()  # and there came the interrupt
    log.close()
    with open_log(tmp_path / "a.jsonl", "a") as log:
        assert actions_of(log) == [1]
