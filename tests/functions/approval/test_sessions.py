"""Sessions, tokens and forms at the app's door: how long they last, where they may stand, and who they end for."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from itsdangerous import TimestampSigner, URLSafeTimedSerializer

from common.adapters import local_sign_in
from common.adapters.google_tokens import GoogleIdentity, IapIdentity
from common.adapters.local_sign_in import COOKIE
from common.adapters.public_keys import PublicKeys
from common.ports.identity import Identity
from common.use_cases.configure import configure
from functions.approval import forms
from functions.approval.app import create_app
from functions.approval.office import Rates
from tests.fakes.clock import ManualClock
from tests.fakes.tokens import CLIENT_ID, IAP_AUDIENCE, Mint, google_claims, iap_claims
from tests.functions.approval.office import ANA, HOST, KEY, Browser, Office, field_of, page_of

IAP = "X-Goog-IAP-JWT-Assertion"
HMAC: dict[str, Any] = forms.HMAC_SHA256


@pytest.fixture
def office() -> Office:
    return Office()


class Issuer(BaseHTTPRequestHandler):
    """Serves keys, and keeps what was asked for."""

    keys: Mapping[str, str] = {}
    asked: list[str] = []

    def do_GET(self) -> None:
        """Answer with the keys."""
        self.asked.append(self.path)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(dict(self.keys)).encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
        """Say nothing."""


@dataclass
class Door:
    """An app behind a proxy that signs, or one that takes Google's tokens."""

    office: Office
    kind: str
    mint: Mint = field(init=False)
    app: Flask = field(init=False)

    def __post_init__(self) -> None:
        self.mint = Mint(f"{self.kind}-1", "ES256" if self.kind == "iap" else "RS256")
        held: Mapping[str, str] = {self.mint.key_id: self.mint.public}
        keys = PublicKeys(lambda: held, ManualClock(datetime(2026, 5, 4, tzinfo=UTC)))
        identity: Identity = (
            IapIdentity(frozenset({IAP_AUDIENCE}), keys)
            if self.kind == "iap"
            else GoogleIdentity(frozenset({CLIENT_ID}), keys)
        )
        self.app = create_app(self.office.ports, identity, (KEY,), rates=self.office.rates)

    @property
    def claims(self) -> dict[str, Any]:
        """What the issuer says of Ana."""
        return iap_claims(ANA) if self.kind == "iap" else google_claims(ANA)

    def headers(self, token: str) -> dict[str, str]:
        """How a token is brought."""
        return {IAP: token} if self.kind == "iap" else {"Authorization": f"Bearer {token}"}

    def browser(self) -> Browser:
        """A browser without a cookie."""
        return Browser(self.app, None)


@pytest.fixture(params=["iap", "google"])
def door(request: pytest.FixtureRequest, office: Office) -> Door:
    return Door(office, request.param)


def test_with_tokens_no_cookie_is_ever_set(door: Door) -> None:
    approval, browser = door.office.asked(), door.browser()
    headers = door.headers(door.mint.token(door.claims))
    pages = ("/", page_of(approval), "/t/acme", "/nowhere", "/sign-in", "/assets/trimtab.css", "/api/v1/approvals")
    answers = [browser.get(path, **headers) for path in pages]
    fields = {"form": field_of(answers[1]), "answer": "approve"}
    answers += [browser.post(page_of(approval), fields, **headers), browser.get("/")]
    assert [one.status_code for one in answers] == [200, 200, 200, 404, 404, 200, 200, 303, 401]
    assert [one.headers.get("Set-Cookie") for one in answers] == [None] * len(answers)


def test_a_token_in_the_address_or_in_a_cookie_counts_for_nothing(door: Door) -> None:
    token, browser = door.mint.token(door.claims), door.browser()
    assert browser.get("/", **door.headers(token)).status_code == 200
    for name in ("access_token", "id_token", "token", IAP, "Authorization"):
        assert browser.get(f"/?{name}={token}").status_code == 401
        assert browser.get("/", Cookie=f"{name}={token}; {COOKIE}={token}").status_code == 401


@pytest.fixture
def forger() -> Iterator[tuple[Mint, str]]:
    """A key of somebody else's, and where they serve it."""
    mint = Mint("forger", "ES256")
    Issuer.keys, Issuer.asked = {mint.key_id: mint.public}, []
    with HTTPServer(("127.0.0.1", 0), Issuer) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield mint, f"http://127.0.0.1:{server.server_port}/keys"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("name", ["jku", "x5u", "jwk", "x5c"])
def test_a_token_can_not_say_where_its_key_is(office: Office, forger: tuple[Mint, str], name: str) -> None:
    mint, url = forger
    door = Door(office, "iap")
    told: dict[str, Any] = {"jku": url, "x5u": url, "jwk": {"kty": "EC", "pem": mint.public}, "x5c": [mint.public]}
    for key_id in (mint.key_id, door.mint.key_id):
        token = mint.token(door.claims, **{name: told[name]}, kid=key_id)
        assert door.browser().get("/", **door.headers(token)).status_code == 401
    assert Issuer.asked == []


def test_a_token_that_does_not_hold_yet_is_not_taken(door: Door) -> None:
    now = int(datetime.now(UTC).timestamp())
    statuses = [
        door.browser().get("/", **door.headers(door.mint.token({**door.claims, "nbf": begins}))).status_code
        for begins in (now - 60, now + 3600, str(now - 60))
    ]
    assert statuses == [200, 401, 401]


def test_behind_the_proxy_each_page_leads_to_its_sign_out(office: Office) -> None:
    door = Door(office, "iap")
    headers = door.headers(door.mint.token(door.claims))
    for path in ("/", page_of(office.asked()), "/t/acme", "/nowhere"):
        assert 'href="/?gcp-iap-mode=CLEAR_LOGIN_COOKIE"' in door.browser().get(path, **headers).text


def test_signing_in_anew_ends_the_session_before(office: Office) -> None:
    browser, before = office.browser(None), office.sign_in.cookie_for(ANA)
    assert Browser(office.app, before).get("/").status_code == 200
    form = field_of(browser.get("/sign-in"))
    Browser(office.app, before).post("/sign-in", {"form": form, "email": ANA})
    assert Browser(office.app, before).get("/").status_code == 303


class Earlier(TimestampSigner):
    """Signs as if it were ten years ago."""

    def get_timestamp(self) -> int:
        """Then."""
        return super().get_timestamp() - 10 * 365 * 24 * 3600


def _signers(salt: str) -> list[URLSafeTimedSerializer]:
    """One that signs now, to show that it signs as the app does, and one that signed long ago."""
    kinds = (TimestampSigner, Earlier)
    return [URLSafeTimedSerializer([KEY], salt=salt, signer=kind, signer_kwargs=HMAC) for kind in kinds]


def test_a_session_lasts_a_working_day_and_no_longer(office: Office) -> None:
    assert local_sign_in.LASTS_SECONDS == 8 * 3600
    now, then = (one.dumps([ANA, "session"]) for one in _signers("trimtab local session"))
    assert Browser(office.app, str(now)).get("/").status_code == 200
    assert Browser(office.app, str(then)).get("/").status_code == 303
    told = Browser(office.app, str(then)).get("/api/v1/approvals").json
    assert told is not None
    assert told["code"] == "expired"


def test_a_form_lasts_half_a_day_and_no_longer(office: Office) -> None:
    assert forms.LASTS_SECONDS == 12 * 3600
    approval = office.asked()
    session, purpose = "session", f"decide acme/{approval.approval_id}"
    cookie = str(_signers("trimtab local session")[0].dumps([ANA, session]))
    now, then = (
        one.dumps([ANA, f"local:{session}", purpose, approval.payload_digest]) for one in _signers("trimtab form")
    )
    browser = Browser(office.app, cookie)
    late = browser.post(page_of(approval), {"form": then, "answer": "approve"})
    assert (late.status_code, "open for too long" in late.text) == (403, True)
    assert browser.post(page_of(approval), {"form": now, "answer": "approve"}).status_code == 303


def test_a_key_that_is_being_replaced_still_opens_its_forms_and_then_does_not(office: Office) -> None:
    approval, cookie = office.asked(), office.sign_in.cookie_for(ANA)
    form = Browser(office.app, cookie).form(page_of(approval))
    new = "n" * 32
    for keys, status in (((new,), 403), ((new, KEY), 303)):
        app = create_app(office.ports, office.sign_in, keys, rates=office.rates)
        assert Browser(app, cookie).post(page_of(approval), {"form": form, "answer": "approve"}).status_code == status


def test_the_session_stands_in_its_cookie_alone(office: Office) -> None:
    approval, cookie = office.asked(), office.sign_in.cookie_for(ANA)
    browser = Browser(office.app, cookie)
    for path in ("/", page_of(approval), "/t/acme", "/nowhere", "/api/v1/tenants/acme"):
        answer = browser.get(path)
        assert cookie not in answer.text
        assert cookie not in str(answer.headers)


def test_a_form_is_no_session_and_a_session_is_no_form(office: Office) -> None:
    """Though one key signs both: what was signed for one is refused as the other, whatever it says."""
    approval = office.asked()
    session, form = (_signers(salt)[0] for salt in ("trimtab local session", "trimtab form"))
    says = [ANA, "one"]
    cookies = [str(signer.dumps(says)) for signer in (session, form)]
    assert [Browser(office.app, cookie).get("/").status_code for cookie in cookies] == [200, 303]
    shows = [ANA, "local:one", f"decide acme/{approval.approval_id}", approval.payload_digest]
    fields = [{"form": signer.dumps(shows), "answer": "approve"} for signer in (session, form)]
    browser = Browser(office.app, cookies[0])
    assert [browser.post(page_of(approval), one).status_code for one in fields] == [403, 303]


def test_who_is_taken_off_the_list_is_out_with_the_next_request(office: Office) -> None:
    approval, browser = office.asked(), office.browser()
    fields = {"form": browser.form(page_of(approval)), "answer": "approve"}
    others = tuple(one for one in office.world.loaded().tenant.approvers if one.email != ANA)
    configure(office.ports, "acme", lambda tenant: tenant.but(approvers=others))
    commits = office.world.documents.commits
    assert browser.get("/t/acme").status_code == 404
    assert approval.approval_id not in browser.get("/").text
    assert browser.post(page_of(approval), fields).status_code == 404
    assert office.world.documents.commits == commits


def test_what_a_client_says_of_its_own_address_counts_for_nothing() -> None:
    """Neither to reach the local sign-in from elsewhere, nor to get around the limit for strangers."""
    office = Office(rates=Rates(pages=100, answers=100, strangers=2))
    client = office.app.test_client()
    said = {"X-Forwarded-For": "127.0.0.1", "X-Real-IP": "127.0.0.1", "Forwarded": "for=127.0.0.1;host=127.0.0.1"}
    afar = client.get("/sign-in", base_url=HOST, environ_base={"REMOTE_ADDR": "192.0.2.7"}, headers=said)
    assert afar.status_code == 401
    named = {"X-Forwarded-Host": "127.0.0.1:8080", "X-Forwarded-Proto": "https"}
    assert client.get("/sign-in", base_url="http://trimtab.example.com", headers=named).status_code == 401
    stranger = office.browser(None)
    said_by = [{"X-Forwarded-For": f"198.51.100.{number}"} for number in range(3)]
    assert [stranger.get("/", **one).status_code for one in said_by] == [303, 303, 429]
