"""The weekend stopped in the middle, its market served for commands to reach."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common.domain.change import Setting
from common.ports.ad_platform import EntityRef
from sandbox.play import Player
from sandbox.scenario import parse_scenario
from sandbox.world import World
from tests.served_market import served
from tests.unit.trimtab.command import WEEKEND, Outcome, trimtab
from trimtab.running import leave, player_on

AFTER_THE_EDIT = 2 * 24 + 12
"""Hours into the flight, on its third day at noon."""


@dataclass(frozen=True, slots=True)
class Underway:
    """A flight under way."""

    player: Player
    store: str
    url: str

    def trimtab(self, *arguments: object) -> Outcome:
        """Run a command with store and market in reach."""
        return trimtab(*arguments, TRIMTAB_STORE=self.store, TRIMTAB_MARKET_URL=self.url)

    def daily_budget(self, track: str = "shop", channel: str = "google_search") -> int:
        """What is live on the platform, in micros."""
        ref = EntityRef(channel, f"{track}/{channel}", "campaign")
        live = self.player.world.platforms("weekend", "google_ads").live([ref], timeout=30)
        value = live[channel].values[Setting.DAILY_BUDGET]
        assert isinstance(value, int)
        return value

    def waiting(self) -> str:
        """The id of the one approval that waits."""
        return self._approval()["approval_id"]

    def asked_for(self) -> int:
        """The daily budget that it would write, in micros."""
        (change,) = self._approval()["before"]
        return change["after"]

    def _approval(self) -> dict[str, Any]:
        (approval,) = self.trimtab("approvals", "list", "--json").data
        return approval


@contextmanager
def underway(folder: Path, hours: int = AFTER_THE_EDIT, **changes: Any) -> Generator[Underway]:
    """The weekend, so many hours into its flight, with nobody to answer."""
    scenario: dict[str, Any] = {**json.loads(WEEKEND.read_text()), **changes}
    store = f"sqlite:{folder}/underway.db"
    player = player_on(World(parse_scenario(scenario)), store, leave, fresh=False)
    for _ in range(hours):
        player.hour()
    with served(player.world) as url:
        yield Underway(player, store, url)
