"""Every source is asked what it needs; what is known then is written, and degraded mode follows GA4."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from common.decisions.connections import steps_of, truth_of
from common.domain.account import Account
from common.domain.connection import ConnectionState, Need
from common.domain.crm import CrmSource
from common.domain.errors import InvalidInput, SourceSilent
from common.domain.log_entry import EntryKind
from common.domain.tenant import Tenant
from common.domain.tick import Cadence, TenantTick, window_of
from common.domain.trouble import Trouble, TroubleKind
from common.use_cases.configure import tenant_of
from common.use_cases.connect import connect, look_again
from common.use_cases.connections import connections_of, note
from common.use_cases.drift_tracks import sweep_tracks
from common.use_cases.name_accounts import Named, name_accounts
from common.use_cases.ports import Ports
from tests.world import NORTH, SOUTH, World

S = ConnectionState
MET = Need(code="permission_missing", what="Access", met=True, said="it answers")
UNMET = Need(code="permission_missing", what="Access", met=False, said="give us access to the account")
SOFT = Need(code="shared_budget", what="Budgets of their own", met=False, said="give it one", required=False)
DOWN = SourceSilent("down", Trouble(TroubleKind.LATER, "unavailable", "it is down"))
DEAD = SourceSilent("dead", Trouble(TroubleKind.PERSON, "token_expired", "make a new token"))

Says = tuple[Need, ...] | SourceSilent | None


@dataclass
class Sources:
    """What each source says when it is looked at; `None`: there is none."""

    world: World = field(default_factory=World.taken_on)
    says: dict[str, Says] = field(default_factory=dict[str, Says])
    asked: list[str] = field(default_factory=list[str])

    def check(self, _: Tenant, source: str, __: float) -> tuple[Need, ...] | None:
        self.asked.append(source)
        said = self.says.get(source, (MET,))
        if isinstance(said, SourceSilent):
            raise said
        return said

    @property
    def ports(self) -> Ports:
        return replace(self.world.ports(), check_connection=self.check)

    def states(self) -> dict[str, ConnectionState]:
        return {source: one.state for source, one in connections_of(self.ports, "acme").items()}


@pytest.mark.parametrize(
    ("said", "state", "step"),
    [
        ((MET,), S.CONNECTED, None),
        ((MET, SOFT), S.LIMITED, "give it one"),
        ((SOFT, UNMET), S.BROKEN, "give us access to the account"),
        (DEAD, S.BROKEN, "make a new token"),
        (DOWN, S.UNANSWERED, "meta did not answer: run this again in some minutes"),
        (
            None,
            S.BROKEN,
            "its campaigns are on meta, but no account there is named: `python -m trimtab connect` takes --account ",
        ),
    ],
)
def test_a_platform_and_the_next_step_to_take(said: Says, state: ConnectionState, step: str | None) -> None:
    sources = Sources(says={"meta": said})
    found = connect(sources.ports, "acme")
    assert found["meta"].state is state
    assert (next(steps_of(found["meta"]), None) or "").startswith(step or "")
    assert (step is None) == (next(steps_of(found["meta"]), None) is None)
    assert connections_of(sources.ports, "acme") == found


def test_platforms_come_first_then_ga4_and_the_crm_and_those_with_an_account_alone_are_looked_at_too() -> None:
    sources = Sources(World.taken_on(accounts=(Account(platform="linkedin", account_id="5001"),)))
    assert list(connect(sources.ports, "acme")) == ["google", "linkedin", "meta", "ga4", "crm"]


def test_ga4_and_crm_may_be_absent_and_that_is_no_fault() -> None:
    sources = Sources(says={"ga4": None, "crm": None})
    found = connect(sources.ports, "acme")
    assert (found["ga4"].state, found["crm"].state) == (S.ABSENT, S.ABSENT)
    assert not truth_of(found).met
    assert ["name it" in step for step in steps_of(found["ga4"])] == [True]
    assert ["docs/ingest.md" in step for step in steps_of(found["crm"])] == [True]


@pytest.mark.parametrize(
    ("said", "degraded", "met"),
    [((MET,), False, True), ((MET, SOFT), False, True), ((UNMET,), True, False), (None, True, False)],
)
def test_degraded_mode_is_entered_and_left_by_what_ga4_answers(said: Says, degraded: bool, met: bool) -> None:
    for before in (True, False):
        sources = Sources(World.taken_on(degraded_attribution=before), {"ga4": said})
        found = connect(sources.ports, "acme")
        assert tenant_of(sources.ports, "acme").degraded_attribution is degraded
        assert truth_of(found).met is met
        notes = [one for one in sources.world.log() if one.kind is EntryKind.NOTE]
        assert len(notes) == (before is not degraded)


@pytest.mark.parametrize("before", [True, False])
def test_where_ga4_does_not_answer_degraded_mode_stays_what_it_is(before: bool) -> None:
    sources = Sources(World.taken_on(degraded_attribution=before), {"ga4": DOWN})
    found = connect(sources.ports, "acme")
    assert tenant_of(sources.ports, "acme").degraded_attribution is before
    assert not truth_of(found).met


def test_what_was_known_of_a_source_stands_while_it_does_not_answer() -> None:
    sources = Sources(says={"meta": (UNMET,)})
    first = connect(sources.ports, "acme")["meta"]
    sources.says["meta"] = DOWN
    sources.world.clock.forward(hours=1)
    later = connect(sources.ports, "acme")["meta"]
    assert (later.state, later.needs, later.checked_at) == (S.UNANSWERED, first.needs, first.checked_at)


def test_since_when_moves_only_with_the_state_and_looked_at_moves_always() -> None:
    sources = Sources()
    first = connect(sources.ports, "acme")["meta"]
    sources.world.clock.forward(hours=1)
    again = connect(sources.ports, "acme")["meta"]
    assert (again.since, again.checked_at) == (first.since, first.checked_at + timedelta(hours=1))
    sources.says["meta"] = (UNMET,)
    sources.world.clock.forward(hours=1)
    assert connect(sources.ports, "acme")["meta"].since == sources.world.clock.now()


def test_a_look_ends_what_runs_noted_but_campaigns_that_are_gone_stay_named() -> None:
    sources = Sources()
    tenant = tenant_of(sources.ports, "acme")
    note(sources.ports, tenant, "meta", Trouble(TroubleKind.PERSON, "token_expired", "make a new token"))
    note(sources.ports, tenant, "meta", Trouble(TroubleKind.PERSON, "entity_missing:north", "retarget is gone"))
    found = connect(sources.ports, "acme")["meta"]
    assert [one.code for one in found.missing] == ["entity_missing:north"]
    assert found.state is S.LIMITED


def test_once_a_day_the_sweep_looks_again_however_often_its_message_comes() -> None:
    sources = Sources()
    for _ in range(2):
        for number in range(3):
            window = window_of(Cadence.DRIFT, sources.world.clock.now())
            tick = TenantTick(tenant_id="acme", tracks=(NORTH, SOUTH), cadence=Cadence.DRIFT, window=window, slot=0)
            sources.asked.clear()
            sweep_tracks(sources.ports, tick)
            assert len(sources.asked) == (4 if number == 0 else 0)
            sources.world.clock.forward(minutes=5)
        sources.world.clock.forward(hours=24)
    assert sources.states() == dict.fromkeys(("crm", "ga4", "google", "meta"), S.CONNECTED)


def test_what_does_not_answer_the_daily_look_stays_what_it_was_and_is_looked_at_next_time() -> None:
    sources = Sources()
    connect(sources.ports, "acme")
    sources.says["meta"] = DOWN
    sources.world.clock.forward(hours=24)
    window = sources.world.clock.now()
    look_again(sources.ports, "acme", window)
    assert sources.states()["meta"] is S.CONNECTED
    sources.says["meta"] = (UNMET,)
    sources.asked.clear()
    look_again(sources.ports, "acme", window)
    assert sources.asked == ["meta"]
    assert sources.states()["meta"] is S.BROKEN


def test_where_nothing_can_be_looked_at_nothing_is_written() -> None:
    world = World.taken_on()
    before = world.documents.commits
    look_again(world.ports(), "acme", world.clock.now())
    assert (world.documents.commits, connections_of(world.ports(), "acme")) == (before, {})


WRITTEN: Mapping[str, Named] = {
    "all at once": Named(
        {"google_ads": "123-456-7890", "meta": "42424242", "ga4": "77"}, {"crm": "acme-hubspot"}, "111 222 3333"
    ),
    "as the APIs have them": Named(
        {"google_ads": "1234567890", "meta": "act_42424242", "ga4": "properties/77"},
        {"crm": "acme-hubspot"},
        "1112223333",
    ),
}


@pytest.mark.parametrize("named", WRITTEN.values(), ids=WRITTEN.keys())
def test_accounts_are_taken_as_people_copy_them_and_kept_as_apis_want_them(named: Named) -> None:
    world = World.taken_on(ga4_property=None)
    tenant = name_accounts(world.ports(), "acme", named)
    assert tenant == tenant_of(world.ports(), "acme")
    assert tenant.accounts == (
        Account(platform="google_ads", account_id="1234567890", through="1112223333"),
        Account(platform="meta", account_id="act_42424242"),
    )
    assert (tenant.ga4_property, tenant.crm) == ("properties/77", CrmSource(hubspot="acme-hubspot"))
    assert tenant.config_epoch == 1


def test_what_is_not_named_stays() -> None:
    world = World.taken_on(accounts=(Account(platform="meta", account_id="act_1", secret="acme-meta"),))
    tenant = name_accounts(world.ports(), "acme", Named({"meta": "act_42424242"}))
    assert tenant.accounts == (Account(platform="meta", account_id="act_42424242", secret="acme-meta"),)
    assert tenant.ga4_property == "properties/1"
    again = name_accounts(world.ports(), "acme", Named(secrets={"meta": "meta-2"}))
    assert again.accounts == (Account(platform="meta", account_id="act_42424242", secret="meta-2"),)


@pytest.mark.parametrize(
    ("named", "said"),
    [
        (
            Named({"google_ads": "123-456", "ga4": "G-ABC123", "meta": "business 7"}),
            ["10 digits", "a G-...", "after act="],
        ),
        (Named({"google_ads": "1234567890"}, through="99"), ["at the top of the manager account"]),
        (Named(secrets={"meta": "acme-meta"}), ["meta: name the account itself too"]),
        (Named(through="111-222-3333"), ["google_ads: name the account itself too"]),
        (Named({"google_ads": "1234567890"}, {"google_ads": "no such/name"}), ["accounts.0.secret"]),
        (Named(secrets={"crm": "../etc"}), ["crm.hubspot"]),
    ],
)
def test_what_can_not_be_is_refused_with_all_its_faults_and_nothing_is_written(named: Named, said: list[str]) -> None:
    world = World.taken_on()
    before = world.documents.bodies()
    with pytest.raises(InvalidInput) as refused:
        name_accounts(world.ports(), "acme", named)
    assert all(one in str(refused.value) for one in said), str(refused.value)
    assert world.documents.bodies() == before
