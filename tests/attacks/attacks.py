"""Attacks by the thousand: a request that would be right, with one thing wrong."""

import base64
import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from random import Random
from typing import Any

from werkzeug.test import TestResponse

from common.domain.change import Setting
from common.ports.identity import Person
from common.use_cases.activate_plan import activate_plan
from common.use_cases.approvals import approve, reject
from common.use_cases.configure import switch_tenant
from common.use_cases.plan_drafts import approve_draft, edit_draft, reject_draft
from functions.approval.forms import Forms
from tests.attacks.senders import KEY, Way, ways
from tests.attacks.targets import (
    ANA,
    BO,
    CONFIRMS,
    CY,
    DEEDS,
    DORA,
    EVE,
    LOOKS,
    PAT,
    VI,
    ZOE,
    Made,
    Request,
    Site,
    drifts,
    site,
    whose,
)
from tests.world import asks, auto, euros, plan


@dataclass(frozen=True)
class Attack:
    """One request with one fault, where it is sent, and with what it must be answered."""

    deed: str
    way: Way
    fault: str
    target: Site
    request: Request
    right: Callable[[], Request]
    """The same request without the fault, for a copy of the site at rest."""
    expected: frozenset[int]

    def send(self) -> TestResponse:
        """Send it to where it is aimed."""
        return self.request.send(self.target.app(self.way))


Faulty = Callable[[Request, Site, Way, Random], Request]
FORMS = Forms((KEY,))
AT_REST, TWICE = "at rest", "approved once"
BY_API = tuple(deed for deed in DEEDS if "API" in deed)
BY_FORM = tuple(deed for deed in DEEDS if "API" not in deed)


def _with(**changes: str | None) -> Faulty:
    def faulty(request: Request, *_: object) -> Request:
        fields = {**request.fields, **{key: value for key, value in changes.items() if value is not None}}
        for key, value in changes.items():
            if value is None:
                fields.pop(key, None)
        return replace(request, fields=fields)

    return faulty


def _header(name: str, value: str) -> Faulty:
    def faulty(request: Request, *_: object) -> Request:
        return replace(request, headers={**request.headers, name: value})

    return faulty


def _damaged(request: Request, _: Site, __: Way, rng: Random) -> Request:
    form = request.fields["form"]
    at = rng.randrange(len(form))
    other = "A" if form[at] != "A" else "B"
    return replace(request, fields={**request.fields, "form": form[:at] + other + form[at + 1 :]})


def _signed_by(keys: tuple[str, ...], *, another: bool = False, purpose: str | None = None) -> Faulty:
    """The form of somebody else who may do this, for something else, or by another key."""

    def faulty(request: Request, _: Site, way: Way, __: Random) -> Request:
        person = _known(way, request.headers)
        if another:
            person = _known(way, way.headers(ANA if person.email == CY else CY))
        wanted, shown = _inside(request.fields["form"])
        form = Forms(keys).sign(person, purpose or wanted, shown)
        return replace(request, fields={**request.fields, "form": form})

    return faulty


def _known(way: Way, headers: Mapping[str, str]) -> Person:
    lower = {name.lower(): value for name, value in headers.items()} | {"host": "127.0.0.1:8080"}
    return way.identity.who(lower, "127.0.0.1")


def _inside(form: str) -> tuple[str, object]:
    """What a form was made for, and what it showed: it is signed, not secret."""
    packed = form.startswith(".")
    payload = form.lstrip(".").split(".")[0]
    content = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    _, _, purpose, shown = json.loads(zlib.decompress(content) if packed else content)
    return purpose, shown


FORM_FAULTS: Mapping[str, Faulty] = {
    "no form": _with(form=None),
    "empty form": _with(form=""),
    "damaged form": _damaged,
    "another's form": _signed_by((KEY,), another=True),
    "form for something else": _signed_by((KEY,), purpose="decide acme/another"),
    "form of another key": _signed_by(("f" * 32,)),
    "from another site": _header("Origin", "https://evil.example"),
    "from a frame": _header("Sec-Fetch-Site", "cross-site"),
}
"""Each is answered with 403."""


def _inner(request: Request, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Request:
    """The request with its decision rewritten; where it carries several, the first of them."""
    body = dict(request.fields)
    if "decisions" in body:
        first, *others = body["decisions"]
        return replace(request, fields={**body, "decisions": [change(dict(first)), *others]})
    return replace(request, fields=change(body))


def _rewritten(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Faulty:
    def faulty(request: Request, *_: object) -> Request:
        return _inner(request, change)

    return faulty


def _called(mimetype: str) -> Faulty:
    def faulty(request: Request, *_: object) -> Request:
        return replace(request, mimetype=mimetype)

    return faulty


def _seen_altered(request: Request, _: Site, __: Way, rng: Random) -> Request:
    def altered(body: dict[str, Any]) -> dict[str, Any]:
        seen, at = body["seen"], rng.randrange(len(body["seen"]))
        other = "0" if seen[at] != "0" else "1"
        return {**body, "seen": seen[:at] + other + seen[at + 1 :]}

    return _inner(request, altered)


UNREAD = frozenset({422})
BODY_FAULTS: Mapping[str, tuple[Faulty, frozenset[int]]] = {
    "altered digest": (_seen_altered, frozenset({409})),
    "digest of something else": (_rewritten(lambda body: {**body, "seen": "0" * 64}), frozenset({409})),
    "no digest": (_rewritten(lambda body: {key: body[key] for key in body if key != "seen"}), UNREAD),
    "digest of another type": (_rewritten(lambda body: {**body, "seen": [body["seen"]]}), UNREAD),
    "unknown key": (_rewritten(lambda body: {**body, "by": CY}), UNREAD),
    "called text": (_called("text/plain"), frozenset({415})),
    "called a form": (_called("application/x-www-form-urlencoded"), frozenset({415})),
    "called a form of parts": (_called("multipart/form-data; boundary=x"), frozenset({415})),
    "from another site": (_header("Origin", "https://evil.example"), frozenset({403})),
    "from a frame": (_header("Sec-Fetch-Site", "cross-site"), frozenset({403})),
}
"""What is wrong with JSON, and the answer to it."""


def _approved(of: Site) -> None:
    seen = of.approval.payload_digest
    approve(of.world.ports(), "acme", of.approval.approval_id, by=CY, seen=seen, run="earlier")


def _rejected(of: Site) -> None:
    seen = of.approval.payload_digest
    reject(of.world.ports(), "acme", of.approval.approval_id, by=CY, seen=seen, reason="Earlier.")


def _superseded(of: Site) -> None:
    of.world.clock.forward(hours=1)
    newer = asks(of.world.wanted("social", Setting.DAILY_BUDGET, euros(49)))
    of.world.propose(newer, window=of.world.clock.now())


def _edited(of: Site) -> None:
    of.world.edit_by_hand("social", Setting.DAILY_BUDGET, euros(33))
    of.world.adopt()


def _replanned(of: Site) -> None:
    activate_plan(of.world.ports(), plan(version=2, budgets=_NEXT), run="planner")


_NEXT = {"north": {"google_search": 6100, "meta": 4000}, "south": {"google_search": 3000, "meta": 2000}}


def _killed(of: Site) -> None:
    switch_tenant(of.world.ports(), "acme", on=True, by=CY, reason="stop")


def _moved_on(of: Site) -> None:
    of.world.clock.forward(hours=1)
    of.world.apply(auto(of.world.wanted("search", Setting.DAILY_BUDGET, euros(80))))


def _expired(of: Site) -> None:
    of.world.clock.forward(days=8)


def _draft_approved(of: Site) -> None:
    seen = of.draft.payload_digest
    approve_draft(of.world.ports(), "acme", of.draft.draft_id, by=CY, seen=seen, run="earlier")


def _draft_rejected(of: Site) -> None:
    reject_draft(of.world.ports(), "acme", of.draft.draft_id, by=CY, seen=of.draft.payload_digest, reason="Earlier.")


def _draft_edited(of: Site) -> None:
    terms = of.draft.plan.but(notes=("Earlier.",))
    edit_draft(of.world.ports(), "acme", of.draft.draft_id, terms, by=CY, seen=of.draft.payload_digest)


APPROVES = tuple(deed for deed in DEEDS if deed.startswith("approve") and "draft" not in deed)
DECIDES = (*APPROVES, "reject", "reject by API")
DRAFTS = tuple(deed for deed in DEEDS if "draft" in deed)
WAYS_BACK = ("ask the way back", "ask the way back by API")
NEXT = ("ask the next version", "ask the next version by API")
UNDOES = ("undo", "undo by API")
STATES: Mapping[str, tuple[Callable[[Site], None], tuple[str, ...]]] = {
    "approved already": (_approved, DECIDES),
    "rejected already": (_rejected, DECIDES),
    "superseded": (_superseded, DECIDES),
    "expired": (_expired, (*DECIDES, *DRAFTS)),
    "edited since": (_edited, APPROVES),
    "plan moved on": (_replanned, (*DECIDES, *DRAFTS, *NEXT)),
    "kill switch": (_killed, (*APPROVES, *UNDOES)),
    "changed since": (_moved_on, UNDOES),
    "draft approved already": (_draft_approved, (*DRAFTS, *WAYS_BACK)),
    "draft rejected already": (_draft_rejected, DRAFTS),
    "draft edited since": (_draft_edited, DRAFTS),
}
"""What happened meanwhile, and to which requests that matters. Answered with 409 (a summary lists it with 200)."""

PEOPLE: Mapping[str, tuple[str, tuple[str, ...], frozenset[int]]] = {
    "a viewer": (VI, tuple(DEEDS), frozenset({403})),
    "no planner": (ANA, (*DRAFTS, *NEXT), frozenset({403})),
    "over their limit": (BO, tuple(deed for deed in APPROVES if "part" not in deed), frozenset({403})),
    "a planner over their limit": (PAT, ("approve draft", "approve draft by API"), frozenset({403})),
    "a stranger": (EVE, (*DEEDS, *LOOKS), frozenset({404})),
    "of another tenant": (ZOE, (*DEEDS, *LOOKS), frozenset({404})),
}
"""Somebody who is signed in rightly, and may not: by whom, what, and the answer."""


@cache
def _sites() -> Mapping[str, Site]:
    """The site at rest, and one for each thing that may have happened meanwhile."""
    rest = site()
    found = {AT_REST: rest, TWICE: approved_once(rest.copy())}
    for name, (happen, _) in STATES.items():
        happen(found.setdefault(name, rest.copy()))
    return found


def approved_once(of: Site) -> Site:
    """A draft that takes two planners, of whom one has said yes."""
    of.world.clock.forward(hours=1)
    draft = drifts(of.world, 400)
    approve_draft(of.world.ports(), "acme", draft.draft_id, by=CY, seen=draft.payload_digest, run="earlier")
    return replace(of, draft=draft)


@cache
def _ways() -> tuple[Way, ...]:
    return tuple(ways())


def attacks(seed: int, count: int) -> Iterator[Attack]:
    """So many attacks, the same for a seed."""
    rng = Random(seed)
    for _ in range(count):
        yield rng.choice(
            (_forged, _forged, _bad_form, _bad_body, _too_late, _wrong_person, _bad_edit, _crossed, _same_person)
        )(rng)


def _right(deed: str) -> Made:
    return DEEDS.get(deed) or LOOKS[deed]


def _attack(deed: str, way: Way, fault: str, target: Site, request: Request, expected: frozenset[int]) -> Attack:
    rest = _sites()[AT_REST]
    return Attack(deed, way, fault, target, request, lambda: _right(deed)(rest, way, whose(deed), FORMS), expected)


def _forged(rng: Random) -> Attack:
    """A right request whose sender nobody vouches for."""
    deed, way, rest = rng.choice((*DEEDS, *LOOKS)), rng.choice(_ways()), _sites()[AT_REST]
    fault = rng.choice(tuple(way.forged))
    request = replace(_right(deed)(rest, way, whose(deed), FORMS), headers=way.forged[fault](whose(deed)))
    away = frozenset({401, 303} if request.method == "GET" and way.name == "local" else {401})
    return _attack(deed, way, f"token: {fault}", rest, request, away)


def _bad_form(rng: Random) -> Attack:
    """A right sender whose form is not one that we made for them and this."""
    deed, way, rest = rng.choice(BY_FORM), rng.choice(_ways()), _sites()[AT_REST]
    fault = rng.choice(tuple(FORM_FAULTS))
    right = _right(deed)(rest, way, whose(deed), FORMS)
    return _attack(deed, way, f"form: {fault}", rest, FORM_FAULTS[fault](right, rest, way, rng), frozenset({403}))


def _bad_body(rng: Random) -> Attack:
    """A right sender whose JSON does not say what it must, or comes in a way that another site could send."""
    fault, way, rest = rng.choice(tuple(BODY_FAULTS)), rng.choice(_ways()), _sites()[AT_REST]
    deed = rng.choice([one for one in BY_API if "digest" not in fault or one not in (*WAYS_BACK, *NEXT)])
    faulty, expected = BODY_FAULTS[fault]
    right = _right(deed)(rest, way, whose(deed), FORMS)
    if "together" in deed and expected == frozenset({409}):
        expected = frozenset({200})
    return _attack(deed, way, f"body: {fault}", rest, faulty(right, rest, way, rng), expected)


def _too_late(rng: Random) -> Attack:
    """Right when it was made; then something happened."""
    fault = rng.choice(tuple(STATES))
    deed, way, rest = rng.choice(STATES[fault][1]), rng.choice(_ways()), _sites()[AT_REST]
    request = _right(deed)(rest, way, whose(deed), FORMS)
    answer = frozenset({200 if "together" in deed else 409})
    return _attack(deed, way, f"late: {fault}", _sites()[fault], request, answer)


def _wrong_person(rng: Random) -> Attack:
    """Somebody who is who they say, with forms of their own, and may not."""
    fault = rng.choice(tuple(PEOPLE))
    email, deeds, expected = PEOPLE[fault]
    deed, way, rest = rng.choice(deeds), rng.choice(_ways()), _sites()[AT_REST]
    request = _right(deed)(rest, way, email, FORMS)
    answer = frozenset({200}) if "together" in deed else expected
    return _attack(deed, way, f"person: {fault}", rest, request, answer)


TYPED: Mapping[str, tuple[str, str]] = {
    "over the master cap": ("budget/south/meta", "99000"),
    "over the channel's cap": ("budget/south/google_search", "9000"),
    "under what is spent": ("budget/south/meta", "50"),
    "no number": ("budget/south/meta", "2700 EUR"),
    "negative": ("budget/south/meta", "-1"),
    "nothing": ("budget/south/meta", ""),
    "too fine": ("budget/south/meta", "2700.001"),
}
"""A field of the form in which a draft is edited, and what is wrong with it. Answered with 422."""


def _budget(micros: int) -> Callable[[dict[str, Any]], None]:
    def changed(plan: dict[str, Any]) -> None:
        plan["tracks"][1]["channels"][1]["budget"] = micros

    return changed


TERMS: Mapping[str, Callable[[dict[str, Any]], None]] = {
    "over the master cap": _budget(euros(99_000)),
    "under what is spent": _budget(euros(50)),
    "negative": _budget(-1),
    "a fraction of a micro": lambda plan: plan["tracks"][1]["channels"][1].update(budget=1.5),
    "a version too far": lambda plan: plan.update(version=3),
    "the old version": lambda plan: plan.update(version=1),
    "another tenant's": lambda plan: plan.update(tenant_id="zen"),
    "another plan's": lambda plan: plan.update(plan_id="autumn"),
    "another currency": lambda plan: plan.update(currency="USD"),
    "a track less": lambda plan: plan.update(tracks=plan["tracks"][:1]),
    "a track twice": lambda plan: plan.update(tracks=[*plan["tracks"], plan["tracks"][0]]),
    "approved already": lambda plan: plan.update(approved_by=CY),
}
"""Terms of a version that can't be the next. Answered with 422."""


def _bad_edit(rng: Random) -> Attack:
    """A planner who edits a draft into what can't be the plan."""
    by_form, way, rest = rng.random() < 0.5, rng.choice(_ways()), _sites()[AT_REST]
    deed = "edit draft" if by_form else "edit draft by API"
    fault, right = rng.choice(tuple(TYPED if by_form else TERMS)), _right(deed)(rest, way, CY, FORMS)
    if by_form:
        name, value = TYPED[fault]
        fields = {**right.fields, name: value}
    else:
        fields = json.loads(json.dumps(right.fields))
        TERMS[fault](fields["plan"])
    return _attack(deed, way, f"edit: {fault}", rest, replace(right, fields=fields), frozenset({422}))


def _crossed(rng: Random) -> Attack:
    """A planner of another tenant, who names another's draft as one of their own."""
    deed, way, rest = rng.choice((*DRAFTS, "draft", "draft by API")), rng.choice(_ways()), _sites()[AT_REST]
    right = _right(deed)(rest, way, ZOE, FORMS)
    request = replace(right, path=right.path.replace("/acme/", "/zen/"))
    if "form" in right.fields:
        purpose, shown = _inside(right.fields["form"])
        form = FORMS.sign(_known(way, right.headers), purpose.replace(" acme/", " zen/"), shown)
        request = replace(request, fields={**right.fields, "form": form})
    return _attack(deed, way, "crossed: a draft under one's own tenant", rest, request, frozenset({404}))


def _same_person(rng: Random) -> Attack:
    """The planner who said the first of two yeses says the second too; or somebody leaves the confirming step out."""
    target, way = _sites()[TWICE], rng.choice(_ways())
    if rng.random() < 0.3:
        request = DEEDS["approve draft"](target, way, DORA, FORMS)
        request = replace(request, fields={**request.fields, "confirmed": "yes"})
        return _attack("approve draft", way, "twice: not confirmed", target, request, frozenset({403}))
    if rng.random() < 0.5:
        request = CONFIRMS(target, way, CY, FORMS)
        return _attack("approve draft", way, "twice: the same person", target, request, frozenset({403}))
    request = DEEDS["approve draft by API"](target, way, CY, FORMS)
    request = replace(request, fields={**request.fields, "confirmed": True})
    return _attack("approve draft by API", way, "twice: the same person", target, request, frozenset({403}))
