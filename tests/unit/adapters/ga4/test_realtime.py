"""What realtime shows of a property, which has no metadata: whole quarters of the clock, and zero only where it is."""

from datetime import timedelta

import grpc
import pytest

from common.domain.calendar import QUARTER_HOUR
from common.domain.figures import Realtime
from common.domain.trouble import TroubleKind
from common.ports.analytics import AnalyticsRevoked
from sandbox.servers.ga4 import Conduct, Failure
from tests.unit.adapters.ga4.property_rig import TIMEOUT, PropertyRig, property_rig


def shown(rig: PropertyRig) -> Realtime:
    found = rig.reader.realtime(timeout=TIMEOUT)
    assert found is not None
    return found


@pytest.mark.parametrize("minutes", [0, 1, 7, 14])
def test_a_standard_property_shows_one_whole_quarter_by_the_clock(minutes: int) -> None:
    """It goes back 29 minutes, and the quarter before the last begins at least 30 minutes ago."""
    with property_rig() as rig:
        now = rig.server.world.now()
        whole = shown(rig)
        rig.server.world.market.advance(timedelta(minutes=minutes))
        assert [one.start for one in shown(rig).quarters] == [now - QUARTER_HOUR]
        assert shown(rig) == whole
        assert whole.sessions > 0 < whole.conversions


def test_a_property_of_analytics_360_shows_two_once_its_quota_has_told() -> None:
    with property_rig(Conduct(premium=True)) as rig:
        now = rig.server.world.now()
        first = shown(rig).quarters
        rig.advance(0.25)
        assert [one.start for one in shown(rig).quarters] == [now - QUARTER_HOUR, now]
        assert shown(rig).quarters[0] == first[0]


def test_no_rows_are_zero_where_the_answer_is_the_report_that_was_asked_for() -> None:
    """After the flight nobody clicks and, weeks later, nobody converts. Without its columns it is no report."""
    with property_rig(hours=24 * 40) as rig:
        assert [(one.sessions, one.conversions) for one in shown(rig).quarters] == [(0, 0)]
        rig.advance(0.25)
        rig.conduct.without_headers = True
        assert rig.refused("realtime").code == "bad_answer"


def test_an_event_that_comes_and_never_counts_is_no_key_event() -> None:
    """Realtime knows no metric of a single key event, so a wrong name would be zero for good."""
    with property_rig(Conduct(counts_key_event=False), hours=60) as rig:
        trouble = rig.refused("realtime")
        assert (trouble.code, trouble.kind) == ("key_event_missing", TroubleKind.PERSON)


def test_all_tracks_of_a_tenant_share_one_answer_a_quarter_of_an_hour() -> None:
    with property_rig() as rig:
        for _ in range(5):
            shown(rig)
            rig.events()
            rig.events(rig.ref("search"))
            rig.days()
            rig.server.world.market.advance(timedelta(minutes=2))
        methods = [one.method for one in rig.server.calls]
        assert methods == ["runRealtimeReport", "batchRunReports", "batchRunReports"]
        rig.server.world.market.advance(timedelta(minutes=5))
        shown(rig)
        assert len(rig.server.calls) == 4


def test_a_report_that_reaches_further_back_is_asked_for_again() -> None:
    with property_rig() as rig:
        for since in (20, 0, 2, -30, -25):
            rig.events(since=rig.start + timedelta(hours=since))
        assert len(rig.server.calls) == 2


def test_a_failure_is_not_remembered() -> None:
    with property_rig() as rig:
        rig.conduct.failures = [Failure(grpc.StatusCode.INTERNAL, "oh")] * 4
        assert rig.refused("realtime").code == "unavailable"
        assert shown(rig).sessions > 0


def test_a_grant_that_was_taken_away_is_as_if_there_were_no_ga4() -> None:
    with property_rig(Conduct(revoked=True)) as rig:
        with pytest.raises(AnalyticsRevoked, match="Viewer") as silent:
            rig.reader.realtime(timeout=TIMEOUT)
        assert silent.value.trouble is not None
        assert silent.value.trouble.code == "permission_missing"
