"""The approval function as the cloud would run it: under functions-framework, on Firestore's emulator."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from http.cookiejar import CookieJar
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPCookieProcessor, OpenerDirector, Request, build_opener

import pytest

from common.adapters.local_sign_in import COOKIE, LocalSignIn
from common.domain.change import Change, Judgement, OptimizationType, Proposal, Reason, Setting, Verdict
from common.domain.change_set import Origin
from common.use_cases.load import facts_of, load_track
from common.use_cases.pace import pace
from common.use_cases.propose import propose
from common.use_cases.queries import manifest_of
from sandbox.tenancy import CLIENT
from tests.functions.wire import ROOT, Wire, Wired, two_tracks
from trimtab.local_functions import LocalFunction, serving

pytestmark = pytest.mark.emulator
KEY = "the key of this test is 32 letters long"


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    text: str
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        """The body, decoded."""
        return json.loads(self.text)


@pytest.fixture(scope="module")
def function(line: Wire) -> Iterator[LocalFunction]:
    """The function."""
    more = {"TRIMTAB_IDENTITY": "local:", "TRIMTAB_FORM_KEYS": KEY, "TRIMTAB_BUS": "memory:"}
    with serving(ROOT / "functions" / "approval", {**line.environment, **more}) as found:
        yield found


@pytest.fixture
def wired(line: Wire) -> Wired:
    """A tenant whose first track was paced once."""
    found = line.take_on({**two_tracks(), "master_cap": 12_000})
    pace(found.ports, found.track(), found.world.now(), "first-run")
    return found


def asked(wired: Wired) -> str:
    """Something waits for a person: a tenth more for the first campaign. Returns its id."""
    loaded = load_track(wired.ports, wired.track())
    entity = next(one for one in loaded.manifest.value.entities.values() if one.allocation is not None)
    before = entity.value(Setting.ALLOCATION)
    assert isinstance(before, int)
    change = Change(entity_id=entity.entity_id, setting=Setting.ALLOCATION, before=before, after=before + before // 10)
    wanted = Proposal(
        proposal_id="more", type=OptimizationType.SPEND_INCREASE, rule="test", changes=(change,), why="It sells."
    )
    judged = Judgement(proposal=wanted, verdict=Verdict.NEEDS_APPROVAL, reasons=(Reason(code="allocation_total"),))
    origin = Origin(cadence="review", window=wired.world.now(), by="trimtab")
    done = propose(wired.ports, loaded, facts_of(wired.ports, loaded, envelope=True), (judged,), origin, "run")
    return done.change_sets[0].change_set_id


def signed_in() -> OpenerDirector:
    """A client of the approver's; the key is the function's too, so the session is one that it would have given."""
    opener = build_opener(HTTPCookieProcessor(CookieJar()))
    opener.addheaders = [("Cookie", f"{COOKIE}={LocalSignIn((KEY,)).cookie_for(CLIENT)}")]
    return opener


def ask(opener: OpenerDirector, function: LocalFunction, path: str, body: object = None) -> Answer:
    """Ask for something, or send something as JSON."""
    data = None if body is None else json.dumps(body).encode()
    request = Request(function.url.rstrip("/") + path, data, {"Content-Type": "application/json"} if data else {})
    try:
        with opener.open(request, timeout=60) as answer:
            return Answer(answer.status, answer.read().decode(), dict(answer.headers))
    except HTTPError as error:
        return Answer(error.code, error.read().decode(), dict(error.headers))


def test_what_waits_is_shown_and_approved_and_live(wired: Wired, function: LocalFunction) -> None:
    approval_id, person = asked(wired), signed_in()
    page = ask(person, function, f"/t/{wired.tenant}/approvals/{approval_id}")
    assert page.status == 200
    assert "It sells." in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    where = f"/api/v1/tenants/{wired.tenant}/approvals/{approval_id}"
    shown = ask(person, function, where).json
    decision = {"answer": "approve", "seen": shown["seen"], "confirmed": True}
    done = ask(person, function, f"{where}/decision", decision)
    assert done.status == 200, done.text
    assert done.json["change_set"]["state"] == "applied"
    (change,) = shown["change_set"]["proposals"][0]["changes"]
    entity = manifest_of(wired.ports, wired.track()).entities[change["entity_id"]]
    assert entity.allocation == change["after"]
    assert ask(person, function, f"{where}/decision", decision).status == 409


def test_nobody_is_sent_to_sign_in_and_a_style_sheet_is_served(function: LocalFunction) -> None:
    stranger = build_opener()
    assert "Sign in" in ask(stranger, function, "/").text
    assert ask(stranger, function, "/api/v1/approvals").status == 401
    assert ask(stranger, function, "/assets/trimtab.css").status == 200


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"K_SERVICE": "approval", "TRIMTAB_IDENTITY": "local:"}, "local sign-in is not for the cloud"),
        ({"TRIMTAB_ENVIRONMENT": "production", "TRIMTAB_IDENTITY": "local:"}, "local sign-in is not for production"),
        ({"TRIMTAB_ENVIRONMENT": "production", "TRIMTAB_IDENTITY": "iap:/projects/1/x"}, "TRIMTAB_FORM_KEYS"),
    ],
)
def test_a_function_that_would_let_people_in_wrongly_lets_nobody_in(
    line: Wire, environment: dict[str, str], said: str
) -> None:
    """It answers with an error page of the framework's, and its log says why."""
    with serving(ROOT / "functions" / "approval", {**line.environment, **environment}) as found:
        assert ask(signed_in(), found, "/").status == 500
        assert said in found.log.read_text()
