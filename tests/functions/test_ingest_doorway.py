"""The doorway for what CRMs tell: who is let in, what is taken, and what is answered."""

import base64
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest

from common.adapters.google_tokens import GoogleIdentity
from common.adapters.public_keys import PublicKeys
from common.domain import paths
from common.domain.ingest_body import LONGEST_BODY, MOST_ROWS
from common.ports.documents import Create
from tests.fakes.tokens import CLIENT_ID, Mint, google_claims
from tests.ingest_doorway import OLD_SECRET, PATH, Doorway, signed
from tests.ingest_world import KEY, Shop, rate, sale, shop
from tests.world import NOW, tenant

MINT = Mint("key-1", "RS256")
BODY = json.dumps({"conversions": [sale()]}).encode()


def google(doorway: Doorway) -> GoogleIdentity:
    """Google, with a key of ours."""
    keys = PublicKeys(lambda: {MINT.key_id: MINT.public}, doorway.shop.clock)
    return GoogleIdentity(frozenset({CLIENT_ID}), keys)


def doorway_with_google() -> Doorway:
    return Doorway(identity=google(Doorway()))


def bearer(email: str, **claims: Any) -> dict[str, str]:
    return {"authorization": f"Bearer {MINT.token(google_claims(email, **claims))}"}


def test_rows_are_taken_and_counted() -> None:
    doorway = Doorway()
    answer = doorway.send(sale("a"), sale("b"), rates=(rate(),))
    assert answer.status_code == 200
    wanted: dict[str, Any] = {
        "accepted": 3,
        "unchanged": 0,
        "outdated": 0,
        "refused": 0,
        "faults": [],
        "faults_not_shown": 0,
    }
    assert answer.json == wanted
    ((_, figures),) = doorway.shop.totals().items()
    assert figures == (2.0, 200_000_000)


def test_the_same_delivery_again_says_that_it_is_known() -> None:
    doorway = Doorway()
    doorway.send(sale("a", revision=2))
    again, older = doorway.send(sale("a", revision=2)), doorway.send(sale("a", revision=1))
    assert again.json is not None
    assert older.json is not None
    assert (again.json["unchanged"], older.json["outdated"]) == (1, 1)


@pytest.mark.parametrize("secret", [None, OLD_SECRET])
def test_a_signature_by_any_key_in_use_lets_in(secret: str | None) -> None:
    doorway = Doorway()
    headers = signed(BODY, NOW) if secret is None else signed(BODY, NOW, secret)
    assert doorway.post(BODY, headers).status_code == 200


FORGED: dict[str, dict[str, str]] = {
    "of another key": signed(BODY, NOW, f"whsec_{'A' * 43}="),
    "of another body": signed(b"{}", NOW),
    "of another id": {**signed(BODY, NOW), "webhook-id": "msg-2"},
    "of another time": {**signed(BODY, NOW), "webhook-timestamp": str(int(NOW.timestamp()) + 1)},
    "six minutes old": signed(BODY, NOW - timedelta(minutes=6)),
    "six minutes ahead": signed(BODY, NOW + timedelta(minutes=6)),
    "of an unknown version": {**signed(BODY, NOW), "webhook-signature": signed(BODY, NOW)["webhook-signature"][3:]},
    "empty": {**signed(BODY, NOW), "webhook-signature": ""},
    "not base64": {**signed(BODY, NOW), "webhook-signature": "v1,!!!"},
    "without a time": {**signed(BODY, NOW), "webhook-timestamp": ""},
    "with a time of letters": {**signed(BODY, NOW), "webhook-timestamp": "noon"},
    "without an id": {**signed(BODY, NOW), "webhook-id": ""},
    "too long": {**signed(BODY, NOW), "webhook-id": "x" * 3000},
    "none at all": {},
    "an unsigned token": {"authorization": "Bearer abc"},
}


@pytest.mark.parametrize("case", FORGED)
def test_nobody_else_is_let_in_and_nothing_is_kept(case: str) -> None:
    doorway = Doorway()
    answer = doorway.post(BODY, FORGED[case])
    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"
    assert doorway.shop.totals() == {}


def test_a_signature_for_one_tenant_is_none_for_another() -> None:
    doorway = Doorway()
    other = tenant("other").but(crm=shop(signing="other-crm").crm)
    doorway.shop.documents.commit(Create(paths.tenant("other"), other.body()))
    doorway.secrets.values["other-crm"] = (f"whsec_{'B' * 43}=",)
    assert doorway.post(BODY, path="/v1/tenants/other/conversions").status_code == 401
    assert doorway.post(BODY).status_code == 200


@pytest.mark.parametrize("name", ["nobody", "acme2", "acme%2Fmanifests%2Fnorth", "a" * 81, "..", "__x__"])
def test_a_tenant_that_is_not_there_is_not_told_from_a_wrong_signature(name: str) -> None:
    doorway = Doorway()
    answer = doorway.post(BODY, path=f"/v1/tenants/{name}/conversions")
    forged = doorway.post(BODY, FORGED["of another key"])
    assert answer.status_code in (401, 404)
    assert answer.status_code == 404 or answer.json == forged.json


def by_hand(key: bytes) -> dict[str, str]:
    """Signed with a key that no library would take."""
    headers = signed(BODY, NOW)
    text = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + BODY
    made = base64.b64encode(hmac.digest(key, text, "sha256")).decode()
    return {**headers, "webhook-signature": f"v1,{made}"}


@pytest.mark.parametrize("kept", [(), ("",), ("whsec_",), ("whsec_AAAA",), ("no base64",)])
def test_a_tenant_whose_secret_is_gone_or_too_short_lets_nobody_in(kept: tuple[str, ...]) -> None:
    doorway = Doorway()
    doorway.secrets.values.clear()
    if kept:
        doorway.secrets.values["shop-crm"] = kept
    for key in (b"", b"\0", b"\0\0\0", b"\0" * 32):
        assert doorway.post(BODY, by_hand(key)).status_code == 401
    assert doorway.post(BODY).status_code == 401


def test_an_identity_that_the_tenant_lists_is_let_in() -> None:
    doorway = doorway_with_google()
    assert doorway.post(BODY, bearer("CRM@shop.iam.gserviceaccount.com")).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        bearer("eve@shop.iam.gserviceaccount.com"),
        bearer("crm@shop.iam.gserviceaccount.com", aud="another"),
        bearer("crm@shop.iam.gserviceaccount.com", email_verified=False),
        bearer("crm@shop.iam.gserviceaccount.com", exp=1),
    ],
)
def test_another_identity_is_not(headers: dict[str, str]) -> None:
    assert doorway_with_google().post(BODY, headers).status_code == 401


def test_where_some_rows_are_refused_the_others_are_taken_and_each_fault_is_told() -> None:
    doorway = Doorway()
    answer = doorway.send(
        sale("a"),
        sale("b", currency="USD"),
        sale("c", happened_at="yesterday", value="1,000.00", colour="red"),
        rates=(rate(matched=200), rate()),
    )
    assert answer.status_code == 207
    assert answer.json is not None
    assert (answer.json["accepted"], answer.json["refused"]) == (2, 3)
    found = {(one["list"], one["row"], one["column"]) for one in answer.json["faults"]}
    assert found == {
        ("conversions", 2, "currency"),
        ("conversions", 3, "happened_at"),
        ("conversions", 3, "value"),
        ("conversions", 3, "colour"),
        ("match_rates", 1, "matched"),
    }


def test_where_all_rows_are_refused_it_is_a_problem() -> None:
    doorway = Doorway()
    answer = doorway.send(sale("a", currency="USD"), {"id": "b"})
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    assert answer.json is not None
    assert answer.json["code"] == "rows_refused"
    assert {(one["row"], one["column"]) for one in answer.json["faults"]} == {
        (1, "currency"),
        (2, "happened_at"),
        (2, "kind"),
        (2, "campaign"),
    }


def test_csv_says_the_same_as_json() -> None:
    doorway, other = Doorway(), Doorway()
    lines = [
        "id,happened_at,kind,platform,campaign,value,currency,revision",
        'a,2026-05-03T10:00:00+02:00,purchase,google_ads,1001,"12.50",EUR,1',
        "",
        "b,2026-05-03T11:00:00Z,purchase,,2002,7,EUR,",
    ]
    answer = doorway.post("\r\n".join(lines).encode("utf-8-sig"), kind="text/csv; charset=utf-8")
    assert answer.status_code == 200, answer.json
    semicolons = "\n".join(line.replace(",", ";") for line in lines)
    assert other.post(semicolons.encode(), kind="text/csv").status_code == 200
    assert doorway.shop.totals() == other.shop.totals()
    assert sorted(figures for figures in doorway.shop.totals().values()) == [(1.0, 7_000_000), (1.0, 12_500_000)]


def test_match_rates_come_in_csv_too() -> None:
    doorway = Doorway()
    assert doorway.post(b"at,matched,total\n2026-05-04T06:00:00Z,7,10\n", kind="text/csv").status_code == 200


WRONG_BODIES: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "application/json"),
    "no JSON": (b"{", "application/json"),
    "a list": (b"[]", "application/json"),
    "no list of rows": (b'{"conversions": {}}', "application/json"),
    "an unknown list": (b'{"sales": []}', "application/json"),
    "neither list": (b"{}", "application/json"),
    "NaN": (b'{"conversions": [{"value": NaN}]}', "application/json"),
    "a key twice": (b'{"conversions": [], "conversions": []}', "application/json"),
    "too deep": (b'{"conversions": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "application/json"),
    "not UTF-8": (b'{"conversions": ["\xff"]}', "application/json"),
    "too many rows": (json.dumps({"conversions": [None] * (MOST_ROWS + 1)}).encode(), "application/json"),
    "CSV without names": (b"a,ana@example.com,3\n", "text/csv"),
    "CSV with a column too many": (b"id,name\na,Ana\n", "text/csv"),
    "CSV with a column twice": (b"id,id\na,b\n", "text/csv"),
    "CSV that breaks off": (b'id,kind\n"a,purchase\n', "text/csv"),
    "an empty CSV": (b"\n\n", "text/csv"),
}


@pytest.mark.parametrize("case", WRONG_BODIES)
def test_a_body_that_cannot_be_read_is_refused_whole(case: str) -> None:
    body, kind = WRONG_BODIES[case]
    doorway = Doorway()
    answer = doorway.post(body, kind=kind)
    assert answer.status_code == 422, answer.text
    assert answer.json is not None
    assert answer.json["faults"]
    assert "ana@example.com" not in answer.text.lower()
    assert doorway.shop.totals() == {}


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/json; charset=latin-1", ""])
def test_other_media_types_are_not_taken(kind: str) -> None:
    assert Doorway().post(BODY, kind=kind).status_code == 415


def test_a_compressed_body_is_not_taken() -> None:
    doorway = Doorway()
    assert doorway.post(BODY, {**signed(BODY, NOW), "content-encoding": "gzip"}).status_code == 415


def test_a_body_that_is_too_long_is_not_read() -> None:
    answer = Doorway().post(b" " * (LONGEST_BODY + 1), {**signed(BODY, NOW)})
    assert answer.status_code == 413
    assert answer.mimetype == "application/problem+json"


def test_without_a_key_nothing_is_taken_and_an_erased_one_is_told_apart() -> None:
    for act, code in ((nothing, "no_key"), (erase, "key_erased")):
        doorway = Doorway(Shop())
        doorway.shop.keys.forget("acme")
        act(doorway)
        answer = doorway.post(BODY)
        assert answer.status_code == 409
        assert answer.json is not None
        assert answer.json["code"] == code


def nothing(_: Doorway) -> None:
    """Leave it as it is."""


def erase(doorway: Doorway) -> None:
    doorway.shop.keys.make("acme")
    doorway.shop.keys.erase("acme")


def test_addresses_in_ids_are_kept_as_keyed_hashes_and_are_in_no_answer_document_or_log() -> None:
    doorway, planted = Doorway(), ["ana@example.com", "+34600111222", "Ana Perez"]
    answer = doorway.send(
        sale(planted[0]),
        sale(planted[1], click_id=planted[1]),
        sale("x", campaign=planted[2], platform=planted[0]),
        {"id": planted[0], planted[1]: 1, planted[2]: 2, "currency": planted[2], "kind": planted[1]},
        sale(planted[2], revision=planted[1], updated_at=planted[0], tenant=planted[0]),
    )
    assert answer.status_code == 207
    kept = json.dumps(doorway.shop.documents.bodies() | {paths.tenant("acme"): {}})
    for text in (answer.text, kept, doorway.said(), KEY.hex()):
        assert not any(one in text for one in planted)


def test_a_failure_of_ours_says_nothing_of_what_was_sent() -> None:
    doorway = Doorway()
    path = f"{paths.crm_days('acme')}/2026-05-04"
    doorway.shop.documents.commit(Create(path, {"tenant_id": 7, "day": "ana@example.com"}))
    answer = doorway.send(sale("ana@example.com"))
    assert answer.status_code == 500
    assert "ana@" not in answer.text + doorway.said()


def test_another_address_or_method_is_a_problem_too() -> None:
    client = Doorway().client
    for answer, status in ((client.get(PATH), 405), (client.post("/v2/x"), 404), (client.get("/"), 404)):
        assert answer.status_code == status
        assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize("payload", [b"", b"ana@example.com", b"[]", b'{"message": {"data": "ana@example.com"}}'])
def test_what_is_no_message_is_set_aside_without_what_it_held(payload: bytes) -> None:
    doorway = Doorway()
    assert doorway.post(payload, {}, path="/push/conversions").status_code == 204
    ((topic, message),) = doorway.shop.bus.messages
    assert (topic, message.attributes["reason"]) == ("conversions-dead-letter", "it is no message")
    assert "ana" not in doorway.said()
