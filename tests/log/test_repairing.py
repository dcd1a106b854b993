"""Damaged logs: everything whole is kept, in its order and under its number, and what is lost is told."""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socketstore import LogCorrupted, LogUnavailable, LogVersionError, LogWarning, UsageError, open_log, repair
from tests.log.bank import AmountDeposited, LetterReceived, actions_of, header, line, written

ACTIONS = [AmountDeposited(amount=number) for number in range(1, 7)]
LINES = [line(number, action) for number, action in enumerate(ACTIONS, start=1)]
SUFFIXES = pytest.mark.parametrize("suffix", [".jsonl", ".db"])
BOTH = pytest.mark.parametrize(("source", "target"), list(itertools.product(["a.jsonl", "a.db"], ["b.jsonl", "b.db"])))


def numbers_of(path: Path) -> list[int]:
    with open_log(path) as log:
        return [entry.sequence for entry in log.read()]


def damaged_lines(path: Path, *lines: bytes) -> Path:
    path.write_bytes(b"".join(lines))
    return path


def test_why_an_entry_is_lost_is_told_in_words(tmp_path: Path) -> None:
    wrong = b'{"kind":"closed","sequence":2,"at":1.0,"connection":"default","code":"x","clean":5}\n'
    source = damaged_lines(tmp_path / "a.jsonl", header(), LINES[0], wrong, LINES[2])
    (place,) = repair(source, tmp_path / "b.jsonl").places
    assert place.problem == ("code='x': Input should be a valid integer; clean=5: Input should be a valid boolean")


@BOTH
def test_a_log_without_damage_is_copied(tmp_path: Path, source: str, target: str) -> None:
    before = written(tmp_path / source, *ACTIONS)
    repaired = repair(before, tmp_path / target)
    assert (repaired.kept, repaired.lost, repaired.places) == (6, 0, ())
    with open_log(before) as log, open_log(tmp_path / target) as copy:
        assert list(copy.read()) == list(log.read())


@SUFFIXES
@pytest.mark.parametrize(
    "damage",
    [
        b"damage\n",
        bytes(100) + b"\n",
        b"\n",
        b"[1]\n",
        b'{"kind":"action","sequence":3,"at":1.0}\n',
        b'{"kind":"frameIn","sequence":3,"at":1.0}\n',
        b'{"kind":"value","sequence":3,"at":1.0}\n',
        b'{"kind":"action","sequence":"3","at":1.0,"action":{}}\n',
        LINES[2][:-9] + b"\n",
        LINES[1],
    ],
)
def test_what_is_whole_is_kept_under_its_number_and_what_is_lost_is_told(
    tmp_path: Path, suffix: str, damage: bytes
) -> None:
    source = damaged_lines(tmp_path / "a.jsonl", header(), LINES[0], LINES[1], damage, *LINES[3:])
    before = source.read_bytes()
    repaired = repair(source, (tmp_path / "b").with_suffix(suffix))
    assert (repaired.kept, repaired.lost) == (5, 1)
    (place,) = repaired.places
    assert (place.path, place.place, place.until, place.after, place.lost) == (source, 4, 4, 2, 1)
    assert place.problem
    assert numbers_of((tmp_path / "b").with_suffix(suffix)) == [1, 2, 4, 5, 6]
    assert source.read_bytes() == before


def test_damaged_lines_side_by_side_are_one_place_and_its_loss_is_told_by_the_numbers(tmp_path: Path) -> None:
    source = damaged_lines(tmp_path / "a.jsonl", header(), LINES[0], b"x\n", b"y\n", LINES[5])
    (place,) = repair(source, tmp_path / "b.jsonl").places
    assert (place.place, place.until, place.after, place.lost) == (3, 4, 1, 4)


def test_what_was_taken_out_by_hand_is_no_loss(tmp_path: Path) -> None:
    source = damaged_lines(tmp_path / "a.jsonl", header(), LINES[0], LINES[5])
    repaired = repair(source, tmp_path / "b.db")
    assert (repaired.kept, repaired.lost) == (2, 0)
    assert numbers_of(tmp_path / "b.db") == [1, 6]


def test_a_log_without_its_header_gets_one(tmp_path: Path) -> None:
    source = damaged_lines(tmp_path / "a.jsonl", b"damage\n", *LINES)
    repaired = repair(source, tmp_path / "b.jsonl")
    assert (repaired.kept, repaired.lost) == (6, 1)
    source = damaged_lines(tmp_path / "a.jsonl", *LINES)
    assert repair(source, tmp_path / "c.jsonl").lost == 0
    assert numbers_of(tmp_path / "b.jsonl") == numbers_of(tmp_path / "c.jsonl") == [1, 2, 3, 4, 5, 6]


def test_a_torn_end_is_a_loss_and_one_that_lacks_only_its_line_end_is_none(tmp_path: Path) -> None:
    source = damaged_lines(tmp_path / "a.jsonl", header(), *LINES[:2], LINES[2][:-2])
    assert repair(source, tmp_path / "b.jsonl").lost == 1
    source = damaged_lines(tmp_path / "a.jsonl", header(), *LINES[:2], LINES[2][:-1])
    assert repair(source, tmp_path / "c.jsonl").lost == 0


def test_what_was_repaired_can_be_continued(tmp_path: Path) -> None:
    source = damaged_lines(tmp_path / "a.jsonl", header(), *LINES[:2], b"damage\n")
    repair(source, tmp_path / "b.jsonl")
    with open_log(tmp_path / "b.jsonl", mode="a") as log:
        assert log.append(ACTIONS[2]) == 3
        assert actions_of(log) == ACTIONS[:3]


def test_actions_whose_classes_are_not_known_are_kept(tmp_path: Path) -> None:
    source = damaged_lines(
        tmp_path / "a.jsonl", header(), LINES[0].replace(b"amountDeposited", b"amountForgotten"), b"damage\n"
    )
    assert repair(source, tmp_path / "b.jsonl").kept == 1


def test_a_file_without_an_entry_that_can_be_read_is_refused_and_nothing_is_made(tmp_path: Path) -> None:
    source = damaged_lines(tmp_path / "a.jsonl", b"Dear diary,\n")
    with pytest.raises(LogCorrupted, match=r"a\.jsonl holds no entry that can be read, at 1: ") as caught:
        repair(source, tmp_path / "b.jsonl")
    assert caught.value.line == 1
    assert [path.name for path in tmp_path.iterdir()] == ["a.jsonl"]


def test_nothing_that_is_there_is_written_over(tmp_path: Path) -> None:
    source, target = written(tmp_path / "a.jsonl", *ACTIONS), written(tmp_path / "b.jsonl")
    before = source.read_bytes(), target.read_bytes()
    for other in (target, source):
        with pytest.raises(LogUnavailable, match="choose another name"):
            repair(source, other)
    assert (source.read_bytes(), target.read_bytes()) == before


def test_what_cannot_be_read_at_all_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LogUnavailable, match="check the path"):
        repair(tmp_path / "absent.jsonl", tmp_path / "b.jsonl")
    with pytest.raises(UsageError, match=r"expected a name that ends in \.jsonl"):
        repair(tmp_path / "a.txt", tmp_path / "b.jsonl")
    newer = damaged_lines(tmp_path / "a.jsonl", header().replace(b'"version":2', b'"version":9'), *LINES)
    with pytest.raises(LogVersionError):
        repair(newer, tmp_path / "b.jsonl")


def test_progress_is_told_in_bytes(tmp_path: Path) -> None:
    source = written(tmp_path / "a.jsonl", *(LetterReceived(text="x" * 400_000) for _ in range(10)))
    told: list[tuple[int, int]] = []
    repair(source, tmp_path / "b.jsonl", progress=lambda done, total: told.append((done, total)))
    assert len(told) > 2
    assert all(done <= total == source.stat().st_size for done, total in told)
    assert told == sorted(told)


def test_an_error_in_the_middle_leaves_no_half_target(tmp_path: Path) -> None:
    def interrupted(done: int, total: int) -> None:
        raise KeyboardInterrupt

    source = written(tmp_path / "a.jsonl", *(LetterReceived(text="x" * 400_000) for _ in range(10)))
    with pytest.raises(KeyboardInterrupt):
        repair(source, tmp_path / "b.db", progress=interrupted)
    assert [path.name for path in tmp_path.iterdir()] == ["a.jsonl"]


# Databases: SQLite gives up at a damaged page; what stands in the others is found.

MANY = 3_000
PAGE = 4096


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("whole") / "a.db"
    with open_log(path, mode="x", durability="os") as log:
        for number in range(1, MANY + 1):
            log.append(AmountDeposited(amount=number))
    return path.read_bytes()


@given(st.data())
def test_a_database_with_a_damaged_page_keeps_the_others(
    database: bytes, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    page = data.draw(st.integers(5, len(database) // PAGE - 1))  # before them stand the tables
    noise = data.draw(st.sampled_from([bytes(PAGE), b"\xff" * PAGE, b"noise   " * (PAGE // 8)]))
    source = folder / "a.db"
    source.write_bytes(database[: page * PAGE] + noise + database[(page + 1) * PAGE :])
    before = source.read_bytes()
    try:
        repaired = repair(source, folder / "b.jsonl")
    except LogCorrupted:
        assert page < 8  # the root of the table: nothing is found below it
        return
    assert source.read_bytes() == before
    with open_log(folder / "b.jsonl") as log:
        kept = [(entry.sequence, entry.action) for entry in log.read()]  # type: ignore[union-attr]
    assert [action.amount for _, action in kept] == [number for number, _ in kept]
    assert kept == sorted(set(kept), key=lambda pair: pair[0])
    assert len(kept) == repaired.kept >= MANY * 0.9


@pytest.mark.parametrize(("missing", "told"), [(1, True), (100, True), (PAGE, False), (10 * PAGE + 7, False)])
def test_a_database_that_was_copied_in_part_keeps_what_there_is(
    tmp_path: Path, database: bytes, missing: int, *, told: bool
) -> None:
    source = tmp_path / "a.db"
    source.write_bytes(database[:-missing])
    repaired = repair(source, tmp_path / "b.db")
    assert numbers_of(tmp_path / "b.db") == list(range(1, repaired.kept + 1))
    assert MANY // 2 < repaired.kept < MANY
    assert (repaired.places[0].place, repaired.places[0].after) == (repaired.kept + 1, repaired.kept)
    assert (repaired.kept + repaired.lost == MANY) is told  # or not even that can be read


@given(data=st.data())
def test_wherever_a_database_ends_nothing_that_is_there_is_lost_or_made_up(
    database: bytes, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("short")
    source = folder / "a.db"
    source.write_bytes(database[: data.draw(st.integers(3 * PAGE, len(database) - 1))])
    whole = source.read_bytes().count(b'"kind":"action"')
    try:
        repaired = repair(source, folder / "b.jsonl")
    except LogCorrupted:
        assert whole < MANY // 2
        return
    assert numbers_of(folder / "b.jsonl") == list(range(1, repaired.kept + 1))
    assert repaired.lost


def test_a_damaged_line_in_a_database_is_told_by_its_entry(tmp_path: Path, database: bytes) -> None:
    source = tmp_path / "a.db"
    source.write_bytes(database.replace(b'"amount":1234}', b'"amount":\x00\x00\x00\x00}'))
    with open_log(source) as log, pytest.raises(LogCorrupted, match="1234"):
        actions_of(log)
    repaired = repair(source, tmp_path / "b.db")
    assert (repaired.kept, repaired.lost) == (MANY - 1, 1)
    (place,) = repaired.places
    assert (place.place, place.after, place.lost) == (1234, 1233, 1)


def test_a_log_in_several_files_is_repaired_into_one(tmp_path: Path) -> None:
    damaged_lines(tmp_path / "a.000001.jsonl", header(), *LINES[:2], b"damage\n")
    damaged_lines(tmp_path / "a.jsonl", header().replace(b"}", b',"first":4}'), *LINES[3:])
    repaired = repair(tmp_path / "a.jsonl", tmp_path / "b.jsonl")
    assert (repaired.kept, repaired.lost) == (5, 1)
    assert [place.path.name for place in repaired.places] == ["a.000001.jsonl"]
    assert numbers_of(tmp_path / "b.jsonl") == [1, 2, 4, 5, 6]


@SUFFIXES
def test_what_a_rotation_that_was_stopped_has_left_in_two_files_is_no_loss(tmp_path: Path, suffix: str) -> None:
    path = written(tmp_path / f"a{suffix}", *ACTIONS[:4])
    shutil.copy(path, tmp_path / f"a.000001{suffix}")
    with open_log(path, "a") as log:
        log.append(ACTIONS[4])
    repaired = repair(path, tmp_path / "b.jsonl")
    assert (repaired.kept, repaired.lost, repaired.places) == (5, 0, ())
    assert numbers_of(tmp_path / "b.jsonl") == [1, 2, 3, 4, 5]


def test_the_copy_of_a_rotation_that_was_stopped_gives_what_is_damaged_in_the_other_file(tmp_path: Path) -> None:
    path = damaged_lines(tmp_path / "a.jsonl", header(), *LINES[:2], b"damage\n", *LINES[3:])
    damaged_lines(tmp_path / "a.000001.jsonl", header(), *LINES[:4])
    repaired = repair(path, tmp_path / "b.jsonl")
    assert (repaired.kept, [place.path for place in repaired.places]) == (6, [path])
    assert numbers_of(tmp_path / "b.jsonl") == [1, 2, 3, 4, 5, 6]


def test_the_warnings_of_a_torn_end_are_not_needed_to_know_of_it(tmp_path: Path) -> None:
    source = damaged_lines(tmp_path / "a.jsonl", header(), *LINES[:2], LINES[2][:-5])
    (place,) = repair(source, tmp_path / "b.jsonl").places
    assert (place.place, place.after) == (4, 2)
    with open_log(source) as log, pytest.warns(LogWarning):
        assert len(actions_of(log)) == 2
