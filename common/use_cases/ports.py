"""What every use case is given: the ports, and how long a run may hold a track."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from common.ports.ad_platform import Platforms
from common.ports.agent import Agent, StatisticalAgent
from common.ports.analytics import AnalyticsOf, no_analytics
from common.ports.bus import Bus
from common.ports.clock import Clock
from common.ports.connections import CheckConnection, no_connections
from common.ports.crm import CrmOf, no_crm
from common.ports.crm_pull import CrmPullOf, no_pull
from common.ports.documents import Documents
from common.ports.journal import Journal, Silence
from common.ports.keys import Keys, NoKeys
from common.ports.notifier import NoNotifier, Notifier
from common.ports.objects import Objects
from common.ports.tracer import NoTracer, Tracer
from common.use_cases.memo import Memo


@dataclass(frozen=True, slots=True)
class LeasePolicy:
    """How long a run may drive a change set.

    The lease lasts the longest run plus one call's time-out plus what two clocks may differ by, and a run starts no
    call that could end within the clocks' difference of the lease's end. So no call outlives its lease, whichever
    clock is asked.
    """

    longest_run: timedelta = timedelta(minutes=9)
    call_timeout: timedelta = timedelta(seconds=30)
    clock_skew: timedelta = timedelta(minutes=10)

    @property
    def length(self) -> timedelta:
        """How long a lease lasts."""
        return self.longest_run + self.call_timeout + self.clock_skew

    @property
    def reserve(self) -> timedelta:
        """How long before its lease ends a run may start its last call."""
        return self.call_timeout + self.clock_skew


@dataclass(frozen=True, slots=True)
class Ports:
    """The outside world, as use cases see it."""

    documents: Documents
    bus: Bus
    clock: Clock
    platforms: Platforms
    new_run: Callable[[], str]
    """Names a run; never the same name twice, or two deliveries of one message would share a lease."""
    lease: LeasePolicy = LeasePolicy()
    journal: Journal = field(default_factory=Silence)
    tracer: Tracer = field(default_factory=NoTracer)
    memo: Memo = field(default_factory=Memo)
    notifier: Notifier = field(default_factory=NoNotifier)
    analytics: AnalyticsOf = no_analytics
    crm: CrmOf = no_crm
    check_connection: CheckConnection = no_connections
    crm_pull: CrmPullOf = no_pull
    keys: Keys = field(default_factory=NoKeys)
    objects: Objects | None = None
    """`None` where there is nothing to keep them: the log is not anchored then."""
    agent: Agent = field(default_factory=StatisticalAgent)
    agent_timeout: float = 30.0
    """Seconds that the agent may take over one review."""
    pages_url: str | None = None
    """Where people decide; links in messages lead there."""

    @property
    def timeout(self) -> float:
        """Seconds that one platform call may take."""
        return self.lease.call_timeout.total_seconds()
