"""An account is left alone after a dead token, to save calls; a pause goes out to it all the same."""

import pytest

from common.adapters.memory_bus import MemoryBus
from common.bootstrap import build
from common.domain.change import Status
from common.domain.change_set import Origin, PauseIntent
from common.domain.manifest import PauseScope
from common.domain.paths import Track
from common.ports.ad_platform import PlatformUnavailable
from common.settings import Settings
from common.use_cases.calls import refs_of
from common.use_cases.emergency_pause import emergency_pause
from common.use_cases.onboard import onboard
from common.use_cases.queries import entries, manifest_of
from common.use_cases.reconcile import by_platform
from sandbox.scenario import parse_scenario
from sandbox.servers.whole import served_whole
from sandbox.tenancy import plan_of
from sandbox.world import World
from tests.unit.sandbox.scenarios import channel_file, scenario_file

TRACK = Track("june", "t")
EXPIRED = 463


def test_a_pause_goes_out_while_the_account_is_left_alone() -> None:
    world = World(parse_scenario(scenario_file(channel_file(channel="social", platform="meta"))))
    with served_whole(world) as whole:
        ports = build(Settings(store="sqlite::memory:", servers=whole.setting), clock=world, bus=MemoryBus(world))
        onboard(ports, whole.tenant, plan_of(world.scenario), whole.manifests)
        refs = refs_of(by_platform(manifest_of(ports, TRACK))["meta"])
        whole.meta.faults.dead_token = EXPIRED
        with pytest.raises(PlatformUnavailable):
            ports.platforms("june", "meta").live(refs, timeout=10)
        whole.meta.faults.dead_token = None
        whole.meta.asked.clear()
        with pytest.raises(PlatformUnavailable, match="is left alone until") as held:
            ports.platforms("june", "meta").live(refs, timeout=10)
        assert held.value.trouble is not None
        assert (held.value.trouble.code, whole.meta.asked) == ("token_expired", [])

        intent = PauseIntent(scope=PauseScope.TRACK, target="t", reason="tracking_failure")
        origin = Origin(cadence="anomaly_pause", window=world.now(), by="trimtab")
        paused = emergency_pause(ports, TRACK, intent, origin, "The site is not seen any more.", "pauser").value

        assert {entity.status for entity in paused.entities.values()} == {Status.PAUSED}
        assert world.market.live("t/social").status == "paused"
        (newest,) = entries(ports, TRACK, newest=1)
        assert all(change.request_id for change in newest.changes), "as Meta calls them"
        assert ports.platforms("june", "meta").live(refs, timeout=10), "an answer ends the rest"
