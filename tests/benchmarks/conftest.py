"""Benchmarks hide what they make from the garbage collector, and show it everything in the end."""

import pytest


@pytest.fixture(autouse=True)
def _quick_collector(frozen_again: None) -> None:
    """Each measurement begins with a collection, which takes a third of a second if it looks at all tests."""
