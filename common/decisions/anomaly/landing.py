"""Do the clicks of one entity arrive on the site? GA4's report by channel, hours later."""

from datetime import datetime

from common.decisions.anomaly.intake import Taken
from common.decisions.anomaly.memory import SiteMemory, stored, tracking
from common.decisions.anomaly.site import is_blind
from common.decisions.anomaly.spending import Watched
from common.decisions.anomaly.tracking import USUAL, added
from common.domain.calendar import HOUR
from common.domain.figures import EventsReport

_FADE = 0.996
"""What is kept of a sum an hour later: half of it after a week."""


def judge_landing(site: SiteMemory, watched: Watched, taken: Taken, report: EventsReport, since: datetime) -> None:
    """Compare an entity's clicks with the sessions that GA4 reports of it, hour by hour, and learn how many come.

    Hours in which the whole site was not seen say nothing about one channel.

    Args:
        since: from when on its platform was asked; hours before it are not known here.
    """
    memory, rows = watched.memory, report.hours.get(watched.entity.entity_id)
    if rows is None:
        return
    sessions = {row.hour: row.sessions for row in rows}
    hour = since if memory.reported is None else max(since, datetime.fromisoformat(memory.reported))
    until = min(report.complete_until, datetime.fromisoformat(memory.seen))
    while (after := hour + HOUR) <= until:
        clicked, came = taken.known.get(hour), sessions.get(hour, 0.0)
        clicks, ratio = 0.0 if clicked is None else clicked.clicks, memory.sessions_per_click
        blind = is_blind(site, hour)
        case = tracking(memory.landing)
        if ratio is not None and not blind:
            case = added(case, clicks * ratio, came, hour, USUAL)
            memory.landing = stored(case)
        if case.case < USUAL.notable and not blind:
            memory.clicks, memory.sessions = memory.clicks * _FADE + clicks, memory.sessions * _FADE + came
        hour = after
    memory.reported = max(hour, until).isoformat()
