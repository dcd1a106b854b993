"""A state at the end, with all that its mappings hold."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from immutables import Map
from pydantic import BaseModel
from rich.pretty import pretty_repr

from socketstore import Entities
from socketstore.cli.opened import opened


@dataclass(frozen=True, slots=True)
class Shelf:
    id: int
    jars: Any = ()
    hidden: Any = field(default=None, repr=False)


class Label(NamedTuple):
    text: Any


class Crate(BaseModel):
    jars: Any


def test_every_mapping_is_opened_wherever_it_stands() -> None:
    jars: Any = Map(plum=Map(grams=250))
    inside = {"plum": {"grams": 250}}
    state = [Shelf(1, jars), (Label(jars),), {"crate": Crate(jars=jars)}, OrderedDict(a=1)]
    assert opened(state) == [Shelf(1, inside), (Label(inside),), {"crate": Crate(jars=inside)}, OrderedDict(a=1)]
    assert state[0] == Shelf(1, jars)


def test_all_rows_of_entities_are_shown_a_line_for_each_where_they_are_long() -> None:
    rows = Entities(Shelf(number, ("j" * 40,), hidden="unseen") for number in range(6))
    lines = pretty_repr(opened(rows), max_width=60).splitlines()
    assert sum("id=" in line for line in lines) == 6
    assert "unseen" not in "".join(lines)


def test_what_has_no_other_look_stays_itself_and_what_holds_itself_comes_to_an_end() -> None:
    plain = object()
    assert opened(plain) is plain
    assert opened(Shelf) is Shelf
    held: list[Any] = [Map(a=1)]
    held.append(held)
    assert opened(held)[0] == {"a": 1}
    assert opened(held)[1] is held
