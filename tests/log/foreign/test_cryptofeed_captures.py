"""Captures of cryptofeed: real ones, and what can stand in others."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from socketstore import (
    DecodeError,
    FrameInEntry,
    FrameOutEntry,
    LogWarning,
    NoteEntry,
    OpenedEntry,
    open_log,
)
from socketstore.log.converting import convert, foreign_entries

BESIDE_THE_CHECKOUT = Path(__file__).parents[4] / "shared" / "captures"
CAPTURES = Path(os.environ.get("SOCKETSTORE_CAPTURES") or BESIDE_THE_CHECKOUT)

real = pytest.mark.skipif(
    not CAPTURES.is_dir() and os.environ.get("CI") != "true",
    reason="the captures are neither in $SOCKETSTORE_CAPTURES nor beside the checkout",
)
URL = "wss://feed.example/ws"


def entries_of(folder: Path, *texts: str) -> list[Any]:
    paths = [folder / f"FEED.ws.{number}.0" for number in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text, encoding="utf-8")
    return list(foreign_entries(paths[0], beside=paths[1:]))


@real
def test_the_capture_of_coinbase_becomes_a_session(tmp_path: Path) -> None:
    assert convert(CAPTURES / "COINBASE.ws.28.0.gz", tmp_path / "coinbase.jsonl") == 9950
    with open_log(tmp_path / "coinbase.jsonl") as log:
        opened, *others = log.read()
    assert opened == OpenedEntry(
        sequence=1, at=1618677816.8434298, connection="ws-feed.pro.coinbase.com", epoch=1,
        url="wss://ws-feed.pro.coinbase.com",
    )  # fmt: skip
    assert Counter(type(entry) for entry in others) == {FrameOutEntry: 3, FrameInEntry: 9946}
    assert {(entry.connection, entry.epoch) for entry in others} == {("ws-feed.pro.coinbase.com", 1)}


@real
def test_the_answers_by_http_stand_among_the_messages_by_their_time(tmp_path: Path) -> None:
    http = CAPTURES / "BINANCE_FUTURES.http.0.0.gz"
    convert(CAPTURES / "BINANCE_FUTURES.ws.1.0.gz", tmp_path / "binance.db", beside=[http])
    with open_log(tmp_path / "binance.db") as log:
        entries = list(log.read())
    assert Counter(type(entry) for entry in entries) == {OpenedEntry: 1, FrameInEntry: 1535, NoteEntry: 4}
    assert [entry.at for entry in entries] == sorted(entry.at for entry in entries)
    notes = [entry for entry in entries if isinstance(entry, NoteEntry)]
    assert notes[0].at == 1626992741.301402
    assert notes[0].data["url"] == "https://fapi.binance.com/fapi/v1/depth?symbol=SUSHIUSDT&limit=1000"
    assert notes[0].data["body"].startswith('{"lastUpdateId":600859605926,')


def test_a_socket_that_opens_again_has_the_next_epoch(tmp_path: Path) -> None:
    text = f"{URL} <-> 1600000000.5\n1600000001: one\n{URL} <-> 1600000002.5\n{URL} <- 1600000003: two\n"
    assert [(type(entry), entry.epoch) for entry in entries_of(tmp_path, text)] == [
        (OpenedEntry, 1), (FrameInEntry, 1), (OpenedEntry, 2), (FrameOutEntry, 2),
    ]  # fmt: skip


def test_files_of_one_connection_go_on_and_those_of_others_have_names_of_their_own(tmp_path: Path) -> None:
    first, second, other = (tmp_path / name for name in ("FEED.ws.1.0", "FEED.ws.1.1", "FEED.ws.2.0"))
    first.write_text(f"{URL} <-> 1600000000\n1600000001: a\n")
    second.write_text("1600000003: c\n")
    other.write_text(f"{URL} <-> 1600000000.5\n1600000002: b\n")
    *_, a, b, c = foreign_entries(first, beside=[second, other])
    assert [(entry.data, entry.connection) for entry in (a, b, c)] == [
        ("a", "feed.example/ws"), ("b", "feed.example/ws#2"), ("c", "feed.example/ws"),
    ]  # fmt: skip


def test_a_message_may_have_several_lines_and_bytes_stand_as_python_writes_them(tmp_path: Path) -> None:
    text = "1600000000.5: {\n  \"a\": 1\n}\n\n1600000001.5: b'\\x00\\xff'\n1600000002.5: b'no end\n"
    assert [entry.data for entry in entries_of(tmp_path, text)] == ['{\n  "a": 1\n}', b"\x00\xff", "b'no end"]


def test_the_configuration_is_noted(tmp_path: Path) -> None:
    note, frame = entries_of(tmp_path, "configuration: {'l2_book': ['BTC-USD']}\n1600000000: x\n")
    assert note == NoteEntry(text="configuration of FEED.ws.0.0", data="{'l2_book': ['BTC-USD']}", at=1600000000.0)
    assert frame.data == "x"


def test_secrets_in_addresses_are_masked(tmp_path: Path) -> None:
    opened, note = entries_of(
        tmp_path, f"{URL}?token=hunter2 <-> 1600000000\nhttps://feed.example/depth?api_key=hunter2 -> 1600000001: []\n"
    )
    assert "hunter2" not in repr((opened, note))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"{URL} <-> 1600000000\nnothing known\n", 2),
        (f"{URL} <-> 1600000000\n1600000001: fine\n{URL} <-> 1600000002\n\n\nnothing known\n", 4),
    ],
)
def test_a_line_of_no_known_form_is_told_with_its_place(tmp_path: Path, text: str, line: int) -> None:
    with pytest.raises(DecodeError, match=rf"FEED\.ws\.0\.0, line {line}: got 'nothing known'"):
        entries_of(tmp_path, text)


OPEN = f"{URL} <-> 1600000000\n"
GOOD = '1600000001: {"a": "ü"}'


@pytest.mark.parametrize(
    ("end", "messages", "words"),
    [
        ("16000", ['{"a": "ü"}'], "line 3, 5 bytes, is unfinished and was passed over"),
        ('1600000002.5: {"a":', ['{"a": "ü"}', '{"a":'], "line 3, 19 bytes, is unfinished and was kept as it is"),
        ("wss://feed.exa", ['{"a": "ü"}'], "line 3, 14 bytes, is unfinished and was passed over"),
    ],
)
def test_a_capture_that_was_cut_off_is_read_to_its_end_with_a_warning(
    tmp_path: Path, end: str, messages: list[str], words: str
) -> None:
    with pytest.warns(LogWarning, match=rf"FEED\.ws\.0\.0, {words}$"):
        _, *frames = entries_of(tmp_path, f"{OPEN}{GOOD}\n{end}")
    assert [frame.data for frame in frames] == messages


def test_a_capture_that_was_cut_off_within_a_character_is_one_as_well(tmp_path: Path) -> None:
    path = tmp_path / "FEED.ws.1.0"
    path.write_bytes((OPEN + GOOD).encode()[:-3])
    with pytest.warns(LogWarning, match="line 2, .* was kept as it is"):
        _, frame = foreign_entries(path)
    assert isinstance(frame, FrameInEntry)
    assert frame.data == '{"a": "'


@pytest.mark.parametrize("message", ['{"a": 1}', '{\n "a": 1\n}', "b'\\x00'"])
def test_a_last_message_that_lacks_only_its_line_end_is_whole(tmp_path: Path, message: str) -> None:
    _, frame = entries_of(tmp_path, f"{OPEN}1600000001: {message}")
    assert frame.data in (message, b"\0")


def test_what_is_no_utf8_is_told_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "FEED.ws.1.0"
    path.write_bytes(b"1600000000: fine\n1600000001: \xff\n")
    with pytest.raises(DecodeError, match=r"FEED\.ws\.1\.0, line 2: .*expected UTF-8"):
        list(foreign_entries(path))
