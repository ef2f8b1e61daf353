"""What a way to a market says of itself."""

import pytest

from tests.contract.way import FEATURES, NAMES, SOURCES, way


@pytest.mark.parametrize("name", NAMES)
def test_a_way_speaks_to_something_and_says_in_known_words_and_with_a_reason_what_it_can_not_do(name: str) -> None:
    found = way(name)
    assert found.speaks
    assert found.speaks <= SOURCES
    assert found.lacks.keys() <= FEATURES
    assert all(len(reason.split()) > 3 for reason in found.lacks.values())
