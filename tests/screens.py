"""A screen that nobody sees, for tests of windows; and what to do where there is none."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


def missing(what: str) -> None:
    """Skip, but not where continuous integration promises a screen."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what}, and CI=true promises it")
    pytest.skip(what)


@contextmanager
def screen() -> Iterator[str]:
    """Start an X server on a free display and yield the display's name; end it by its process."""
    if shutil.which("Xvfb") is None:
        missing("there is no Xvfb")
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1000x700x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL) as server:
        os.close(writing)
        try:
            with os.fdopen(reading) as told:
                number = told.readline().strip()
            if not number:
                missing("Xvfb did not start")
            yield f":{number}"
        finally:
            server.terminate()
