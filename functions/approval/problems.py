"""What did not work, as a page or for a program: what happened, what was not changed, and what to do."""

from http import HTTPStatus
from uuid import uuid4

from flask import Flask, g, redirect, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from common.domain.errors import Busy, InvalidInput, NotFound, Refused, Unavailable
from common.ports.documents import Conflict
from common.ports.identity import Person, Unauthenticated
from common.use_cases.desk import NOTHING_HERE
from functions.approval.api_models import FaultItem, Problem
from functions.approval.forms import BadForm
from functions.approval.office import BadRequest, office, page

Answer = tuple[str, int] | Response
HOME = ("What waits", "/")
API = "/api/"
"""Where programs ask."""

SAID = {
    400: ("That did not arrive whole", "The request could not be read. Nothing was changed; go back and try again."),
    403: ("Not from here", "Another site's page sent this. Nothing was changed; open the page here and try again."),
    404: ("Nothing here", NOTHING_HERE),
    405: ("Not this way", "This page can't be asked for that. Nothing was changed."),
    415: ("Not in this form", "This takes JSON, sent as application/json. Nothing was changed."),
    413: ("Too long", "That is longer than this page takes. Nothing was changed; shorten it and send it again."),
    429: (
        "Too many requests",
        "More came from you than a minute takes. Nothing was changed; wait, then go on.",
    ),
}
"""By status: a heading, and what to do."""

STATUS = {
    "not_yours": 403,
    "over_limit": 403,
    "same_person": 403,
    "no_reason": 422,
    "no_part": 422,
    "not_confirmed": 422,
}
"""Of refusals; the others are conflicts with how things stand."""


def explain(app: Flask) -> None:
    """Give an app its pages for what goes wrong."""
    app.register_error_handler(Unauthenticated, _unknown_person)
    app.register_error_handler(BadForm, _bad_form)
    app.register_error_handler(BadRequest, _bad_request)
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(NotFound, _not_found)
    app.register_error_handler(Busy, _busy)
    app.register_error_handler(Conflict, _busy)
    app.register_error_handler(Unavailable, _unavailable)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _failed)


def faults_said(error: InvalidInput) -> str:
    """Every fault, in one sentence."""
    return "; ".join(map(str, error.faults))


def message(
    status: int, heading: str, said: str, *links: tuple[str, str], code: str = "", reference: str = ""
) -> Answer:
    """One thing, said as a page; what the person had typed is given back to them. A program gets RFC 9457's form.

    Args:
        code: names what it was, for programs; by default the status does.
    """
    if request.path.startswith(API):
        return problem(status, heading, said, code=code, reference=reference)
    ways = links or (HOME,)
    return page("message.html", heading=heading, said=said, links=ways, kept=_typed(), reference=reference), status


def _typed() -> str:
    """The reason that the person wrote; nothing where what they sent can't be read."""
    try:
        return request.form.get("reason", "")[:2000] if request.method == "POST" else ""
    except HTTPException:
        return ""


def problem(
    status: int, heading: str, said: str, *, code: str = "", faults: tuple[FaultItem, ...] = (), reference: str = ""
) -> Response:
    """One thing, said to a program."""
    named = code or HTTPStatus(status).name.lower()
    told = Problem(title=heading, status=status, detail=said, code=named, faults=faults, reference=reference)
    return Response(told.model_dump_json(), status, mimetype="application/problem+json")


def _write(event: str, **fields: object) -> None:
    """Keep in the journal what went wrong, where, and for whom if we know."""
    person: Person | None = g.get("person")
    office().ports.journal.write(event, who=None if person is None else person.email, path=request.path, **fields)


def _bad_request(error: BadRequest) -> Answer:
    _write("turned_away", code="bad_request", status=422)
    faults = tuple(FaultItem(where=one.where, what=one.what) for one in error.faults)
    return problem(422, "That can't be read", str(error), code="bad_request", faults=faults)


def _unknown_person(error: Unauthenticated) -> Answer:
    g.pop("person", None)
    if request.path.startswith(API):
        return problem(401, "Please sign in", f"{error} Nothing was changed.", code=error.code)
    if office().sign_in is None or error.code == "not_here":
        return message(401, "Please sign in", f"{error} Nothing was changed.", ("Try again", "/"))
    way = url_for("sign_in.ask", next=request.full_path.rstrip("?") if request.method == "GET" else request.path)
    if request.method == "GET":
        return redirect(way, 303)
    return message(401, "Please sign in", f"{error} Nothing was changed; after that, send it again.", ("Sign in", way))


def _bad_form(error: BadForm) -> Answer:
    _write("form_refused", why=str(error))
    again = ("Open it again", request.path if request.path.startswith("/t/") else "/")
    said = f"{error} Nothing was changed. Open the page again and decide there."
    return message(403, "That form can't be used", said, again)


def note(refusal: Refused) -> None:
    """Keep in the journal who was refused what, by which rule."""
    _write("refused", code=refusal.code)


def _refused(error: Refused) -> Answer:
    note(error)
    said = f"{str(error)[0].upper()}{str(error)[1:]}."
    return message(STATUS.get(error.code, 409), "That can't be done", said, code=error.code)


def note_missing() -> None:
    """Keep in the journal who asked for what is not there, or is not theirs."""
    _write("not_found")


def _not_found(_: NotFound) -> Answer:
    note_missing()
    return message(404, *SAID[404])


def _busy(_: Exception) -> Answer:
    said = "Something is being changed here right now. Nothing was lost: wait a minute, look again, and decide then."
    return message(409, "One moment", said, ("Look again", request.path), HOME, code="busy")


def _unavailable(error: Unavailable) -> Answer:
    _write("page_unavailable", severity="WARNING", error=str(error))
    said = "The store did not answer in time. Look again in a minute: it shows what was done."
    return message(503, "Not reachable now", said, ("Look again", request.path))


def _http(error: HTTPException) -> Answer:
    if error.code is not None and error.code < 400:
        return error.get_response(request.environ)
    if error.code != 404:
        _write("turned_away", code=HTTPStatus(error.code or 500).name.lower(), status=error.code)
    heading, said = SAID.get(
        error.code or 500, ("That did not work", "The request could not be handled. Nothing was changed.")
    )
    return message(error.code or 500, heading, said)


def _failed(error: Exception) -> Answer:
    reference = uuid4().hex[:12]
    faults = str(error) if isinstance(error, InvalidInput) else repr(error)
    _write("page_failed", severity="ERROR", reference=reference, error=faults, exc_info=error)
    said = "Something went wrong on our side. What was decided so far stands; look again before you decide anew."
    return message(500, "That is our fault", said, ("Look again", "/"), reference=reference)
