"""A page whose sockets do all that a recording has to show, in a real browser that is recorded in several ways."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, async_playwright
from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosedError
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

CHROMIUM = shutil.which("chromium")
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]

PAGES = {
    "/": ("text/html", b"<title>sockets</title>"),
    "/favicon.ico": ("image/png", b"\x89PNG"),
    "/prices.json": ("application/json", b'{"prices": [1, 2, 3]}'),
}

SCRIPT = """
async (address) => {
    const answered = (socket) => new Promise((done) => socket.addEventListener("message", done, {once: true}));
    const gone = (socket) => new Promise((done) => socket.addEventListener("close", done, {once: true}));
    const open = async (...parts) => {
        const socket = new WebSocket(...parts);
        await new Promise((done) => socket.addEventListener("open", done, {once: true}));
        return socket;
    };
    await (await fetch("/prices.json")).json();
    const feed = await open(`ws://${address}/feed?token=hunter2`, ["prices.v2"]);
    const chat = await open(`ws://${address}/chat`);
    for (const text of ["hello", "gr\\u00fc\\u00df dich \\u2713", ""]) {
        feed.send(text);
        await answered(feed);
    }
    chat.send(new Uint8Array([0, 1, 254, 255]));
    await answered(chat);
    chat.send("bye");  // the server closes with a code of its own
    await gone(chat);
    const refused = new WebSocket(`ws://${address}/refused`);
    await gone(refused);
    const broken = await open(`ws://${address}/broken`);
    broken.send("cut");  // the server cuts the line
    await gone(broken);
    feed.close(3001, "done");
    await gone(feed);
}
"""


READY = """
async () => {  // DevTools has asked the page for what happens on its network, and has an answer to a later question
    const SDK = await import("./core/sdk/sdk.js");
    const target = SDK.TargetManager.TargetManager.instance().primaryPageTarget();
    if (target?.model(SDK.NetworkManager.NetworkManager) == null) return false;
    return Boolean(await target.runtimeAgent().invoke_evaluate({expression: "1"}));
}
"""

FINISHED = """
async () => {
    const Logs = await import("./models/logs/logs.js");
    const sockets = Logs.NetworkLog.NetworkLog.instance().requests().filter((one) => one.url().startsWith("ws"));
    return sockets.length === 4 && sockets.every((one) => one.finished);
}
"""

EXPORT = """
async () => {
    const [HAR, Logs] = await Promise.all([import("./models/har/har.js"), import("./models/logs/logs.js")]);
    const requests = Logs.NetworkLog.NetworkLog.instance().requests();
    return JSON.stringify({log: await HAR.Log.Log.build(requests, {sanitize: false})});
}
"""

IMPORT = """
async (text) => {
    const HAR = await import("./models/har/har.js");
    const root = new HAR.HARFormat.HARRoot(JSON.parse(text));
    return HAR.Importer.Importer.requestsFromHARLog(root.log).map((one) => ({
        url: one.url(), status: one.statusCode, kind: one.resourceType().name(), frames: one.frames(),
    }));
}
"""


@dataclass(frozen=True)
class Recording:
    """One run of the page, as it was recorded in three ways.

    Attributes:
        chrome: the HAR file that Chrome's DevTools export.
        playwright: the one that Playwright records.
        events: of the DevTools protocol.
    """

    chrome: dict[str, Any]
    playwright: dict[str, Any]
    events: list[dict[str, Any]]


async def _speak(peer: ServerConnection) -> None:
    with suppress(ConnectionClosedError):
        await _echo(peer)


async def _echo(peer: ServerConnection) -> None:
    async for message in peer:
        if message == "bye":
            await peer.close(4000, "bye to you")
            return
        if message == "cut":
            peer.transport.abort()
        await peer.send(message)


def _chosen(peer: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    return offered[0] if offered else None


async def _answer(peer: ServerConnection, request: Request) -> Response | None:
    path = request.path.partition("?")[0]
    if path in PAGES:
        kind, body = PAGES[path]
        headers = Headers({"Content-Type": kind, "Content-Length": str(len(body)), "Set-Cookie": "session=hunter2"})
        return Response(200, "OK", headers, body)
    return peer.respond(HTTPStatus.FORBIDDEN, "no") if path == "/refused" else None


@asynccontextmanager
async def served() -> AsyncIterator[str]:
    """Serve the page and its sockets, and give the address."""
    async with serve(_speak, "127.0.0.1", 0, process_request=_answer, select_subprotocol=_chosen) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield f"127.0.0.1:{port}"


async def recorded(folder: Path) -> Recording:
    """Run the page in a browser, and record it in three ways.

    Args:
        folder: where Playwright leaves its file.
    """
    events: list[dict[str, Any]] = []
    async with served() as address, launched() as (browser, port):
        context = await browser.new_context(record_har_path=folder / "playwright.har", record_har_content="embed")
        page = await context.new_page()
        await _listen(page, events)
        await page.goto(f"http://{address}/")
        tools = await _tools_of(page, port)
        await page.evaluate(SCRIPT, address)
        await _until(tools, FINISHED)
        chrome = json.loads(await tools.evaluate(EXPORT))
        await context.close()
    playwright = json.loads((folder / "playwright.har").read_text(encoding="utf-8"))
    return Recording(chrome, playwright, events)


async def imported(har: str) -> list[dict[str, Any]]:
    """Return what Chrome's DevTools make of a HAR file."""
    async with launched() as (browser, port):
        page = await browser.new_page()
        tools = await _tools_of(page, port)
        found: list[dict[str, Any]] = await tools.evaluate(IMPORT, har)
        return found


@asynccontextmanager
async def launched() -> AsyncIterator[tuple[Browser, int]]:
    """Run a browser, and give it with the port at which its DevTools find it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = [*OPTIONS, f"--remote-debugging-port={port}", "--remote-allow-origins=*"]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=options)
        try:
            yield browser, port
        finally:
            await browser.close()


async def _tools_of(page: Page, port: int) -> Page:
    """Open the DevTools of a page, which are a page themselves."""
    session = await page.context.new_cdp_session(page)
    target = (await session.send("Target.getTargetInfo"))["targetInfo"]["targetId"]
    context = await page.context.browser.new_context()  # type: ignore[union-attr] - it has been launched
    tools = await context.new_page()
    await tools.goto(f"devtools://devtools/bundled/inspector.html?ws=127.0.0.1:{port}/devtools/page/{target}")
    await _until(tools, READY)
    return tools


async def _until(page: Page, condition: str) -> None:
    """Ask a page again and again, as `wait_for_function` does not wait for promises."""
    await page.evaluate(
        f"async () => {{ while (!await ({condition})()) await new Promise((done) => setTimeout(done, 5)); }}"
    )


async def _listen(page: Page, events: list[dict[str, Any]]) -> None:
    session = await page.context.new_cdp_session(page)
    for name in (
        "Created",
        "WillSendHandshakeRequest",
        "HandshakeResponseReceived",
        "FrameSent",
        "FrameReceived",
        "FrameError",
        "Closed",
    ):
        method = f"Network.webSocket{name}"
        session.on(method, lambda params, method=method: events.append({"method": method, "params": params}))
    await session.send("Network.enable")


def main() -> None:
    """Make the test data anew."""
    here = Path(__file__).parent
    with tempfile.TemporaryDirectory() as folder:
        made = asyncio.run(recorded(Path(folder)))
    for name, har in (("chrome", made.chrome), ("playwright", made.playwright)):
        (here / f"{name}.har").write_text(json.dumps(har, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    lines = (json.dumps(event, ensure_ascii=False) for event in made.events)
    (here / "devtools.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


if __name__ == "__main__":
    main()
