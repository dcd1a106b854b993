"""Messages read by pydantic: a union of actions is told by its tags, and reads what it would read otherwise."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import BeforeValidator, TypeAdapter, ValidationError, model_validator
from typing_extensions import TypeAliasType

from socketstore import Action, DecodeError
from socketstore.decoding.by_pydantic import _validator_by_tag
from socketstore.decoding.decoder import reader


class Rung(Action):
    type: Literal["tagged/rung", "tagged/rang"] = "tagged/rung"
    bell: str
    loud: float = 1.0


class Struck(Action):
    type: Literal["tagged/struck"] = "tagged/struck"
    bell: str
    hour: int


class Nested(Action):
    type: Literal["tagged/nested"] = "tagged/nested"
    one: Rung
    other: Rung


class Translated(Action):
    type: Literal["tagged/translated"] = "tagged/translated"
    bell: str

    @model_validator(mode="before")
    @classmethod
    def translate(cls, fields: Any) -> Any:
        return {**fields, "type": "tagged/translated"} if fields.get("type") == "tagged/struck" else fields


class Shouted(Action):
    type: Annotated[Literal["tagged/shouted"], BeforeValidator(str.lower)] = "tagged/shouted"
    bell: str


class Exploding(Action):
    type: Literal["tagged/exploding"] = "tagged/exploding"

    @model_validator(mode="after")
    def explode(self) -> Any:
        raise KeyError(self.type)


UNION = Rung | Struck | Nested
READ = reader(UNION, None)
TRIED = TypeAdapter(UNION)

fields = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(
            ["tagged/rung", "tagged/rang", "tagged/struck", "tagged/nested", "other", None, 3, ["x"]]
        ),
        "bell": st.sampled_from(["ding", 3, None]),
        "loud": st.sampled_from([1, "1.5", "much"]),
        "hour": st.sampled_from([3, 3.0, 3.5, "4"]),
        "one": st.just({"bell": "dong"}),
        "other": st.sampled_from([{"bell": "dong", "type": "tagged/rang"}, {}]),
    },
)


def tried(text: str) -> Any:
    try:
        return TRIED.validate_json(text)
    except ValidationError:
        return DecodeError


def read(text: str) -> Any:
    try:
        return READ(text, lambda value: value)  # type: ignore[arg-type,return-value]
    except DecodeError:
        return DecodeError


@given(fields.map(json.dumps) | st.sampled_from(["", "[]", "3", "nope", '"tagged/rung"']))
@example('{"type": "tagged/rung", "type": "tagged/struck", "bell": "a", "hour": 1}')
@example('{"type": "tagged/struck", "type": "tagged/rung", "bell": "a", "hour": 1}')
@example('{"bell": "a", "hour": 1}')
@example('{"bell": "a"}')
def test_a_union_is_read_as_pydantic_reads_it_that_tries_each_class(text: str) -> None:
    one, other = read(text), tried(text)
    assert one == other
    assert type(one) is type(other)


def test_the_error_is_about_the_class_that_the_tag_names() -> None:
    with pytest.raises(DecodeError) as caught:
        READ('{"type": "tagged/struck", "bell": "a", "hour": "late"}', lambda value: value)  # type: ignore[arg-type,return-value]
    assert "tagged/struck.hour='late': Input should be a valid integer" in str(caught.value)
    assert "Rung." not in str(caught.value)


@pytest.mark.parametrize("union", [UNION, Rung | Exploding, TypeAliasType("Bells", Rung | Struck)])
def test_a_union_of_actions_with_different_tags_is_told_by_them(union: Any) -> None:
    assert _validator_by_tag(union) is not None


@pytest.mark.parametrize(
    "union",
    [Rung, Rung | int, Rung | Translated, Rung | Shouted, Rung | Action, list[Rung | Struck], Rung | dict[str, int]],
)
def test_any_other_type_is_left_to_pydantic(union: Any) -> None:
    assert _validator_by_tag(union) is None


def test_a_class_that_changes_its_tag_before_it_is_read_still_gets_it() -> None:
    message = '{"type": "tagged/struck", "bell": "a"}'
    assert reader(Struck | Translated, None)(message, lambda value: value) == Translated(bell="a")  # type: ignore[arg-type,return-value]


@pytest.mark.parametrize("message", ['{"type": "tagged/exploding"}', "{}"])
def test_a_validator_may_raise_anything_with_a_tag_and_without(message: str) -> None:
    with pytest.raises(DecodeError, match="KeyError"):
        reader(Exploding | Struck, None)(message, lambda value: value)  # type: ignore[arg-type,return-value]
