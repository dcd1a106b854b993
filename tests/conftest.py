"""What all tests share: options, a screen for windows, and how many examples hypothesis tries.

Few, and in CI always the same; HYPOTHESIS_PROFILE=thorough tries many.
"""

import gc
import os
import sys
import threading
from collections.abc import Iterator

import pytest
from hypothesis import settings

from socketstore import WebSocket
from tests.screens import missing, screen

settings.register_profile("dev", max_examples=30, deadline=None)
settings.register_profile("ci", max_examples=30, deadline=None, derandomize=True)
settings.register_profile("thorough", max_examples=400, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") == "true" else "dev"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--transport",
        choices=("websockets", "picows"),
        default="websockets",
        help="what carries the sockets of clients that are not told by what",
    )


def pytest_configure(config: pytest.Config) -> None:
    defaults = WebSocket.__init__.__kwdefaults__
    assert defaults is not None
    defaults["transport"] = config.getoption("--transport")
    config.addinivalue_line("markers", "only_websockets(why): not for --transport picows, as there is nothing like it")


def pytest_collection_finish() -> None:
    """Keep thousands of tests, and all modules, out of the sight of the collector, which looks at everything else."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def frozen_again() -> Iterator[None]:
    """For what makes the collector see everything."""
    yield
    gc.collect()
    gc.freeze()


@pytest.fixture
def untraced() -> Iterator[None]:
    """Measure no coverage meanwhile: what is raised between any two steps would be raised in the tracer's, too."""
    ours, theirs = sys.gettrace(), threading.gettrace()
    sys.settrace(None)
    threading.settrace(None)
    yield
    threading.settrace(theirs)
    sys.settrace(ours)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what picows cannot do; a test of its own sees each of these refused."""
    if config.getoption("--transport") == "websockets":
        return
    left_out = [item for item in items if item.get_closest_marker("only_websockets")]
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    """The name of a screen for windows of Tk."""
    try:
        import tkinter  # noqa: F401
    except ImportError:
        missing("this Python has no tkinter")
    with screen() as name:
        yield name
