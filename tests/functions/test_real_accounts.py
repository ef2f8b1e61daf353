"""A tenant with real accounts, as far as the wire goes: official clients, and Google Ads, Meta and GA4 on this machine.

Everything is put together from settings and documents alone, as a deployed function does it.
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from common.adapters.memory_bus import MemoryBus
from common.bootstrap import build
from common.domain import paths
from common.domain.change import Setting, Value
from common.domain.connection import Connection, ConnectionState
from common.domain.log_entry import EntryKind
from common.domain.money import MICROS
from common.domain.paths import Track
from common.domain.tenant import Tenant
from common.ports.documents import Query
from common.ports.journal import Silence
from common.settings import Settings
from common.use_cases.ledger import LANDED
from common.use_cases.load import decode
from common.use_cases.onboard import onboard
from common.use_cases.pace import Tick
from common.use_cases.queries import entries, every, manifest_of
from common.use_cases.reconcile import differences, look
from common.use_cases.verify import verify
from sandbox.play import Player
from sandbox.scenario import parse_scenario
from sandbox.servers.whole import Whole, served_whole
from sandbox.tenancy import plan_of
from sandbox.world import World
from tests.unit.sandbox.played_week import agree, begun
from tests.unit.sandbox.scenarios import channel_file, scenario_file

TRACK = Track("june", "t")
EXPIRED = 463
"""Meta's subcode of a token that has run out."""


def three_days_file(*events: dict[str, Any]) -> dict[str, Any]:
    """A campaign that bids on Google Ads, and one with the platform's own total on Meta."""
    bid = {"target": 4.0, "volume": 0.5, "efficiency": 0.5}
    search = channel_file(plan_budget=300, native_cap=False, bid=bid)
    social = channel_file(plan_budget=300, channel="social", platform="meta", reporting_delay_hours=1)
    flight = {"start": "2026-06-01", "end": "2026-06-03"}
    return scenario_file(search, social, flight=flight, events=events)


@dataclass(frozen=True)
class Story:
    """What is played, and the servers that it is played on."""

    player: Player
    whole: Whole

    def hours(self, count: int) -> list[Tick]:
        """Play so many hours."""
        return [tick for _ in range(count) for tick in self.player.hour()]

    def connections(self) -> Mapping[str, Connection]:
        """What is known of the tenant's connections, by source."""
        found = every(self.player.ports, Query(paths.connections(TRACK.tenant_id)))
        return {one.source: one for one in (decode(Connection, document) for document in found)}

    def tenant(self) -> Tenant:
        """The tenant as it is now."""
        (document,) = self.player.ports.documents.read(paths.tenant(TRACK.tenant_id))
        assert document is not None
        return decode(Tenant, document)


@contextmanager
def story(*events: dict[str, Any]) -> Generator[Story]:
    """The flight's first hour."""
    world = World(parse_scenario(three_days_file(*events)))
    with served_whole(world) as whole:
        settings = Settings(store="sqlite::memory:", servers=whole.setting, environment="test")
        ports = build(settings, clock=world, bus=MemoryBus(world), journal=Silence())
        onboard(ports, whole.tenant, plan_of(world.scenario), whole.manifests)
        yield Story(Player(ports, world, agree), whole)


def test_a_flight_is_kept_on_its_plan_over_the_platforms_own_protocols() -> None:
    """As near as in the market itself; nothing failed, the log verifies, and live is what the manifest says."""
    there = begun(three_days_file()).to_the_end().player.played
    with story() as told:
        for _ in told.player.hours():
            pass
        ports, played = told.player.ports, told.player.played
        for here, directly in zip(played.channels, there.channels, strict=True):
            assert here.error_pct == pytest.approx(directly.error_pct, abs=0.5)
        kinds = {entry.kind for entry in entries(ports, TRACK)}
        assert EntryKind.APPLIED in kinds
        assert not kinds & {EntryKind.FAILED, EntryKind.EXTERNAL_CHANGE, EntryKind.BLOCKED}
        assert verify(ports, TRACK).faults == ()
        manifest = manifest_of(ports, TRACK)
        assert differences(manifest, look(ports, manifest)) == []
        states = {source: one.state for source, one in told.connections().items() if source != "crm"}
        assert states == dict.fromkeys(("ga4", "google_ads", "meta"), ConnectionState.CONNECTED)
        assert not told.tenant().degraded_attribution


def test_a_token_that_runs_out_is_named_within_the_hour_and_the_rest_goes_on() -> None:
    with story() as told:
        told.hours(4)
        told.whole.meta.faults.dead_token = EXPIRED
        ticks = told.hours(2)
        assert "token_expired" in {reason.code for tick in ticks for reason in tick.reasons}
        broken = told.connections()["meta"]
        assert broken.state is ConnectionState.BROKEN
        assert [need.code for need in broken.missing] == ["token_expired"]
        assert told.connections()["google_ads"].state is ConnectionState.CONNECTED
        told.whole.meta.faults.dead_token = None
        told.hours(2)
        assert told.connections()["meta"].state is ConnectionState.CONNECTED


def test_a_revoked_property_degrades_the_tenant_until_it_is_granted_again() -> None:
    with story() as told:
        told.hours(3)
        told.whole.ga4.conduct.revoked = True
        told.hours(1)
        assert told.tenant().degraded_attribution
        assert told.connections()["ga4"].state is ConnectionState.BROKEN
        told.whole.ga4.conduct.revoked = False
        told.hours(2)
        assert not told.tenant().degraded_attribution
        assert told.connections()["ga4"].state is ConnectionState.CONNECTED


@pytest.mark.parametrize("source", ["google_ads", "meta"])
def test_an_account_in_another_currency_changes_nothing_and_is_named(source: str) -> None:
    with story() as told:
        if source == "meta":
            told.whole.meta.faults.currency = "USD"
        else:
            told.whole.google_ads.account.currency = "USD"
        told.hours(5)
        broken = told.connections()[source]
        assert broken.state is ConnectionState.BROKEN
        assert "wrong_currency" in {need.code for need in broken.missing}
        platforms = {one.entity_id: one.platform for one in manifest_of(told.player.ports, TRACK).entities.values()}
        changed = {
            platforms[change.entity_id] for entry in entries(told.player.ports, TRACK) for change in entry.changes
        }
        assert source not in changed


def test_writes_that_land_though_their_answer_is_lost_land_once() -> None:
    """On the first day neither platform answers a write that it did. Each is found done when it is looked at again."""
    lost = {"kind": "platform_error", "mode": "timeout_after_apply", "at": "2026-06-01T01:00"}
    until = "2026-06-02T00:00"
    with story(*({**lost, "until": until, "platform": name} for name in ("google_ads", "meta"))) as told:
        told.hours(30)
        ports = told.player.ports
        for channel in ("search", "social"):
            written = written_budgets(told, channel)
            assert written
            assert written == [round(one * MICROS) for one in live_budgets(told, channel)]
        manifest = manifest_of(ports, TRACK)
        assert differences(manifest, look(ports, manifest)) == []
        assert verify(ports, TRACK).faults == ()


def written_budgets(told: Story, channel: str) -> list[Value]:
    """The daily budgets of a channel that its log says have landed."""
    return [
        change.after
        for entry in entries(told.player.ports, TRACK)
        for change in entry.changes
        if (change.entity_id, change.setting) == (channel, Setting.DAILY_BUDGET) and change.outcome in LANDED
    ]


def live_budgets(told: Story, channel: str) -> list[float]:
    """Those that the market has had, in currency units."""
    changes = told.player.world.market.changes(f"t/{channel}")
    return [one.value for one in changes if one.field == "daily_budget" and isinstance(one.value, float)]
