"""README and docs as pytest sees them: each page a file, each of its blocks a test."""

from __future__ import annotations

import gc
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from sybil import Document, Example
from sybil.example import SybilFailure

from socketstore.testing import EchoServer, in_background
from tests.docs.blocks import PAGE, ROOT, Page, blocks


def is_page(path: Path) -> bool:
    """Tell whether a file's blocks are run."""
    return path.suffix == ".md" and (path == ROOT / "README.md" or path.is_relative_to(ROOT / "docs"))


class PageFile(pytest.File):
    """One page: its blocks share a namespace, a folder and an echo server."""

    def collect(self) -> Iterator[Block]:
        """Make a test of each block."""
        self.document = Document.parse(str(self.path), blocks)
        for example in self.document.examples():
            yield Block.from_parent(self, name=f"line {example.line}", example=example)

    def setup(self) -> None:
        """Start the echo server; it calls more often than the command does, so that nobody waits for it."""
        self.living = ExitStack()
        folder = Path(self.living.enter_context(tempfile.TemporaryDirectory()))
        server = self.living.enter_context(in_background(lambda: EchoServer(call_every=1.0)))
        self.document.namespace[PAGE] = Page(folder, server.port)

    def teardown(self) -> None:
        """Stop it, and forget what the page has defined."""
        forget(self.document.namespace)
        self.living.close()


class Block(pytest.Item):
    """One block of a page."""

    def __init__(self, *, example: Example, **options: Any) -> None:
        super().__init__(**options)
        self.example = example

    def runtest(self) -> None:
        """Run it."""
        self.example.evaluate()

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Say in plain words what was not as the page says."""
        if isinstance(excinfo.value, SybilFailure):
            return str(excinfo.value)
        return excinfo.getrepr(style="short", tbfilter=lambda raised: raised.traceback.cut(path=self.path))

    def reportinfo(self) -> tuple[Path, int, str]:
        """Say where it stands."""
        return self.path, self.example.line - 1, f"{self.path.name}, {self.name}"


def forget(namespace: dict[str, Any]) -> None:
    """Let go of the action classes of a page: their tags must not meet those of another page or test."""
    namespace.clear()
    gc.collect()


def in_page_order(items: list[pytest.Item]) -> list[pytest.Item]:
    """Put the blocks of a page together and back into their order, which pytest-randomly has shuffled."""
    blocks_of: dict[object, list[Block]] = {}
    for item in items:
        if isinstance(item, Block):
            blocks_of.setdefault(item.parent, []).append(item)
    rest = [item for item in items if not isinstance(item, Block)]
    ordered = (sorted(page, key=lambda block: block.example.line) for page in blocks_of.values())
    return [*rest, *(block for page in ordered for block in page)]
