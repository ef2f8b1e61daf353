"""Random histories through the use cases: plans, drafts, drift and log agree, whatever people and rules do."""

from collections import Counter
from contextlib import suppress
from random import Random

import pytest

from common.decisions.drift import moved_by
from common.domain.canonical import canonical
from common.domain.change import OptimizationType, Setting
from common.domain.drift import Drift
from common.domain.errors import InvalidInput, Refused
from common.domain.event import Event
from common.domain.plan import PlanTerms
from common.domain.plan_draft import DraftState, PlanDraft
from common.ports.documents import Query
from common.use_cases.activate_plan import activate_plan
from common.use_cases.approve_and_apply import approve_and_apply
from common.use_cases.drift import after_event, drift_now
from common.use_cases.plan_drafts import (
    approve_draft,
    drafts_waiting,
    edit_draft,
    expire_draft,
    reject_draft,
    return_to_plan,
)
from common.use_cases.queries import waiting
from common.use_cases.verify import verify
from tests.world import LOOSE, NORTH, SOUTH, World, auto, change, euros, plan

HISTORIES, STEPS, LEAST = 240, 16, 0.2
BRANCHES = (
    "approved",
    "drafted",
    "edited",
    "expired",
    "partly applied",
    "rejected",
    "told again",
    "two tracks in a draft",
    "way back",
)
PLANNER = "cy@example.com"


@pytest.mark.parametrize("block", range(2))
def test_every_history_reconciles(block: int) -> None:
    each = HISTORIES // 2
    reached = Counter[str]()
    for seed in range(block * each, (block + 1) * each):
        history = _History(seed)
        for _ in range(STEPS):
            history.step()
            history.laws()
        reached.update(history.reached)
    short = {name: reached[name] for name in BRANCHES if reached[name] < LEAST * each}
    assert not short, f"of {each} histories only so many reached: {short}"


class _History:
    """A world, and what happens in it."""

    def __init__(self, seed: int) -> None:
        self.rng = Random(seed)
        self.world = World.taken_on(guardrails=LOOSE.but(two_approvers_pct=1000))
        self.reached = set[str]()
        self.approved = self._versions()
        self.heard = 0

    def step(self) -> None:
        self.world.clock.forward(minutes=self.rng.randint(10, 2000))
        self._see_spend()
        shift = self._shift
        acts = (shift, shift, shift, shift, shift, self._pace, self._edit, self._decide, self._decide, self._decide)
        self.rng.choice((*acts, *acts, self._go_back, self._go_back, self._go_back, self._activate))()
        self._hear()

    # What happens

    def _see_spend(self) -> None:
        """The platforms' reports are fresh: nothing more was spent."""
        now = self.world.clock.now().isoformat()
        for track_id in (NORTH, SOUTH):
            self.world.rewrite(
                self.world.track(track_id).state,
                lambda body: {**body, "pacing": {one: {**seen, "seen": now} for one, seen in body["pacing"].items()}},
            )

    def _track(self) -> str:
        return self.rng.choice((NORTH, NORTH, SOUTH))

    def _shift(self) -> None:
        """Money moves between two campaigns of a track; now and then a platform does not follow."""
        track_id = self._track()
        manifest = self.world.manifest(track_id)
        giver, taker = self.rng.sample([one for one in manifest.entities.values() if one.allocation is not None], k=2)
        moved = self.rng.randint(0, max(0, (giver.allocation or 0) - euros(100)) // 2)
        moves = [
            change(manifest, one.entity_id, setting, max(0, (before or 0) + delta))
            for one, sign in ((giver, -1), (taker, 1))
            for setting, before, delta in (
                (Setting.ALLOCATION, one.allocation, sign * moved),
                (Setting.DAILY_BUDGET, one.daily_budget, sign * moved // 60),
            )
        ]
        if self.rng.random() < 0.25:
            self.world.platforms[taker.platform].rejects.add(taker.entity_id)
        done = self.world.apply(auto(*moves, kind=OptimizationType.BUDGET_SHIFT), track_id=track_id)
        self.world.platforms[taker.platform].rejects.clear()
        if done.state.value == "partially_applied":
            self.reached.add("partly applied")

    def _pace(self) -> None:
        wanted = self.world.wanted("search", Setting.DAILY_BUDGET, self.rng.randrange(euros(200)))
        self.world.apply(auto(wanted))

    def _edit(self) -> None:
        self.world.edit_by_hand("social", Setting.DAILY_BUDGET, self.rng.randrange(euros(200)))
        self.world.adopt()

    def _activate(self) -> None:
        """A version that nobody drafted."""
        drawn = {
            track_id: {name: self.rng.randint(200, 4000) for name in ("google_search", "meta")}
            for track_id in (NORTH, SOUTH)
        }
        with suppress(InvalidInput):
            activate_plan(self.world.ports(), plan(version=max(self.approved) + 1, budgets=drawn), run="planner")

    def _decide(self) -> None:
        """A planner looks at the draft that waits, and does one thing or another."""
        found = drafts_waiting(self.world.ports(), "acme")
        for draft in found:
            seen = {"by": PLANNER, "seen": draft.payload_digest}
            answers = (self._approve, self._reword, self._reject, self._reject, self._wait)
            late = self.world.clock.now() >= draft.expires_at
            (self._wait if late else self.rng.choice(answers))(draft, seen)

    def _approve(self, draft: PlanDraft, seen: dict[str, str]) -> None:
        try:
            done = approve_draft(self.world.ports(), "acme", draft.draft_id, **seen, run="planner")
        except (InvalidInput, Refused):
            return
        if done.state is DraftState.APPROVED:
            self.reached.add("approved")

    def _reword(self, draft: PlanDraft, seen: dict[str, str]) -> None:
        terms = draft.plan
        piece = self.rng.choice(terms.tracks)
        lines = tuple(line.but(budget=self.rng.randrange(euros(4000)), max_budget=None) for line in piece.channels)
        other = terms.but(tracks=tuple(one.but(channels=lines) if one is piece else one for one in terms.tracks))
        try:
            edit_draft(self.world.ports(), "acme", draft.draft_id, other, **seen)
        except InvalidInput:
            return
        self.reached.add("edited")

    def _reject(self, draft: PlanDraft, seen: dict[str, str]) -> None:
        reject_draft(self.world.ports(), "acme", draft.draft_id, **seen, reason="No.")
        self.reached.add("rejected")

    def _wait(self, draft: PlanDraft, seen: dict[str, str]) -> None:
        self.world.clock.forward(hours=24 * 8)
        assert expire_draft(self.world.ports(), "acme", draft.draft_id)
        self.reached.add("expired")

    def _go_back(self) -> None:
        """Somebody asks for the way back, and somebody else says yes to all that waits."""
        with suppress(Refused):
            return_to_plan(self.world.ports(), self.world.track(self._track()), by=PLANNER)
        for one in waiting(self.world.ports(), "acme"):
            try:
                approve_and_apply(
                    self.world.ports(), "acme", one.approval_id, by="ana@example.com", seen=one.payload_digest
                )
            except Refused:
                continue
            if self.world.change_set(one.approval_id).state.value == "applied":
                self.reached.add("way back")

    def _hear(self) -> None:
        """Drift is looked at after each event that is new, and now and then once more."""
        while self.heard < len(self.world.bus.events):
            event = Event.model_validate(self.world.bus.events[self.heard])
            self.heard += 1
            for _ in range(self.rng.choice((1, 1, 2))):
                after_event(self.world.ports(), event)
            if event.data.drift is not None:
                self._is_whole(event.data.drift)
                self.reached |= set() if event.data.drafted else {"told again"}

    def _is_whole(self, told: Drift) -> None:
        """What others are told is what the whole log explains, whatever of it was read; a KPI is a draft's alone."""
        now = drift_now(self.world.ports(), self.world.track(told.track_id))
        told, now = (one.but(channels=tuple(each.but(kpi=None) for each in one.channels)) for one in (told, now))
        assert told == now

    # What must hold

    def laws(self) -> None:
        """Hold the world to all of it."""
        for version, body in self._versions().items():
            assert self.approved.setdefault(version, body) == body, f"v{version} was rewritten"
        waits = drafts_waiting(self.world.ports(), "acme")
        assert len(waits) <= 1, "one draft of a plan waits at a time"
        for draft in waits:
            self._is_sound(draft)
        for track_id in (NORTH, SOUTH):
            self._reconciles(track_id)

    def _is_sound(self, draft: PlanDraft) -> None:
        self.reached.add("drafted")
        PlanTerms.model_validate(draft.plan.body())
        assert draft.based_on == max(self.approved)
        if len(draft.drift) == 2:
            self.reached.add("two tracks in a draft")

    def _reconciles(self, track_id: str) -> None:
        track = self.world.track(track_id)
        drift, manifest = drift_now(self.world.ports(), track), self.world.manifest(track_id)
        assert verify(self.world.ports(), track).faults == (), "replaying the log gives the manifest"
        assert {one.channel: one.plan + one.delta for one in drift.channels if one.live} == {
            name: money for name, money in manifest.budgets().items() if money
        }
        for one in drift.channels:
            assert sum(cause.amount for cause in one.causes) == one.delta
        money = {
            one.channel: one.plan + sum(c.amount for c in one.causes if c.seq == manifest.plan_seq)
            for one in drift.channels
        }
        for entry in self.world.log(track_id)[manifest.plan_seq + 1 :]:
            for name, moved in moved_by(entry, manifest).items():
                money[name] += moved
        assert money == {one.channel: one.live for one in drift.channels}
        if drift.over:
            assert manifest.drift is not None, "over the threshold somebody was told"

    def _versions(self) -> dict[int, bytes]:
        found = self.world.documents.query(Query("tenants/acme/plans/spring/versions", limit=1000)).documents
        return {one.data["version"]: canonical(one.data) for one in found}
