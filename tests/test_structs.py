"""Structs of msgspec elsewhere than in messages and logs: what the tools call them, and states made of them."""

from __future__ import annotations

import math
import warnings
from typing import Any

import msgspec
import pytest

from socketstore import (
    DecodeError,
    EncodeError,
    PurityError,
    SerializableWarning,
    Slice,
    Store,
    check_purity,
    check_serializable,
    combine_reducers,
    differences,
)
from socketstore.cli.describing import name_of, words_of
from socketstore.log.states import digest, state_from_json, state_to_json
from socketstore.middleware.describing import describe


class Boarded(msgspec.Struct, frozen=True, tag="struct/boarded"):
    vessel: str
    at_hour: float


class Roll(msgspec.Struct, frozen=True):
    last: dict[int, Boarded] = {}
    count: int = 0


class Escorted(msgspec.Struct, frozen=True, tag="struct/escorted"):
    first: Boarded
    other: Any


class Loose(msgspec.Struct, tag="struct/loose"):
    names: list[str]


BOARDED = Boarded("Argo", 2.5)


def test_a_struct_is_told_by_its_tag_and_its_fields_in_their_order() -> None:
    assert (name_of(BOARDED), words_of(BOARDED)) == ("struct/boarded", 'vessel="Argo" at_hour=2.5')
    assert describe(BOARDED, 50) == "struct/boarded vessel='Argo' at_hour=2.5"
    assert (name_of(Roll()), describe(Roll(), 50)) == ("Roll", "Roll last={} count=0")


def warnings_of(action: Any) -> list[str]:
    store = Store(lambda state, _: state, 0, middleware=[check_serializable])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", SerializableWarning)
        store.dispatch(action)
    return [str(warning.message) for warning in caught]


@pytest.mark.parametrize(
    ("action", "words"),
    [
        (
            Boarded("Argo", math.nan),
            "it could not be read back: ",
        ),
        (Boarded("Argo", object()), "at_hour is <object"),  # type: ignore[arg-type]
        (Escorted(BOARDED, object()), "other is <object"),
        (Roll(), "it has no tag"),
        (Loose([]), "it may be changed"),
    ],
)
def test_check_serializable_warns_of_structs_that_no_log_can_hold(action: Any, words: str) -> None:
    (warning,) = warnings_of(action)
    assert f"could not be kept in a log: {words}" in warning


def test_check_serializable_says_nothing_of_one_that_a_log_can_hold() -> None:
    assert warnings_of(BOARDED) == []


def test_check_purity_finds_a_reducer_that_changes_a_struct() -> None:
    def adds(state: int, action: Loose) -> int:
        action.names.append("x")
        return state + 1

    with pytest.raises(PurityError, match=r"names\[0\]: added 'x'"):
        Store(adds, 0, middleware=[check_purity]).dispatch(Loose([]))


def test_a_state_of_structs_is_kept_compared_and_combined() -> None:
    state = Roll({3: BOARDED}, 1)
    assert state_from_json(state_to_json(state), Roll) == state
    assert digest(state) == digest(Roll({3: Boarded("Argo", 2.5)}, 1)) != digest(Roll({3: BOARDED}, 2))
    (changed,) = differences(state, Roll({3: Boarded("Argo", 3.0)}, 1))
    assert changed.path == "last[3].at_hour"
    count = Slice(0)
    count.on(Boarded)(lambda state, _: state + 1)
    store = Store(combine_reducers(Roll, count=count), Roll())
    store.dispatch(BOARDED)
    assert store.state == Roll({}, 1)


def test_a_state_of_structs_that_would_not_come_back_is_refused() -> None:
    with pytest.raises(EncodeError, match="could not be read back"):
        state_to_json(Roll({3: Boarded("Argo", math.nan)}))
    with pytest.raises(EncodeError, match="cannot be written as JSON"):
        state_to_json(Roll({3: object()}))  # type: ignore[dict-item]
    with pytest.raises(DecodeError, match="expected Roll: count: Expected `int`, got `str`"):
        state_from_json({"count": "many"}, Roll)
