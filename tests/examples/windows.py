"""What the tests of both desktop examples share: a window's program in a process of its own, and what it must do.

The other end, in that process, is `drive`: it shows the test what the window shows, and does what the test says.
"""

from __future__ import annotations

import json
import os
import queue
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

from examples.desktop.server import PriceServer
from socketstore.testing import in_background

ROOT = Path(__file__).parents[2]
OFFSCREEN = "This plugin does not support propagateSizeHints()\n"  # Qt's, about Qt's own

Seen = dict[str, Any]


def drive(look: Callable[[], Seen], do: Callable[[str], None]) -> Callable[[], None]:
    """Return what the window is to call again and again, in its own thread."""
    told: list[Seen] = [{}]
    commands: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=lambda: [commands.put(line.strip()) for line in sys.stdin], daemon=True).start()

    def tick() -> None:
        seen = look()
        if seen != told[0]:
            told[0] = seen
            print(json.dumps(seen), flush=True)  # noqa: T201 - it is how the test reads
        if not commands.empty():
            do(commands.get())

    return tick


class Program:
    """An example whose window can be looked at."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def until(self, reached: Callable[[Seen], object]) -> Seen:
        """Return what the window shows as soon as it is this."""
        assert self._process.stdout is not None
        seen: Seen = {}
        for line in self._process.stdout:
            seen = json.loads(line)
            if reached(seen):
                return seen
        assert self._process.stderr is not None
        raise AssertionError(f"it never came; the last was {seen}\n{self._process.stderr.read()}")

    def do(self, command: str) -> None:
        """Type a symbol and press the button, or ``close`` the window."""
        print(command, file=self._process.stdin, flush=True)

    def close(self) -> None:
        """Close the window, and see the program end quietly."""
        self.do("close")
        _, errors = self._process.communicate(timeout=20)
        assert errors.replace(OFFSCREEN, "") == ""
        assert self._process.returncode == 0


@contextmanager
def running(driver: str, url: str, **environment: str) -> Iterator[Program]:
    with subprocess.Popen(
        [sys.executable, "-m", f"tests.examples.{driver}", url],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        try:
            yield Program(process)
        finally:
            process.kill()


@contextmanager
def held_port() -> Iterator[int]:
    """Yield a port that nobody else gets, also while no server listens there: it is bound here, without listening."""
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def serving(port: int) -> AbstractContextManager[PriceServer]:
    return in_background(lambda: PriceServer(port, every=0.02))


def is_live(seen: Seen) -> bool:
    return seen["text"].startswith("live from") and all(price != "…" for _, price, *_ in seen["rows"])


def symbols(seen: Seen) -> list[str]:
    return [row[0] for row in seen["rows"]]


def check_that_it_shows_prices_outlives_the_server_and_ends_quietly(driver: str, **environment: str) -> None:
    with held_port() as port, ExitStack() as first_server:
        server = first_server.enter_context(serving(port))
        with running(driver, server.url, **environment) as program:
            first = program.until(is_live)
            assert symbols(first) == ["ACME", "BREW", "COAL", "DUNE", "ECHO", "FERN"]
            program.until(lambda seen: seen["rows"] != first["rows"])
            program.do("dusk")
            program.until(lambda seen: is_live(seen) and "DUSK" in symbols(seen))
            first_server.close()
            lost = program.until(lambda seen: seen["text"].startswith("disconnected; attempt"))
            assert lost["light"] == "amber"
            program.do("zinc")
            assert ["ZINC", "…"] in [row[:2] for row in program.until(lambda seen: "ZINC" in symbols(seen))["rows"]]
            with serving(port):
                assert program.until(is_live)["light"] == "green"
                assert program.until(lambda seen: is_live(seen) and "ZINC" in symbols(seen))
                program.close()


def check_that_a_wrong_address_is_shown(driver: str, **environment: str) -> None:
    with running(driver, "http://127.0.0.1:1", **environment) as program:
        assert "expected ws://" in program.until(lambda seen: seen["light"] == "red")["text"]
        program.close()


def check_that_it_can_be_closed_before_it_is_connected(driver: str, **environment: str) -> None:
    with running(driver, "ws://127.0.0.1:1", **environment) as program:
        assert program.until(lambda seen: seen["rows"])["light"] == "amber"
        program.close()
