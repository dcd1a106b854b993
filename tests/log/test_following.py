"""Reading on: what is there, what comes from this program and from others, and how one stops."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import multiprocessing
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from socketstore import Entry, Log, LogCorrupted, LogUnavailable, Rotation, open_log
from socketstore.log.entries import SnapshotEntry
from socketstore.log.following import AT_ONCE, INTERVAL, Bell, Following
from socketstore.testing import in_virtual_time
from tests.log.bank import actions_of, line
from tests.log.readers import append_when_asked

processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(["tests.log.readers"])

FORMATS = pytest.mark.parametrize("suffix", ["jsonl", "db"])


async def taken(following: Following, count: int) -> list[Any]:
    return [getattr(await anext(following), "action", None) for _ in range(count)]


async def is_waiting(following: Following) -> bool:
    """Tell whether nothing comes; in virtual time this takes none."""
    try:
        await asyncio.wait_for(anext(following), 10 * INTERVAL)
    except TimeoutError:
        return True
    return False


@FORMATS
@in_virtual_time
async def test_what_is_there_comes_first_and_then_what_is_appended(
    suffix: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with open_log(tmp_path_factory.mktemp("a") / f"a.{suffix}", "x") as log:
        log.append("a")
        log.append("b")
        following = log.follow()
        assert await taken(following, 2) == ["a", "b"]
        assert await is_waiting(following)
        log.append("c")
        assert await taken(following, 1) == ["c"]
        assert await taken(log.follow(after=1), 2) == ["b", "c"]


@FORMATS
@pytest.mark.parametrize("durability", ["os", "batch"])
@in_virtual_time
async def test_what_this_log_appends_comes_at_once(
    suffix: str, durability: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    loop = asyncio.get_running_loop()
    with open_log(tmp_path_factory.mktemp("a") / f"a.{suffix}", "x", durability=durability) as log:
        following = log.follow()
        for number in range(5):
            coming = asyncio.create_task(taken(following, 1))
            await asyncio.sleep(0)
            before = loop.time()
            log.append(number)
            assert await coming == [number]
            assert loop.time() == before


@FORMATS
@in_virtual_time
async def test_what_another_log_appends_comes_after_a_moment(
    suffix: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("a") / f"a.{suffix}"
    loop = asyncio.get_running_loop()
    with open_log(path, "x", durability="os") as log, open_log(path) as reader:
        following = reader.follow()
        for number in range(5):
            coming = asyncio.create_task(taken(following, 1))
            await asyncio.sleep(1.01 * INTERVAL)
            before = loop.time()
            log.append(number)
            assert await coming == [number]
            assert 0 < loop.time() - before < 1.1 * INTERVAL


@FORMATS
async def test_what_another_process_appends_comes(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    open_log(path, "x").close()
    ours, theirs = processes.Pipe()
    process = processes.Process(target=append_when_asked, args=(path, theirs))
    process.start()
    with open_log(path) as log:
        following = log.follow()
        for number in range(1, 6):
            ours.send("append")
            assert await taken(following, 1) == [number]
    ours.send("end")
    process.join()
    assert process.exitcode == 0


@FORMATS
@in_virtual_time
async def test_it_goes_on_while_the_log_goes_on_in_new_files(
    suffix: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("a") / f"a.{suffix}"
    with open_log(path, "x", rotate=Rotation(max_bytes=1), durability="os") as log, open_log(path) as reader:
        following, slow = reader.follow(), reader.follow()
        for number in range(30):
            log.append(number)
            assert await taken(following, 1) == [number]
            if number % 5 == 4:
                assert await taken(slow, 5) == list(range(number - 4, number + 1))


@FORMATS
@in_virtual_time
async def test_it_goes_on_when_what_it_has_read_is_dropped(
    suffix: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("a") / f"a.{suffix}"
    with open_log(path, "x", durability="os") as log, open_log(path) as reader:
        for number in range(5):
            log.append(number)
        behind, following = reader.follow(), reader.follow()
        assert await taken(behind, 1) == [0]
        await is_waiting(behind)
        assert await taken(following, 5) == [0, 1, 2, 3, 4]
        log.write(SnapshotEntry(state=5))
        log.append("after it")
        log.compact()
        assert await taken(following, 2) == [None, "after it"]


@in_virtual_time
async def test_it_is_told_when_what_was_to_come_next_is_dropped(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("a") / "a.jsonl"
    with open_log(path, "x", rotate=Rotation(max_bytes=1)) as log, open_log(path) as reader:
        log.append("first")
        following = reader.follow()
        assert await taken(following, 1) == ["first"]
        log.append("dropped")
        log.write(SnapshotEntry(state=5))
        log.compact()
        with pytest.raises(LogUnavailable, match="entries 2 to 2 were dropped"):
            await anext(following)


async def test_to_cancel_it_loses_nothing(tmp_path: Path) -> None:
    with open_log(tmp_path / "a.jsonl", "x") as log:
        following = log.follow()
        read = []
        for number in range(50):
            waiting = asyncio.create_task(taken(following, 1))
            for _ in range(number % 4):
                await asyncio.sleep(0)
            waiting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                read.extend(await waiting)
            log.append(number)
        read.extend(await taken(following, 50 - len(read)))
        assert read == list(range(50))
        assert log._bell.listeners == ()


@FORMATS
async def test_it_ends_when_the_log_was_closed_and_all_was_read(tmp_path: Path, suffix: str) -> None:
    with open_log(tmp_path / f"a.{suffix}", "x") as log:
        log.append("a")
        following = log.follow()
        waiting = asyncio.create_task(everything(following))
        await asyncio.sleep(0)
        log.append("b")
    assert await waiting == ["a", "b"]


async def everything(following: Following) -> list[Any]:
    return [getattr(entry, "action", None) async for entry in following]


async def test_who_stops_reading_leaves_nothing_behind(tmp_path: Path) -> None:
    with open_log(tmp_path / "a.jsonl", "x") as log:
        for number in range(3):
            log.append(number)
        async for entry in log.follow():
            if entry.sequence == 2:
                break
        gc.collect()
        assert log._bell.listeners == ()


async def test_others_in_the_loop_get_their_turn(tmp_path: Path) -> None:
    with open_log(tmp_path / "a.jsonl", "x") as log:
        for number in range(3 * AT_ONCE):
            log.append(number)
        turns = 0

        async def other() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        task = asyncio.create_task(other())
        await taken(log.follow(), 3 * AT_ONCE)
        task.cancel()
        assert turns == 3


async def test_appends_from_other_threads_come_at_once_and_in_order(tmp_path: Path) -> None:
    with open_log(tmp_path / "a.jsonl", "x") as log:
        thread = threading.Thread(target=append_many, args=(log, 500))
        following = log.follow()
        thread.start()
        assert await taken(following, 500) == list(range(500))
        thread.join()


def append_many(log: Log, count: int) -> None:
    for number in range(count):
        log.append(number)


def test_a_log_may_outlive_the_loop_in_which_it_was_followed(tmp_path: Path) -> None:
    with open_log(tmp_path / "a.jsonl", "x") as log:
        following = log.follow()
        loop = asyncio.new_event_loop()
        waiting = loop.create_task(anext(following))  # type: ignore[arg-type]
        loop.run_until_complete(asyncio.sleep(0))
        for task in asyncio.all_tasks(loop):
            task._log_destroy_pending = False  # type: ignore[attr-defined]
        loop.close()
        log.append("a")
        del waiting
        assert actions_of(log) == ["a"]


@in_virtual_time
async def test_half_a_line_is_waited_for_without_a_warning(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("a") / "a.jsonl"
    open_log(path, "x").close()
    text = line(1, "whole")
    with open_log(path) as log, path.open("ab", buffering=0) as file:
        following = log.follow()
        for half in (text[:20], text[20:-1]):
            assert await is_waiting(following)
            file.write(half)
        file.write(text[-1:])
        assert await taken(following, 1) == ["whole"]


async def test_damage_is_told_each_time_it_is_asked(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with open_log(path, "x") as log:
        log.append("a")
    with path.open("ab") as file:
        file.write(b"damage\n")
    with open_log(path) as log:
        following = log.follow()
        assert await taken(following, 1) == ["a"]
        for _ in range(2):
            with pytest.raises(LogCorrupted, match="line 3"):
                await anext(following)


@in_virtual_time
async def test_it_looks_once_after_each_ring_and_once_in_an_interval() -> None:
    looks = 0

    def nothing(_: int) -> Iterator[Entry]:
        nonlocal looks
        looks += 1
        return iter(())

    bell = Bell()
    waiting = asyncio.create_task(anext(Following(nothing, bell, 0)))
    await asyncio.sleep(0.5 * INTERVAL)
    bell.ring()
    await asyncio.sleep(10.2 * INTERVAL)
    waiting.cancel()
    assert looks == 12


def test_a_bell_without_listeners_rings_in_silence() -> None:
    bell = Bell()
    heard = []
    bell.ring()
    with bell.heard_by(lambda: heard.append("once")):
        bell.ring()
    bell.remove()
    assert heard == ["once"]
    assert bell.removed


@FORMATS
@in_virtual_time
async def test_it_is_told_when_the_log_was_begun_anew(suffix: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("a") / f"a.{suffix}"
    with open_log(path, "x", clock=lambda: 1.0) as log:
        for number in range(3):
            log.append(number)
    following, reading = open_log(path).follow(), open_log(path)
    assert await taken(following, 3) == [0, 1, 2]
    assert await is_waiting(following)
    assert actions_of(reading) == [0, 1, 2]
    with open_log(path, "w", clock=lambda: 2.0) as log:
        for number in range(10, 20):
            log.append(number)
    with pytest.raises(LogUnavailable, match="begun anew while it was read; read it again from its beginning"):
        await anext(following)
    assert actions_of(reading) == list(range(10, 20))


@in_virtual_time
async def test_a_file_that_is_just_begun_anew_is_waited_for(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("a") / "a.jsonl"
    with open_log(path, "x", clock=lambda: 1.0) as log:
        for number in range(3):
            log.append(number)
    following = open_log(path).follow()
    assert await taken(following, 3) == [0, 1, 2]
    path.write_bytes(b"")  # mode="w", before it writes the header
    assert await is_waiting(following)
    with open_log(path, "a", clock=lambda: 2.0) as log:
        for number in range(10, 20):
            log.append(number)
    with pytest.raises(LogUnavailable, match="begun anew while it was read"):
        await anext(following)


@FORMATS
@in_virtual_time
async def test_it_is_told_so_as_well_when_others_have_read_the_new_log(
    suffix: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("a") / f"a.{suffix}"
    with open_log(path, "x", clock=lambda: 1.0) as log:
        for number in range(3):
            log.append(number)
    reading = open_log(path)
    following = reading.follow()
    assert await taken(following, 3) == [0, 1, 2]
    with open_log(path, "w", clock=lambda: 2.0) as log:
        for number in range(10, 20):
            log.append(number)
    assert await taken(reading.follow(), 10) == actions_of(reading) == list(range(10, 20))
    with pytest.raises(LogUnavailable, match="begun anew while it was read"):
        await anext(following)
