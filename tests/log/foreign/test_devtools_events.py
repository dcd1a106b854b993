"""Events of the DevTools protocol, as they were recorded, and what can be wrong with others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from socketstore import ClosedEntry, DecodeError, FrameInEntry, LogWarning, NoteEntry, OpenedEntry
from socketstore.log.converting import foreign_entries
from tests.log.foreign.told import told

EVENTS = Path(__file__).parent / "devtools.jsonl"
SESSION = {
    "feed": [
        "opened ws://feed?token=*** prices.v2", "-> 'hello'", "<- 'hello'", "-> 'grüß dich ✓'", "<- 'grüß dich ✓'",
        "-> ''", "<- ''", "closed 1005",
    ],
    "chat": ["opened ws://chat", r"-> b'\x00\x01\xfe\xff'", r"<- b'\x00\x01\xfe\xff'", "-> 'bye'", "closed 1005"],
    "refused": ["error Error during WebSocket handshake: Unexpected response code: 403", "closed 1006"],
    "broken": ["opened ws://broken", "-> 'cut'", "closed 1005"],
}  # fmt: skip


def recorded() -> list[dict[str, Any]]:
    return [json.loads(line) for line in EVENTS.read_text(encoding="utf-8").splitlines()]


def written(path: Path, *events: Any) -> Path:
    path.write_text("\n".join(map(json.dumps, events)) + "\n\n", encoding="utf-8")
    return path


def test_the_events_of_a_recorded_page_are_read() -> None:
    assert told(foreign_entries(EVENTS)) == SESSION


@pytest.mark.parametrize(
    "wrapped",
    [
        lambda event: {"message": json.dumps({"message": event, "webview": "1"}), "level": "INFO", "timestamp": 1},
        lambda event: {"message": event},
        lambda event: event | {"sessionId": "A1"},
    ],
    ids=["chromedriver", "unpacked", "flat session"],
)
def test_programs_wrap_them_in_several_ways(tmp_path: Path, wrapped: Any) -> None:
    assert told(foreign_entries(written(tmp_path / "a.log", *map(wrapped, recorded())))) == SESSION


@pytest.mark.parametrize(
    "wrapped",
    [
        lambda event: event,
        lambda event: {"level": "INFO", "message": json.dumps({"message": event, "webview": "1"}), "timestamp": 1},
    ],
    ids=["events", "chromedriver"],
)
def test_an_array_of_them_is_read_as_well(tmp_path: Path, wrapped: Any) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(list(map(wrapped, recorded())), indent=1), encoding="utf-8")
    assert told(foreign_entries(path)) == SESSION


def test_a_last_event_that_was_cut_off_is_passed_over_with_a_warning(tmp_path: Path) -> None:
    path = written(tmp_path / "a.log", *recorded())
    path.write_text(path.read_text(encoding="utf-8").rstrip()[:-20], encoding="utf-8")
    with pytest.warns(LogWarning, match=r"a\.log, line \d+, \d+ bytes, is unfinished and was passed over"):
        entries = list(foreign_entries(path))
    assert entries == list(foreign_entries(EVENTS))[:-1]
    path.write_text("\n".join(map(json.dumps, recorded())), encoding="utf-8")
    assert told(foreign_entries(path)) == SESSION


def test_times_are_unix_times_by_the_event_that_tells_both() -> None:
    opening = next(event["params"] for event in recorded() if "wallTime" in event["params"])
    opened = next(entry for entry in foreign_entries(EVENTS) if isinstance(entry, OpenedEntry))
    assert opening["wallTime"] < opened.at < opening["wallTime"] + 1


def test_events_before_that_one_have_unix_times_as_well(tmp_path: Path) -> None:
    events = recorded()
    frames = [event for event in events if event["method"] == "Network.webSocketFrameReceived"]
    others = {"method": "Page.loadEventFired", "params": {"timestamp": 1.5}}
    entries = list(foreign_entries(written(tmp_path / "a.json", others, frames[0], *events)))
    assert isinstance(entries[0], FrameInEntry)
    assert entries[0].at == pytest.approx(next(e.at for e in entries[1:] if isinstance(e, FrameInEntry)))
    assert entries[0].connection.startswith("socket-")


def test_it_is_noted_if_no_event_tells_the_wall_time(tmp_path: Path) -> None:
    frames = [event for event in recorded() if event["method"] == "Network.webSocketFrameSent"]
    note, first, *_ = foreign_entries(written(tmp_path / "a.json", *frames))
    assert isinstance(note, NoteEntry)
    assert "tells no wall time" in note.text
    assert first.at == frames[0]["params"]["timestamp"]


@pytest.mark.parametrize(
    ("error", "closed"),
    [
        ([], ClosedEntry(at=2.0, connection="socket-7", epoch=1, code=1005, clean=True)),
        (["Invalid frame header"], ClosedEntry(at=2.0, connection="socket-7", epoch=1, code=1006, clean=False)),
    ],
)
def test_a_close_has_no_code_but_that_it_was_clean_or_not(
    tmp_path: Path, error: list[str], closed: ClosedEntry
) -> None:
    happened = [{"method": "Network.webSocketFrameError", "params": {"errorMessage": words}} for words in error]
    events: list[Any] = [*happened, {"method": "Network.webSocketClosed", "params": {}}]
    for event in events:
        event["params"] |= {"requestId": "7", "timestamp": 2.0}
    *_, last = foreign_entries(written(tmp_path / "a.json", *events))
    assert last == closed


def test_secrets_are_masked() -> None:
    assert "hunter2" in EVENTS.read_text(encoding="utf-8")
    assert "hunter2" not in repr(list(foreign_entries(EVENTS)))


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ({"method": "Network.webSocketFrameSent", "params": {"requestId": "1"}}, "timestamp: Field required"),
        ({"method": "Network.webSocketCreated"}, "got None|valid dictionary"),
        ({"method": 5}, "expected an event of the DevTools protocol"),
        ({"message": "not JSON"}, "expected JSON"),
        ([], "expected an event of the DevTools protocol"),
    ],
)
def test_what_has_another_form_is_told_with_its_place(tmp_path: Path, event: Any, words: str) -> None:
    with pytest.raises(DecodeError, match=rf"a\.json, line 2: .*({words})"):
        list(foreign_entries(written(tmp_path / "a.json", recorded()[0], event)))


def test_a_byte_order_mark_and_blanks_before_the_events_are_passed_over(tmp_path: Path) -> None:
    lines = "\n".join(map(json.dumps, recorded()))
    for number, text in enumerate((f"\ufeff{lines}", f"\ufeff\n {json.dumps(recorded())}", f"\n{lines}")):
        path = tmp_path / f"{number}.json"
        path.write_text(text, encoding="utf-8")
        assert told(foreign_entries(path)) == SESSION


def test_answers_to_commands_and_clocks_of_other_domains_are_passed_over(tmp_path: Path) -> None:
    others = ({"id": 1, "result": {}}, {"method": "Other.event", "params": {"wallTime": "noon"}}, {"method": "A.b"})
    path = written(tmp_path / "a.json", *others, {"method": "A.c", "params": None}, *recorded())
    assert told(foreign_entries(path)) == SESSION


def test_a_first_event_of_any_length_is_known(tmp_path: Path) -> None:
    long = {"method": "Other.event", "params": {"body": "x" * 100_000}}
    assert told(foreign_entries(written(tmp_path / "a.json", long, *recorded()))) == SESSION


def event(name: str, timestamp: float, **params: Any) -> dict[str, Any]:
    return {"method": f"Network.webSocket{name}", "params": {"requestId": "7", "timestamp": timestamp, **params}}


CREATED = {"method": "Network.webSocketCreated", "params": {"requestId": "7", "url": "wss://feed/ws"}}
FRAME = {"opcode": 1, "payloadData": "hello"}


def test_a_socket_whose_creation_is_told_late_stays_the_same_one(tmp_path: Path) -> None:
    answer = event("HandshakeResponseReceived", 2.0, response={"status": 101, "headers": {}})
    path = written(tmp_path / "a.json", answer, CREATED, event("FrameReceived", 3.0, response=FRAME))
    entries = [entry for entry in foreign_entries(path) if not isinstance(entry, NoteEntry)]
    assert [(entry.connection, entry.epoch) for entry in entries] == [("socket-7", 1)] * 2


def test_an_answer_of_another_status_opens_nothing(tmp_path: Path) -> None:
    answer = event("HandshakeResponseReceived", 2.0, response={"status": 403, "headers": {}})
    path = written(tmp_path / "a.json", CREATED, answer, event("Closed", 3.0))
    assert told(foreign_entries(path)) == {"ws": ["closed 1006"]}


def test_a_time_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DecodeError, match=r"line 2: timestamp=nan: Input should be a finite number"):
        told(foreign_entries(written(tmp_path / "a.json", CREATED, event("Closed", float("nan")))))
