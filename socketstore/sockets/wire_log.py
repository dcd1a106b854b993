"""The log of the wire: what `websockets` says of a handshake and of frames, without the secrets in it."""

from __future__ import annotations

import logging
from typing import Any

from websockets.frames import DATA_OPCODES, Frame

from socketstore.sockets.masking import mask_error, mask_header, mask_path, mask_text

HEADER_LINE = "%s: %s"  # how websockets logs one header, behind "> " or "< "


class MaskSecrets(logging.Filter):
    """Lets every record pass, less its secrets: those of addresses and headers, and all that messages say."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask what the record shows."""
        arguments = record.args
        hide = getattr(getattr(record, "websocket", None), "hide", str)  # `websockets` adds the wire that speaks
        if isinstance(arguments, tuple):
            shown = _masked(str(record.msg), arguments)
            record.args = tuple(hide(word) if isinstance(word, str) else word for word in shown)
        if record.exc_info and record.levelno <= logging.DEBUG:  # tracebacks of handshakes that failed quote them
            record.msg = f"{record.msg} ({getattr(record.exc_info[0], '__name__', 'error')})"
            record.exc_info = None
        elif record.exc_info and record.exc_info[1] is not None:
            mask_error(record.exc_info[1], hide)
        return True


def _masked(template: str, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    if template.endswith(HEADER_LINE) and len(arguments) == 2:
        name, value = map(str, arguments)
        return name, mask_header(name, value)
    return tuple(map(_shown, arguments))


def _shown(argument: Any) -> Any:
    if isinstance(argument, Frame):
        is_data = argument.opcode in DATA_OPCODES
        return f"{argument.opcode.name}, {len(argument.data)} bytes" if is_data else mask_text(str(argument))
    if isinstance(argument, str):
        return mask_path(argument) if argument.startswith("/") else mask_text(argument)
    return argument


wire_logger = logging.getLogger("socketstore.sockets")
wire_logger.addFilter(MaskSecrets())
