"""The pictures in the docs show the pages as they are."""

import json
from pathlib import Path

from tests.browser.conftest import WIDTHS
from tests.browser.pictures import REPORT, SHOWN, paths, shown
from tests.browser.showcase import showcase

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"


def test_the_pictures_are_of_what_the_pages_show_now() -> None:
    """Where this fails, run `make pictures`, look at each that changed, and commit them with what changed them."""
    taken, now = json.loads((PICTURES / SHOWN).read_text()), shown(showcase())
    stale = [name for name in sorted({*taken, *now}) if taken.get(name) != now.get(name)]
    assert stale == [], "run `make pictures`, and look at these"


def test_there_is_a_picture_of_each_page_at_each_width_and_no_other() -> None:
    names = {f"{page}-{size}.png" for page in (*paths(showcase()), "request-dark", REPORT) for size in WIDTHS}
    assert {one.name for one in PICTURES.iterdir()} == {*names, SHOWN}
