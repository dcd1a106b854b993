"""Rows for the tests of collections: one class of each kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict
from typing_extensions import TypedDict

from socketstore import Action, Entities


@dataclass(frozen=True, slots=True)
class Trade:
    id: str
    at: float = 0.0
    price: float = 0.0


class Quote(BaseModel):
    model_config = ConfigDict(frozen=True)

    id: str
    bid: float = 0.0
    ask: float = 0.0
    levels: tuple[float, ...] = ()


class Level(NamedTuple):
    id: str
    size: int = 0


class Fill(TypedDict, total=False):
    id: str
    size: int
    price: float


class Filled(Action):
    id: str
    size: int = 0


class Trades(Entities[str, Trade]): ...


class ByTime(Entities[str, Trade], key="id", order="at"): ...


class LatestFirst(ByTime, descending=True): ...


def contents(entities: Mapping[Any, Any]) -> list[tuple[Any, Any]]:
    """Return ids and rows in order, having checked that all ways to read them agree."""
    items = list(entities.items())
    assert list(entities) == [key for key, _ in items] == list(entities.keys())
    assert list(entities.values()) == [row for _, row in items] == [entities[key] for key in entities]
    assert list(reversed(entities)) == [key for key, _ in items][::-1]  # type: ignore[call-overload]
    assert len(entities) == len(items)
    return items
