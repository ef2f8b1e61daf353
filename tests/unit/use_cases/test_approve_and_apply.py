"""A yes is applied at once where nothing stands in the way; where something does, it is kept for who comes next."""

from datetime import timedelta

import pytest

from common.domain.change_set import ChangeSetState
from common.domain.errors import Refused
from common.domain.manifest import InFlight
from common.domain.paths import Track
from common.ports.documents import Conflict, Replace, Write
from common.use_cases.approve_and_apply import approve_and_apply
from common.use_cases.queries import manifest_of, waiting
from tests.fakes.documents import MemoryDocuments
from tests.unit.sandbox.played_week import TENANT, Week, begun, troubled_week

CLIENT = "client@example.com"
BRAND = Track(TENANT, "brand")


class Rushed(MemoryDocuments):
    """A store in which somebody else is faster, so many times."""

    times = 0

    def commit(self, *writes: Write) -> tuple[str, ...]:
        """As the port says."""
        if self.times:
            self.times -= 1
            raise Conflict([writes[0].path])
        return super().commit(*writes)


@pytest.fixture
def documents() -> Rushed:
    """The store."""
    return Rushed()


@pytest.fixture
def week(documents: Rushed) -> Week:
    """The troubled week just after the edit by hand; a person was asked."""
    week = begun(troubled_week(), lambda _: None, documents)
    for _ in range(24 + 11):
        week.player.hour()
    return week


def yes(week: Week) -> ChangeSetState:
    """The client says yes to the one thing that waits."""
    (approval,) = waiting(week.ports, TENANT)
    named = (TENANT, approval.approval_id)
    return approve_and_apply(week.ports, *named, by=CLIENT, seen=approval.payload_digest).state


def test_a_yes_is_live_at_once(week: Week) -> None:
    assert yes(week) is ChangeSetState.APPLIED
    assert manifest_of(week.ports, BRAND).entities["search"].daily_budget != 250_000_000


def test_a_tick_that_writes_at_the_same_moment_takes_nothing_from_the_yes(week: Week, documents: Rushed) -> None:
    documents.times = 3
    assert yes(week) is ChangeSetState.APPLIED


def test_while_something_else_is_in_flight_the_yes_waits_its_turn(week: Week) -> None:
    found = week.ports.documents.read(BRAND.manifest)[0]
    assert found is not None
    until = week.ports.clock.now() + timedelta(minutes=5)
    flight = InFlight(change_set_id="cs", holder="other", lease_until=until).body()
    week.ports.documents.commit(Replace(BRAND.manifest, {**found.data, "in_flight": flight}, found.version))
    assert yes(week) is ChangeSetState.APPROVED
    assert len(manifest_of(week.ports, BRAND).queue) == 1


def test_a_yes_to_something_else_than_what_stands_there_is_refused(week: Week) -> None:
    (approval,) = waiting(week.ports, TENANT)
    with pytest.raises(Refused, match="what was shown is not what would be applied"):
        approve_and_apply(week.ports, TENANT, approval.approval_id, by=CLIENT, seen="another digest")
    assert manifest_of(week.ports, BRAND).entities["search"].daily_budget == 250_000_000
