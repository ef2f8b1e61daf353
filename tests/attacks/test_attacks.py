"""Ten thousand requests with one fault each: none is taken. And fifty at once on one approval: it is applied once."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from common.domain.approval import ApprovalState
from common.domain.log_entry import EntryKind
from common.domain.plan_draft import DraftState
from common.use_cases.queries import plan_versions, waiting
from tests.attacks.attacks import FORMS, approved_once, attacks
from tests.attacks.senders import Way, ways
from tests.attacks.targets import ANA, CONFIRMS, CY, DEEDS, DORA, LOOKS, Site, site, whose

PARTS, EACH = 8, 1280
"""In parts, so that several workers share them."""


@pytest.mark.parametrize("part", range(PARTS))
def test_no_request_with_a_fault_is_taken(part: int, record_property: Callable[[str, object], None]) -> None:
    """Nothing is written, nothing of the tenant's is shown to who may not see it, and the answer fits the fault."""
    reached: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for attack in attacks(part, EACH):
        before = attack.target.world.documents.commits
        answer = attack.send()
        kind = attack.fault
        seen[kind] += 1
        reached[kind] += answer.status_code in attack.expected
        assert attack.target.world.documents.commits == before, f"{attack.deed}, {kind}: something was written"
        told = attack.deed in LOOKS and any(one in answer.text for one in attack.target.secrets)
        assert not told, f"{attack.deed}, {kind}: it was shown"
        assert answer.status_code < 500, f"{attack.deed}, {kind}: {answer.text}"
    shares = {kind: reached[kind] / count for kind, count in seen.items()}
    record_property("reached", {kind: f"{reached[kind]} of {count}" for kind, count in sorted(seen.items())})
    assert {kind: share for kind, share in shares.items() if share < 1} == {}


@pytest.mark.parametrize("way", ways(), ids=lambda way: way.name)
@pytest.mark.parametrize("deed", [*DEEDS, *LOOKS])
def test_the_same_request_without_a_fault_is_taken(deed: str, way: Way) -> None:
    """What makes the attacks worth something."""
    of = site()
    answer = (DEEDS | LOOKS)[deed](of, way, whose(deed), FORMS).send(of.app(way))
    assert answer.status_code in (200, 303)
    if "draft" in deed and deed in DEEDS:
        assert of.draft_now().state is not DraftState.PENDING
    elif "way back" in deed:
        assert len(waiting(of.world.ports(), "acme")) == 2
    elif "next version" in deed:
        assert of.draft_now().state is DraftState.SUPERSEDED, "what it says of south is in the one for north too"
    elif deed in DEEDS:
        assert of.world.approval(of.approval.approval_id).state is not ApprovalState.PENDING or "undo" in deed
        assert "0 of 1" not in answer.text
        assert "undo" not in deed or of.world.log()[-1].by == ANA


@pytest.mark.parametrize("way", ways(), ids=lambda way: way.name)
def test_the_second_of_two_planners_makes_it_the_plan(way: Way) -> None:
    """What makes the attacks of the same person twice worth something."""
    of = approved_once(site())
    assert CONFIRMS(of, way, DORA, FORMS).send(of.app(way)).status_code == 303
    assert of.draft_now().state is DraftState.APPROVED


@pytest.mark.parametrize("seed", range(20))
def test_fifty_at_once_decide_once(seed: int) -> None:
    """Approvals and rejections of two people and three kinds of sign-in, started together."""
    of, gate = site(), Barrier(50)
    kinds = ways()
    deeds = ("approve", "approve by API", "approve together", "reject", "approve together by API", "reject by API")

    def send(number: int) -> int:
        way, email = kinds[(number + seed) % len(kinds)], (ANA, CY)[number % 2]
        request = DEEDS[deeds[(number * 7 + seed) % len(deeds)]](of, way, email, FORMS)
        app = apps[way.name]
        gate.wait()
        return request.send(app).status_code

    apps = {way.name: of.app(way) for way in kinds}
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(send, range(50)))
    assert set(answers) <= {200, 303, 409}
    _decided_once(of)


def _decided_once(of: Site) -> None:
    approval = of.world.approval(of.approval.approval_id)
    kinds = Counter(entry.kind for entry in of.world.log() if entry.change_set_id == approval.approval_id)
    calls = of.world.platforms["meta"].calls
    writes = [changes for _, changes in calls if any(change.ref.entity_id == "social" for change in changes)]
    if approval.state is ApprovalState.APPROVED:
        assert (kinds[EntryKind.APPROVED], kinds[EntryKind.APPLIED], kinds[EntryKind.REJECTED]) == (1, 1, 0)
        assert len(writes) == 1
    else:
        assert approval.state is ApprovalState.REJECTED
        assert (kinds[EntryKind.APPROVED], kinds[EntryKind.APPLIED], kinds[EntryKind.REJECTED]) == (0, 0, 1)
        assert writes == []


@pytest.mark.parametrize("seed", range(10))
def test_fifty_planners_at_once_decide_a_draft_once(seed: int) -> None:
    """Yes, no and edits of the same draft, started together: one of them counts, and the plan has one version more."""
    of, gate = site(), Barrier(50)
    kinds = ways()
    deeds = [deed for deed in DEEDS if "draft" in deed]

    def send(number: int) -> int:
        way = kinds[(number + seed) % len(kinds)]
        request = DEEDS[deeds[(number * 7 + seed) % len(deeds)]](of, way, CY, FORMS)
        app = apps[way.name]
        gate.wait()
        return request.send(app).status_code

    apps = {way.name: of.app(way) for way in kinds}
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(send, range(50)))
    assert set(answers) <= {200, 303, 409}
    draft, versions = of.draft_now(), plan_versions(of.world.ports(), "acme", of.draft.plan_id)
    assert draft.state in (DraftState.APPROVED, DraftState.REJECTED, DraftState.SUPERSEDED)
    assert len(versions) == (2 if draft.state is DraftState.APPROVED else 1)
    assert len(draft.decisions) == (0 if draft.state is DraftState.SUPERSEDED else 1)
