"""How every schedule begins: two tenants that were just taken on."""

from functools import cache
from typing import Any

from common.domain.change import Setting
from common.domain.errors import NotFound
from common.domain.manifest import Entity
from common.domain.paths import Track
from common.ports.ad_platform import AdPlatform
from common.ports.documents import Create
from common.use_cases.onboard import onboard
from common.use_cases.ports import Ports
from tests.fakes.bus import KeptBus
from tests.fakes.clock import ManualClock
from tests.fakes.documents import MemoryDocuments
from tests.faults.clockwork import START
from tests.faults.rig import Beginning, Place
from tests.world import LOOSE, NORTH, SOUTH, manifest, plan, state, tenant

TOUCHY = LOOSE.but(drift_threshold=0.03, drift_hysteresis=0.01)
"""Limits under which a few hours are enough to drift, and to be drafted again."""


@cache
def beginning() -> Beginning:
    """Two tenants whose tracks and entities have the same names where they can, so that a mix-up has its chance."""
    store, live = MemoryDocuments(), dict[Place, Any]()
    rails = TOUCHY.but(approval_hours=1)
    ports = Ports(store, KeptBus(), ManualClock(START), platforms=_no_platform, new_run=lambda: "run-0")
    for name, tracks in (("acme", (NORTH, SOUTH)), ("zen", (NORTH,))):
        contract = plan(name) if name == "acme" else plan(name, budgets={NORTH: {"google_search": 6000, "meta": 4000}})
        manifests = [manifest(name, track) for track in tracks]
        onboard(ports, tenant(name, tracks=tracks, guardrails=rails), contract, manifests)
        for one in manifests:
            store.commit(Create(Track(name, one.track_id).state, state(one, {"retarget": 1000}).body()))
            for each in one.entities.values():
                for setting in settings_of(each):
                    live[(name, each.platform, each.entity_id, setting.value)] = each.value(setting)
    return Beginning(store, live)


def settings_of(entity: Entity) -> tuple[Setting, ...]:
    """What a platform holds of an entity."""
    budget = (Setting.DAILY_BUDGET,) if entity.daily_budget is not None else ()
    return (*budget, Setting.STATUS, Setting.EXCLUDED_GEOS)


def _no_platform(tenant_id: str, platform: str) -> AdPlatform:
    raise NotFound(f"{tenant_id} has no {platform} yet")
