"""Runs the code blocks of README and docs as tests; `tests/docs/blocks.py` says what each language means."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.docs.pages import PageFile, in_page_order, is_page


def pytest_sessionstart() -> None:
    """Begin without an event loop: pytest-asyncio would otherwise make one, put it aside, and never close it."""
    asyncio.set_event_loop(None)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> PageFile | None:
    """Take the README and every page of the docs."""
    return PageFile.from_parent(parent, path=file_path) if is_page(file_path) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Undo what shuffling did to the blocks of a page."""
    items[:] = in_page_order(items)
