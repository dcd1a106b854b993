from __future__ import annotations

import sys
import threading
from collections.abc import Iterator

import pytest


@pytest.fixture
def untraced() -> Iterator[None]:
    """Measure no coverage meanwhile: what is raised between any two steps would be raised in the tracer's, too."""
    ours, theirs = sys.gettrace(), threading.gettrace()
    sys.settrace(None)
    threading.settrace(None)
    yield
    threading.settrace(theirs)
    sys.settrace(ours)
