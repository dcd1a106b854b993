"""Where in the program that uses this package a warning belongs: to the line that called it, however deep it arose."""

from __future__ import annotations

import os
import sys
from pathlib import Path

_PACKAGE = f"{Path(__file__).parents[1]}{os.sep}"


def level_of_the_program() -> int:
    """Return the ``stacklevel`` of the nearest function outside this package, as seen from the one that calls this."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        level, frame = level + 1, frame.f_back
    return level
