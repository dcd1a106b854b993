"""Where the messages come from: a recording of the exchange, or a small feed that is invented here."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from examples.market.invented import invented_messages

CAPTURE = "COINBASE.ws.28.0.gz"
BESIDE_THE_CHECKOUT = Path(__file__).resolve().parents[3] / "shared" / "captures"


@dataclass(frozen=True, slots=True)
class Frame:
    """One message of the exchange.

    Attributes:
        at: Unix time in seconds at which it was received.
        text: the message, as it came.
    """

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Feed:
    """Messages in their order, and a line that says where they are from."""

    title: str
    frames: tuple[Frame, ...]


def load_feed(named: str | None = None) -> Feed:
    """Load the recording that was named or found; without one, invent a feed.

    Raises:
        OSError: the recording cannot be opened, or is not compressed with gzip.
        ValueError: it is no recording.
    """
    path = Path(named) if named else find_capture()
    if path is None:
        return invented_feed()
    frames = read_capture(path)
    return Feed(f"{len(frames):,} messages, as Coinbase sent them: {path.name}", frames)


def find_capture() -> Path | None:
    """Look for the recording in the folder ``$SOCKETSTORE_CAPTURES``, by default beside this checkout."""
    path = Path(os.environ.get("SOCKETSTORE_CAPTURES") or BESIDE_THE_CHECKOUT) / CAPTURE
    return path if path.exists() else None


def read_capture(path: Path) -> tuple[Frame, ...]:
    """Read what was received; the lines on what was sent, and on the connection, are passed over.

    Raises:
        OSError: it cannot be opened, or is not compressed with gzip.
        ValueError: there is no message in it.
    """
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        frames = tuple(received(lines))
    if not frames:
        message = f"{path} holds no message; expected lines such as '1618677817.06: {{...}}'"
        raise ValueError(message)
    return frames


def received(lines: Iterable[str]) -> Iterator[Frame]:
    """Pick the lines of the form ``1618677817.06: {...}``; ``wss://... <- 1618677817.02: {...}`` was sent."""
    for line in lines:
        at, colon, text = line.rstrip("\n").partition(": ")
        if colon and " " not in at:
            yield Frame(float(at), text)


def invented_feed(seed: int = 1, updates: int = 3_000) -> Feed:
    """Invent a feed; the same seed gives the same messages."""
    frames = tuple(Frame(at, text) for at, text in invented_messages(seed, updates))
    return Feed(f"{len(frames):,} invented messages, as no recording was named", frames)
