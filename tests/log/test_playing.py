"""A log played into a live store, in virtual time."""

from __future__ import annotations

import asyncio
import math
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from socketstore import (
    ActionEntry,
    FrameInEntry,
    Log,
    LogWarning,
    MessageRejected,
    Playback,
    SnapshotEntry,
    Store,
    UsageError,
    open_log,
    play,
)
from socketstore.log.states import state_to_json
from socketstore.testing import in_virtual_time
from tests.log.ledger import CoinAdded, CoinStolen, Purse, PurseEmpty, coins, filled, purse
from tests.sockets.peers import rounds


class Heard:
    """A store that remembers when, by the clock of the loop, it was told what."""

    def __init__(self) -> None:
        self.store = Store(lambda state, action: (*state, action), ())
        self.times: list[float] = []
        self.store.subscribe(lambda _: self.times.append(round(asyncio.get_running_loop().time(), 6)))


@pytest.fixture
def log(socketstore_log: Log) -> Log:
    """Recorded at the seconds 100, 101, 111, 111 and 112."""
    for at, word in zip((100.0, 101.0, 111.0, 111.0, 112.0), "abcde", strict=True):
        socketstore_log.write(ActionEntry(0, at, word))
    return socketstore_log


@in_virtual_time
async def test_actions_are_dispatched_at_the_intervals_of_the_recording(log: Log) -> None:
    heard = Heard()
    assert await play(log, heard.store) == 5
    assert heard.store.state == tuple("abcde")
    assert heard.times == [0, 1, 11, 11, 12]


@in_virtual_time
@pytest.mark.parametrize(
    ("arguments", "times"),
    [
        ({"speed": 2}, [0, 0.5, 5.5, 5.5, 6]),
        ({"speed": 0.5}, [0, 2, 22, 22, 24]),
        ({"speed": math.inf}, [0, 0, 0, 0, 0]),
        ({"max_gap": 3}, [0, 1, 4, 4, 5]),
        ({"max_gap": 3, "speed": 2}, [0, 0.5, 2, 2, 2.5]),
        ({"max_gap": 0}, [0, 0, 0, 0, 0]),
        ({"until": 3}, [0, 1, 11]),
    ],
    ids=str,
)
async def test_it_may_be_faster_or_slower_and_need_not_wait_long(
    log: Log, arguments: dict[str, Any], times: list[float]
) -> None:
    heard = Heard()
    await play(log, heard.store, **arguments)
    assert heard.times == times


@in_virtual_time
async def test_what_takes_time_itself_delays_nothing_that_comes_later(log: Log) -> None:
    heard = Heard()
    playback = Playback(log, heard.store)
    playing = asyncio.ensure_future(playback.run())
    await asyncio.sleep(0.3)
    assert (playback.position, playback.played) == (1, 1)
    await playing
    assert heard.times == [0, 1, 11, 11, 12]
    assert (playback.position, playback.played) == (5, 5)


@in_virtual_time
async def test_a_pause_shifts_what_is_left(log: Log) -> None:
    heard = Heard()
    playback = Playback(log, heard.store)
    playing = asyncio.ensure_future(playback.run())
    await asyncio.sleep(0.25)
    for _ in range(2):
        playback.pause()
    await asyncio.sleep(100)
    for _ in range(2):
        playback.resume()
    await playing
    assert heard.times == [0, 101, 111, 111, 112]


@in_virtual_time
async def test_a_playback_may_be_paused_before_it_begins(log: Log) -> None:
    heard = Heard()
    playback = Playback(log, heard.store, speed=math.inf)
    playback.pause()
    playing = asyncio.ensure_future(playback.run())
    await asyncio.sleep(5)
    assert heard.times == []
    playback.resume()
    await playing
    assert heard.times == [5] * 5


@in_virtual_time
async def test_it_can_be_cancelled_between_two_actions(log: Log) -> None:
    heard = Heard()
    with suppress(TimeoutError):
        async with asyncio.timeout(5):
            await play(log, heard.store)
    assert heard.store.state == ("a", "b")


@in_virtual_time
async def test_others_have_their_turn_however_fast_it_is(socketstore_log: Log) -> None:
    for number in range(1000):
        socketstore_log.append(number)
    seen: list[int] = []
    store = Store(lambda state, _: state + 1, 0)

    async def watch() -> None:
        while store.state < 1000:
            seen.append(store.state)
            await asyncio.sleep(0)

    await asyncio.gather(play(socketstore_log, store, speed=math.inf), watch())
    assert len(seen) > 8


@in_virtual_time
async def test_what_had_failed_is_not_played_and_what_fails_now_ends_it(socketstore_log: Log) -> None:
    filled(socketstore_log, CoinStolen(), *coins(1))
    store = Store(purse, Purse())
    assert await play(socketstore_log, store) == 1
    socketstore_log.append(CoinStolen())
    socketstore_log.append(CoinStolen())
    with pytest.raises(PurseEmpty):
        await play(socketstore_log, Store(purse, Purse()), speed=math.inf)


@in_virtual_time
async def test_frames_are_played_through_a_decoder(socketstore_log: Log) -> None:
    for at, data in ((1.0, "3"), (2.0, "x"), (5.0, "4")):
        socketstore_log.write(FrameInEntry(at=at, data=data))
    heard = Heard()

    def decode(event: Any) -> Any:
        return CoinAdded(worth=int(event.data))

    await play(socketstore_log, heard.store, decode=decode)
    first, rejected, second = heard.store.state
    assert [first, second] == coins(3, 4)
    assert isinstance(rejected, MessageRejected)
    assert heard.times == [0, 1, 4]
    with pytest.warns(LogWarning, match="entry 1: the reducer raised PurseEmpty"):
        await play(socketstore_log, Store(purse, Purse()), decode=lambda _: CoinStolen(), speed=math.inf, until=1)


@in_virtual_time
async def test_a_compacted_log_is_played_from_its_snapshot(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with open_log(path, "x") as log:
        log.append(CoinAdded(worth=1))
        log.write(SnapshotEntry(state=state_to_json(Purse(5, (5,)))))
        log.append(CoinAdded(worth=2))
    header, *lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(header + b"".join(lines[1:]))
    store = Store(purse, Purse())
    with open_log(path) as log:
        assert await play(log, store, speed=math.inf) == 1
    assert store.state.total == 7


@in_virtual_time
async def test_the_state_jumps_when_it_did(socketstore_log: Log) -> None:
    socketstore_log.write(ActionEntry(0, 100.0, "a"))
    socketstore_log.write(SnapshotEntry(at=110.0, state=["b"], jumped=True))
    socketstore_log.write(ActionEntry(0, 111.0, "c"))
    heard = Heard()
    assert await play(socketstore_log, heard.store) == 2
    assert heard.store.state == ("b", "c")
    assert heard.times == [0, 10, 11]


@in_virtual_time
async def test_a_playback_runs_once_at_a_time(log: Log) -> None:
    heard = Heard()
    playback = Playback(log, heard.store)
    running = asyncio.create_task(playback.run())
    await asyncio.sleep(5)
    with pytest.raises(UsageError, match="a playback that is running"):
        await playback.run()
    assert await running == await playback.run() == 5


@pytest.mark.parametrize(
    "wrong",
    [
        {"speed": 0},
        {"speed": -1},
        {"speed": math.nan},
        {"speed": "fast"},
        {"speed": 10**400},
        {"speed": 10**5000},
        {"max_gap": -1},
        {"until": -1},
    ],
)
def test_arguments_that_make_no_sense_are_refused(log: Log, wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=f"got {next(iter(wrong))}="):
        Playback(log, Store(purse, Purse()), **wrong)


@in_virtual_time
async def test_after_a_clock_was_set_back_the_intervals_count_again(socketstore_log: Log) -> None:
    for at in (5000.0, 5001.0, 1400.0, 1402.0, 1401.8, 1403.0):  # one word a little too early
        socketstore_log.write(ActionEntry(0, at, at))
    heard = Heard()
    await play(socketstore_log, heard.store)
    assert heard.times == [0, 1, 1, 3, 3, 4]


@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf])
@in_virtual_time
async def test_a_time_that_is_none_is_that_of_the_entry_before(socketstore_log: Log, odd: float) -> None:
    for at in (odd, 5000.0, odd, 5001.0, odd, odd, 5003.0):
        socketstore_log.write(ActionEntry(0, at, str(at)))
    heard = Heard()
    await play(socketstore_log, heard.store)
    assert heard.times == [0, 0, 0, 1, 1, 1, 3]


def test_a_playback_may_be_played_again_in_another_event_loop_with_its_pause(socketstore_log: Log) -> None:
    filled(socketstore_log, *coins(1, 2))
    store = Store(purse, Purse())
    playback = Playback(socketstore_log, store, speed=math.inf)

    async def play_paused() -> int:
        playing = asyncio.create_task(playback.run())
        await rounds(5)  # so that it waits in this event loop
        assert playback.played == 0
        playback.resume()
        return await asyncio.wait_for(playing, 5)

    for _ in range(2):
        playback.pause()  # outside of any loop: it begins with the run
        assert asyncio.run(play_paused()) == 2
    assert store.state.total == 6


async def test_it_is_paused_from_its_own_event_loop_alone(socketstore_log: Log) -> None:
    filled(socketstore_log, *coins(1, 2))
    playback = Playback(socketstore_log, Store(purse, Purse()), speed=math.inf)
    await playback.run()
    for call in (playback.pause, playback.resume):
        with pytest.raises(UsageError, match="belongs to another event loop; expected a call from there"):
            await asyncio.to_thread(call)


def test_what_is_no_store_is_refused(socketstore_log: Log) -> None:
    with pytest.raises(UsageError, match="got store=3; expected a Store"):
        Playback(socketstore_log, 3)  # type: ignore[arg-type, type-var]
