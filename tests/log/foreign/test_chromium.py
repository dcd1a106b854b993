"""The browser itself: recordings made anew are read as those that were kept, and it takes our HAR files."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from socketstore.log.converting import foreign_entries
from socketstore.log.foreign.har_writing import har_document
from tests.log.foreign.browser import CHROMIUM, imported, recorded
from tests.log.foreign.told import told

HERE = Path(__file__).parent

pytestmark = pytest.mark.skipif(CHROMIUM is None and os.environ.get("CI") != "true", reason="chromium is not installed")


async def test_a_page_recorded_now_reads_like_the_recordings_that_were_kept(tmp_path: Path) -> None:
    now = await recorded(tmp_path)
    (tmp_path / "chrome.har").write_text(json.dumps(now.chrome), encoding="utf-8")
    (tmp_path / "devtools.jsonl").write_text("\n".join(map(json.dumps, now.events)), encoding="utf-8")
    for name in ("chrome.har", "playwright.har", "devtools.jsonl"):
        assert told(foreign_entries(tmp_path / name)) == told(foreign_entries(HERE / name)), name


async def test_the_import_of_chrome_takes_the_har_files_that_we_write() -> None:
    document = har_document(foreign_entries(HERE / "devtools.jsonl"))
    requests = await imported(json.dumps(document))
    feed = next(request for request in requests if request["url"].endswith("/feed?token=***"))
    assert (feed["status"], feed["kind"]) == (101, "websocket")
    assert [(frame["type"], frame["opCode"], frame["text"]) for frame in feed["frames"]] == [
        ("send", 1, "hello"), ("receive", 1, "hello"), ("send", 1, "grüß dich ✓"), ("receive", 1, "grüß dich ✓"),
        ("send", 1, ""), ("receive", 1, ""), ("receive", 8, "A+0="),
    ]  # fmt: skip
    assert sum(len(request["frames"]) for request in requests) == sum(
        len(entry["_webSocketMessages"]) for entry in document["log"]["entries"]
    )
