"""`trimtab report`: the client's report from the command line."""

from pathlib import Path

from common.domain.report import Report
from tests.unit.trimtab.command import trimtab


def test_it_is_kept_beside_the_store_and_says_where(file: Path) -> None:
    made = trimtab("report", "--store", f"sqlite:{file}")
    assert made.code == 0
    sentence, page, data = made.out.strip().splitlines()
    assert "of the budget was spent" in sentence
    assert Path(page).read_text().startswith("<!doctype html>")
    assert Report.model_validate_json(Path(data).read_text()).tenant_id in page


def test_it_is_written_where_it_is_told(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "client.html"
    made = trimtab("report", "--store", f"sqlite:{file}", "--out", out, "--json")
    assert made.code == 0
    assert Report.model_validate(made.data).day
    assert "</html>" in out.read_text()


def test_a_tenant_that_is_not_there_and_a_folder_that_is_not(file: Path, tmp_path: Path) -> None:
    nobody = trimtab("report", "--store", f"sqlite:{file}", "--tenant", "nobody")
    assert nobody.code == 2
    assert "no tenant nobody" in nobody.err
    nowhere = trimtab("report", "--store", f"sqlite:{file}", "--out", tmp_path / "no" / "r.html")
    assert nowhere.code == 2
    assert "r.html" in nowhere.err
