"""The log of the wire: what `websockets` says of a handshake and of frames, without the secrets in it."""

from __future__ import annotations

import logging
from typing import Any

from websockets.frames import DATA_OPCODES, Frame

from socketstore.sockets.masking import mask_header, mask_path, mask_text

HEADER_LINE = "%s: %s"  # how websockets logs one header, behind "> " or "< "


class MaskSecrets(logging.Filter):
    """Lets every record pass, less its secrets: those of addresses and headers, and all that messages say."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask what the record shows."""
        arguments = record.args
        if isinstance(arguments, tuple):
            record.args = _masked(str(record.msg), arguments)
        if record.exc_info and record.levelno <= logging.DEBUG:  # tracebacks of handshakes that failed quote them
            record.msg = f"{record.msg} ({getattr(record.exc_info[0], '__name__', 'error')})"
            record.exc_info = None
        return True


def _masked(template: str, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    if template.endswith(HEADER_LINE) and len(arguments) == 2:
        name, value = map(str, arguments)
        return name, mask_header(name, value)
    return tuple(map(_shown, arguments))


def _shown(argument: Any) -> Any:
    if isinstance(argument, Frame):
        return f"{argument.opcode.name}, {len(argument.data)} bytes" if argument.opcode in DATA_OPCODES else argument
    if isinstance(argument, str):
        return mask_path(argument) if argument.startswith("/") else mask_text(argument)
    return argument


wire_logger = logging.getLogger("socketstore.sockets")
wire_logger.addFilter(MaskSecrets())
