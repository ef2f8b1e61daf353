"""What every page has at hand: the ports, who is asking, and how to answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import abort, current_app, g, request
from jinja2 import Environment
from limits import RateLimitItemPerMinute
from limits.strategies import RateLimiter
from pydantic import TypeAdapter, ValidationError

from common.domain.errors import InvalidInput
from common.domain.model import Id
from common.domain.tenant import Tenant
from common.ports.identity import Identity, Person, SignIn
from common.use_cases.desk import tenant_seen_by
from common.use_cases.ports import Ports
from functions.approval.forms import Forms


class BadRequest(InvalidInput):
    """What was sent has faults."""


_ID: TypeAdapter[str] = TypeAdapter(Id)


@dataclass(frozen=True, slots=True)
class Rates:
    """How many requests a minute, in this process."""

    pages: int = 300
    """For each person."""
    answers: int = 60
    """For each person: what is sent, not looked at."""
    strangers: int = 120
    """For each address: requests for which nobody vouches."""


@dataclass(frozen=True, slots=True)
class Office:
    """One app's equipment."""

    ports: Ports
    identity: Identity
    forms: Forms
    templates: Environment
    limiter: RateLimiter
    rates: Rates
    links: Sequence[tuple[str, str]] = ()
    """Further pages that the navigation leads to: name and path."""

    def takes(self, rate: int, kind: str, whose: str) -> bool:
        """Whether one more request of this kind is taken from them this minute."""
        return self.limiter.hit(RateLimitItemPerMinute(rate), kind, whose)

    @property
    def sign_in(self) -> SignIn | None:
        """The local sign-in, where that is how people are known."""
        return self.identity if isinstance(self.identity, SignIn) else None


def office() -> Office:
    """The equipment of the app that handles this request."""
    return current_app.extensions["trimtab"]


def me() -> Person:
    """Who is asking."""
    return g.person


def named(*ids: str) -> None:
    """Answer 404 to what can't name a document, before any store is asked."""
    for one in ids:
        try:
            _ID.validate_python(one)
        except ValidationError:
            abort(404)


def tenant_of(tenant_id: str, *ids: str) -> Tenant:
    """The tenant that a path names, if the person may see it; ids that follow it in the path are checked too.

    Raises:
        NotFound: it does not exist, or is not theirs to see.
    """
    named(tenant_id, *ids)
    return tenant_seen_by(office().ports, tenant_id, me().email)


def signed(purpose: str, shown: Any = None) -> str:
    """The hidden field of a form for this person."""
    return office().forms.sign(me(), purpose, shown)


def shown_in(purpose: str) -> Any:
    """What the person saw when they sent the form of this request.

    Raises:
        BadForm: it is not theirs, or not for this.
    """
    return office().forms.read(request.form.get("form"), me(), purpose)


def page(template: str, *, here: str = "", **values: Any) -> str:
    """A page."""
    person: Person | None = g.get("person")
    desk = office()
    leave = signed("sign out") if person is not None and desk.sign_in is not None else ""
    return desk.templates.get_template(template).render(
        person=person, sign_out=leave, here=here, elsewhere=desk.links, **values
    )
