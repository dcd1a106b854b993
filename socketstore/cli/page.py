"""The browser page, served by the very server that it talks to."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

from websockets.asyncio.server import ServerConnection
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from socketstore.cli.failing import Failure

INSTALLED = Path(__file__).with_name("page.html")
IN_A_CHECKOUT = Path(__file__).parents[2] / "examples" / "browser" / "index.html"

ProcessRequest = Callable[[ServerConnection, Request], Response | None]


def page_server() -> ProcessRequest:
    """Make what answers plain HTTP requests: the page at ``/``, 404 elsewhere. WebSocket handshakes pass.

    Raises:
        Failure: this installation has no page.
    """
    page = _read_page()

    def process_request(_: ServerConnection, request: Request) -> Response | None:
        if "Upgrade" in request.headers:
            return None
        if urlsplit(request.path).path == "/":
            return _response(HTTPStatus.OK, "text/html", page)
        return _response(HTTPStatus.NOT_FOUND, "text/plain", b"Not found. The page is at /\n")

    return process_request


def _read_page() -> bytes:
    for path in (INSTALLED, IN_A_CHECKOUT):
        if path.exists():
            return path.read_bytes()
    message = f"the browser page is missing: expected {INSTALLED}; install socketstore again"
    raise Failure(message)


def _response(status: HTTPStatus, kind: str, body: bytes) -> Response:
    headers = Headers(
        {
            "Content-Type": f"{kind}; charset=utf-8",
            "Content-Length": str(len(body)),
            "Cache-Control": "no-store",
            "Connection": "close",
        }
    )
    return Response(status.value, status.phrase, headers, body)
