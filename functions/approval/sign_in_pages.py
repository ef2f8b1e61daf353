"""Signing in on one machine. Where the proxy signs people in, these pages do not exist."""

from contextlib import suppress

from flask import Blueprint, abort, redirect, request
from werkzeug.wrappers import Response

from common.ports.identity import Person, SignIn, Unauthenticated
from common.use_cases.queries import tenants
from functions.approval.office import me, office, page, shown_in

pages = Blueprint("sign_in", __name__)
NOBODY = Person("", "local", "")
"""Whose form the sign-in form is."""


def _here() -> SignIn:
    sign_in = office().sign_in
    if sign_in is None:
        abort(404)
    sign_in.admit(request.headers, request.remote_addr)
    return sign_in


@pages.get("/sign-in")
def ask() -> str:
    """Who may it be? Everybody whom a tenant names."""
    _here()
    people: dict[str, set[str]] = {}
    for tenant in tenants(office().ports):
        for person in tenant.approvers:
            people.setdefault(person.email, set()).update(role.value for role in person.roles)
    form = office().forms.sign(NOBODY, "sign in")
    listed = [(email, ", ".join(sorted(roles))) for email, roles in sorted(people.items())]
    return page("sign_in.html", people=listed, form=form, next=_inside(request.args.get("next", "/")))


@pages.post("/sign-in")
def enter() -> Response:
    """Sign in as one of them."""
    sign_in = _here()
    office().forms.read(request.form.get("form"), NOBODY, "sign in")
    email = request.form.get("email", "").lower()
    if not any(person.email == email for tenant in tenants(office().ports) for person in tenant.approvers):
        abort(400)
    with suppress(Unauthenticated):
        sign_in.end(office().identity.who(request.headers, request.remote_addr))
    response = redirect(_inside(request.form.get("next", "/")), 303)
    office().ports.journal.write("signed_in", who=email, via="local")
    response.set_cookie(sign_in.cookie, sign_in.cookie_for(email), httponly=True, samesite="Strict", path="/")
    return response


@pages.post("/sign-out")
def leave() -> Response:
    """End the session."""
    sign_in = _here()
    shown_in("sign out")
    sign_in.end(me())
    office().ports.journal.write("signed_out", who=me().email, via="local")
    response = redirect("/sign-in", 303)
    response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    response.delete_cookie(sign_in.cookie, httponly=True, samesite="Strict", path="/")
    return response


def _inside(path: str) -> str:
    """A path of ours; anything that could lead elsewhere is the front page."""
    plain = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return path if plain else "/"
