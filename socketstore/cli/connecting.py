"""What commands that are given a URL share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from websockets.exceptions import InvalidURI
from websockets.uri import parse_uri

from socketstore.connection.backoff import Backoff
from socketstore.connection.connection import Connection
from socketstore.connection.wire_log import WireLog
from socketstore.sockets.failures import connection_failed
from socketstore.store.store import Store

CLOSE_TIMEOUT = 3.0  # seconds that who pressed Ctrl-C waits for a server that does not answer


def connect(
    url: str,
    store: Store[Any],
    texts: Sequence[str],
    *,
    reconnect: Backoff | None = None,
    log: WireLog | None = None,
) -> Connection:
    """Make a connection that sends these texts after each open.

    Args:
        url: where to.
        store: what it dispatches to.
        texts: what it sends.
        reconnect: when to connect again; `None`: never.
        log: where the wire is recorded; `None`: nowhere.

    Raises:
        ConnectionFailed: the URL is none. Said before anything happens, so that it is all that is said.
    """
    try:
        parse_uri(url)
    except InvalidURI as error:
        raise connection_failed(error, url) from error

    async def send(connection: Connection) -> None:
        for text in texts:
            await connection.send(text)

    return Connection(
        url,
        store,
        reconnect=reconnect,
        on_open=send,
        open_timeout=None,
        close_timeout=CLOSE_TIMEOUT,
        log=log,
    )
