"""A week in which much goes wrong, played through the whole loop: what must hold at its end, and at every step."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

import pytest

from common.adapters.memory_bus import MemoryBus
from common.adapters.sqlite import SqliteDocuments
from common.decisions import pacing
from common.decisions.guardrails import judge
from common.domain import paths
from common.domain.approval import Approval
from common.domain.calendar import TenantCalendar
from common.domain.canonical import canonical, digest
from common.domain.change import OptimizationType, Setting, Status
from common.domain.change_set import ChangeSet, ChangeSetState
from common.domain.event import TOPIC, Event
from common.domain.log_entry import EntryKind
from common.domain.paths import Track
from common.domain.plan_draft import PlanDraft
from common.domain.tick import Cadence, window_of
from common.ports.documents import Conflict, Create, Document, Documents, Page, Query, Write
from common.use_cases.archived_inputs import archive_inputs, inputs_of
from common.use_cases.day_sources import bearing_budgets
from common.use_cases.kept_inputs import again, keep
from common.use_cases.pace import pace
from common.use_cases.ports import Ports
from common.use_cases.queries import every, state_of
from common.use_cases.remember import WHOLE_TRACK
from common.use_cases.verify import verify
from sandbox.answering import Person
from sandbox.outcome import happened
from tests.fakes.documents import MemoryDocuments
from tests.fakes.objects import MemoryObjects
from tests.unit.sandbox.played_week import TENANT, Week, agree, begun, calm_week, troubled_week
from tests.unit.use_cases.deliveries import kept, settle

BRAND = Track(TENANT, "brand")


@pytest.fixture(scope="module")
def played() -> tuple[Week, list[Event]]:
    """The troubled week, played to its end, and the events that went out."""
    week = begun(troubled_week())
    assert isinstance(week.ports.bus, MemoryBus)
    sent = kept(week.ports.bus, TOPIC)
    week.to_the_end()
    settle(week.ports.bus)
    return week, [Event.model_validate_json(message.data) for message in sent]


@pytest.fixture(scope="module")
def week(played: tuple[Week, list[Event]]) -> Week:
    """The troubled week at its end."""
    return played[0]


def test_every_log_verifies_and_replays_to_its_manifest(week: Week) -> None:
    assert [verify(week.ports, track).faults for track in week.tracks] == [() for _ in week.tracks]


def test_at_the_end_the_manifests_say_what_is_live_and_nothing_is_left_to_do(week: Week) -> None:
    for manifest in week.manifests():
        assert manifest.at_rest
        entities = manifest.entities.items()
        shown = week.live(manifest)
        assert {name: {one: entity.value(one) for one in shown[name]} for name, entity in entities} == shown


def test_allocations_are_those_of_the_plan_then_in_force(week: Week) -> None:
    plan = week.player.active_plan()
    assert plan.version == 4
    for manifest in week.manifests():
        assert manifest.plan_version == (4 if manifest.track_id == "local" else 3)
        assert manifest.budgets() == {line.channel: line.budget for line in plan.slice(manifest.track_id).channels}


def test_only_what_ran_away_unseen_is_over_the_plan_in_spite_of_it_all(week: Week) -> None:
    over = {row.channel for row in week.player.results() if row.error_pct > 0.5}
    assert over <= {"social"}


def test_every_tick_left_a_reason_for_every_entity_that_money_is_given_to(week: Week) -> None:
    assert len(week.ticks) == 2 * 7 * 24
    entities = {
        manifest.track_id: {one.entity_id for one in bearing_budgets(manifest)} for manifest in week.manifests()
    }
    for tick in week.ticks:
        assert entities[tick.track.track_id] <= {reason.entity_id for reason in tick.reasons}


def test_the_days_reasons_are_kept_with_how_often_they_were_given(week: Week) -> None:
    state = state_of(week.ports, BRAND)
    assert state is not None
    assert str(state.reasons_day) == "2026-06-07"
    days = TenantCalendar.of("Europe/Madrid")
    last_day = [tick for tick in week.ticks if tick.track == BRAND and days.day_of(tick.window) == state.reasons_day]
    given = Counter((one.entity_id or WHOLE_TRACK, one.code) for tick in last_day for one in tick.reasons)
    kept = {(one.entity_id, one.reason.code): one.count for one in state.reasons}
    assert all(kept.get(key, 0) - count in (0, 1) for key, count in given.items()), "the review may say it once too"
    assert "still_learning" in {code for _, code in kept.keys() - given.keys()}, "what the checks named"


def failures(week: Week) -> dict[str, set[EntryKind]]:
    """Every code of a change that did not land, with the kinds of entries that tell of it."""
    found: dict[str, set[EntryKind]] = {}
    for entry in week.log():
        for change in entry.changes:
            if change.code:
                found.setdefault(change.code, set()).add(entry.kind)
    return found


def test_each_way_in_which_the_platform_failed_is_in_the_log_by_its_code(week: Week) -> None:
    found = failures(week)
    assert EntryKind.FAILED in found["rate_limited"]
    assert EntryKind.APPLIED in found["internal_error"]
    assert found.keys() <= {"rate_limited", "internal_error", "platform_unavailable"}


def test_a_write_that_the_platform_did_not_answer_is_known_by_reading_it_back(week: Week) -> None:
    during = ("2026-06-04T07", "2026-06-04T18")
    made = [one for one in week.change_sets() if during[0] <= one.created_at.isoformat() < during[1]]
    silent = [one for one in made if one.track_id == "local"]
    assert any(change.entity_id == "search" for one in silent for change in one.changes)
    assert {one.state for one in silent} == {ChangeSetState.APPLIED}


def test_while_the_platform_is_down_the_ticks_say_so(week: Week) -> None:
    told = [
        (tick.track.track_id, f"{tick.window:%d %H}", reason.measured)
        for tick in week.ticks
        for reason in tick.reasons
        if reason.code == "platform_silent"
    ]
    hours = [f"05 {hour:02}" for hour in range(4, 12)]
    assert told == [(track, hour, "google_ads") for hour in hours for track in ("brand", "local")]


def test_an_edit_by_hand_is_adopted_asked_about_and_put_back_once_people_say_so(week: Week) -> None:
    hour = [entry for entry in week.log() if f"{entry.at:%d %H}" == "02 08"]
    told = [entry for entry in hour if entry.kind is not EntryKind.APPLIED or " back to " in entry.why]
    kinds = [EntryKind.EXTERNAL_CHANGE, EntryKind.PENDING, EntryKind.APPROVED, EntryKind.APPLIED]
    assert [entry.kind for entry in told] == kinds
    edit, _, _, undo = (next(c for c in entry.changes if c.entity_id == "search") for entry in told)
    assert (edit.before, edit.after) == (undo.after, undo.before)
    assert edit.after == 250_000_000
    assert week.player.played.approvals == 1


def test_a_runaway_is_stopped_before_it_eats_the_allocation(week: Week) -> None:
    statuses = [
        (entry.at.day, change.after)
        for entry in week.log()
        for change in entry.changes
        if change.entity_id == "social" and change.setting == Setting.STATUS
    ]
    assert statuses[0] == (6, Status.PAUSED)


def test_what_was_out_of_the_ordinary_is_told_in_order_and_repetitions_once(week: Week) -> None:
    told = happened(week.ports, week.player.world)
    assert [one.at for one in told] == sorted(one.at for one in told)
    failed = [entry for entry in week.log() if entry.kind is EntryKind.FAILED]
    rows = [one for one in told if one.what == EntryKind.FAILED.value]
    assert sum(one.times for one in rows) == len(failed)
    assert len(rows) < len(failed)
    assert {one.what for one in told} >= {"failed", "external_change", "pending", "approved", "plan_activated"}


def test_two_plays_leave_the_same_logs_to_the_byte(week: Week) -> None:
    other = begun(troubled_week()).to_the_end()
    assert [canonical(entry.body()) for entry in other.log()] == [canonical(entry.body()) for entry in week.log()]


def test_every_entry_but_notes_has_its_event_with_what_the_entry_says(played: tuple[Week, list[Event]]) -> None:
    week, events = played
    assert len({event.id for event in events}) == len(events)
    by_entry = {(event.data.track_id, event.data.seq): event for event in events}
    untold = {EntryKind.GENESIS, EntryKind.APPROVED, EntryKind.BLOCKED, EntryKind.NOTE}
    for entry in week.log():
        event = by_entry.pop((entry.track_id, entry.seq), None)
        assert (event is None) == (entry.kind in untold)
        if event is not None:
            told = event.data
            assert (told.revision, told.why, told.changes) == (entry.revision, entry.why, entry.changes)
    assert by_entry == {}


def test_every_past_decision_can_be_made_again_from_its_kept_inputs(week: Week) -> None:
    """Those of the first days from object storage, those of the last from the store."""
    store = MemoryDocuments()
    store.commit(*(Create(one.path, one.data) for one in every(week.ports, Query(paths.inputs(TENANT)))))
    ports = replace(week.ports, documents=store, objects=MemoryObjects())
    assert 20 < archive_inputs(ports, TENANT) < len(week.change_sets())
    decided = [one for one in week.change_sets() if one.origin.cadence == "pacing"]
    assert len(decided) > 50
    by_tick = sorted(decided, key=_tick)
    for _, made in groupby(by_tick, key=_tick):
        _must_come_again(ports, list(made))


def _tick(change_set: ChangeSet) -> tuple[str, str]:
    return change_set.track_id, change_set.origin.window.isoformat()


def _must_come_again(ports: Ports, made: Sequence[ChangeSet]) -> None:
    """All that one tick decided."""
    inputs = inputs_of(ports, made[0])
    assert all(one.inputs == made[0].inputs for one in made), "they share what they were decided on"
    facts = again(inputs)
    assert keep(facts) == inputs
    wanted = {one.proposal_id: one.body() for one in pacing.decide(facts).proposals}
    proposals = [proposal for change_set in made for proposal in change_set.proposals]
    paced = {one.proposal_id: one.body() for one in proposals if one.type is OptimizationType.PACE}
    assert digest(paced) == digest({name: body for name, body in wanted.items() if name in paced})
    judged = {one.proposal.proposal_id: one for one in judge(proposals, facts)}
    for change_set in made:
        mine = [judged[proposal.proposal_id] for proposal in change_set.proposals]
        assert {one.verdict for one in mine} == {change_set.verdict}
        assert tuple(reason for one in mine for reason in one.reasons) == change_set.reasons


class CountingDocuments:
    """A store that writes down what it is asked for."""

    def __init__(self) -> None:
        self._store = SqliteDocuments()
        self.calls: list[tuple[str, tuple[str, ...]]] = []

    def read(self, *paths: str) -> tuple[Document | None, ...]:
        """As the port says."""
        self.calls.append(("read", paths))
        return self._store.read(*paths)

    def commit(self, *writes: Write) -> tuple[str, ...]:
        """As the port says."""
        self.calls.append(("commit", tuple(write.path for write in writes)))
        return self._store.commit(*writes)

    def query(self, query: Query) -> Page:
        """As the port says."""
        self.calls.append(("query", (query.collection,)))
        return self._store.query(query)


def test_a_tick_that_changes_nothing_reads_manifest_and_state_at_once_and_writes_the_state() -> None:
    documents = CountingDocuments()
    week = begun(calm_week(), documents=documents)
    nothing_to_do = [("read", (BRAND.manifest, BRAND.state)), ("commit", (BRAND.state,))]
    nobody_sweeps = ("read", (BRAND.log_entry(0),))  # which pacing looks into in one hour of the day
    idle, busy, missed = 0, 0, 0
    for hour in range(48):
        documents.calls.clear()
        tick = pace(week.ports, BRAND, window_of(Cadence.PACING, week.ports.clock.now()), week.ports.new_run())
        if tick.change_sets:
            busy += 1
        elif hour:  # the first one reads tenant and plan too, which are then remembered
            idle += 1
            missed += nobody_sweeps in documents.calls
            assert [call for call in documents.calls if call != nobody_sweeps] == nothing_to_do
        week.player.world.market.advance_hour()
    assert idle > 24
    assert busy > 3
    assert missed == 1


def test_a_tick_that_comes_twice_reads_and_writes_no_more() -> None:
    documents = CountingDocuments()
    week = begun(calm_week(), documents=documents)
    window = window_of(Cadence.PACING, week.ports.clock.now())
    pace(week.ports, BRAND, window, "run-a")
    documents.calls.clear()
    assert [reason.code for reason in pace(week.ports, BRAND, window, "run-b").reasons] == ["window_done"]
    assert documents.calls == [("read", (BRAND.manifest, BRAND.state))]


def edited_by_hand(person: Person) -> Week:
    """The troubled week until the evening after the edit."""
    week = begun(troubled_week(), person)
    for _ in range(24 + 20):
        week.ticks.extend(week.player.hour())
    return week


def test_while_nobody_answers_pacing_leaves_the_edited_setting_alone_and_says_so() -> None:
    week = edited_by_hand(lambda _: None)
    (manifest, _) = week.manifests()
    assert manifest.entities["search"].daily_budget == 250_000_000
    waits = [reason for tick in week.ticks for reason in tick.reasons if reason.code == "awaiting_person"]
    assert {reason.entity_id for reason in waits} == {"search"}
    assert [row.waiting for row in week.player.results() if row.track_id == "brand"] == [1, 0, 0, 0]


def test_a_no_keeps_the_edit_with_the_persons_words_in_the_log_and_pacing_goes_on_from_there() -> None:
    week = edited_by_hand(lambda _: "We are short of stock.")
    (no,) = (entry for entry in week.log() if entry.kind is EntryKind.REJECTED)
    assert no.why == "We are short of stock."
    later = [
        change
        for entry in week.log()
        if entry.kind is EntryKind.APPLIED and entry.at > no.at
        for change in entry.changes
        if change.entity_id == "search" and change.outcome == "applied" and entry.track_id == "brand"
    ]
    assert later[0].before == 250_000_000


def test_where_two_people_must_agree_both_are_asked() -> None:
    scenario = troubled_week()
    scenario["guardrails"] = {**scenario["guardrails"], "two_approvers_pct": 0.1}
    asked: list[Approval] = []

    def person(asking: Approval | PlanDraft) -> bool:
        if isinstance(asking, Approval):
            asked.append(asking)
        return agree(asking)

    week = begun(scenario, person)
    for _ in range(24 + 12):
        week.player.hour()
    assert [approval.people_needed for approval in asked] == [2]
    approved = [entry.by for entry in week.log() if entry.kind is EntryKind.APPROVED]
    assert approved == ["client@example.com, agency@example.com"]


def test_a_tenant_that_the_store_knows_is_not_taken_on_twice() -> None:
    documents: Documents = SqliteDocuments()
    begun(calm_week(), documents=documents)
    with pytest.raises(Conflict):
        begun(calm_week(), documents=documents)
