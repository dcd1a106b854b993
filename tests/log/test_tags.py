"""Two action classes with one tag: the one who writes is told, not only the one who reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import pytest

from socketstore import Action, ActionEntry, DecodeError, EncodeError, Log, Store, UsageError, open_log, record
from tests.log.bank import actions_of


class ParcelShipped(Action):
    weight: float


class OtherParcelShipped(Action):
    """A class of another module, as it were, that happens to have the same name."""

    type: str = "parcelShipped"
    weight: float


class LonelyParcelShipped(Action):
    weight: float


@pytest.mark.parametrize("kind", [ParcelShipped, OtherParcelShipped])
def test_an_action_whose_tag_another_class_has_is_refused_when_it_is_written(
    tmp_path: Path, kind: type[ParcelShipped]
) -> None:
    with open_log(tmp_path / "a.jsonl", mode="x") as log:
        for _ in range(2):
            with pytest.raises(
                EncodeError, match=r"which .*ParcelShipped and .*ParcelShipped both have; .*actions=\[\.\.\.\]"
            ):
                log.append(kind(weight=1))
            with pytest.raises(EncodeError, match="both have"):
                log.write(ActionEntry(0, 0, kind(weight=1)))
        assert log.append(LonelyParcelShipped(weight=1)) == 1
        assert log.append({"type": "parcelShipped"}) == 2


def test_the_reducer_does_not_see_it(tmp_path: Path) -> None:
    seen: list[object] = []
    with open_log(tmp_path / "a.jsonl", mode="x") as log:
        store = Store(lambda state, action: seen.append(action) or state, 0, middleware=[record(log)])  # type: ignore[func-returns-value]
        with pytest.raises(EncodeError):
            store.dispatch(ParcelShipped(weight=1))
    assert seen == []


def opened(path: Path) -> Log:
    return open_log(path, mode="a", actions=[ParcelShipped])


def test_the_class_that_is_named_counts(tmp_path: Path) -> None:
    with opened(tmp_path / "a.jsonl") as log:
        assert log.append(ParcelShipped(weight=1)) == 1
    with opened(tmp_path / "a.jsonl") as log:
        assert [entry.action for entry in log.read() if isinstance(entry, ActionEntry)] == [ParcelShipped(weight=1)]


def test_the_other_one_would_be_read_as_the_one_that_is_named(tmp_path: Path) -> None:
    with (
        opened(tmp_path / "a.jsonl") as log,
        pytest.raises(
            EncodeError, match=r"OtherParcelShipped, which would be read as .*\.ParcelShipped: .*name the one to read"
        ),
    ):
        log.append(OtherParcelShipped(weight=1))


def test_a_class_that_was_defined_anew_is_the_same(tmp_path: Path) -> None:
    def define() -> type[Action]:
        class ParcelReturned(Action):
            pass

        return ParcelReturned

    kinds = define(), define()
    with open_log(tmp_path / "a.jsonl", mode="x") as log:
        for kind in kinds:
            log.append(kind())
        assert [type(entry.action) for entry in log.read() if isinstance(entry, ActionEntry)] == [kinds[1]] * 2


class Unbuildable:
    """What pydantic asks of this raises, as a mistake in the program's own code does."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: object) -> Any:
        message = "no schema"
        raise RuntimeError(message)


class LetterWeighedForTags(Action):
    type: Literal["testsOfTags.weighed"] = "testsOfTags.weighed"
    grams: int = 0


def test_a_class_whose_definition_raised_is_in_nobodys_way(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="no schema") as raised:  # which keeps the class

        class LetterBrokenForTags(Action):
            type: Literal["testsOfTags.weighed"] = "testsOfTags.weighed"
            content: Unbuildable

    with open_log(tmp_path / "a.jsonl", mode="x") as log:
        log.append(LetterWeighedForTags(grams=5))
        assert actions_of(log) == [LetterWeighedForTags(grams=5)]
    assert Action.from_json('{"type":"testsOfTags.weighed","grams":5}') == LetterWeighedForTags(grams=5)
    assert raised.value is not None


def test_a_class_that_was_refused_when_it_was_defined_does_not_count_with_the_tag_of_its_base(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as raised:

        class LetterRefusedForTags(LetterWeighedForTags, version=0):
            pass

    with open_log(tmp_path / "a.jsonl", mode="x") as log:
        assert log.append(LetterWeighedForTags(grams=5)) == 1
    assert raised.value is not None


def test_a_class_that_can_never_be_built_is_told_of_to_who_uses_it_alone(tmp_path: Path) -> None:
    class LetterDeferredForTags(Action, defer_build=True):
        type: Literal["testsOfTags.deferred"] = "testsOfTags.deferred"
        content: Unbuildable | None = None

    with open_log(tmp_path / "a.jsonl", mode="x") as log:
        log.append(LetterWeighedForTags(grams=5))
        assert actions_of(log) == [LetterWeighedForTags(grams=5)]
    says = r"got the tag 'testsOfTags.deferred' of .*LetterDeferredForTags, .* RuntimeError: no schema"
    with pytest.raises(DecodeError, match=says):
        Action.from_json('{"type":"testsOfTags.deferred"}')
    (tmp_path / "a.jsonl").write_bytes((tmp_path / "a.jsonl").read_bytes().replace(b".weighed", b".deferred"))
    with open_log(tmp_path / "a.jsonl") as log, pytest.raises(DecodeError, match=says):
        list(log.read())
    with open_log(tmp_path / "b.jsonl", mode="x") as log, pytest.raises(EncodeError, match=says):
        log.append(LetterDeferredForTags.model_construct())
