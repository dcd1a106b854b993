"""HAR files of Chrome and Playwright, as they were recorded, and what can be wrong with others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from socketstore import (
    ClosedEntry,
    DecodeError,
    ErrorEntry,
    FrameInEntry,
    FrameOutEntry,
    NoteEntry,
    OpenedEntry,
)
from socketstore.log.converting import foreign_entries
from tests.log.foreign.told import told

HERE = Path(__file__).parent
SENT = {"type": "send", "time": 1600000001.5, "opcode": 1, "data": "x"}


def socket(*messages: dict[str, Any], **changes: Any) -> dict[str, Any]:
    entry = {
        "startedDateTime": "2020-09-13T12:26:40.000Z",
        "time": 0,
        "request": {"method": "GET", "url": "wss://feed.example/ws", "headers": []},
        "response": {"status": 101, "headers": []},
        "_webSocketMessages": messages,
    }
    return entry | changes


def entries_of(folder: Path, *sockets: dict[str, Any]) -> list[Any]:
    path = folder / "some.har"
    path.write_text(json.dumps({"log": {"version": "1.2", "creator": {}, "entries": sockets}}), encoding="utf-8")
    return list(foreign_entries(path))


@pytest.mark.parametrize("browser", ["chrome", "playwright"])
def test_the_sockets_of_a_recorded_page_are_read(browser: str) -> None:
    expected = {
        "feed": [
            "opened ws://feed?token=*** prices.v2", "-> 'hello'", "<- 'hello'", "-> 'grüß dich ✓'", "<- 'grüß dich ✓'",
            "-> ''", "<- ''",
        ],
        "chat": ["opened ws://chat", r"-> b'\x00\x01\xfe\xff'", r"<- b'\x00\x01\xfe\xff'", "-> 'bye'"],
        "refused": ["error Error during WebSocket handshake: Unexpected response code: 403", "closed 1006"],
        "broken": ["opened ws://broken", "-> 'cut'"],
    }  # fmt: skip
    if browser == "playwright":  # which leaves empty messages out
        del expected["feed"][-2:]
    assert told(foreign_entries(HERE / f"{browser}.har")) == expected


@pytest.mark.parametrize("browser", ["chrome", "playwright"])
def test_handshakes_and_answers_by_http_are_noted_without_their_secrets(browser: str) -> None:
    notes = {
        entry.text: entry.data for entry in foreign_entries(HERE / f"{browser}.har") if isinstance(entry, NoteEntry)
    }
    (handshake,) = (data for text, data in notes.items() if text.startswith("handshake") and text.endswith("/feed"))
    (prices,) = (data for data in notes.values() if data.get("url", "").endswith("/prices.json"))
    assert ["Cookie", "***"] in handshake["request"]
    assert ["Sec-WebSocket-Protocol", "prices.v2"] in handshake["response"]
    assert (prices["method"], prices["status"]) == ("GET", 200)
    assert "hunter2" not in str(notes)


def test_the_body_of_an_answer_is_kept_if_it_is_json() -> None:
    notes = [entry.data for entry in foreign_entries(HERE / "playwright.har") if isinstance(entry, NoteEntry)]
    assert [note["answer"] for note in notes if "answer" in note] == [None, '{"prices": [1, 2, 3]}']


def test_messages_of_several_sockets_stand_in_the_order_of_time(tmp_path: Path) -> None:
    entries = list(foreign_entries(HERE / "chrome.har"))
    assert [entry.at for entry in entries] == sorted(entry.at for entry in entries)
    first, second = (entry for entry in entries_of(tmp_path, socket(), socket()) if isinstance(entry, OpenedEntry))
    assert (first.connection, second.connection) == ("feed.example/ws", "feed.example/ws#2")


def test_times_are_in_seconds_for_chrome_and_in_milliseconds_for_playwright(tmp_path: Path) -> None:
    _, seconds, milliseconds, without = entries_of(
        tmp_path, socket(SENT, SENT | {"time": 1600000002500.0}, SENT | {"time": -1})
    )
    assert (seconds.at, milliseconds.at, without.at) == (1600000001.5, 1600000002.5, 1600000002.5)


def test_frames_that_are_no_messages_are_closes_and_notes(tmp_path: Path) -> None:
    frame = {"type": "receive", "time": 1600000002}
    _, closed, ping, unknown = entries_of(
        tmp_path,
        socket(
            frame | {"opcode": 8, "data": "D6BieWU="},
            frame | {"opcode": 9, "data": "AA=="},
            frame | {"opcode": 3, "data": ""},
        ),
    )
    assert closed == ClosedEntry(at=1600000002.0, connection="feed.example/ws", epoch=1, code=4000, reason="bye")
    assert (ping.text, ping.data["base64"]) == ("ping on feed.example/ws", "AA==")
    assert unknown.text == "frame with opcode 3 on feed.example/ws"


def test_a_socket_that_was_refused_without_a_word_has_the_status(tmp_path: Path) -> None:
    error, closed = entries_of(tmp_path, socket(response={"status": 503}))
    assert error == ErrorEntry(
        at=1600000000.0, connection="feed.example/ws", error="WebSocketError",
        message="the server answered with HTTP status 503",
    )  # fmt: skip
    assert (closed.code, closed.clean, closed.epoch) == (1006, False, None)


def test_messages_that_playwright_put_into_a_file_beside_are_not_passed_over_silently(tmp_path: Path) -> None:
    beside = socket(response={"status": 101, "content": {"_file": "5f0c.jsonl"}})
    del beside["_webSocketMessages"]
    opened, note = entries_of(tmp_path, beside)
    assert isinstance(opened, OpenedEntry)
    assert "its messages are in 5f0c.jsonl; record them with" in note.text


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "some.har"
    path.write_text("\ufeff" + json.dumps({"log": {"entries": [socket(SENT)]}}), encoding="utf-8")
    assert [type(entry) for entry in foreign_entries(path)] == [OpenedEntry, FrameOutEntry]


@pytest.mark.parametrize(
    ("entry", "place"),
    [
        (socket(SENT | {"type": "shout"}), "log.entries.0._webSocketMessages.0.type"),
        (socket(SENT, SENT | {"opcode": "one"}), "log.entries.0._webSocketMessages.1.opcode"),
        (
            socket(SENT, SENT | {"opcode": 2, "data": "no base64"}),
            "log.entries.0._webSocketMessages.1: got 'no base64'",
        ),
        (socket(startedDateTime="yesterday"), "log.entries.0.startedDateTime"),
        (socket(request=None), "log.entries.0.request"),
    ],
)
def test_what_has_another_form_is_told_with_its_place(tmp_path: Path, entry: dict[str, Any], place: str) -> None:
    with pytest.raises(DecodeError) as caught:
        entries_of(tmp_path, entry)
    assert f"some.har{', ' if 'base64' in place else ': '}{place}" in str(caught.value)


def test_a_file_that_ends_too_early_is_told(tmp_path: Path) -> None:
    path = tmp_path / "some.har"
    path.write_text((HERE / "chrome.har").read_text(encoding="utf-8")[:5000], encoding="utf-8")
    with pytest.raises(DecodeError, match=r"some\.har: Invalid JSON: EOF"):
        list(foreign_entries(path))


def test_frames_have_the_connection_and_epoch_of_their_socket(tmp_path: Path) -> None:
    _, sent, received = entries_of(tmp_path, socket(SENT, SENT | {"type": "receive"}))
    assert sent == FrameOutEntry(at=1600000001.5, connection="feed.example/ws", epoch=1, data="x")
    assert received == FrameInEntry(at=1600000001.5, connection="feed.example/ws", epoch=1, data="x")


def test_a_socket_that_a_proxy_shows_by_its_handshake_alone_is_known(tmp_path: Path) -> None:
    entry = socket(request={"method": "GET", "url": "http://feed.example/ws", "headers": []})
    entry["response"]["headers"] = [{"name": "Upgrade", "value": "WebSocket"}]
    del entry["_webSocketMessages"]
    opened = [each for each in entries_of(tmp_path, entry) if not isinstance(each, NoteEntry)]
    assert [each.kind for each in opened] == ["opened"]


def test_a_time_that_is_none_is_refused(tmp_path: Path) -> None:
    message = {"type": "send", "time": float("inf"), "opcode": 1, "data": ""}
    with pytest.raises(DecodeError, match=r"0\.time=inf: Input should be a finite number"):
        entries_of(tmp_path, socket(message))
