"""The approval pages over a small world, and people who look at them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from html import unescape

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from common.adapters.local_sign_in import COOKIE, LocalSignIn
from common.domain.approval import Approval
from common.domain.change import Judgement, Setting
from common.use_cases.queries import waiting
from functions.approval.app import create_app
from functions.approval.office import Rates
from tests.fakes.objects import MemoryObjects
from tests.world import World, asks, euros

KEY = "k" * 32
HOST = "http://127.0.0.1:8080"
ANA, BO, CY, VI = (f"{name}@example.com" for name in ("ana", "bo", "cy", "vi"))
UNLIMITED = Rates(pages=10**6, answers=10**6, strangers=10**6)


class Browser:
    """One person's browser: follows no redirect by itself, and sends what a page's form would send."""

    def __init__(self, app: Flask, cookie: str | None) -> None:
        self._client: FlaskClient = app.test_client()
        if cookie is not None:
            self._client.set_cookie(COOKIE, cookie, domain="127.0.0.1")

    def get(self, path: str, **headers: str) -> TestResponse:
        """Open a page."""
        return self._client.get(path, base_url=HOST, headers=headers, buffered=True)

    def post(self, path: str, fields: Mapping[str, object], **headers: str) -> TestResponse:
        """Send a form."""
        return self._client.post(path, base_url=HOST, data=fields, headers=headers)

    def form(self, path: str) -> str:
        """The hidden field of a page's main form."""
        return field_of(self.get(path))

    def decide(self, approval: Approval, answer: str, **fields: object) -> TestResponse:
        """Open the approval's page, and answer."""
        path = page_of(approval)
        return self.post(path, {"form": self.form(path), "answer": answer, **fields})


def page_of(approval: Approval) -> str:
    """Where an approval is shown."""
    return f"/t/{approval.tenant_id}/approvals/{approval.approval_id}"


def field_of(answer: TestResponse) -> str:
    """The hidden field of the last form in a page: the first is for signing out."""
    return unescape(re.findall(r'name="form" value="([^"]+)"', answer.text)[-1])


@dataclass
class Office:
    """The app, the world behind it, and its people."""

    world: World = field(default_factory=World.taken_on)
    rates: Rates = UNLIMITED

    def __post_init__(self) -> None:
        self.sign_in = LocalSignIn((KEY,))
        self.ports = replace(self.world.ports(), objects=MemoryObjects())
        self.app = create_app(self.ports, self.sign_in, (KEY,), rates=self.rates)

    def browser(self, email: str | None = ANA) -> Browser:
        """The browser of a person who is signed in; of nobody."""
        return Browser(self.app, None if email is None else self.sign_in.cookie_for(email))

    def asked(self, *judgements: Judgement) -> Approval:
        """Something waits: by default 40 euros more a day for search."""
        wanted = judgements or (asks(self.world.wanted("search", Setting.DAILY_BUDGET, euros(140))),)
        done = self.world.propose(*wanted, window=self.world.clock.now())
        return self.world.approval(done.change_sets[0].change_set_id)

    def waiting(self) -> list[Approval]:
        """Everything that waits."""
        return waiting(self.ports, self.world.tenant_id)
