"""LinkedIn's adapter on a market of two campaigns, one account each."""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from common.adapters.platforms import linkedin
from common.domain.change import Setting, Value
from common.domain.connection import Need
from common.domain.figures import DayFigures
from common.ports.ad_platform import AdPlatform, Answer, EntityRef, PlatformChange
from sandbox.servers.json_server import Reply, Request
from sandbox.servers.linkedin import LinkedInServer, served
from tests.contract.market_rig import world_of
from tests.contract.ways.linkedin import opening

JUNE = date(2026, 6, 1)
MIDNIGHT = datetime(2026, 6, 1, tzinfo=UTC)
"""Of the flight's first day, in UTC."""
TIMEOUT = 10.0
CAMPAIGNS, REPORT = "/adCampaigns", "/adAnalytics"


@dataclass(frozen=True, slots=True)
class Rig:
    """The server, and what the adapter makes of it."""

    server: LinkedInServer

    @property
    def ref(self) -> EntityRef:
        """The campaign of the first account."""
        return EntityRef("search", self.server.external_id("t/search"), "campaign")

    def opened(self) -> AdPlatform:
        """The first account, opened anew."""
        return linkedin.connect(opening(self.server, self.server.account_id("google_ads")))

    def check(self) -> tuple[Need, ...]:
        """What the first account needs."""
        return linkedin.check(opening(self.server, self.server.account_id("google_ads")), timeout=TIMEOUT)

    def values(self) -> dict[Setting, Value] | None:
        """The campaign's live settings; `None`: it does not exist any more."""
        found = self.opened().live([self.ref], timeout=TIMEOUT).get("search")
        return None if found is None else dict(found.values)

    def write(self, setting: Setting, after: Value) -> Answer:
        """Write one setting of its campaign."""
        (answer,) = self.opened().apply("key", [PlatformChange(self.ref, setting, None, after)], timeout=TIMEOUT)
        return answer

    def days(self) -> Sequence[DayFigures] | None:
        """The campaign's days since the flight began; `None`: not answered for."""
        return self.opened().days([self.ref], JUNE, timeout=TIMEOUT).days.get("search")

    def patches(self) -> list[Any]:
        """The writes that were sent."""
        return [request.body["entities"] for request in self.server.requests if request.method == "POST"]

    def answers(self, part: str, status: int, body: Any, method: str = "GET", **headers: str) -> None:
        """Answer so to whatever has this in its path; the market does what it was told all the same."""
        reply = Reply(status, body, {name.replace("_", "-"): value for name, value in headers.items()})
        self.server.edit = lambda request, real: reply if _is(request, method, part) else real

    def edits(self, part: str, edit: Callable[[Any], Any], method: str = "GET") -> None:
        """Change the bodies of answers: in place, or by giving another one."""

        def edited(request: Request, real: Reply) -> Reply:
            return replace(real, body=edit(real.body) or real.body) if _is(request, method, part) else real

        self.server.edit = edited


def _is(request: Request, method: str, part: str) -> bool:
    return request.method == method and part in request.path


@contextmanager
def rig_of(hours: float = 0, time_zone: str = "UTC", **channels: Any) -> Generator[Rig]:
    """A market, so many hours after midnight in UTC of its flight's first day."""
    world = world_of(time_zone=time_zone, **channels)
    world.market.advance_to(max(world.market.now, MIDNIGHT + timedelta(hours=hours)))
    with served(world) as server:
        yield Rig(server)
