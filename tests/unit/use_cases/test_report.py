"""A report: gathered from documents and sources, made once for the same content, kept where nobody changes it."""

import json
from dataclasses import replace

import pytest

from common.domain import paths
from common.domain.canonical import digest
from common.domain.change import Setting
from common.domain.change_set import PauseIntent
from common.domain.errors import InvalidInput, NotFound, Refused, Unavailable
from common.domain.guardrails import Mode
from common.domain.kpi import KpiReading
from common.domain.manifest import PauseScope
from common.domain.report import Report, SafeguardKind, TrackReport, TrackStatus
from common.domain.trouble import Trouble, TroubleKind
from common.ports.documents import Delete
from common.use_cases.configure import configure, switch_global, switch_tenant, tenant_of
from common.use_cases.connections import absent, checked, note
from common.use_cases.emergency_pause import emergency_pause
from common.use_cases.plan_drafts import approve_draft, drafts_waiting, edit_draft
from common.use_cases.report import gathered, make_report, report_data, report_page, reports_of
from common.web.report_words import ReportWords
from tests.reported import PAGES, Client, busy_client, client, on_day
from tests.world import LOOSE, NORTH, SOUTH, World, auto, euros, origin


@pytest.fixture
def busy() -> Client:
    return busy_client()


def track(found: Report, name: str) -> TrackReport:
    """One track's part."""
    return next(one for one in found.tracks if one.track_id == name)


def test_it_says_how_each_track_stands(busy: Client) -> None:
    found = gathered(busy.ports, "acme")
    north, south = track(found, NORTH), track(found, SOUTH)
    assert (north.status, south.status) == (TrackStatus.DRIFTED, TrackStatus.ON_PLAN)
    assert north.sentence.startswith("Away from the approved plan: live budgets differ by up to 30% from v1; 45% of")
    assert south.sentence.startswith("On plan: 44% of the budget is spent with 45% of the flight behind us;")
    assert found.status is TrackStatus.DRIFTED
    assert found.sentence.endswith("3 things wait for you.")
    assert found.budget == euros(15_000)


def test_the_changelog_and_the_plan_give_what_is_live(busy: Client) -> None:
    for one in gathered(busy.ports, "acme").tracks:
        assert one.reconciliation.holds
        assert one.reconciliation.live == busy.world.manifest(one.track_id).budgets()
    assert track(gathered(busy.ports, "acme"), NORTH).reconciliation.moved == {
        "google_search": -euros(1200),
        "meta": euros(1200),
    }


def test_spend_by_day_is_what_the_platforms_told(busy: Client) -> None:
    points = track(gathered(busy.ports, "acme"), SOUTH).pacing.points
    first = points[0]
    assert first.spent == sum(euros(on_day(name, first.day)) for name in ("search-s", "social-s"))
    told = [one.spent for one in points if one.spent is not None]
    assert len(told) == 28
    assert told == sorted(told)


def test_the_kpi_has_its_target_its_interval_and_its_source(busy: Client) -> None:
    kpi = track(gathered(busy.ports, "acme"), NORTH).kpi
    assert isinstance(kpi, KpiReading)
    assert (kpi.target, kpi.source, kpi.proxy) == (4.0, "ga4", False)
    assert kpi.low is not None
    assert kpi.value is not None
    assert kpi.high is not None
    assert kpi.low < kpi.value < kpi.high


def test_what_waits_has_its_link(busy: Client) -> None:
    found = gathered(busy.ports, "acme")
    kinds = {one.kind: one.url for one in track(found, NORTH).waiting}
    assert kinds.keys() == {"approval", "plan_draft"}
    (draft,) = found.waiting
    assert draft.url == f"{PAGES}/t/acme/drafts/{draft.id}"
    assert kinds["approval"] is not None
    assert kinds["approval"].startswith(f"{PAGES}/t/acme/approvals/")
    without = gathered(replace(busy.ports, pages_url=None), "acme")
    assert without.waiting[0].url is None


def test_a_draft_that_waits_is_what_is_live_until_somebody_edits_it(busy: Client) -> None:
    ports = busy.ports
    (draft,) = drafts_waiting(ports, "acme")
    terms = draft.plan.but(notes=("As agreed by phone.",))
    edit_draft(ports, "acme", draft.draft_id, terms, by="cy@example.com", seen=draft.payload_digest)
    after = gathered(ports, "acme").waiting
    assert [one.summary for one in after] == ["Plan v2, as cy@example.com edited it for north."]


def test_safeguards_in_force(busy: Client) -> None:
    ports = busy.ports
    switch_global(ports, on=True, by="cy@example.com", reason="An audit.")
    switch_tenant(ports, "acme", on=True, by="cy@example.com", reason="A launch.")
    configure(
        ports,
        "acme",
        lambda one: one.but(guardrails=LOOSE.but(mode={"bid": Mode.SHADOW}), degraded_attribution=True),
    )
    found = gathered(ports, "acme")
    assert [one.kind for one in found.safeguards] == [
        SafeguardKind.KILL_SWITCH,
        SafeguardKind.KILL_SWITCH,
        SafeguardKind.DEGRADED,
        SafeguardKind.MODE,
    ]
    assert [one.kind for one in track(found, NORTH).safeguards] == [SafeguardKind.PAUSE]
    assert [one.kind for one in track(found, SOUTH).safeguards] == [SafeguardKind.FREEZE]
    (freeze,) = track(found, SOUTH).safeguards
    assert (
        ReportWords.of(found)
        .safeguard(freeze)
        .endswith("1.8 times what is usual for it against GA4; 25% off is tolerated.")
    )


@pytest.mark.parametrize(
    ("scope", "targets", "status"),
    [
        (PauseScope.TRACK, [NORTH], TrackStatus.STOPPED),
        (PauseScope.CHANNEL, ["meta", "google_search"], TrackStatus.STOPPED),
        (PauseScope.CHANNEL, ["meta"], TrackStatus.BEHIND),
    ],
)
def test_a_track_is_stopped_where_pauses_stop_all_of_it(
    scope: PauseScope, targets: list[str], status: TrackStatus
) -> None:
    world = World.taken_on()
    for target in targets:
        pause = PauseIntent(scope=scope, target=target, reason="spend_spike")
        emergency_pause(world.ports(), world.track(), pause, origin(f"pause-{target}"), "It ran away.", "pauser")
    assert track(gathered(world.ports(), "acme"), NORTH).status is status


def test_edits_by_hand_are_told(busy: Client) -> None:
    (edit,) = track(gathered(busy.ports, "acme"), SOUTH).by_hand
    assert (edit.entity, edit.setting, edit.after) == ("Reels · outdoors", "daily_budget", euros(60))


def test_once_the_revision_is_approved_nothing_is_away_from_the_plan(busy: Client) -> None:
    ports = busy.ports
    (draft,) = drafts_waiting(ports, "acme")
    approve_draft(ports, "acme", draft.draft_id, by="cy@example.com", seen=draft.payload_digest, run="r")
    found = gathered(ports, "acme")
    north = track(found, NORTH)
    assert (north.plan_version, north.drift.over) == (2, False)
    assert [line.kind.value for day in north.changelog for line in day.lines] == ["plan_activated"]
    assert north.reconciliation.holds
    assert found.waiting == ()


def test_it_is_kept_with_its_page_and_found_again(busy: Client) -> None:
    ports = busy.ports
    index = make_report(ports, "acme")
    assert index.report_id == f"2026-05-17-{index.digest[:12]}"
    assert reports_of(ports, "acme") == [index]
    page = report_page(ports, "acme", index.report_id).decode()
    assert "Alpenglow Shoes" in page
    data = Report.model_validate_json(report_data(ports, "acme", index.report_id))
    assert data.content_digest == index.digest
    assert digest({**data.body(), "made_at": None}) != index.digest


def test_the_same_content_is_the_same_report_and_another_is_another(busy: Client) -> None:
    ports = busy.ports
    first = make_report(ports, "acme")
    assert make_report(ports, "acme") == first
    assert len(busy.objects.kept) == 3
    busy.world.clock.forward(minutes=1)
    busy.world.apply(auto(busy.world.wanted("search", Setting.DAILY_BUDGET, euros(91))))
    second = make_report(ports, "acme")
    assert second.report_id != first.report_id
    assert [one.report_id for one in reports_of(ports, "acme")] == [second.report_id, first.report_id]
    assert len(reports_of(ports, "acme", newest=1)) == 1


def test_a_run_that_died_after_the_page_is_finished_by_the_next(busy: Client) -> None:
    ports = busy.ports
    made = make_report(ports, "acme")
    page = busy.objects.kept[made.page]
    del busy.objects.kept[made.data]
    busy.world.documents.commit(Delete(paths.report("acme", made.report_id)))
    again = make_report(ports, "acme")
    assert again.report_id == made.report_id
    assert busy.objects.kept[made.page] == page
    assert json.loads(busy.objects.kept[made.data])["tenant_id"] == "acme"


def test_without_a_place_to_keep_it_nothing_is_made() -> None:
    ports = replace(client().ports, objects=None)
    with pytest.raises(Refused, match="TRIMTAB_OBJECTS"):
        make_report(ports, "acme")


def test_a_storage_that_is_down_leaves_no_index(busy: Client) -> None:
    busy.objects.down = True
    with pytest.raises(Unavailable):
        make_report(busy.ports, "acme")
    assert reports_of(busy.ports, "acme") == []


def test_what_there_is_not() -> None:
    ports = client().ports
    with pytest.raises(NotFound):
        make_report(ports, "nobody")
    with pytest.raises(NotFound):
        report_page(ports, "acme", "2026-05-17-abc")
    with pytest.raises(NotFound):
        report_data(ports, "acme", "2026-05-17-abc")


def test_a_locale_that_is_none_is_said() -> None:
    with pytest.raises(InvalidInput, match="xx_XX is not a locale"):
        make_report(client(locale="xx_XX").ports, "acme")


def test_a_source_that_is_silent_leaves_a_gap_and_a_report(busy: Client) -> None:
    ports = busy.ports
    busy.world.platforms["meta"].down = True
    south = track(gathered(ports, "acme"), SOUTH)
    told = [one.spent for one in south.pacing.points if one.spent is not None]
    assert told == [south.spent]
    assert south.spent > 0


def test_on_the_first_day_there_is_little_to_say() -> None:
    found = gathered(client().ports, "acme")
    north = track(found, NORTH)
    assert north.status is TrackStatus.ON_PLAN
    assert [line.kind.value for day in north.changelog for line in day.lines] == ["genesis"]
    assert "no changes beside daily pacing" in north.sentence


def test_names_are_shown_as_text() -> None:
    evil = '<script>alert("x")</script>'
    page = client(name=evil).page()
    assert evil not in page
    assert "&lt;script&gt;" in page
    assert "<script" not in page


def test_numbers_are_the_tenants() -> None:
    assert "10.000,00\xa0€" in client(locale="es_ES").page()
    assert "€10,000.00" in client(locale="en_GB").page()


def test_without_ga4_the_page_asks_for_it() -> None:
    banner = "Connect GA4 for full optimization"
    assert banner in client(degraded_attribution=True, ga4_property=None).page()
    assert banner not in client().page()


def test_connections_are_told_with_what_is_missing_and_what_to_do() -> None:
    shop = client()
    assert gathered(shop.ports, "acme").connections == ()
    assert "Connections" not in shop.page()
    tenant = tenant_of(shop.ports, "acme")
    checked(shop.ports, tenant, "meta", ())
    absent(shop.ports, tenant, "ga4")
    note(shop.ports, tenant, "google", Trouble(TroubleKind.PERSON, "token_expired", "make a new token"))
    found = gathered(shop.ports, "acme")
    assert [(one.source, one.state.value) for one in found.connections] == [
        ("google", "broken"),
        ("meta", "connected"),
        ("ga4", "absent"),
    ]
    assert found.ga4_source_of_truth is False
    page = shop.page()
    assert "GA4 as the source of truth" in page
    assert "Google: not in use: something that it needs is missing since" in page
    assert "make a new token" in page


def test_a_look_that_finds_nothing_new_changes_nothing_of_what_is_told() -> None:
    """So that a report made again says the same, and is the same."""
    shop = client()
    tenant = tenant_of(shop.ports, "acme")
    checked(shop.ports, tenant, "meta", ())
    told = gathered(shop.ports, "acme").connections
    shop.world.clock.forward(hours=5)
    checked(shop.ports, tenant, "meta", ())
    assert gathered(shop.ports, "acme").connections == told != ()


def test_a_flight_to_come_and_one_that_is_over_have_a_page() -> None:
    shop = client()
    shop.world.clock.forward(days=48)
    shop.spent()
    (track_over, _) = gathered(shop.ports, "acme").tracks
    assert track_over.status is TrackStatus.OVER
    assert track_over.sentence.startswith("The flight is over: ")
    assert "flight over" in shop.page()
    shop.world.clock.forward(days=-65)
    (to_come, _) = gathered(shop.ports, "acme").tracks
    assert to_come.sentence == "Not begun: the flight begins in 3 days; nothing waits for you."
    assert "Not begun" in shop.page()
