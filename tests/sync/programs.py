"""Programs of their own, which a test interrupts."""

from __future__ import annotations

import signal
import subprocess


def after_ctrl_c(program: subprocess.Popen[str]) -> str:
    """Interrupt a program, and return what it prints from then on. It does not outlive the test."""
    program.send_signal(signal.SIGINT)
    try:
        return program.communicate(timeout=30)[0]
    finally:
        program.kill()
        program.wait()
