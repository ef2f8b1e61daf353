"""A track's spend as its platforms show it now: pacing and the deep review both decide on it."""

from contextlib import suppress

from common.decisions.facts import Facts
from common.decisions.observe import observe, spend_since
from common.decisions.spend import spend_of
from common.domain.calendar import TenantCalendar
from common.domain.spend_report import SpendReport
from common.ports.ad_platform import PlatformUnavailable
from common.use_cases.calls import refs_of
from common.use_cases.load import LoadedTrack
from common.use_cases.ports import Ports
from common.use_cases.reconcile import by_platform


def observe_spend(ports: Ports, loaded: LoadedTrack) -> tuple[Facts, tuple[str, ...]]:
    """The track as it is now, with newly visible spend taken in; and the platforms that gave none."""
    manifest, plan, now = loaded.manifest.value, loaded.plan, ports.clock.now()
    calendar = TenantCalendar.of(loaded.tenant.time_zone)
    entities = by_platform(manifest)
    reports: dict[str, SpendReport] = {}
    for name, since in spend_since(loaded.memory, manifest, plan, calendar, now).items():
        platform = ports.platforms(manifest.tenant_id, name)
        with suppress(PlatformUnavailable):
            reports[name] = platform.spend(refs_of(entities[name]), since, timeout=ports.timeout)
    state = observe(loaded.memory, manifest, plan, calendar, reports, now)
    facts = Facts(now, loaded.tenant, plan, manifest, state, spend_of(manifest, state))
    return facts, tuple(sorted(entities.keys() - reports.keys()))
