"""A tenant's report as data: what its page shows, for programs. Fields may be added; none changes its sense.

Money is micros of `currency`, signed where it is a difference; instants are UTC, days the tenant's. Shares are 0 to 1.
"""

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from common.domain.calendar import Flight, Instant, TimeZone
from common.domain.canonical import digest
from common.domain.change import Value
from common.domain.connection import ConnectionState
from common.domain.drift import Drift
from common.domain.kpi import KpiReading
from common.domain.log_entry import EntryKind
from common.domain.model import Frozen, Id, Name
from common.domain.money import Currency, Micros, SignedMicros
from common.domain.state import Freeze

Share = Annotated[float, Field(ge=0)]


class TrackStatus(StrEnum):
    """How a track stands to its plan, the most urgent last."""

    NOT_BEGUN = "not_begun"
    OVER = "over"
    ON_PLAN = "on_plan"
    BEHIND = "behind"
    """Less than the plan, by more than the tenant's pacing tolerance, is probably spent at the end."""
    AHEAD = "ahead"
    DRIFTED = "drifted"
    """Live budgets are over the drift threshold away from the plan's."""
    STOPPED = "stopped"
    """A pause stops the whole track."""


class CurvePoint(Frozen):
    """The end of one local day of the flight; all amounts are from the flight's start."""

    day: date
    planned: Micros
    spent: Micros | None = None
    """As reported; of the day of the report, so far. `None` after it, and for days of which no source has told yet."""
    forecast: Micros | None = None
    """What is probably spent by then; from the day of the report on."""
    low: Micros | None = None
    high: Micros | None = None
    """Where it lies with 90% probability."""


class Pacing(Frozen):
    """The pacing curve. `forecast`, `low` and `high` are of the whole flight; what was spent once it is over."""

    points: tuple[CurvePoint, ...]
    seen_until: Instant | None
    """Hours that end by then are counted for every campaign; `None`: none was reported."""
    forecast: Micros
    low: Micros
    high: Micros


class ChannelLine(Frozen):
    """One channel: the plan's budget against what is live and spent."""

    channel: Id
    planned: bool
    """The plan has a line for it."""
    paused: bool
    """Nothing of it is enabled."""
    plan: Micros
    live: Micros
    delta: SignedMicros
    percent: float | None
    """Of the plan's budget, signed; `None` where that is zero."""
    spent: Micros
    kpi: KpiReading | None = None
    """Since the plan version became active."""


class Waiting(Frozen):
    """What waits for a person."""

    kind: str
    """`approval` or `plan_draft`."""
    id: Id
    summary: str
    money: Micros
    """How much it moves."""
    people_needed: int
    expires_at: Instant
    url: str | None = None
    """Where it is decided; `None` where there are no pages."""


class SafeguardKind(StrEnum):
    """What holds Trimtab back."""

    KILL_SWITCH = "kill_switch"
    PAUSE = "pause"
    FREEZE = "freeze"
    DEGRADED = "degraded"
    MODE = "mode"
    """A rule that is only tried out, or only advises."""


class Safeguard(Frozen):
    """A safeguard in force."""

    kind: SafeguardKind
    subject: str
    """Whom or what it holds: a tenant, `everybody`, a campaign's name, a channel, a track, a kind of change."""
    scope: str
    """What the subject is: `tenant`, `entity`, `channel`, `track` or `type`."""
    reason: str
    """A code, a mode, or what the person said who turned a kill switch."""
    by: str | None = None
    since: Instant | None = None
    freeze: Freeze | None = None
    """Where it is one: with what was measured, and the limit it met."""


class Step(Frozen):
    """A setting that changed: from what it was before to what it was after the last of `times` changes."""

    entity: str
    """Its name."""
    setting: str
    before: Value
    after: Value
    times: Annotated[int, Field(ge=1)] = 1


class ChangelogLine(Frozen):
    """One thing that was done or decided. Routine corrections of a day are one line."""

    at: Instant
    """Of the newest entry of the log that it tells of."""
    first_seq: Annotated[int, Field(ge=0)]
    last_seq: Annotated[int, Field(ge=0)]
    kind: EntryKind
    routine: bool = False
    """Daily budgets that Trimtab corrected: `steps` says it all."""
    who: str
    """Who decided: `trimtab`, or people by their addresses."""
    text: str
    """As the log has it."""
    times: Annotated[int, Field(ge=1)] = 1
    steps: tuple[Step, ...] = ()
    moved: dict[Id, SignedMicros] = {}
    """By channel, how far its allocations moved; what changed none is absent."""
    change_set_id: Id | None = None


class ChangelogDay(Frozen):
    """A local day, its newest line first."""

    day: date
    lines: tuple[ChangelogLine, ...]


class HandChange(Frozen):
    """A setting that somebody changed on a platform, beside Trimtab."""

    at: Instant
    """When it was noticed."""
    who: str
    seq: int
    entity: str
    setting: str
    before: Value
    after: Value


class Reconciliation(Frozen):
    """The plan's budgets and every move in the changelog, against the live allocations, by channel and to the micro."""

    plan: dict[Id, Micros]
    moved: dict[Id, SignedMicros]
    live: dict[Id, Micros]
    differences: dict[Id, SignedMicros]
    """Live less (plan + moved), where that is not zero: empty, or something is wrong."""

    @property
    def holds(self) -> bool:
        """Whether plan and changelog give what is live."""
        return not self.differences


class TrackReport(Frozen):
    """One track."""

    track_id: Name
    plan_id: Id
    plan_version: Annotated[int, Field(ge=1)]
    status: TrackStatus
    sentence: str
    flight: Flight
    budget: Micros
    """The plan's, for the flight."""
    live: Micros
    """Allocated."""
    spent: Micros
    changes_this_week: int
    """In the last seven days, beside routine corrections."""
    kpi: KpiReading | None
    pacing: Pacing
    channels: tuple[ChannelLine, ...]
    drift: Drift
    waiting: tuple[Waiting, ...]
    safeguards: tuple[Safeguard, ...]
    changelog: tuple[ChangelogDay, ...]
    """Since the plan version became active, newest day first."""
    by_hand: tuple[HandChange, ...]
    """Newest first."""
    reconciliation: Reconciliation


class Missing(Frozen):
    """Something that a source needs and does not have."""

    what: str
    said: str
    """What is wrong, and what to do."""
    required: bool
    """Without it the source is not used."""


class SourceState(Frozen):
    """How a source of the tenant is connected."""

    source: Id
    """A platform's name, `ga4` or `crm`."""
    state: ConnectionState
    since: Instant
    missing: tuple[Missing, ...]


class Report(Frozen):
    """What a tenant's client is sent, in `reports/{tenant}/{day}-{digest}.json`."""

    tenant_id: Name
    name: str
    day: date
    made_at: Instant
    currency: Currency
    locale: str
    time_zone: TimeZone
    flight: Flight
    """Of all its tracks: from the first day of the earliest to the last of the latest."""
    degraded: bool
    """Without GA4: "Connect GA4 for full optimization"."""
    status: TrackStatus
    """The most urgent of its tracks."""
    sentence: str
    budget: Micros
    spent: Micros
    flight_over: Share
    """How much of the flight's time is over."""
    waiting: tuple[Waiting, ...]
    """Drafts of plan versions. Each is told with every track whose slice it changes, too."""
    safeguards: tuple[Safeguard, ...]
    """Of all tracks."""
    tracks: tuple[TrackReport, ...]
    connections: tuple[SourceState, ...] = ()
    """What is known of its sources: platforms, then GA4, then the CRM."""
    ga4_source_of_truth: bool | None = None
    """GA4 counts the conversions that decisions are made on; `None`: nothing is known of the connections."""

    @property
    def content_digest(self) -> str:
        """Of everything but when it was made: the same content made again is the same report."""
        return digest(self.model_dump(mode="json", exclude={"made_at"}))


class ReportIndex(Frozen):
    """`tenants/{t}/reports/{id}`: where a report is, and what it says in one sentence. Created once."""

    report_id: Id
    """The day and the beginning of the digest: ids sort as days do."""
    tenant_id: Name
    day: date
    made_at: Instant
    sentence: str
    tracks: tuple[Name, ...]
    digest: str
    """Of the content."""
    page: str
    """The path of the page, in object storage."""
    data: str
    """The path of the same as JSON."""

    @staticmethod
    def of(report: Report) -> "ReportIndex":
        """The index of a report."""
        content = report.content_digest
        report_id = f"{report.day.isoformat()}-{content[:12]}"
        place = f"reports/{report.tenant_id}/{report_id}"
        return ReportIndex(
            report_id=report_id,
            tenant_id=report.tenant_id,
            day=report.day,
            made_at=report.made_at,
            sentence=report.sentence,
            tracks=tuple(track.track_id for track in report.tracks),
            digest=content,
            page=f"{place}.html",
            data=f"{place}.json",
        )

    @property
    def log(self) -> str:
        """The path of the log that it tells, for the next report."""
        return f"{self.data.removesuffix('.json')}.log.gz"
