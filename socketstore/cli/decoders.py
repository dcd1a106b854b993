"""Options for making actions of the recorded frames, by another decoder than that of the day."""

from __future__ import annotations

from typing import Annotated, Any, TypedDict

import typer

from socketstore.cli.reducers import load, load_function
from socketstore.decoding.decoder import Decode

PANEL = "Which frames, and their decoder"

MessagesName = Annotated[
    str | None,
    typer.Option(
        "--messages",
        metavar="MODULE:NAME",
        help="Make the actions anew of the recorded frames: the types of the messages, as in Connection(messages=…).",
        rich_help_panel=PANEL,
    ),
]
DecodeName = Annotated[
    str | None,
    typer.Option(
        "--decode",
        metavar="MODULE:NAME",
        help="The same with a function, as in Connection(decode=…).",
        rich_help_panel=PANEL,
    ),
]
ConnectionName = Annotated[
    str | None,
    typer.Option(
        "--connection",
        metavar="NAME",
        help="Only the frames of this connection, where there are several.",
        rich_help_panel=PANEL,
    ),
]


class Decoding(TypedDict):
    """What `replay`, `play` and `History` take."""

    messages: Any
    decode: Decode | None
    connection: str | None


def load_decoding(messages: str | None, decode: str | None, connection: str | None) -> Decoding:
    """Find the decoder.

    Raises:
        Failure: it was not found.
    """
    return {
        "messages": None if messages is None else load("--messages", messages),
        "decode": None if decode is None else load_function("--decode", decode, "a function of a message"),
        "connection": connection,
    }
