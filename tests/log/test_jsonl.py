"""The file: torn ends, damage, full disks, threads."""

from __future__ import annotations

import threading
import warnings
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socketstore import (
    ActionEntry,
    DecodeError,
    EncodeError,
    Entry,
    LogCorrupted,
    LogUnavailable,
    LogVersionError,
    LogWarning,
    open_log,
)
from socketstore.log.jsonl import JsonLinesStorage
from socketstore.log.log import Log
from socketstore.log.storage import Mode
from tests.log.bank import AT, AmountDeposited, LetterReceived, actions_of, header, line, written
from tests.log.refusals import no_file_larger_than

ONE, TWO, THREE = AmountDeposited(amount=1), AmountDeposited(amount=2), AmountDeposited(amount=3)
LAST = line(2, LetterReceived(text="zwölf", scan=b"\x00"))


def test_the_entries_bear_the_time_of_the_clock(tmp_path: Path) -> None:
    with Log(JsonLinesStorage(tmp_path / "a.jsonl", "x", created=1.0), clock=lambda: 2.5) as log:
        log.append(ONE)
        assert list(log.read()) == [ActionEntry(1, 2.5, ONE)]


# Torn ends: a machine that stopped in the middle of a write leaves any part of the last line.


@pytest.mark.parametrize("cut", range(1, len(LAST) - 1))
def test_a_torn_last_line_is_cut_off_with_a_warning_when_appending(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(header() + line(1, ONE) + LAST[:cut])
    with pytest.warns(LogWarning, match=rf"a\.jsonl: an unfinished entry of {cut} bytes at its end was cut off"):
        log = open_log(path, mode="a")
    with log:
        assert path.read_bytes() == header() + line(1, ONE)
        assert log.append(TWO) == 2
        assert actions_of(log) == [ONE, TWO]


@pytest.mark.parametrize("cut", range(1, len(LAST) - 1))
def test_a_torn_last_line_is_passed_over_with_a_warning_when_reading(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(header() + line(1, ONE) + LAST[:cut])
    with open_log(path) as log, pytest.warns(LogWarning, match=rf"line 3, {cut} bytes, is unfinished"):
        assert actions_of(log) == [ONE]
    assert path.read_bytes() == header() + line(1, ONE) + LAST[:cut]


@pytest.mark.parametrize("cut", range(1, len(header()) - 1))
def test_a_torn_header_is_replaced_when_appending_and_an_empty_log_when_reading(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(header()[:cut])
    with open_log(path) as log, pytest.warns(LogWarning, match="line 1, .* unfinished"):
        assert actions_of(log) == []
    with pytest.warns(LogWarning, match="cut off"):
        log = open_log(path, mode="a")
    with log:
        log.append(ONE)
        assert actions_of(log) == [ONE]


@pytest.mark.parametrize("end", [b"", b"\r", b" "])
def test_a_last_line_that_lacks_only_its_end_is_an_entry_and_gets_its_end(tmp_path: Path, end: bytes) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(header() + line(1, ONE) + LAST[:-1] + end)
    with open_log(path) as log:
        assert len(list(log.read())) == 2
    with open_log(path, mode="a") as log:
        assert log.append(TWO) == 3
    assert path.read_bytes().startswith(header() + line(1, ONE) + LAST[:-1] + end + b"\n")


def test_a_header_that_lacks_only_its_end_gets_it(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(header()[:-1])
    with open_log(path, mode="a") as log:
        assert log.append(ONE) == 1
    assert path.read_bytes().startswith(header())


def test_an_empty_file_becomes_a_log(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.touch()
    with open_log(path) as log:
        assert actions_of(log) == []
    with open_log(path, mode="a") as log:
        assert log.append(ONE) == 1


def test_blocks_of_zeros_at_the_end_are_a_torn_end(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(header() + line(1, ONE) + bytes(4096))
    with pytest.warns(LogWarning, match="4096 bytes"):
        log = open_log(path, mode="a")
    with log:
        assert log.append(TWO) == 2


@pytest.mark.parametrize("cut", [1, 20, len(LAST) - 2, len(LAST) - 1])
@pytest.mark.filterwarnings("ignore:.*is unfinished and was passed over")
def test_a_line_that_is_finished_while_it_is_read_is_read_whole_or_not_at_all(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "a.jsonl"
    for read in (JsonLinesStorage.lines, JsonLinesStorage.tail):
        path.write_bytes(header() + line(1, ONE) + LAST[:cut])
        lines = read(JsonLinesStorage(path, "r", created=0.0), 0)
        found = [next(lines).text]
        path.write_bytes(header() + line(1, ONE) + LAST + line(3, THREE))
        found += [text.rstrip(b"\n") for _, text in lines]
        assert found[1:] in ([], [LAST.rstrip(b"\n")])


def test_the_last_number_of_a_file_that_is_only_read_is_that_of_its_last_whole_entry(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    whole = header() + line(1, ONE) + line(2, TWO)
    for content, last in (
        (header(), 0),
        (header()[:9], 0),
        (b"", 0),
        (whole, 2),
        (whole[:-1], 2),
        (whole[:-2], 1),
        (whole + b"damaged\n", 2),
        (whole + b'{"kind":"value","sequence":3,"at":1', 2),
        (whole + b"\0" * 100_000, 2),
    ):
        path.write_bytes(content)
        assert open_log(path).last == last


@pytest.mark.parametrize("content", [b"hello world\nand more\n", b"[1]\n", b"\xff\xfe\n", b"\n"])
@pytest.mark.parametrize("mode", ["r", "a"])
def test_a_text_that_is_no_log_is_named_so_and_left_alone(tmp_path: Path, content: bytes, mode: Mode) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(content)
    with pytest.raises(LogCorrupted, match=r"a\.jsonl is no socketstore log: its first line is .*; expected a header"):
        open_log(path, mode)
    assert path.read_bytes() == content


def test_a_warning_made_an_error_leaves_the_file_cut_and_closed(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(header() + LAST[:9])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(LogWarning):
            open_log(path, mode="a")
    with open_log(path, mode="a") as log:
        assert log.append(ONE) == 1


# Damage.


@pytest.mark.parametrize("number", [2, 3, 4])
def test_damage_before_the_end_is_told_with_its_line_after_what_stands_before_it(tmp_path: Path, number: int) -> None:
    lines = [header(), line(1, ONE), line(2, TWO), line(3, THREE), line(4, ONE)]
    lines[number - 1] = lines[number - 1][:-9] + b"\n"
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"".join(lines))
    before = []
    with open_log(path) as log, pytest.raises(LogCorrupted, match=rf"a\.jsonl, line {number}: ") as caught:
        before += log.read()
    assert caught.value.line == number


@pytest.mark.parametrize("between", [b"", b'{"kind":"note","sequence":101,"at":1.0,"text":"joined"}\n'])
@pytest.mark.parametrize("beginning", [1, 100])
def test_an_entry_behind_its_own_number_or_a_greater_one_is_damage(
    tmp_path: Path, beginning: int, between: bytes
) -> None:
    sitting = [line(number, AmountDeposited(amount=number)) for number in range(1, 101)]
    (tmp_path / "a.jsonl").write_bytes(b"".join([header(), *sitting, between, *sitting[beginning - 1 :]]))
    read: list[Entry] = []
    place, before = (103, 101) if between else (102, 100)
    with open_log(tmp_path / "a.jsonl") as log:
        with pytest.raises(
            LogCorrupted, match=rf"line {place}: entry {beginning} stands behind entry {before}$"
        ) as caught:
            read.extend(log.read())
        with pytest.raises(LogCorrupted, match="stands behind"):
            list(log.read(after=beginning - 1))
    assert (caught.value.line, len(read)) == (place, place - 2)


@given(st.lists(st.integers(1, 400), min_size=1, max_size=200))
def test_numbers_that_go_up_are_read_whatever_gaps_they_leave(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[int]
) -> None:
    path = tmp_path_factory.mktemp("gaps") / "a.jsonl"
    path.write_bytes(header() + b"".join(line(number, AmountDeposited(amount=1)) for number in sorted(set(numbers))))
    with open_log(path) as log:
        assert [entry.sequence for entry in log.read()] == sorted(set(numbers))


def test_what_stands_before_the_damage_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(header() + line(1, ONE) + b"damage\n" + line(3, THREE))
    with open_log(path) as log:
        entries = log.read()
        assert next(entries) == ActionEntry(1, AT, ONE)
        with pytest.raises(LogCorrupted):
            next(entries)


def test_nothing_is_appended_behind_a_damaged_last_line(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(header() + line(1, ONE) + b"damage\n")
    with pytest.raises(LogCorrupted, match="nothing can be appended") as caught:
        open_log(path, mode="a")
    assert caught.value.line == 3
    assert path.read_bytes().endswith(b"damage\n")


def test_unknown_kinds_are_passed_over_and_their_numbers_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(header() + line(1, ONE) + b'{"kind":"postcard","sequence":2,"at":1.0,"state":{}}\n')
    with open_log(path, mode="a") as log:
        assert log.append(TWO) == 3
        assert [(entry.sequence, type(entry)) for entry in log.read()] == [(1, ActionEntry), (3, ActionEntry)]


def test_line_ends_of_windows_are_read(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", ONE, TWO)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    with open_log(path, mode="a") as log:
        assert log.append(THREE) == 3
        assert actions_of(log) == [ONE, TWO, THREE]


def test_an_unknown_class_is_told_with_the_file_and_the_line(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", ONE, TWO)
    path.write_bytes(path.read_bytes().replace(b'"amountDeposited","amount":2', b'"amountLost","amount":2'))
    with open_log(path) as log, pytest.raises(DecodeError, match=r"a\.jsonl, line 3: got the unknown tag 'amountLost'"):
        actions_of(log)


def test_a_log_that_is_replaced_by_a_newer_one_is_refused_when_it_is_read(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", ONE)
    with open_log(path) as log:
        path.write_bytes(header().replace(b'"version":2', b'"version":9'))
        with pytest.raises(LogVersionError):
            actions_of(log)


def test_a_log_that_is_gone_is_told_when_it_is_read(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", ONE)
    with open_log(path) as log:
        path.unlink()
        with pytest.raises(LogUnavailable, match="could not read the log"):
            actions_of(log)


# Writing.


def test_an_action_that_cannot_be_written_leaves_the_file_and_the_sequence_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with open_log(path, mode="x") as log:
        log.append(ONE)
        before = path.read_bytes()
        with pytest.raises(EncodeError):
            log.append(object())
        assert path.read_bytes() == before
        assert log.append(TWO) == 2


@pytest.mark.parametrize("mode", ["a", "x", "w"])
def test_a_full_disk_leaves_no_part_of_a_line_and_the_log_usable(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "a.jsonl"
    with open_log(path, mode) as log:  # type: ignore[arg-type]
        log.append(ONE)
        before = path.read_bytes()
        for room in (0, 1, 20, len(line(2, TWO)) - 1):
            with (
                no_file_larger_than(len(before) + room),
                pytest.raises(LogUnavailable, match="could not write the log"),
            ):
                log.append(TWO)
            assert path.read_bytes() == before
        assert log.append(TWO) == 2
        assert actions_of(log) == [ONE, TWO]


class Interrupted:
    """A file whose first write is interrupted when it is done, and the cutting off of what it wrote as well."""

    def __init__(self, file: Any) -> None:
        self.file = file
        self.left = 2

    def _interrupt(self) -> None:
        self.left -= 1
        if self.left >= 0:
            raise KeyboardInterrupt

    def write(self, data: bytes) -> int:
        written: int = self.file.write(data)
        self._interrupt()
        return written

    def truncate(self, size: int) -> None:
        self._interrupt()
        self.file.truncate(size)

    def fileno(self) -> int:
        number: int = self.file.fileno()
        return number

    def close(self) -> None:
        self.file.close()


def test_two_interrupts_in_a_row_leave_no_part_of_a_line_before_the_next(tmp_path: Path) -> None:
    storage = JsonLinesStorage(tmp_path / "a.jsonl", "x", created=AT)
    storage._file = cast(Any, Interrupted(storage._file))
    with pytest.raises(KeyboardInterrupt):
        storage.write(line(1, ONE), 1, 1)
    assert storage.last == 0
    storage.write(line(1, THREE), 1, 1)
    storage.close()
    assert (tmp_path / "a.jsonl").read_bytes() == header() + line(1, THREE)


def test_a_log_whose_header_finds_no_room_is_refused(tmp_path: Path) -> None:
    with no_file_larger_than(10), pytest.raises(LogUnavailable):
        open_log(tmp_path / "a.jsonl", mode="a")
    assert (tmp_path / "a.jsonl").read_bytes() == b""


def test_closing_twice_is_harmless_and_a_closed_log_takes_nothing(tmp_path: Path) -> None:
    log = open_log(tmp_path / "a.jsonl", mode="x")
    log.close()
    log.close()
    with pytest.raises(LogUnavailable, match="not open for writing"):
        log.append(ONE)
    assert actions_of(log) == []


def test_each_entry_can_be_read_from_outside_as_soon_as_append_returns(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with open_log(path, mode="x") as log, open_log(path) as outside:
        for number in range(1, 4):
            log.append(number)
            assert actions_of(outside, after=number - 1) == [number]


def test_several_threads_append_whole_lines_with_numbers_of_their_own(tmp_path: Path) -> None:
    start = threading.Barrier(8)
    numbers: list[int] = []
    with open_log(tmp_path / "a.jsonl", mode="x") as log:

        def write(thread: int) -> None:
            start.wait()
            for count in range(50):
                numbers.append(log.append([thread, count]))  # noqa: PERF401 - appends interleave

        threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        entries = [entry for entry in log.read() if isinstance(entry, ActionEntry)]
    assert sorted(numbers) == [entry.sequence for entry in entries] == list(range(1, 401))
    for number in range(8):
        assert [entry.action[1] for entry in entries if entry.action[0] == number] == list(range(50))
