"""A shop with things waiting: what the browser tests click through, and what the pictures in the docs show."""

from collections.abc import Generator
from contextlib import contextmanager
from threading import Thread

from werkzeug.serving import make_server

from common.domain.change import Judgement, OptimizationType, Reason, Setting, Status, Verdict
from common.domain.change_set import PauseIntent
from common.domain.connection import Need
from common.domain.manifest import PauseScope
from common.domain.plan import MediaPlan
from common.domain.tenant import Approver, Role
from common.domain.trouble import Trouble, TroubleKind
from common.domain.verticals import Kpi, Metric
from common.ports.documents import Replace
from common.use_cases.configure import tenant_of
from common.use_cases.connections import absent, checked, note
from common.use_cases.drift import check_drift
from common.use_cases.emergency_pause import emergency_pause
from tests.browser.showcase_days import TAKEN_ON, sells
from tests.functions.approval.office import Office
from tests.world import LOOSE, NORTH, SOUTH, World, auto, euros, origin, plan, proposal, state

NAMES = {
    "search": "Search · running shoes",
    "social": "Reels · prospecting",
    "retarget": "Retargeting · 30 days",
    "ad-1": "Video · spring colours",
    "ad-2": "Carousel · bestsellers",
    "search-s": "Search · hiking boots",
    "social-s": "Reels · outdoors",
}
SPENT = {"search": 1390, "social": 560, "retarget": 380, "search-s": 690, "social-s": 470}
"""Euros, after a fortnight of two months."""
LOWERED = (
    "Search · running shoes: 92.00 EUR a day instead of 100.00 EUR. 4,610.00 EUR are left for 47.0 days, and a day "
    "spends about 107% of its budget."
)
RAN_AWAY = "Retargeting · 30 days: paused. It spent four times in an hour what it usually does."
AWAY = "750.00 EUR moved from Search · hiking boots to Reels · outdoors: a euro brings more back there."
READS = Need(code="permission_missing", what="Access to the account", met=True, said="it answers")
OWN_BUDGETS = Need(
    code="shared_budget",
    what="A budget for each campaign",
    met=False,
    said="Search · brand shares its budget with another campaign: give it one of its own, until then it is left alone",
    required=False,
)
UNMAPPED = Need(
    code="sessions_unmapped",
    what="A campaign for each paid session",
    met=False,
    said="41 of 2,380 paid sessions of the last seven days have none: newsletter / cpc (38), (not set) (3)",
    required=False,
)
DEAD = Trouble(
    TroubleKind.PERSON,
    "token_expired",
    "Meta does not take our token any more: make a new one for the system user, and put it into the secret",
)
PEOPLE = (
    Approver(email="ana@example.com"),
    Approver(email="bo@example.com", limit=euros(200)),
    Approver(email="cy@example.com", roles=(Role.PLANNER, Role.OPERATOR)),
    Approver(email="vi@example.com", roles=(Role.VIEWER,)),
)


def showcase() -> Office:
    """Two requests, a request to lift a pause, a draft of the next plan version, and a change that was applied."""
    rails = LOOSE.but(two_approvers_pct=20)
    world = World.taken_on(of=_plan(), at=TAKEN_ON, name="Alpenglow Shoes", guardrails=rails, approvers=PEOPLE)
    for track_id in (NORTH, SOUTH):
        _dress(world, track_id)
        sells(world, track_id, SPENT)
    _drifts(world)
    world.apply(auto(world.wanted("search", Setting.DAILY_BUDGET, euros(92)), why=LOWERED))
    world.clock.forward(hours=1)
    world.propose(_more_for_search(world), window=world.clock.now())
    world.clock.forward(hours=1)
    world.propose(*_two_parts(world), window=world.clock.now())
    world.clock.forward(hours=1)
    pause = PauseIntent(scope=PauseScope.ENTITY, target="retarget", reason="spend_anomaly")
    emergency_pause(world.ports(), world.track(), pause, origin("anomaly_pause"), RAN_AWAY, "pauser")
    world.clock.forward(hours=1)
    world.propose(_resume(world), window=world.clock.now())
    _connected(world)
    return Office(world)


def _connected(world: World) -> None:
    """One source is fine, two are in use and lack something, one has fallen out this morning, none is a CRM."""
    ports, shop = world.ports(), tenant_of(world.ports(), "acme")
    checked(ports, shop, "google", (READS, OWN_BUDGETS))
    checked(ports, shop, "meta", (READS,))
    checked(ports, shop, "ga4", (READS, UNMAPPED))
    absent(ports, shop, "crm")
    note(ports, shop, "meta", DEAD)


def _dress(world: World, track_id: str) -> None:
    """Names that a shop would give, and spend that fits the day."""
    held, track = world.loaded(track_id).manifest, world.track(track_id)
    entities = {key: entity.but(name=NAMES.get(key, entity.name)) for key, entity in held.value.entities.items()}
    world.documents.commit(Replace(track.manifest, held.value.but(entities=entities).body(), held.version))
    world.rewrite(track.state, lambda _: state(held.value, SPENT).body())


def _plan() -> MediaPlan:
    """Four euros are to come back for each that is spent."""
    return plan(tracks=tuple(one.but(kpi=Kpi(metric=Metric.ROAS, target=4.0)) for one in plan().tracks))


def _drifts(world: World) -> None:
    """South moves away from its plan, and the next version is drafted."""
    live = {name: entity.allocation or 0 for name, entity in world.manifest(SOUTH).entities.items()}
    moved = [
        world.wanted(name, Setting.ALLOCATION, live[name] + euros(more), SOUTH)
        for name, more in (("search-s", -750), ("social-s", 750))
    ]
    world.apply(auto(*moved, kind=OptimizationType.BUDGET_SHIFT, why=AWAY), track_id=SOUTH)
    check_drift(world.ports(), world.track(SOUTH))
    world.clock.forward(hours=1)


def _more_for_search(world: World) -> Judgement:
    wanted = proposal(
        OptimizationType.SPEND_INCREASE,
        world.wanted("search", Setting.DAILY_BUDGET, euros(120)),
        why="Raise the daily budget of Search · running shoes by 30%: it sells below its target cost.",
        evidence={
            "ga4_purchases_in_14_days": 412,
            "platform_purchases_in_14_days": 538,
            "crm_purchases_in_14_days": 397,
            "cost_per_purchase": "18.40 EUR",
            "target": "24.00 EUR",
            "expected_effect": 21,
            "effect_low": 6,
            "effect_high": 36,
            "effect_unit": "purchases a week",
        },
    )
    reasons = (Reason(code="daily_budget_step_pct", entity_id="search", measured=30.4, limit=25.0),)
    return Judgement(proposal=wanted, verdict=Verdict.NEEDS_APPROVAL, reasons=reasons)


def _two_parts(world: World) -> tuple[Judgement, Judgement]:
    shift = proposal(
        OptimizationType.BUDGET_SHIFT,
        *world.shift("retarget", "social", 300),
        why="Move 300.00 EUR from Retargeting to Reels: a purchase costs half there.",
    )
    ad = proposal(
        OptimizationType.CREATIVE,
        world.wanted("ad-2", Setting.STATUS, Status.PAUSED.value),
        why="Turn off Carousel · bestsellers: 0.21% of those who saw it clicked.",
        evidence={"impressions": 48_210, "ctr_pct": 0.21, "floor_pct": 0.5},
    )
    asked = Reason(code="shift_max_pct", entity_id="retarget", measured=26.8, limit=10.0)
    sensitive = Reason(code="policy_sensitive", entity_id="ad-2")
    return (
        Judgement(proposal=shift, verdict=Verdict.NEEDS_APPROVAL, reasons=(asked,)),
        Judgement(proposal=ad, verdict=Verdict.NEEDS_APPROVAL, reasons=(sensitive,)),
    )


def _resume(world: World) -> Judgement:
    pause = world.manifest().pauses[0]
    wanted = proposal(
        OptimizationType.RESUME,
        world.wanted("retarget", Setting.STATUS, Status.ENABLED.value),
        why="Turn Retargeting · 30 days on again: its spend has been usual for an hour.",
        lifts_pause=pause.pause_id,
    )
    reasons = (Reason(code="resume_needs_person", limit="never"),)
    return Judgement(proposal=wanted, verdict=Verdict.NEEDS_APPROVAL, reasons=reasons)


@contextmanager
def served(office: Office) -> Generator[str]:
    """The office over loopback, for as long as the block lasts. Gives its address."""
    server = make_server("127.0.0.1", 0, office.app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
