"""Serves invented prices for the windows: ``python -m examples.desktop [--port 8081]``."""

from __future__ import annotations

import argparse
import asyncio
import sys
from contextlib import suppress

from examples.desktop.server import PriceServer
from examples.saying import say
from socketstore import ListenFailed


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m examples.desktop", description="Serve invented prices.")
    parser.add_argument("--port", type=int, default=8081, help="default: %(default)s")
    try:
        with suppress(KeyboardInterrupt):
            asyncio.run(serve(parser.parse_args().port))
    except ListenFailed as error:
        print(error, file=sys.stderr)
        return 1
    return 0


async def serve(port: int) -> None:
    async with PriceServer(port) as server:
        say(f"Prices at {server.url}  (Ctrl-C ends it)")
        await server.serve_forever()


if __name__ == "__main__":
    sys.exit(main())
