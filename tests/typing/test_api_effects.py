"""The typed examples of effects and requests also run; that they are well typed, mypy and pyright say."""

from __future__ import annotations

from collections.abc import Callable

import api_effects
import pytest

from socketstore import UsageError


async def test_the_typed_examples_of_effects_run() -> None:
    await api_effects.main()


@pytest.mark.parametrize(
    "mistake",
    [
        api_effects.the_wrong_arguments_are_refused,
        api_effects.no_arguments_are_refused,
        api_effects.a_request_is_an_async_def,
    ],
)
def test_a_mistake_in_a_request_that_the_types_find_is_also_found_when_it_runs(
    mistake: Callable[[], None],
) -> None:
    with pytest.raises(UsageError):
        mistake()


async def test_a_request_without_a_store_is_refused_when_it_runs_too() -> None:
    with pytest.raises(UsageError):
        await api_effects.a_request_without_a_store_is_refused()
