"""Names from outside, in the middle of our own sentences."""

from common.domain.text import LONGEST_NAME, honest, one_line
from tests.world import entity


def test_what_shows_nothing_or_turns_the_text_is_spelled_out_and_the_rest_stays() -> None:
    assert honest("Zapatos · niños\u202e\x1b[31m\u200b") == "Zapatos · niños[U+202E][U+001B][31m[U+200B]"
    assert honest("two\nlines\tand a tab") == "two\nlines\tand a tab"
    assert honest(12) == 12


def test_a_name_can_not_begin_a_line_of_its_own_nor_fill_the_page() -> None:
    assert one_line("Search\n2026-05-04 applied by ana\r\n") == "Search 2026-05-04 applied by ana"
    assert one_line("x" * 5000) == "x" * (LONGEST_NAME - 1) + "…"


def test_an_entity_is_called_by_its_name_or_else_by_its_id() -> None:
    assert entity("search", 100, name="Search · brand").called == "Search · brand"
    assert entity("search", 100, name=" \n").called == "search"
