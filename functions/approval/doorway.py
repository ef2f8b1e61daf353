"""What every request passes: where it comes from, who sent it, how often; and what every answer carries."""

from urllib.parse import urlsplit

from flask import Flask, Response, abort, g, request

from common.ports.identity import Unauthenticated
from functions.approval.office import office

OPEN = frozenset({"static", "sign_in.ask", "sign_in.enter"})
"""Endpoints for which nobody needs to be known."""

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; "
        "base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
}
"""On every answer; a report has a policy of its own. Browsers heed the last one over HTTPS only."""


def guard(app: Flask) -> None:
    """Put the doorway in front of an app."""
    app.before_request(_from_here)
    app.before_request(_somebody)
    app.after_request(_dressed)


def _from_here() -> None:
    """Refuse what another site made a browser send. The signed form is the lock; this is the fence before it."""
    if request.method in ("GET", "HEAD"):
        return
    site, origin = request.headers.get("Sec-Fetch-Site", "same-origin"), request.headers.get("Origin")
    if site not in ("same-origin", "none") or (origin is not None and urlsplit(origin).netloc != request.host):
        abort(403, "It came from another site's page.")


def _somebody() -> None:
    desk = office()
    if request.endpoint in OPEN:
        return
    try:
        person = desk.identity.who(request.headers, request.remote_addr)
    except Unauthenticated as error:
        desk.ports.journal.write("sign_in_refused", code=error.code, path=request.path)
        if not desk.takes(desk.rates.strangers, "stranger", request.remote_addr or ""):
            abort(429)
        raise
    g.person = person
    looks = request.method in ("GET", "HEAD")
    if not desk.takes(desk.rates.pages if looks else desk.rates.answers, "page" if looks else "answer", person.email):
        abort(429)


def _dressed(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.endpoint == "static":
        response.headers["Cache-Control"] = "public, max-age=300"
    else:
        response.headers["Cache-Control"] = "no-store"
    return response
