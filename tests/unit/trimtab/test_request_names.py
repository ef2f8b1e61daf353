"""What a platform calls a call that it refused is shown where a person looks for it: its support asks for that."""

from io import StringIO

from rich.console import Console

from common.domain.change import Setting
from tests.functions.approval.office import VI, Office
from tests.world import auto, euros
from trimtab import show_records


def test_the_log_on_the_terminal_and_the_changes_page_name_it() -> None:
    office = Office()
    world = office.world
    world.platforms["google"].request_id = "RaB1cDeF"
    world.platforms["google"].rejects.add("search")
    refused = world.apply(auto(world.wanted("search", Setting.DAILY_BUDGET, euros(90))))

    out = StringIO()
    show_records.log(Console(file=out, width=200), world.log(), "EUR")
    assert "(failed: rejected; the platform's request RaB1cDeF)" in out.getvalue()

    page = office.browser(VI).get(f"/t/acme/changes/{refused.change_set_id}").text
    assert "failed (rejected), the platform&#39;s request RaB1cDeF" in page
