"""On what it was measured: without that, absolute figures mean nothing."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path


def description() -> str:
    """Describe the machine and the versions in one line; those of the peers stand in their rows."""
    parts = [
        f"{processor()}, {os.cpu_count()} cores",
        platform.system(),
        f"{platform.python_implementation()} {platform.python_version()}",
        *(f"{name} {version(name)}" for name in ("pydantic", "websockets")),
        node_version(),
    ]
    return ", ".join(part for part in parts if part)


def processor() -> str:
    try:
        found = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    except OSError:
        found = None
    return found[1] if found else platform.machine()


def load() -> str:
    """Say how many programs wanted to run, on average, in the last minute: what shares the cores blurs the figures."""
    try:
        return f"a load of {os.getloadavg()[0]:.1f}"
    except (AttributeError, OSError):  # not on Windows, not in every container
        return "an unknown load"


def node_version() -> str:
    program = shutil.which("node")
    if program is None:
        return "no Node"
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    return f"Node {done.stdout.strip()}"
