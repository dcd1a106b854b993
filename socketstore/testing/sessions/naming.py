"""The names of files in which sessions and states are kept."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from socketstore.errors import UsageError

OWN = 150
"""Bytes of a test's name in that of its file; the rest stands for itself in a digest."""

LONGEST = 230
"""Bytes of each part of a path: most file systems take 255, of which the draft beside a file needs some."""


def own_name(classes: Sequence[str], name: str) -> str:
    """Return a name for what belongs to a test, fit for a file.

    What cannot stand in it is made up for by a digest, so that no two tests have the same name.

    Args:
        classes: those that the test stands in.
        name: that of the test, with its parameters in brackets.
    """
    function, bracket, parameters = name.partition("[")
    whole = ".".join([*classes, function]) + ("-" + parameters.removesuffix("]") if bracket else "")
    fit = re.sub(r"[^\w.=+-]+", "-", whole).encode()[:OWN].decode(errors="ignore")
    return fit if fit == whole else f"{fit}-{sha256(whole.encode()).hexdigest()[:8]}"


def inside(folder: Path, name: str) -> Path:
    """Return the path of a file in a folder.

    Raises:
        UsageError: the name leads out of it, or no file can have it.
    """
    path = Path(name)
    too_long = any(len(os.fsencode(part)) > LONGEST for part in path.parts)
    if path.is_absolute() or ".." in path.parts or "\0" in name or too_long:
        message = f"got the name {name!r:.300}; expected one of a file inside of {folder}"
        raise UsageError(message)
    return folder / path
