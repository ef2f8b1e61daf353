"""Which safeguards hold Trimtab back now."""

from collections.abc import Iterator

from common.decisions.facts import Facts
from common.domain.guardrails import Mode
from common.domain.manifest import PauseScope
from common.domain.report import Safeguard, SafeguardKind
from common.domain.tenant import GlobalControl, Tenant


def of_tenant(tenant: Tenant, control: GlobalControl) -> tuple[Safeguard, ...]:
    """Those of all tracks: kill switches, degraded mode, and rules that do not act by themselves."""
    return tuple(_of_tenant(tenant, control))


def _of_tenant(tenant: Tenant, control: GlobalControl) -> Iterator[Safeguard]:
    for subject, switch in (("everybody", control.kill_switch), (tenant.name, tenant.kill_switch)):
        if switch.on:
            yield Safeguard(
                kind=SafeguardKind.KILL_SWITCH,
                subject=subject,
                scope="tenant",
                reason=switch.reason or "",
                by=switch.by,
                since=switch.since,
            )
    if tenant.degraded_attribution:
        yield Safeguard(kind=SafeguardKind.DEGRADED, subject=tenant.name, scope="tenant", reason="no_ga4")
    for name, mode in sorted(tenant.guardrails.mode.items()):
        if mode is not Mode.ENFORCE:
            yield Safeguard(kind=SafeguardKind.MODE, subject=name, scope="type", reason=mode.value)


def of_track(facts: Facts) -> tuple[Safeguard, ...]:
    """Those of one track: pauses in force, and frozen increases."""
    manifest = facts.manifest
    pauses = [
        Safeguard(
            kind=SafeguardKind.PAUSE,
            subject=manifest.called(one.target) if one.scope is PauseScope.ENTITY else one.target,
            scope=one.scope.value,
            reason=one.reason,
            since=one.since,
        )
        for one in manifest.pauses
    ]
    freezes = [
        Safeguard(
            kind=SafeguardKind.FREEZE,
            subject=one.channel or manifest.track_id,
            scope="channel" if one.channel else "track",
            reason=one.code,
            since=one.since,
            freeze=one,
        )
        for one in facts.state.freezes
    ]
    return (*pauses, *freezes)
