"""From one file to another: what stays the same, and what is refused."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from socketstore import (
    DecodeError,
    FrameInEntry,
    LogCorrupted,
    LogUnavailable,
    LogVersionError,
    LogWarning,
    OpenedEntry,
    SnapshotEntry,
    UsageError,
    convert,
    open_log,
    repair,
)
from socketstore.log import converting
from socketstore.log.converting import foreign_entries
from socketstore.log.rotation import Rotation
from tests.log.bank import AmountDeposited, LetterReceived, header, line, written

HAR = Path(__file__).parent / "foreign" / "chrome.har"
UNKNOWN = b'{"kind":"postcard","sequence":5,"at":1.5,"from":"Oslo"}\n'
STRANGE = b'{"kind":"action","sequence":7,"at":2,"version":3,"action":{"type":"neverDefinedAnywhere","x":[1e3]}}\n'


def everything(path: Path) -> bytes:
    """Write a log with a gap, an unknown kind, an unknown action, and spaces, and return what is in it."""
    spaced = b'{ "sequence": 9, "kind": "note", "at": 3.0, "text": "by hand" }\n'
    content = header() + line(1, AmountDeposited(amount=1)) + line(2, {"any": "value"}) + UNKNOWN + STRANGE + spaced
    path.write_bytes(content)
    return content


def test_between_our_formats_nothing_changes_and_no_class_need_be_known(tmp_path: Path) -> None:
    content = everything(tmp_path / "a.jsonl")
    assert convert(tmp_path / "a.jsonl", tmp_path / "b.db") == 5
    assert convert(tmp_path / "b.db", tmp_path / "c.jsonl") == 5
    with open_log(tmp_path / "b.db") as log:
        assert [line.place for line in log.lines()] == [1, 2, 5, 7, 9]
    assert (tmp_path / "c.jsonl").read_bytes() == content
    assert (tmp_path / "a.jsonl").read_bytes() == content


def test_what_was_converted_can_be_read_and_goes_on_with_its_numbers(tmp_path: Path) -> None:
    written(tmp_path / "a.jsonl", *(AmountDeposited(amount=n) for n in range(1, 4)))
    convert(str(tmp_path / "a.jsonl"), str(tmp_path / "b.db"))
    with open_log(tmp_path / "b.db", mode="a") as log:
        assert [entry.action.amount for entry in log.read(1)] == [2, 3]  # type: ignore[union-attr]
        assert log.append(AmountDeposited(amount=4)) == 4


def test_many_entries_are_written_in_blocks_and_the_progress_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(converting, "CHUNK", 500)
    written(tmp_path / "a.jsonl", *(AmountDeposited(amount=n) for n in range(100)))
    told: list[tuple[int, int]] = []
    convert(tmp_path / "a.jsonl", tmp_path / "b.db", progress=lambda done, total: told.append((done, total)))
    assert len(told) > 10
    assert told == sorted(told)
    assert told[-1][0] <= told[-1][1] == (tmp_path / "a.jsonl").stat().st_size
    convert(tmp_path / "b.db", tmp_path / "c.jsonl")
    assert (tmp_path / "c.jsonl").read_bytes() == (tmp_path / "a.jsonl").read_bytes()


def test_a_log_of_several_files_becomes_one(tmp_path: Path) -> None:
    with open_log(tmp_path / "a.jsonl", mode="x", rotate=Rotation(max_bytes=500)) as log:
        for amount in range(20):
            log.append(AmountDeposited(amount=amount))
    assert len(list(tmp_path.iterdir())) > 3
    assert convert(tmp_path / "a.jsonl", tmp_path / "b.db") == 20
    convert(tmp_path / "b.db", tmp_path / "c.jsonl")
    texts = [path.read_bytes().splitlines() for path in sorted(tmp_path.glob("a*.jsonl"))]
    texts.append(texts.pop(0)) if texts[0][1] > texts[1][1] else None
    assert (tmp_path / "c.jsonl").read_bytes().splitlines()[1:] == [line for text in texts for line in text[1:]]


def test_a_compacted_log_stays_compacted(tmp_path: Path) -> None:
    with open_log(tmp_path / "a.jsonl", mode="x") as log:
        log.append(AmountDeposited(amount=1))
        log.write(SnapshotEntry(state=1))
        log.append(AmountDeposited(amount=2))
        log.compact()
    assert convert(tmp_path / "a.jsonl", tmp_path / "b.db") == 2
    convert(tmp_path / "b.db", tmp_path / "c.jsonl")
    assert (tmp_path / "c.jsonl").read_bytes() == (tmp_path / "a.jsonl").read_bytes()
    assert b'"first":2,"compacted":true' in (tmp_path / "c.jsonl").read_bytes()


def test_an_unfinished_end_is_left_out_with_a_warning(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(everything(tmp_path / "x.jsonl") + b'{"kind":"no')
    with pytest.warns(LogWarning, match="unfinished"):
        assert convert(tmp_path / "a.jsonl", tmp_path / "b.db") == 5


@pytest.mark.parametrize(
    "bad",
    [b"damage\n", b"[]\n", b'{"kind":"note"}\n', b'{"kind":"note","sequence":"2"}\n', b'{"kind":"x","sequence":1}\n'],
)
def test_damage_is_told_with_its_line_and_leaves_nothing_behind(tmp_path: Path, bad: bytes) -> None:
    (tmp_path / "a.jsonl").write_bytes(header() + line(1, {}) + bad)
    with pytest.raises(LogCorrupted, match=r"a\.jsonl, line 3: "):
        convert(tmp_path / "a.jsonl", tmp_path / "b.db")
    assert [path.name for path in tmp_path.iterdir()] == ["a.jsonl"]


def test_a_target_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    everything(tmp_path / "a.jsonl")
    (tmp_path / "b.db").write_text("mine")
    with pytest.raises(LogUnavailable, match=r"b\.db: it is there already; choose another name"):
        convert(tmp_path / "a.jsonl", tmp_path / "b.db")
    assert (tmp_path / "b.db").read_text() == "mine"
    with pytest.raises(LogUnavailable, match="there already"):
        convert(tmp_path / "a.jsonl", tmp_path / "a.jsonl")


def test_a_newer_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(header().replace(b'"version":2', b'"version":3'))
    with pytest.raises(LogVersionError):
        convert(tmp_path / "a.jsonl", tmp_path / "b.db")


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("b.txt", r"'b\.txt'; expected a name that ends in \.jsonl or \.db or \.har"),
        ("b.har", r"convert it to \.jsonl"),
    ],
)
def test_there_is_no_way_to_any_other_format(tmp_path: Path, target: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        convert(HAR, tmp_path / target)


def test_only_captures_can_be_put_together(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="only captures of cryptofeed"):
        convert(HAR, tmp_path / "b.db", beside=[HAR])


def test_a_log_is_no_recording_of_another_program(tmp_path: Path) -> None:
    everything(tmp_path / "a.jsonl")
    with pytest.raises(UsageError, match="is a log already"):
        list(foreign_entries(tmp_path / "a.jsonl"))


# What a file is, is told by what it begins with.


@pytest.mark.parametrize("name", ["session.har", "session.json", "session.log", "session"])
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "packed"])
def test_files_are_known_by_what_is_in_them(tmp_path: Path, name: str, packed: bool) -> None:
    content = HAR.read_bytes()
    (tmp_path / name).write_bytes(gzip.compress(content) if packed else content)
    told: list[tuple[int, int]] = []
    count = convert(tmp_path / name, tmp_path / "b.db", progress=lambda *progress: told.append(progress))
    assert count == len(list(foreign_entries(HAR)))
    assert told[-1] == ((tmp_path / name).stat().st_size,) * 2


def test_a_log_is_known_under_any_name(tmp_path: Path) -> None:
    content = everything(tmp_path / "old.txt")
    convert(tmp_path / "old.txt", tmp_path / "b.db")
    (tmp_path / "b.db").rename(tmp_path / "b.sqlite3")
    convert(tmp_path / "b.sqlite3", tmp_path / "c.jsonl")
    assert (tmp_path / "c.jsonl").read_bytes() == content


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"Dear diary", b"{", b"[]", b'{"a": 1}', b"\x89PNG", b"12: a list", b'{"log": 5']
)
def test_what_is_not_known_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "what.bin").write_bytes(content)
    with pytest.raises(DecodeError, match=r"what\.bin begins with .*; expected a log of socketstore"):
        convert(tmp_path / "what.bin", tmp_path / "b.db")
    assert not (tmp_path / "b.db").exists()


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(LogUnavailable, match=r"nothing\.har: No such file"):
        convert(tmp_path / "nothing.har", tmp_path / "b.db")


@pytest.mark.parametrize("name", ["old.jsonl", "old.db"])
def test_a_log_may_be_packed_as_well(tmp_path: Path, name: str) -> None:
    content = everything(tmp_path / "a.jsonl")
    convert(tmp_path / "a.jsonl", tmp_path / name)
    (tmp_path / f"{name}.gz").write_bytes(gzip.compress((tmp_path / name).read_bytes()))
    (tmp_path / name).unlink()
    convert(tmp_path / f"{name}.gz", tmp_path / "b.jsonl")
    assert (tmp_path / "b.jsonl").read_bytes() == content


def test_a_packed_log_that_is_cut_off_is_told_and_leaves_nothing_behind(tmp_path: Path) -> None:
    packed = gzip.compress(everything(tmp_path / "a.jsonl"))
    (tmp_path / "a.jsonl").unlink()
    (tmp_path / "a.jsonl.gz").write_bytes(packed[: len(packed) - 20])
    with pytest.raises(DecodeError, match=r"a\.jsonl\.gz is packed with gzip, and cannot be unpacked to its end"):
        convert(tmp_path / "a.jsonl.gz", tmp_path / "b.db")
    assert [path.name for path in tmp_path.iterdir()] == ["a.jsonl.gz"]


def test_a_packed_file_that_is_cut_off_is_told_and_leaves_nothing_behind(tmp_path: Path) -> None:
    text = "".join(f"{1600000000 + n}: {n} {n * 7919 % 104729}\n" for n in range(100_000))
    packed = gzip.compress(text.encode())
    (tmp_path / "FEED.ws.1.0.gz").write_bytes(packed[: len(packed) // 2])
    with pytest.raises(DecodeError, match="packed with gzip, and cannot be unpacked to its end"):
        convert(tmp_path / "FEED.ws.1.0.gz", tmp_path / "b.db")
    assert [path.name for path in tmp_path.iterdir()] == ["FEED.ws.1.0.gz"]


def test_secrets_in_messages_are_masked_as_when_recording(tmp_path: Path) -> None:
    message: dict[str, Any] = {"type": "send", "time": 1600000001.5, "opcode": 1, "data": '{"password": "hunter2"}'}
    entry = {
        "startedDateTime": "2020-09-13T12:26:40Z",
        "request": {"url": "wss://feed.example/ws", "headers": [{"name": "Authorization", "value": "hunter2"}]},
        "response": {"status": 101},
        "_webSocketMessages": [message],
    }
    (tmp_path / "a.har").write_text(json.dumps({"log": {"entries": [entry]}}))
    convert(tmp_path / "a.har", tmp_path / "a.jsonl")
    text = (tmp_path / "a.jsonl").read_text()
    assert "hunter2" not in text
    assert text.count("***") == 2


def test_the_entries_of_a_recording_are_numbered_in_the_log(tmp_path: Path) -> None:
    (tmp_path / "FEED.ws.1.0").write_text("wss://a.example <-> 1600000000.5\n1600000001.5: x\n")
    convert(tmp_path / "FEED.ws.1.0", tmp_path / "a.jsonl")
    with open_log(tmp_path / "a.jsonl") as log:
        assert list(log.read()) == [
            OpenedEntry(sequence=1, at=1600000000.5, connection="a.example", epoch=1, url="wss://a.example"),
            FrameInEntry(sequence=2, at=1600000001.5, connection="a.example", epoch=1, data="x"),
        ]


@pytest.mark.parametrize("make", [convert, repair])
def test_the_full_files_of_another_log_are_not_taken_for_parts_of_the_new_one(tmp_path: Path, make: Any) -> None:
    with open_log(tmp_path / "b.jsonl", "x", rotate=Rotation(max_bytes=1)) as log:
        log.append(1)
        log.append(2)
    (tmp_path / "b.jsonl").unlink()
    with pytest.raises(LogUnavailable, match=r"b\.000001\.jsonl exists, a part of it; choose another name"):
        make(written(tmp_path / "a.jsonl", AmountDeposited(amount=1)), tmp_path / "b.jsonl")
    assert not (tmp_path / "b.jsonl").exists()


@pytest.mark.parametrize("make", [convert, repair])
@pytest.mark.parametrize("target", ["b.jsonl", "b.db"])
def test_nobody_finds_the_half_of_a_new_log_whenever_the_program_is_killed(
    tmp_path: Path, make: Any, target: str
) -> None:
    found: set[str] = set()

    def look(_done: int, _total: int) -> None:
        found.update(path.name for path in tmp_path.iterdir())

    source = written(tmp_path / "a.jsonl", *(LetterReceived(text="x" * 400_000) for _ in range(10)))
    make(source, tmp_path / target, progress=look)
    assert found >= {"a.jsonl", target.replace(".", ".unfinished.")}
    assert target not in found
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.jsonl", target]


@pytest.mark.parametrize("make", [convert, repair])
@pytest.mark.parametrize("target", ["b.jsonl", "b.db"])
def test_what_a_killed_program_has_left_is_named_and_stays_as_it_is(tmp_path: Path, make: Any, target: str) -> None:
    source, left = (
        written(tmp_path / "a.jsonl", AmountDeposited(amount=1)),
        tmp_path / f"b.unfinished{Path(target).suffix}",
    )
    left.write_text("half")
    with pytest.raises(LogUnavailable, match=r"b\.unfinished\.(jsonl|db): it is there already"):
        make(source, tmp_path / target)
    assert left.read_text() == "half"
    assert not (tmp_path / target).exists()


def test_the_half_of_a_recording_of_another_program_is_not_found_either(tmp_path: Path) -> None:
    (tmp_path / "FEED.ws.1.0").write_text("wss://a.example <-> 1600000000.5\n" + "1600000001.5: x\n" * 3_000)
    found: list[bool] = []
    convert(tmp_path / "FEED.ws.1.0", tmp_path / "a.db", progress=lambda *_: found.append((tmp_path / "a.db").exists()))
    assert found
    assert not any(found)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["FEED.ws.1.0", "a.db"]


def test_a_target_in_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LogUnavailable, match="Not a directory"):
        convert(written(tmp_path / "a.jsonl", AmountDeposited(amount=1)), tmp_path / "file" / "b.jsonl")
