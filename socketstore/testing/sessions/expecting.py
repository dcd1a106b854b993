"""What the client sends, compared with what it sent when this was recorded."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from pydantic_core import from_json

from socketstore.errors import ScriptFailed
from socketstore.log.entries import FrameOutEntry
from socketstore.sockets.events import MessageEvent
from socketstore.sockets.masking import MASK
from socketstore.store.differences import Difference, differences
from socketstore.testing.matching import equals
from socketstore.testing.server_side import Bell, Message

Match: TypeAlias = Callable[[Message, Message], object]
"""Whether a message that came is the recorded one: called with the recorded one, and the one that came."""

SHOWN = 5
LONGEST = 1000
"""Characters of a message that are shown."""


class Expectation:
    """The messages that a client must send, in their order; each may come earlier than it did, none may come later.

    Args:
        frames: the recorded messages.
        match: compares each with the one that came.
        who: the client, for messages.
        fail: called once, with what was not as expected.

    Attributes:
        met: how many messages have come as expected.
    """

    def __init__(
        self, frames: Iterator[FrameOutEntry], match: Match, who: str, fail: Callable[[ScriptFailed], object]
    ) -> None:
        self.met = 0
        self._frames = frames
        self._match = match
        self._who = who
        self._fail = fail
        self._failed = False
        self._bell = Bell()

    def take(self, event: MessageEvent) -> None:
        """Compare a message that came."""
        if self._failed:
            return
        problem = self._problem(event.data)
        if problem is None:
            self.met += 1
            self._bell.ring()
        else:
            self._failed = True
            self._fail(problem)

    async def until(self, count: int) -> None:
        """Wait until so many messages have come as expected. Safe to cancel."""
        await self._bell.until(lambda: self.met >= count)

    def _problem(self, got: Message) -> ScriptFailed | None:
        place = f"{self._who}, message {self.met + 1} of the client"
        frame = next(self._frames, None)
        if frame is None:
            return ScriptFailed(f"{place}: got {got!r:.1000}; the recording holds no further message of the client")
        try:
            if self._match(frame.data, got):
                return None
        except Exception as error:  # noqa: BLE001 - a function of the test's own may raise anything
            failed = ScriptFailed(f"{place}: match= raised {type(error).__name__}: {error}")
            failed.__cause__ = error
            return failed
        return ScriptFailed(f"{place}: got {got!r:.{LONGEST}}; expected {frame.data!r:.{LONGEST}}{_where(frame, got)}")


def same_message(recorded: Message, got: Message) -> bool:
    """Tell whether two messages are the same text, the same bytes, or text that holds the same JSON value.

    Where a secret was masked when this was recorded, anything will do.
    """
    if recorded == got:
        return True
    if not isinstance(recorded, str) or not isinstance(got, str):
        return False
    try:
        return _fits(from_json(recorded), from_json(got))
    except ValueError:
        return MASK in recorded and _pattern(recorded).fullmatch(got) is not None


def _fits(recorded: Any, got: Any) -> bool:
    match recorded:
        case dict():
            same_keys = isinstance(got, dict) and recorded.keys() == got.keys()
            return same_keys and all(_fits(value, got[key]) for key, value in recorded.items())
        case list():
            return isinstance(got, list) and len(got) == len(recorded) and all(map(_fits, recorded, got))
    return bool(recorded == MASK) or equals(recorded, got)


def _pattern(recorded: str) -> re.Pattern[str]:
    return re.compile("(?s:.*)".join(map(re.escape, recorded.split(MASK))))


def _where(frame: FrameOutEntry, got: Message) -> str:
    """Say where two JSON texts differ, and what to do if they may."""
    advice = "Where they may differ, say so: match=..., or sent='ignore'"
    lines = [f"entry {frame.sequence} of the recording", *_differences(frame.data, got), advice]
    return "".join(f"\n  {line}" for line in lines)


def _differences(recorded: Message, got: Message) -> list[str]:
    try:
        before, after = from_json(recorded), from_json(got)
    except ValueError:
        is_cut = max(len(recorded), len(got)) > LONGEST
        return [str(Difference("message", recorded, got))] if is_cut else []
    is_larger = isinstance(before, (dict, list)) and isinstance(after, (dict, list))
    if not is_larger:
        return []
    return [str(difference) for difference in differences(before, _with_what_fits(before, after), limit=SHOWN)]


def _with_what_fits(recorded: Any, got: Any) -> Any:
    """Return what came with the recorded value wherever it will do: masked, or with its keys in another order."""
    if _fits(recorded, got):
        return recorded
    match recorded, got:
        case dict(), dict():
            known = {key: _with_what_fits(value, got[key]) for key, value in recorded.items() if key in got}
            return {**known, **{key: value for key, value in got.items() if key not in recorded}}
        case list(), list() if len(recorded) == len(got):
            return list(map(_with_what_fits, recorded, got))
    return got
