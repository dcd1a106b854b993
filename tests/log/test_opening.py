"""Opening a log: the suffix chooses the format, the mode what may be done, and errors are in plain words."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import field_validator

from socketstore import (
    Action,
    DecodeError,
    LogCorrupted,
    LogUnavailable,
    LogVersionError,
    UsageError,
    open_log,
)
from tests.log.bank import AmountDeposited, actions_of, header, line, written
from tests.log.refusals import somebody

ONE, TWO = AmountDeposited(amount=1), AmountDeposited(amount=2)


def test_a_log_that_was_written_is_read_again(tmp_path: Path) -> None:
    with open_log(written(tmp_path / "a.jsonl", ONE, TWO)) as log:
        assert [(entry.sequence, entry.action) for entry in log.read()] == [(1, ONE), (2, TWO)]  # type: ignore[union-attr]


def test_mode_r_is_the_default_and_does_not_write(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", ONE)
    with open_log(path) as log, pytest.raises(LogUnavailable, match=r"not open for writing; open it with .*mode='a'"):
        log.append(TWO)
    with open_log(path) as log:
        assert actions_of(log) == [ONE]


def test_mode_a_makes_the_file_and_goes_on_with_the_sequence(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    for number in (1, 2, 3):
        with open_log(path, mode="a") as log:
            assert log.append(AmountDeposited(amount=number)) == number
    with open_log(path) as log:
        assert actions_of(log, after=1) == [TWO, AmountDeposited(amount=3)]


def test_mode_x_refuses_a_file_that_is_there(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", ONE)
    before = path.read_bytes()
    with pytest.raises(LogUnavailable, match=r"could not open the log .*a\.jsonl: File exists; choose another name"):
        open_log(path, mode="x")
    assert path.read_bytes() == before


def test_mode_w_begins_anew(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", ONE)
    with open_log(path, mode="w") as log:
        assert log.append(TWO) == 1
        assert actions_of(log) == [TWO]


def test_a_log_that_is_open_for_writing_can_be_read_as_it_stands(tmp_path: Path) -> None:
    with open_log(tmp_path / "a.jsonl", mode="x") as log:
        assert actions_of(log) == []
        log.append(ONE)
        assert actions_of(log) == [ONE]


@pytest.mark.parametrize("name", ["session.txt", "session", "session.JSONL", ".jsonl"])
def test_an_unknown_suffix_is_refused_with_the_known_ones(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=rf"got a log named '{name}'; expected a name that ends in \.jsonl"):
        open_log(tmp_path / name, mode="a")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("mode", ["rb", "r+", "", "append", None])
def test_an_unknown_mode_is_refused_with_the_known_ones(tmp_path: Path, mode: Any) -> None:
    with pytest.raises(UsageError, match=r"got mode=.*; expected 'r', 'a', 'w' or 'x'"):
        open_log(tmp_path / "a.jsonl", mode)
    assert list(tmp_path.iterdir()) == []


def test_a_path_may_be_text(tmp_path: Path) -> None:
    with open_log(str(written(tmp_path / "a.jsonl", ONE))) as log:
        assert actions_of(log) == [ONE]
        assert repr(log).endswith("a.jsonl>")


def test_reading_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LogUnavailable, match=r"could not read the log .*No such file or directory; check the path"):
        open_log(tmp_path / "absent.jsonl")


@pytest.mark.parametrize("mode", ["a", "x", "w"])
def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path, mode: Any) -> None:
    with pytest.raises(LogUnavailable, match="check the path"):
        open_log(tmp_path / "absent" / "a.jsonl", mode)


@pytest.mark.parametrize("mode", ["r", "a", "w"])
def test_a_folder_is_no_log(tmp_path: Path, mode: Any) -> None:
    (tmp_path / "a.jsonl").mkdir()
    with pytest.raises(LogUnavailable, match="it is a folder; name a file in it"):
        open_log(tmp_path / "a.jsonl", mode)


def test_an_unavailable_log_is_an_oserror_with_its_cause(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="absent") as caught:
        open_log(tmp_path / "absent.jsonl")
    assert isinstance(caught.value.__cause__, FileNotFoundError)


def test_a_log_without_permission_is_told(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", ONE)
    path.chmod(0)
    with somebody(), pytest.raises(LogUnavailable, match="this user may not; check its permissions"):
        open_log(path)


NO_LOGS = {
    "text": b"Dear diary,\n",
    "text without a line end": b"Dear diary,",
    "other JSON lines": b'{"user": "ada"}\n{"user": "bob"}\n',
    "a list": b"[1]\n",
    "a header of another format": b'{"kind":"header","format":"other-log","version":1}\n',
    "the same without a line end": b'{"kind":"header","format":"other-log","version":1}',
    "a header without a version": b'{"kind":"header","format":"socketstore-log"}\n',
    "a version that is no number": b'{"kind":"header","format":"socketstore-log","version":"1"}\n',
    "a log without its header": line(1, ONE),
    "an empty line": b"\n",
    "zeros": bytes(100),
    "bytes": b"\xff\xfe\n",
}


@pytest.mark.parametrize("mode", ["r", "a", "x"])
@pytest.mark.parametrize("content", NO_LOGS.values(), ids=NO_LOGS.keys())
def test_a_file_that_is_no_log_is_refused_and_never_touched(tmp_path: Path, mode: Any, content: bytes) -> None:
    path = tmp_path / "diary.jsonl"
    path.write_bytes(content)
    with pytest.raises((LogCorrupted, LogUnavailable)) as caught:
        open_log(path, mode)
    assert "diary.jsonl" in str(caught.value)
    assert mode == "x" or (isinstance(caught.value, LogCorrupted) and caught.value.line == 1)
    assert path.read_bytes() == content


@pytest.mark.parametrize("mode", ["r", "a"])
def test_a_newer_version_is_refused_and_never_touched(tmp_path: Path, mode: Any) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(header().replace(b'"version":2', b'"version":3') + line(1, ONE))
    before = path.read_bytes()
    with pytest.raises(LogVersionError, match=r"has version 3; this socketstore reads up to 2\. Upgrade socketstore\."):
        open_log(path, mode)
    assert path.read_bytes() == before


def test_unknown_keys_in_the_header_are_ignored(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{ "made_by": "hand", "version": 1, "format": "socketstore-log", "kind": "header" }\n')
    with open_log(path, mode="a") as log:
        assert log.append(ONE) == 1
        assert actions_of(log) == [ONE]


def test_a_class_whose_tag_a_validator_may_change_keeps_no_other_from_being_read(tmp_path: Path) -> None:
    class TagShouted(Action):
        type: Literal["tagShouted"] = "tagShouted"

        @field_validator("type", mode="before")
        @classmethod
        def lowered(cls, tag: str) -> str:
            return tag

    path = written(tmp_path / "a.jsonl", AmountDeposited(amount=1))
    with open_log(path) as log:
        assert actions_of(log) == [AmountDeposited(amount=1)]
    path.write_bytes(path.read_bytes().replace(b"amountDeposited", b"tagShouted"))
    with open_log(path) as log, pytest.raises(DecodeError, match=r"TagShouted, whose field type has a validator"):
        actions_of(log)


@pytest.mark.parametrize("now", ["now", None, True, float("nan"), float("inf")])
@pytest.mark.parametrize("suffix", [".jsonl", ".db"])
def test_a_clock_that_gives_no_time_is_refused_before_there_is_a_file(tmp_path: Path, now: Any, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    with pytest.raises(UsageError, match=r"got a clock that says .*; expected a number of seconds since 1970"):
        open_log(path, "x", clock=lambda: now)
    assert not path.exists()


@pytest.mark.parametrize(
    "option",
    [
        {"rotate": 100_000_000},
        {"rotate": {"max_bytes": 100_000_000}},
        {"clock": 1600000000.0},
        {"actions": AmountDeposited},
        {"actions": 5},
    ],
)
@pytest.mark.parametrize("suffix", [".jsonl", ".db"])
def test_an_option_of_another_type_is_refused_before_there_is_a_file(
    tmp_path: Path, option: dict[str, Any], suffix: str
) -> None:
    (name,) = option
    with pytest.raises(UsageError, match=rf"got {name}=.*; expected .* as in {name}="):
        open_log(tmp_path / f"a{suffix}", "x", **option)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("after", [-1, "1", 1.0, None, True])
def test_a_number_that_no_entry_has_is_refused_where_reading_is_to_go_on(tmp_path: Path, after: Any) -> None:
    with open_log(written(tmp_path / "a.jsonl", ONE, TWO)) as log:
        for read in (log.read, log.follow):
            with pytest.raises(UsageError, match=r"got after=.*; expected the number of an entry, or 0"):
                read(after)
