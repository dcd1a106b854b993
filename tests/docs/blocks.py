"""How the code blocks of README and docs are run: what each language means, and what it is run in.

    python    executed, in the one namespace of its page; if it begins with ``# name.py`` or ``# folder/name.py`` it is
              saved there instead, for the console blocks behind it
    output    what the block before it printed; ``...`` stands for anything
    console   a transcript: ``$ command``, lines that it must print in this order (a number with a point stands for any
              such number), and ``^C`` where it is interrupted
    bash      as console, without output

What talks to localhost:8080 gets an echo server on a free port instead.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sybil import Document, Example, Region
from sybil.parsers.markdown.lexers import RawFencedCodeBlockLexer

ROOT = Path(__file__).parents[2]
ADDRESS = "localhost:8080"
NOT_RUN = frozenset({"json", "jsonl", "text", "js", "html"})
PAGE = "__page__"
TIME_LIMIT = 30.0  # seconds for one command
LOOPTIME_ASKS = "ignore:There is no current event loop:DeprecationWarning"  # it does, before plain tests too

lexer = RawFencedCodeBlockLexer(re.compile(r"(?P<language>[^\n]*)\n"))
marked_command = re.compile(r"<!-- command: (?P<name>[\w-]+) -->\n\Z")


@dataclass
class Page:
    """What the blocks of one page share: a folder, an echo server, and what was printed last."""

    folder: Path
    port: int
    printed: str | None = None

    def localised(self, text: str) -> str:
        """Put the page's own echo server in the place of the one that the reader starts."""
        return text.replace(ADDRESS, f"127.0.0.1:{self.port}")


def blocks(document: Document) -> Iterator[Region]:
    """Find every fenced block of a page, so that none escapes: one of an unknown language is a failure."""
    for region in lexer(document):
        language = region.lexemes["language"].strip()
        if language in NOT_RUN or marked_command.search(document.text, 0, region.start):
            continue
        region.parsed = region.lexemes["source"]
        region.evaluator = RUNNERS.get(language, refuse)
        yield region


def refuse(example: Example) -> str:
    """Fail a block of which nobody has said how to run it."""
    language = example.region.lexemes["language"].strip()
    known = ", ".join(sorted({*RUNNERS, *NOT_RUN}))
    return f"got a block of language {language!r}; expected one of {known}"


def run_python(example: Example) -> None:
    """Execute a block, or save it under the name in its first line."""
    page = page_of(example)
    source = page.localised(example.parsed)
    named = saved_name(source)
    if named is not None:
        path = page.folder / named
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")
        return
    padded = "\n" * (example.line + example.parsed.line_offset) + source  # so that line numbers are those of the page
    example.namespace.setdefault("__name__", "__main__")
    with contextlib.chdir(page.folder), contextlib.redirect_stdout(io.StringIO()) as printed:
        program = compile(padded, example.path, "exec", dont_inherit=True)  # nor the __future__ imports of this file
        exec(program, example.namespace)  # noqa: S102 - that is what this is for
    page.printed = printed.getvalue()


def saved_name(source: str) -> str | None:
    """Return the file name that a block gives itself in its first line."""
    first = re.match(r"# (?P<name>(?:\w+/)*\w+\.py)\n", source)
    return first["name"] if first else None


def compare_output(example: Example) -> str | None:
    """Compare a block with what the Python block before it printed."""
    printed, page_of(example).printed = page_of(example).printed, None
    if printed is None:
        return "expected a Python block that was executed just before this one"
    if not doctest.OutputChecker().check_output(example.parsed, printed, doctest.ELLIPSIS):
        return f"expected:\n{example.parsed}\ngot:\n{printed}"
    return None


def run_console(example: Example) -> str | None:
    """Run the commands of a transcript one after the other; each must end well and print what stands below it."""
    page = page_of(example)
    complaints = (run_command(page, command, expected) for command, expected in transcript(example.parsed))
    return next((complaint for complaint in complaints if complaint), None)


def run_bash(example: Example) -> str | None:
    """Run a script; it must end well."""
    return run_command(page_of(example), f"set -e\n{example.parsed}", [])


def transcript(text: str) -> list[tuple[str, list[str]]]:
    """Take a transcript apart: each command, and the lines that stand below it."""
    commands: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            commands.append((line[2:], []))
        elif line.strip():
            commands[-1][1].append(line)
    return commands


def run_command(page: Page, command: str, expected: list[str]) -> str | None:
    """Run one command, interrupt it where the page says so, and tell what was not as the page says."""
    interrupted = expected[-1:] == ["^C"]
    command = re.sub(r"^socketstore echo\b", "socketstore echo --port 0", page.localised(command))
    wanted = [page.localised(line).replace(":8080", ":...") for line in (expected[:-1] if interrupted else expected)]
    process = subprocess.Popen(
        ["bash", "-c", command],
        cwd=page.folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    with process, deadline(process):
        seen: list[str] = []
        missing = awaited(wanted, noted(process.stdout, seen))
        if interrupted:
            os.killpg(process.pid, signal.SIGINT)
        seen += process.stdout.readlines()
        code = process.wait()
    if missing is None and (code == 0 or (interrupted and code in (130, -signal.SIGINT))):
        return None
    what = f"exit code {code}" if missing is None else f"expected the line {missing!r} (exit code {code})"
    return f"$ {command}\n{''.join(seen)}\n{what}"


def noted(lines: Iterable[str], seen: list[str]) -> Iterator[str]:
    for line in lines:
        seen.append(line)
        yield line.rstrip()


def awaited(wanted: list[str], lines: Iterator[str]) -> str | None:
    """Read until every wanted line has come, in this order; return the first that did not."""
    for pattern in wanted:
        if not any(expression_of(pattern).fullmatch(line) for line in lines):
            return pattern
    return None


def expression_of(pattern: str) -> re.Pattern[str]:
    """Make ``...`` stand for anything, and a number with a point (seconds, mostly) for any such number."""
    anything = re.escape(pattern.rstrip()).replace(r"\.\.\.", ".*")
    return re.compile(re.sub(r"\d+\\\.\d+", r"\\d+\\.\\d+", anything))


@contextlib.contextmanager
def deadline(process: subprocess.Popen[str]) -> Iterator[None]:
    """End a command that takes too long; its exit code then tells of it."""
    timer = threading.Timer(TIME_LIMIT, lambda: os.killpg(process.pid, signal.SIGKILL))
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


def environment() -> dict[str, str]:
    """Return what a reader has who has activated the virtual environment in a plain, wide terminal."""
    return {
        **os.environ,
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
        "PYTHONPATH": str(ROOT),  # python -m examples.chat
        "PYTHONUNBUFFERED": "1",
        "COLUMNS": "120",
        "NO_COLOR": "1",
        "TERM": "dumb",
        "CI": "true",  # so that hypothesis sets no deadline, and tries the same each time
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # a test of the docs needs few plugins; loading all takes seconds
        "PYTEST_PLUGINS": "socketstore.pytest_plugin",
        "PYTEST_ADDOPTS": "-p asyncio -p looptime_plugin -p looptime_timeproxies",  # for the test in virtual time
        **({"PYTHONWARNINGS": LOOPTIME_ASKS} if sys.version_info >= (3, 12) else {}),
    }


def page_of(example: Example) -> Page:
    page = example.namespace[PAGE]
    assert isinstance(page, Page)
    return page


RUNNERS: dict[str, Callable[[Example], str | None]] = {
    "python": run_python,
    "output": compare_output,
    "console": run_console,
    "bash": run_bash,
}
