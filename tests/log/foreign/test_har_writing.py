"""Logs as HAR files: what comes back, and what a browser makes of them."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socketstore import (
    ClosedEntry,
    Entry,
    ErrorEntry,
    FrameInEntry,
    FrameOutEntry,
    LogWarning,
    NoteEntry,
    OpenedEntry,
    UsageError,
    open_log,
)
from socketstore.log.converting import convert, foreign_entries
from socketstore.log.foreign.har_writing import har_document

AT = 1_600_000_000.25
DAY = 86_400.0

SESSION: list[Any] = [
    ErrorEntry(at=AT - 2, connection="news", error="ConnectionFailed", message="refused"),
    ClosedEntry(at=AT - 1, connection="news", code=1006, clean=False),
    OpenedEntry(at=AT, connection="news", epoch=1, url="wss://news.example/?a=1&b=", subprotocol="v2"),
    OpenedEntry(at=AT + 1, connection="chat", epoch=1, url="wss://chat.example/"),
    FrameOutEntry(at=AT + 2, connection="news", epoch=1, data="zwölf ✓"),
    FrameInEntry(at=AT + 3.123456, connection="chat", epoch=1, data=b"\x00\xff"),
    FrameInEntry(at=AT + 4, connection="news", epoch=1, data=""),
    ErrorEntry(at=AT + 5, connection="chat", epoch=1, error="ConnectionLost", message="it broke"),
    ClosedEntry(at=AT + 6, connection="chat", epoch=1, code=1006, clean=False),
    OpenedEntry(at=AT + 7, connection="chat", epoch=2, url="wss://chat.example/"),
    ClosedEntry(at=AT + 8, connection="chat", epoch=2, code=4000, reason="bye ✓"),
    ClosedEntry(at=AT + 9, connection="news", epoch=1, code=1005),
]


def back(folder: Path, entries: list[Any]) -> list[Entry]:
    path = folder / "back.har"
    path.write_text(json.dumps(har_document(entries)), encoding="utf-8")
    return list(foreign_entries(path))


def test_a_session_comes_back_as_it_was(tmp_path: Path) -> None:
    assert back(tmp_path, SESSION) == SESSION


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a", "b"]),
            st.text() | st.binary() | st.tuples(st.integers(1000, 4999), st.text(max_size=40), st.booleans()),
            st.booleans(),
        )
    )
)
def test_any_messages_come_back_in_their_order_with_their_times(
    tmp_path_factory: pytest.TempPathFactory, said: list[Any]
) -> None:
    epochs = {"a": 1, "b": 1}
    entries: list[Any] = [OpenedEntry(at=AT, connection=name, epoch=1, url=f"wss://{name}.example/") for name in epochs]
    for number, (name, data, sent) in enumerate(said):
        wire: dict[str, Any] = {"at": AT + 1 + number / 7, "connection": name, "epoch": epochs[name]}
        if isinstance(data, tuple):
            code, reason, clean = data
            entries.append(ClosedEntry(**wire, code=code, reason=reason, clean=clean))
            epochs[name] += 1
            entries.append(OpenedEntry(**wire | {"epoch": epochs[name]}, url=f"wss://{name}.example/"))
        else:
            entries.append((FrameOutEntry if sent else FrameInEntry)(**wire, data=data))
    assert back(tmp_path_factory.mktemp("har"), entries) == entries


def test_messages_without_the_opening_of_their_socket_come_back_as_well(tmp_path: Path) -> None:
    middle = [
        FrameInEntry(at=AT, connection="news", epoch=3, data="x"),
        ClosedEntry(at=AT, connection="news", epoch=3, code=1000),
    ]
    assert back(tmp_path, middle) == middle


def test_the_file_has_what_the_specification_demands() -> None:
    """See http://www.softwareishard.com/blog/har-12-spec/."""
    log = har_document(SESSION)["log"]
    assert log["version"] == "1.2"
    assert log["creator"].keys() == {"name", "version"}
    for entry in log["entries"]:
        assert entry.keys() >= {"startedDateTime", "time", "request", "response", "cache", "timings"}
        assert datetime.fromisoformat(entry["startedDateTime"]).tzinfo is not None
        assert entry["time"] == sum(entry["timings"].values()) >= 0
        assert entry["request"].keys() == {
            "method", "url", "httpVersion", "cookies", "headers", "queryString", "headersSize", "bodySize",
        }  # fmt: skip
        assert entry["response"].keys() == {
            "status", "statusText", "httpVersion", "cookies", "headers", "content", "redirectURL", "headersSize",
            "bodySize",
        }  # fmt: skip
        assert entry["timings"].keys() == {"send", "wait", "receive"}
    news = next(entry for entry in log["entries"] if entry["response"]["status"] == 101)
    assert news["request"]["queryString"] == [{"name": "a", "value": "1"}, {"name": "b", "value": ""}]


def test_each_socket_is_an_entry_of_its_own() -> None:
    entries = har_document(SESSION)["log"]["entries"]
    assert [(entry["_socketstore"]["connection"], len(entry["_webSocketMessages"])) for entry in entries] == [
        ("news", 2), ("news", 3), ("chat", 3), ("chat", 1),
    ]  # fmt: skip


@pytest.mark.parametrize("suffix", [".jsonl", ".db"])
def test_convert_writes_it_and_counts_what_has_no_place(tmp_path: Path, suffix: str) -> None:
    with open_log(tmp_path / f"a{suffix}", mode="x") as log:
        for entry in SESSION:
            log.write(entry)
        log.note("nobody will see this")
        log.append({"nor": "this"})
    with pytest.warns(LogWarning, match="have no place in HAR were left out: 1 action, 1 note"):
        assert convert(tmp_path / f"a{suffix}", tmp_path / "a.har") == len(SESSION)
    har = json.loads((tmp_path / "a.har").read_text(encoding="utf-8"))
    assert har["log"]["comment"].endswith("1 action, 1 note")
    assert list(foreign_entries(tmp_path / "a.har")) == SESSION


def test_secrets_that_were_recorded_do_not_get_into_the_file(tmp_path: Path) -> None:
    with open_log(tmp_path / "a.jsonl", mode="x", redact=None) as log:
        log.write(OpenedEntry(at=AT, url="wss://news.example/?token=hunter2"))
        log.write(FrameOutEntry(at=AT, data='{"password": "hunter2"}'))
    assert (tmp_path / "a.jsonl").read_text().count("hunter2") == 2
    convert(tmp_path / "a.jsonl", tmp_path / "a.har")
    assert "hunter2" not in (tmp_path / "a.har").read_text()


def test_a_log_without_anything_of_a_socket_is_refused(tmp_path: Path) -> None:
    with open_log(tmp_path / "a.jsonl", mode="x") as log:
        log.write(NoteEntry(text="alone"))
    with pytest.raises(UsageError, match=r"holds nothing of a socket \(1 note\).*Connection\(log=\.\.\.\)"):
        convert(tmp_path / "a.jsonl", tmp_path / "a.har")
    assert not (tmp_path / "a.har").exists()


@pytest.mark.parametrize("at", [1e300, -1e300, 1e12, 1e9])
@pytest.mark.parametrize("url", ["wss://[", "", "no address", "wss://[::1]:x/?a=1"])
def test_a_time_in_no_calendar_and_an_address_that_is_none_come_back(tmp_path: Path, at: float, url: str) -> None:
    opened = OpenedEntry(at=at, epoch=1, url=url)
    (tmp_path / "a.har").write_text(json.dumps(har_document([opened])), encoding="utf-8")
    assert list(foreign_entries(tmp_path / "a.har")) == [opened]
