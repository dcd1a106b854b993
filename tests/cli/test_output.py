"""What the screen shows."""

from __future__ import annotations

import io
import json
import re

import pytest
from immutables import Map
from rich.cells import cell_len

from socketstore import Connecting, GotMessage, ReconnectScheduled
from socketstore.cli.output import JsonLines, Lines, Screen

LONG = "long " * 40


def terminal() -> Screen:
    return Screen(file=io.StringIO(), force_terminal=True, color_system="standard", width=80, legacy_windows=False)


def shown(screen: Screen) -> list[str]:
    assert isinstance(screen.file, io.StringIO)
    return screen.file.getvalue().splitlines()


def plain(line: str) -> str:
    return re.sub(r"\x1b\[[\d;]*m", "", line)


def test_on_a_terminal_every_line_is_coloured_and_fits() -> None:
    screen = terminal()
    lines = Lines(screen)
    for data in (LONG, "世界" * 50, "[red]not markup[/red]"):
        lines.action(GotMessage(data=data), at=1.0)
        lines.state({"lines": (data, data)})
    assert all("\x1b[" in line for line in shown(screen))
    assert max(cell_len(plain(line)) for line in shown(screen)) <= 80
    assert "[red]not markup[/red]" in shown(screen)[4]


def test_times_types_and_words_stand_in_columns() -> None:
    screen = terminal()
    lines = Lines(screen)
    lines.action(Connecting(url="ws://there"), at=1000.0)
    lines.action(ReconnectScheduled(attempt=1, delay=1), at=1012.3456)
    assert [plain(line) for line in shown(screen)] == [
        "   0.000  connecting          ws://there",
        "  12.346  reconnectScheduled  attempt 1 in 1 s",
    ]


def test_what_is_piped_is_plain_and_whole(capsys: pytest.CaptureFixture[str]) -> None:
    Lines(Screen(force_terminal=False, width=80)).action(GotMessage(data=LONG), at=1.0)
    assert capsys.readouterr().out == f'   0.000  gotMessage          "{LONG}"\n'


def test_what_is_to_be_copied_is_never_cut() -> None:
    screen = terminal()
    screen.whole(LONG)
    assert shown(screen) == [LONG]


def test_a_terminal_counts_and_a_pipe_does_not() -> None:
    screen, pipe = terminal(), Screen(file=io.StringIO(), force_terminal=False)
    for each in (screen, pipe):
        with each.counting() as count:
            count(3)
    assert shown(pipe) == []
    assert shown(screen) != []


def test_any_state_has_a_json_form(capsys: pytest.CaptureFixture[str]) -> None:
    JsonLines().state({"books": Map(a=1), "odd": object, "never": float("inf"), "raw": b"\x00"})
    assert json.loads(capsys.readouterr().out) == {
        "state": {"books": {"a": 1}, "odd": "<class 'object'>", "never": "Infinity", "raw": "AA=="}
    }
