"""Random histories of a track's money: shifts, pacing, edits by hand, plan versions, drafts and ways back.

They are built on the ledger that every use case writes through, without a store, so that thousands are quick.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random

from common.decisions.drafting import drafted_terms, next_terms
from common.decisions.drift import compared, drift_of, explained, marked
from common.decisions.facts import Facts, Spent
from common.decisions.hand_edits import taken_along
from common.decisions.plan_checks import ceiling_of
from common.decisions.rebasing import bearing, rebased
from common.decisions.way_back import way_back
from common.domain.canonical import canonical
from common.domain.change import Change, Setting, Value
from common.domain.drift import Drift
from common.domain.envelope import Envelope
from common.domain.guardrails import Guardrails
from common.domain.log_entry import EntryKind, LogEntry, LoggedChange
from common.domain.manifest import Delivery, Entity, HandEdit, Manifest
from common.domain.money import split
from common.domain.paths import Track
from common.domain.plan import MediaPlan, Period, PlanChannel, PlanTerms, PlanTrack
from common.domain.state import TrackState
from common.domain.tenant import Tenant
from common.domain.verticals import Vertical
from common.ports.documents import Create
from common.use_cases.ledger import Ledger, Telling
from common.use_cases.load import Held
from tests.world import FLIGHT

START = datetime(2026, 4, 20, 9, 0, tzinfo=UTC)
TRACK = Track("acme", "north")
CHANNELS = ("google_search", "google_pmax", "meta", "tiktok")
RAILS = Guardrails()
CAP = 10**13
TENANT = Tenant(
    tenant_id="acme",
    name="Acme",
    currency="EUR",
    time_zone="Europe/Madrid",
    vertical=Vertical.ECOMMERCE,
    tracks=("north", "south"),
)
LANDS = ("applied", "applied", "applied", "already", "failed", "skipped")


class TrackHistory:
    """One track from its genesis on, with its log, its spend, and every plan version as it was approved."""

    def __init__(self, seed: int) -> None:
        self.rng = Random(seed)
        self.reached = Counter[str]()
        self.seen: list[Drift] = []
        """Each drift that was looked at on the way."""
        self.now = START
        self.plan = self._first_plan()
        self.approved: dict[int, bytes] = {}
        self._approve(self.plan)
        self.manifest = self._first_manifest()
        genesis = LogEntry(
            tenant_id="acme",
            track_id="north",
            seq=0,
            kind=EntryKind.GENESIS,
            revision=0,
            at=START,
            by="cy@example.com",
            plan_version=1,
            state=self.manifest.live_state(),
            previous="",
        ).sealed()
        self.log = [genesis]
        self.manifest = self.manifest.but(log_hash=genesis.hash)
        self.spent = {one.entity_id: Spent(0, 0) for one in self._bearers()}
        self._idle = {line.channel for line in self.piece.channels if self.rng.random() < 0.65}
        """Channels that never spend: a version can drop them."""

    def live_on(self, steps: int) -> None:
        """Let so many things happen, most of them to money."""
        acts = (self._shift, self._shift, self._shift, self._pace, self._edit, self._ask, self._look, self._look)
        for _ in range(steps):
            self.now += timedelta(hours=self.rng.randint(1, 60))
            self._spend()
            self.rng.choice((*acts, self._activate) if self.rng.random() < 0.8 else acts)()

    @property
    def piece(self) -> PlanTrack:
        """The track's slice of the active version."""
        return self.plan.slice("north")

    @property
    def since(self) -> Sequence[LogEntry]:
        """The log since the active version, its own entry excluded."""
        return self.log[self.manifest.plan_seq + 1 :]

    def drift(self) -> Drift:
        """How far it is from its plan, and through what; by the entries that say that they moved money."""
        found = drift_of(self.manifest, self.piece, RAILS, self.spent)
        moves = [entry for entry in self.since if entry.allocates]
        return explained(found, self.log[self.manifest.plan_seq], moves, self.manifest, self.piece)

    # The beginning

    def _first_plan(self) -> MediaPlan:
        names = self.rng.sample(CHANNELS, k=self.rng.randint(2, 4))
        lines = tuple(self._line(name, self.rng.randint(10**8, 10**10)) for name in sorted(names))
        south = PlanTrack(
            track_id="south",
            channels=(PlanChannel(channel="meta", platform="meta", budget=self.rng.randrange(10**10)),),
        )
        return MediaPlan(
            tenant_id="acme",
            plan_id="spring",
            version=1,
            currency="EUR",
            flight=FLIGHT,
            master_cap=CAP,
            tracks=(PlanTrack(track_id="north", channels=lines), south),
            approved_by="cy@example.com",
            approved_at=START,
        )

    def _line(self, channel: str, budget: int) -> PlanChannel:
        line = PlanChannel(channel=channel, platform=channel.partition("_")[0], budget=budget)
        if self.rng.random() < 0.3:
            line = line.but(max_budget=budget + self.rng.randrange(budget + 1))
        if self.rng.random() < 0.4:
            halves = split(budget, [self.rng.randint(1, 5), self.rng.randint(1, 5)])
            first = Period(start=FLIGHT.start, end=date(2026, 4, 30), budget=halves[0])
            line = line.but(periods=(first, Period(start=date(2026, 5, 1), end=FLIGHT.end, budget=halves[1])))
        return line

    def _first_manifest(self) -> Manifest:
        entities: dict[str, Entity] = {}
        lines = self.piece.channels
        for number, line in enumerate(lines):
            if number > 1 and self.rng.random() < 0.5:
                continue  # planned, and nothing live bears a budget there
            count = self.rng.randint(1, 3)
            given = line.budget if self.rng.random() < 0.6 else self.rng.randrange(line.budget + 1)
            for index, allocation in enumerate(split(given, [self.rng.randint(0, 3) for _ in range(count)])):
                name = f"{line.channel}-{index}"
                entities[name] = Entity(
                    entity_id=name,
                    platform=line.platform,
                    channel=line.channel,
                    external_id=name,
                    allocation=allocation,
                    daily_budget=allocation // 60,
                    total_budget=allocation if self.rng.random() < 0.5 else None,
                    delivery=Delivery(takes_total_budget=True),
                )
        return Manifest(tenant_id="acme", track_id="north", plan_id="spring", plan_version=1, entities=entities)

    # What happens

    def _spend(self) -> None:
        """A little more is spent of each, or may be."""
        for one in self._bearers():
            if one.channel in self._idle:
                continue
            left = max(0, (one.allocation or 0) - self.spent[one.entity_id].most)
            seen, unseen = self.rng.randrange(left // 4 + 1), self.rng.randrange(left // 4 + 1)
            self.spent[one.entity_id] = Spent(self.spent[one.entity_id].most + seen, unseen)

    def _shift(self) -> None:
        """Money goes from some campaigns to others; what does not land stays as it was."""
        found = self._bearers()
        dropped = [one for one in found if self.piece.line(one.channel) is None]
        giver, *takers = self.rng.sample(found, k=min(len(found), self.rng.randint(2, 4)))
        if dropped and self.rng.random() < 0.9 and giver not in dropped:
            takers = [self.rng.choice(dropped)]
        most = max(0, (giver.allocation or 0) - self.spent[giver.entity_id].most)
        parts = split(self.rng.randrange(most + 1), [1] * len(takers)) if takers else []
        lands = self.rng.choice(LANDS)
        wanted = [(giver, (giver.allocation or 0) - sum(parts))]
        wanted += [(one, (one.allocation or 0) + part) for one, part in zip(takers, parts, strict=True)]
        rows = [_row(one, Setting.ALLOCATION, after, lands) for one, after in wanted]
        rows.append(_row(giver, Setting.DAILY_BUDGET, self.rng.randrange(10**8), self.rng.choice(LANDS)))
        self._end(rows, "Moved some money.")

    def _pace(self) -> None:
        one = self.rng.choice(self._bearers())
        self._end([_row(one, Setting.DAILY_BUDGET, self.rng.randrange(10**8), self.rng.choice(LANDS))], "Paced.")

    def _end(self, rows: list[LoggedChange], why: str) -> None:
        landed = [row.outcome in ("applied", "already") for row in rows]
        if any(landed) and not all(landed):
            self.reached["partial"] += 1
        self._write(EntryKind.APPLIED if any(landed) else EntryKind.FAILED, rows, why, lands=any(landed))

    def _edit(self) -> None:
        """Somebody edits by hand, a platform's own total now and then."""
        one = self.rng.choice(self._bearers())
        setting = self.rng.choice((Setting.DAILY_BUDGET, Setting.TOTAL_BUDGET, Setting.TOTAL_BUDGET))
        found = self.rng.randrange((one.allocation or 0) * 3 // 2 + 1)
        edit = HandEdit(entity_id=one.entity_id, setting=setting, expected=one.value(setting), found=found)
        along = taken_along([edit], self.manifest, self.spent)
        if along:
            self.reached["edit that moves money"] += 1
        self._write(EntryKind.EXTERNAL_CHANGE, [_row(one, setting, found), *along], "Edited.")

    def _ask(self) -> None:
        """A request that waits, or was refused: its changes are told, and none of them happened."""
        one = self.rng.choice(self._bearers())
        kind = self.rng.choice((EntryKind.PENDING, EntryKind.REJECTED, EntryKind.BLOCKED, EntryKind.RECOMMENDED))
        self._write(
            kind, [_row(one, Setting.ALLOCATION, self.rng.randrange(10**10), "proposed")], "Asked.", lands=False
        )

    def _look(self) -> None:
        """Drift is looked at; where it is news a draft is made, and answered."""
        drift = self.drift()
        self.seen.append(drift)
        news = compared(drift, self.manifest.drift, self.piece, RAILS).value in ("crossed", "material")
        if not news:
            return
        self.reached["drafted"] += 1
        self.manifest = self.manifest.but(drift=marked(drift, "draft-1", self.plan.version))
        day = (self.now + timedelta(hours=2)).date()
        terms = drafted_terms(self.plan, {"north": self.manifest}, day, ["2026-05-01, north: Try video."])
        assert {line.channel: line.budget for line in terms.slice("north").channels if line.budget} == {
            channel: money for channel, money in self.manifest.budgets().items() if money
        }, "a draft is what is live"
        answer = self.rng.random()
        if answer < 0.28:
            self.reached["approved"] += 1
            self._make_active(terms)
        elif answer < 0.52:
            self.reached["edited"] += 1
            self._make_active(self._edited(terms))
        else:
            self._go_back()

    def _edited(self, terms: PlanTerms) -> PlanTerms:
        """A planner's own budgets, at least what is spent."""
        lines = [self._line(one.channel, self._budget(one.channel)) for one in terms.slice("north").channels]
        return _with_north(terms, PlanTrack(track_id="north", channels=tuple(lines)))

    def _activate(self) -> None:
        """A version that nobody drafted; channels on which nothing was spent are dropped now and then."""
        lines = [one for one in self.piece.channels if self._least(one.channel) or self.rng.random() < 0.15]
        lines = lines or list(self.piece.channels)
        drawn = tuple(self._line(one.channel, self._budget(one.channel)) for one in lines)
        self.reached["activated"] += 1
        self._make_active(_with_north(next_terms(self.plan), PlanTrack(track_id="north", channels=drawn)))
        self._shift()

    def _make_active(self, terms: PlanTerms) -> None:
        terms = PlanTerms.model_validate(terms.body())
        plan = MediaPlan.model_validate({**terms.body(), "approved_by": "cy@example.com", "approved_at": self.now})
        short = [name for name in bearing(self.manifest) if self._least(name) > _budget_of(plan, name)]
        if short:
            return  # what is spent can't be taken back: the version is refused
        self._approve(plan)
        changes = rebased(self.manifest, plan.slice("north"), self.spent)
        ledger = self._ledger()
        ledger.land(
            EntryKind.PLAN_ACTIVATED,
            Telling(by="cy@example.com", why=f"Plan v{plan.version} is active.", changes=changes),
            plan_version=plan.version,
        )
        self._take(ledger)
        self.plan = plan

    def _go_back(self) -> None:
        """The way back, approved at once."""
        envelope = Envelope(
            plan_id="spring",
            plan_version=self.plan.version,
            master_cap=CAP,
            ceilings={"north": ceiling_of(self.piece).but(total=max(self.piece.budget, self.manifest.allocated()))},
        )
        state = TrackState(tenant_id="acme", track_id="north")
        proposal = way_back(Facts(self.now, TENANT, self.plan, self.manifest, state, self.spent, envelope))
        assert proposal is not None, "over the threshold it is not on its plan"
        if not proposal.changes:
            return
        self.reached["way back"] += 1
        apart, ceiling, before = self._apart(), envelope.ceilings["north"].total, self.manifest.entities
        self._end([_of(change) for change in proposal.changes], proposal.why)
        assert self._apart() < apart, "it brings live nearer to the plan"
        assert self.manifest.allocated() <= ceiling
        for one in self._bearers():
            least = min(before[one.entity_id].allocation or 0, self.spent[one.entity_id].most)
            assert (one.allocation or 0) >= least, "what is spent stays"
        if self._apart():
            self.reached["way back in part"] += 1

    # How it is written down

    def _write(self, kind: EntryKind, rows: Sequence[LoggedChange], why: str, *, lands: bool = True) -> None:
        ledger, telling = self._ledger(), Telling(by="trimtab", why=why, changes=tuple(rows))
        if lands:
            ledger.land(kind, telling)
        else:
            ledger.record(kind, telling)
        self._take(ledger)

    def _ledger(self) -> Ledger:
        return Ledger(TRACK, Held(self.manifest, "1"), self.now)

    def _take(self, ledger: Ledger) -> None:
        creates = [write for write in ledger.writes() if isinstance(write, Create)]
        self.log += [LogEntry.model_validate(write.data) for write in creates]
        self.manifest = ledger.manifest

    def _approve(self, plan: MediaPlan) -> None:
        self.approved[plan.version] = canonical(plan.body())

    def _bearers(self) -> list[Entity]:
        return [one for one in self.manifest.entities.values() if one.allocation is not None]

    def _least(self, channel: str) -> int:
        return sum(self.spent[one.entity_id].most for one in self._bearers() if one.channel == channel)

    def _budget(self, channel: str) -> int:
        return self._least(channel) + self.rng.randrange(10**9)

    def _apart(self) -> int:
        return sum(abs(one.delta) for one in drift_of(self.manifest, self.piece, RAILS).channels)


def _budget_of(plan: MediaPlan, channel: str) -> int:
    line = plan.slice("north").line(channel)
    return 0 if line is None else line.budget


def _with_north(terms: PlanTerms, north: PlanTrack) -> PlanTerms:
    return terms.but(tracks=tuple(north if one.track_id == "north" else one for one in terms.tracks))


def _row(one: Entity, setting: Setting, after: Value, outcome: str = "applied") -> LoggedChange:
    return LoggedChange(
        entity_id=one.entity_id, setting=setting.value, before=one.value(setting), after=after, outcome=outcome
    )


def _of(change: Change) -> LoggedChange:
    return LoggedChange(
        entity_id=change.entity_id, setting=change.setting.value, before=change.before, after=change.after
    )
