"""A recorded session with an entry of each kind, and how to make others of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from socketstore import Connecting, GotMessage, JustConnected, JustDisconnected

START = 1_600_000_000.0  # 2020-09-13T12:26:40Z

Fields = dict[str, Any]


def everything() -> list[Fields]:
    """Fields of entries, one of each kind; one of the actions has a class that nobody can import."""
    return [
        action(Connecting(url="ws://there", at=START)),
        {"kind": "opened", "connection": "default", "epoch": 1, "url": "ws://there"},
        action(JustConnected(url="ws://there", at=START, epoch=1)),
        {"kind": "frameIn", "connection": "default", "epoch": 1, "text": '{"price": 3}'},
        action(GotMessage(data='{"price": 3}', at=START + 3, epoch=1)),
        {"kind": "action", "action": {"type": "bagelSold", "kind": "poppy", "cents": 150}},
        {"kind": "failed", "of": 6, "error": "ValueError: no bagels"},
        {"kind": "value", "value": {"any": [1, 2]}},
        {"kind": "frameOut", "connection": "default", "epoch": 1, "base64": "AP8="},
        {"kind": "snapshot", "digest": "0123456789abcdef", "state": {"bagels": 7}},
        {"kind": "note", "text": "the oven broke", "data": None},
        {"kind": "error", "connection": "till", "epoch": 1, "error": "OSError", "message": "cut"},
        {"kind": "closed", "connection": "default", "epoch": 1, "code": 1006, "reason": "gone", "clean": False},
        action(JustDisconnected(code=1006, reason="gone", clean=False, at=START + 13, epoch=1)),
    ]


def action(model: Any) -> Fields:
    return {"kind": "action", "action": json.loads(model.to_json())}


def write_session(file: Path, entries: Iterable[Fields], *, at: Callable[[int], float] = lambda n: START + n) -> Path:
    """Write entries that are one second apart."""
    header = {"kind": "header", "format": "socketstore-log", "version": 2, "created": START}
    stamped = (
        {"kind": fields["kind"], "sequence": number, "at": at(number - 1)} | fields
        for number, fields in enumerate(entries, start=1)
    )
    file.write_text("".join(json.dumps(line) + "\n" for line in (header, *stamped)), encoding="utf-8")
    return file
