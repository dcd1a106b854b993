"""Damage of every kind, in either format: it is told as what it is, and repaired as far as can be."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from socketstore import LogCorrupted, LogError, LogVersionError, SnapshotEntry, convert, open_log, repair
from socketstore.errors import SocketstoreError

pytestmark = pytest.mark.filterwarnings("ignore:.*(unfinished entry|is unfinished)")
COUNT = 302


def session(path: Path) -> Path:
    with open_log(path, "x", clock=lambda: 1.0) as log:
        for number in range(COUNT - 2):
            log.append({"number": number, "text": "x" * 50})
        log.write(SnapshotEntry(state=[1, 2]))
        log.append("the last one")
    return path


def read(path: Path) -> None:
    with open_log(path) as log:
        assert len(list(log.read())) <= COUNT
        list(log.lines(after=50))


def append(path: Path) -> None:
    with open_log(path, "a") as log:
        log.append(1)
        log.flush()
        log.append(2)


def compact(path: Path) -> None:
    with open_log(path, "a") as log:
        log.compact()


def uses(path: Path) -> Iterator[Callable[[], object]]:
    yield lambda: read(path)
    yield lambda: convert(path, path.with_name("converted.jsonl"))
    yield lambda: convert(path, path.with_name("converted.db"))
    yield lambda: repair(path, path.with_name("repaired.jsonl"))
    yield lambda: repair(path, path.with_name("repaired.db"))
    yield lambda: append(path)
    yield lambda: compact(path)


def damaged(content: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(content))
    match chance.choice(["bits", "cut", "zeros", "more"]):
        case "bits":
            changed = bytearray(content)
            for _ in range(chance.choice([1, 1, 3, 40])):
                changed[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
            return bytes(changed)
        case "cut":
            return content[:place]
        case "zeros":
            return (content[:place] + bytes(4096) + content[place + 4096 :])[: len(content)]
        case _:
            return content[:place] + b"gar\nbage" + content[place:]


def break_it_at_random(folder: Path, suffix: str, seeds: range) -> None:
    content = session(folder / f"whole{suffix}").read_bytes()
    for seed in seeds:
        place = folder / str(seed)
        place.mkdir()
        path = place / f"a{suffix}"
        path.write_bytes(damaged(content, random.Random(seed)))  # noqa: S311 - chance, no secret
        for use in uses(path):
            with suppress(SocketstoreError):
                use()


@pytest.mark.parametrize("suffix", [".jsonl", ".db"])
def test_whatever_is_damaged_is_told_by_an_error_of_ours(tmp_path: Path, suffix: str) -> None:
    break_it_at_random(tmp_path, suffix, range(12))


@pytest.mark.long
@pytest.mark.parametrize("suffix", [".jsonl", ".db"])
def test_whatever_is_damaged_is_told_by_an_error_of_ours_often(tmp_path: Path, suffix: str) -> None:
    break_it_at_random(tmp_path, suffix, range(1_000, 1_700))


def changed(path: Path, statements: str) -> Path:
    with closing(sqlite3.connect(session(path))) as database:
        database.executescript(statements)
    return path


@pytest.mark.parametrize(
    "statements",
    [
        "DELETE FROM meta",
        "DELETE FROM meta WHERE key = 'version'",
        "UPDATE meta SET value = 'x' WHERE key = 'first'",
        "UPDATE meta SET value = -5 WHERE key = 'first'",
        "UPDATE meta SET value = NULL WHERE key = 'created'",
        "UPDATE meta SET value = CAST(x'ff' AS TEXT) WHERE key = 'format'",
        "DROP TABLE meta",
        "UPDATE blocks SET last = first - 1",
        "UPDATE blocks SET last = 'x'",
        "UPDATE blocks SET lines = CAST(lines AS TEXT)",
    ],
)
def test_a_database_that_is_not_as_it_was_made_is_damaged_and_can_be_repaired(tmp_path: Path, statements: str) -> None:
    path = changed(tmp_path / "a.db", statements)
    with pytest.raises(LogCorrupted):
        read(path)
    assert repair(path, tmp_path / "b.db").kept == COUNT


@pytest.mark.parametrize("statements", ["UPDATE blocks SET lines = 5", "UPDATE blocks SET lines = x''"])
def test_blocks_that_hold_nothing_are_damage(tmp_path: Path, statements: str) -> None:
    path = changed(tmp_path / "a.db", statements)
    for use in (lambda: read(path), lambda: repair(path, tmp_path / "b.db"), lambda: compact(path)):
        with pytest.raises(LogCorrupted):
            use()


def test_a_database_whose_meta_is_of_a_newer_version_is_not_read(tmp_path: Path) -> None:
    path = changed(tmp_path / "a.db", "UPDATE meta SET value = 9 WHERE key = 'version'")
    with pytest.raises(LogVersionError, match="Upgrade socketstore"):
        read(path)


def test_a_damaged_view_does_not_hide_the_entries_from_repair(tmp_path: Path) -> None:
    path = session(tmp_path / "a.db")
    content = path.read_bytes()
    assert content.count(b"FROM blocks, json_each(") == 1
    path.write_bytes(content.replace(b"FROM blocks, json_each(", b"FROM blocks, json_each)"))
    with pytest.raises(LogCorrupted):
        read(path)
    assert repair(path, tmp_path / "b.db").kept == COUNT


def test_a_log_that_cannot_be_begun_is_let_go_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = session(tmp_path / "a.db")

    def refuse(descriptor: int) -> None:
        raise OSError(5, "Input/output error", descriptor)

    with monkeypatch.context() as patched:
        patched.setattr("socketstore.log.sqlite.sync_file", refuse)
        with pytest.raises(LogError):
            open_log(path, "a")
    append(path)


def with_number(path: Path, number: int, other: int) -> Path:
    content = session(path).read_bytes()
    old, new = b'"sequence":%d,' % number, b'"sequence":%d,' % other
    assert content.count(old) == 1
    path.write_bytes(content.replace(old, new))
    return path


@pytest.mark.parametrize(("number", "other"), [(1, 7), (12, 92), (12, 2), (150, 950), (COUNT - 1, 10**30)])
@pytest.mark.parametrize("suffix", [".jsonl", ".db"])
def test_one_damaged_number_costs_one_entry(tmp_path: Path, number: int, other: int, suffix: str) -> None:
    path = with_number(tmp_path / "a.jsonl", number, other)
    repaired = repair(path, tmp_path / f"b{suffix}")
    assert (repaired.kept, repaired.lost) == (COUNT - 1, 1)
    assert [damage.place for damage in repaired.places] == [number + 1]
    with open_log(tmp_path / f"b{suffix}") as log:
        assert [entry.sequence for entry in log.read()] == [one for one in range(1, COUNT + 1) if one != number]


def test_entries_behind_gaps_are_kept(tmp_path: Path) -> None:
    path = session(tmp_path / "a.jsonl")
    header, *lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(header + b"".join(lines[20:60:3]))
    assert (repair(path, tmp_path / "b.db").kept, repair(path, tmp_path / "b.jsonl").lost) == (14, 0)


@pytest.mark.parametrize("suffix", [".jsonl", ".db"])
def test_a_number_beyond_all_is_damage_when_converting(tmp_path: Path, suffix: str) -> None:
    path = with_number(tmp_path / "a.jsonl", COUNT, 10**30)
    with pytest.raises(LogCorrupted, match=r"a\.jsonl, line 303: got the number 1000"):
        convert(path, tmp_path / f"b{suffix}")
    assert [other.name for other in tmp_path.iterdir()] == ["a.jsonl"]
