"""Pacing on a report with one thing gone wrong: nothing is raised for it that would not have been raised without.

The market spends twice its budget, which the report of a whole day shows for the first time: nobody may raise anything.
Without that report nothing is known of it, and still nothing is raised. Another number that could be so is believed;
and so is a row that is not there, since that is how platforms tell of a day on which nothing happened.
"""

from collections import Counter
from collections.abc import Callable

from common.decisions import pacing
from common.domain.change import Setting
from common.domain.paths import Track
from common.use_cases.load import load_track
from common.use_cases.observe_spend import observe_spend
from sandbox.servers.json_server import Reply, Request
from tests.mutated import mutations
from tests.property.body_numbers import entries, part
from tests.property.reach import told
from tests.unit.adapters.linkedin.linkedin_flight import LinkedInFlight, linkedin_flight
from tests.unit.adapters.linkedin.linkedin_rig import REPORT

COUNT = 400
HOURS = 54
"""From the flight's first hour to the one in which its second day is reported."""
RUNAWAY = {
    "kind": "spend_runaway",
    "channel": "search",
    "at": "2026-06-02T00:00",
    "until": "2026-06-08T00:00",
    "factor": 2,
}


def decided(flight: LinkedInFlight) -> tuple[int, int, int]:
    """What pacing would do now: the daily budget that is live, the one that it wants, and the spend that it sees."""
    ports = flight.player.ports
    loaded = load_track(ports, Track("june", "t"))
    facts, _ = observe_spend(ports, loaded)
    live = facts.manifest.entities["search"].daily_budget or 0
    changes = [change for proposal in pacing.decide(facts).proposals for change in proposal.changes]
    wanted = [change.after for change in changes if change.setting is Setting.DAILY_BUDGET]
    return live, max((one for one in wanted if isinstance(one, int)), default=live), facts.spend["search"].visible


def test_a_report_that_went_wrong_raises_nothing() -> None:
    ways = Counter[str]()
    with linkedin_flight(RUNAWAY) as flight:
        for _ in range(HOURS):
            flight.player.hour()
        flight.server.requests.clear()
        live, wanted, seen = decided(flight)
        assert wanted < live
        report = next(request for request in flight.server.requests if REPORT in request.path)
        body = flight.server.answer(report).body
        flight.server.edit = _answering({})
        _, without, known = decided(flight)
        assert known < seen
        assert without <= live
        for what, broken in mutations(body, "spend", COUNT):
            flight.server.edit = _answering(broken)
            _, then, shown = decided(flight)
            rows_less = len(entries(part(broken, "elements"))) < len(body["elements"])
            way = {seen: "as before", known: "a row less" if rows_less else "no numbers"}.get(shown, "other numbers")
            ways[way] += 1
            assert way in ("a row less", "other numbers") or then <= live, what
    told(ways, "no numbers")
    assert ways["a row less"] < 0.1 * COUNT, ways


def _answering(broken: object) -> Callable[[Request, Reply], Reply]:
    return lambda request, real: Reply(200, broken) if REPORT in request.path else real
