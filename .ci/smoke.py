"""What must work with nothing but the installed wheel; run by .ci/run in an empty folder."""

import asyncio
import subprocess
import sys
import sysconfig
import urllib.request
from dataclasses import dataclass, replace
from importlib.metadata import entry_points
from pathlib import Path

import socketstore
from socketstore import Connection, GotMessage, JustConnected, JustDisconnected, Store, open_log, record, replay
from socketstore.testing import EchoServer

BIN = Path(sys.executable).parent


@dataclass(frozen=True, slots=True)
class Chat:
    lines: tuple[str, ...] = ()
    online: bool = False


def chat(state: Chat, action: object) -> Chat:
    match action:
        case JustConnected():
            return replace(state, online=True)
        case GotMessage(data=text):
            return replace(state, lines=(*state.lines, text))
        case JustDisconnected():
            return replace(state, online=False)
    return state


async def converse(path: Path) -> Chat:
    with open_log(path, mode="x") as log:
        store = Store(chat, Chat(), middleware=[record(log)])
        async with EchoServer() as server, Connection(server.url, store) as connection:
            await connection.send("I am LEGENDARY!")
            await store.wait_for(lambda state: state.lines, timeout=10)
        return store.state


def check_install() -> None:
    package = Path(socketstore.__file__).parent
    check(package.is_relative_to(sysconfig.get_path("purelib")), f"imported from {package}, not from the wheel")
    check((package / "py.typed").is_file(), "py.typed is missing")
    check({"socketstore"} <= {entry.name for entry in entry_points(group="pytest11")}, "no pytest plugin")


def check_commands(session: Path) -> None:
    ran = subprocess.run(  # noqa: S603 - our own program
        [BIN / "socketstore", "replay", session], capture_output=True, text=True, timeout=60, check=True
    )
    check("gotMessage" in ran.stdout, f"replay printed {ran.stdout!r}")
    echo = subprocess.Popen(  # noqa: S603 - our own program
        [BIN / "socketstore", "echo", "--port", "0", "--page"], stdout=subprocess.PIPE, text=True
    )
    try:
        line = next(line for line in iter(echo.stdout.readline, "") if "http://" in line)
        url = next(word for word in line.split() if word.startswith("http://"))
        page = urllib.request.urlopen(url, timeout=10).read().decode()  # noqa: S310 - a loopback address
        check("Connect" in page, "the page has no Connect button")
    finally:
        echo.terminate()
        echo.wait(10)


def check(condition: bool, complaint: str) -> None:  # noqa: FBT001
    if not condition:
        sys.exit(f"smoke test: {complaint}")


def main() -> None:
    check_install()
    session = Path("session.jsonl")
    live = asyncio.run(converse(session))
    check(live == Chat(lines=("I am LEGENDARY!",)), f"the live state is {live}")
    check(replay(open_log(session), chat, Chat()) == live, "the replayed state differs")
    check_commands(session)
    print("smoke test: 5 passed, 0 failed")


main()
