"""The bare loop over another client: aiohttp reads, pydantic validates, the result is dropped. ``ADDRESS SIZE``."""

from __future__ import annotations

import asyncio
import sys
from typing import Annotated, Literal

import aiohttp
from pydantic import BaseModel, Field, TypeAdapter

from benchmarks.answer import answer
from benchmarks.counter import check


class Trade(BaseModel, frozen=True):
    type: Literal["trade"]
    symbol: str
    price: float
    size: float


class Quote(BaseModel, frozen=True):
    type: Literal["quote"]
    symbol: str
    bid: float
    ask: float


ADAPTER: TypeAdapter[Trade | Quote] = TypeAdapter(Annotated[Trade | Quote, Field(discriminator="type")])


async def only_validate(url: str, size: int) -> None:
    count = 0
    validate = ADAPTER.validate_json
    async with aiohttp.ClientSession() as session, session.ws_connect(url, compress=0, autoping=True) as socket:
        async for message in socket:
            validate(message.data)
            count += 1
    check(count, size)


def main(address: str, size: int) -> None:
    answer(lambda: asyncio.run(only_validate(f"{address}{size}", size)), size)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
