"""How actions and states are printed: for people, or for machines."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from io import TextIOWrapper
from typing import Any, Protocol

from pydantic_core import to_json
from rich.console import Console
from rich.pretty import pretty_repr
from rich.text import Text

from socketstore.cli.describing import name_of, style_of, words_of
from socketstore.cli.opened import opened
from socketstore.cli.words import brief, json_printable, printable
from socketstore.codec import encode
from socketstore.log.entries import FailedEntry

NAME_WIDTH = 18  # reconnectScheduled, the longest that is said often
INDENT = " " * 10  # the width of the time, so that a state stands under its action's name


class Output(Protocol):
    """Takes what a command has to show. Raises OSError where nobody reads it."""

    def action(self, action: object, at: float) -> None:
        """Show an action, or that the reducer raised, and when it was (Unix time in seconds)."""

    def state(self, state: object) -> None:
        """Show the state that the last action led to."""

    def final_state(self, state: object) -> None:
        """Show the state at the end."""


class Screen(Console):
    """A rich console that cuts lines to the terminal's width, and writes them whole and plain where there is none."""

    def on_broken_pipe(self) -> None:
        """Leave it to the command how to end."""
        raise  # rich calls this while it handles the BrokenPipeError

    def write(self, *parts: str | tuple[str, str]) -> None:
        """Print one line: texts, each alone or with its style."""
        text = Text.assemble(*parts)
        if self.is_terminal:
            text.truncate(self.width, overflow="ellipsis")
            self.print(text, soft_wrap=True)
        else:
            print(text.plain, flush=True)

    def whole(self, text: str, style: str = "") -> None:
        """Print one line that must not be cut, for it is to be copied."""
        self.print(Text(text, style), soft_wrap=True)

    @contextmanager
    def counting(self) -> Iterator[Callable[[int], object]]:
        """Show, on a terminal, how many entries there are so far; yield what is called with their number."""
        if not self.is_terminal:
            yield lambda _: None
            return
        with self.status("Connecting") as status:
            yield lambda entries: status.update(f"{entries} entries")


class Lines:
    """For people: one line for each action, and one for each state, with the seconds since the first."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._start: float | None = None

    def action(self, action: object, at: float) -> None:
        """Show an action."""
        if self._start is None:
            self._start = at
        name = printable(name_of(action)).ljust(NAME_WIDTH)
        elapsed = f"{at - self._start:8.3f}  "
        self._screen.write((elapsed, "dim"), (name, f"bold {style_of(action)}"), "  ", words_of(action))

    def state(self, state: object) -> None:
        """Show a state, shortened."""
        self._screen.write((f"{INDENT}→ {brief(state)}", "dim"))

    def final_state(self, state: object) -> None:
        """Show the whole state."""
        self._screen.write()
        self._screen.write(("The state at the end:", "bold"))
        for line in pretty_repr(opened(state), max_width=self._screen.width).splitlines():
            self._screen.whole(printable(line))


class JsonLines:
    """For machines: one JSON object a line. A state stands in ``{"state": ...}``."""

    def action(self, action: object, at: float) -> None:  # noqa: ARG002 - a socket's action holds its own time
        """Write an action as it would stand in a log."""
        if isinstance(action, FailedEntry):
            print(as_json({"failed": action.of, "error": action.error}), flush=True)
        else:
            print(json_printable(encode(action)), flush=True)

    def state(self, state: object) -> None:
        """Write a state."""
        print(as_json({"state": state}), flush=True)

    def final_state(self, state: object) -> None:
        """Write a state."""
        self.state(state)


def choose_output(*, json: bool) -> Output:
    """Choose between the two."""
    return JsonLines() if json else Lines(Screen())


def as_json(value: Any) -> str:
    """Write any value as JSON; what has no form of its own as text."""
    return json_printable(to_json(value, inf_nan_mode="strings", bytes_mode="base64", fallback=_plain).decode())


def _plain(value: object) -> object:
    return dict(value) if isinstance(value, Mapping) else repr(value)


def use_any_encoding() -> None:
    """Print a question mark rather than fail where the terminal's encoding lacks a character."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
