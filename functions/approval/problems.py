"""Pages for what did not work: what happened, what was not changed, and what to do."""

from uuid import uuid4

from flask import Flask, g, redirect, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from common.domain.errors import Busy, InvalidInput, NotFound, Refused, Unavailable
from common.ports.documents import Conflict
from common.ports.identity import Unauthenticated
from common.use_cases.desk import NOTHING_HERE
from functions.approval.forms import BadForm
from functions.approval.office import office, page

Answer = tuple[str, int] | Response
HOME = ("What waits", "/")

SAID = {
    400: ("That did not arrive whole", "The request could not be read. Nothing was changed; go back and try again."),
    403: ("Not from here", "Another site's page sent this. Nothing was changed; open the page here and try again."),
    404: ("Nothing here", NOTHING_HERE),
    405: ("Not this way", "This page can't be asked for that. Nothing was changed."),
    413: ("Too long", "That is longer than this page takes. Nothing was changed; shorten it and send it again."),
    429: (
        "Too many requests",
        "More came from you than a minute takes. Nothing was changed; wait, then go on.",
    ),
}
"""By status: a heading, and what to do."""

STATUS = {"not_yours": 403, "over_limit": 403, "same_person": 403, "no_reason": 422, "no_part": 422}
"""Of refusals; the others are conflicts with how things stand."""


def explain(app: Flask) -> None:
    """Give an app its pages for what goes wrong."""
    app.register_error_handler(Unauthenticated, _unknown_person)
    app.register_error_handler(BadForm, _bad_form)
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(NotFound, _not_found)
    app.register_error_handler(Busy, _busy)
    app.register_error_handler(Conflict, _busy)
    app.register_error_handler(Unavailable, _unavailable)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _failed)


def message(status: int, heading: str, said: str, *links: tuple[str, str], reference: str = "") -> tuple[str, int]:
    """A page that says one thing. What the person had typed is given back to them."""
    kept = request.form.get("reason", "")[:2000] if request.method == "POST" and status != 413 else ""
    ways = links or (HOME,)
    return page("message.html", heading=heading, said=said, links=ways, kept=kept, reference=reference), status


def _unknown_person(error: Unauthenticated) -> Answer:
    g.pop("person", None)
    if office().sign_in is None or error.code == "not_here":
        return message(401, "Please sign in", f"{error} Nothing was changed.", ("Try again", "/"))
    way = url_for("sign_in.ask", next=request.full_path.rstrip("?") if request.method == "GET" else request.path)
    if request.method == "GET":
        return redirect(way, 303)
    return message(401, "Please sign in", f"{error} Nothing was changed; after that, send it again.", ("Sign in", way))


def _bad_form(error: BadForm) -> Answer:
    office().ports.journal.write("form_refused", path=request.path, why=str(error))
    again = ("Open it again", request.path if request.path.startswith("/t/") else "/")
    said = f"{error} Nothing was changed. Open the page again and decide there."
    return message(403, "That form can't be used", said, again)


def _refused(error: Refused) -> Answer:
    return message(STATUS.get(error.code, 409), "That can't be done", f"{str(error)[0].upper()}{str(error)[1:]}.")


def _not_found(_: NotFound) -> Answer:
    return message(404, *SAID[404])


def _busy(_: Exception) -> Answer:
    said = "Something is being changed here right now. Nothing was lost: wait a minute, look again, and decide then."
    return message(409, "One moment", said, ("Look again", request.path), HOME)


def _unavailable(error: Unavailable) -> Answer:
    office().ports.journal.write("page_unavailable", path=request.path, error=str(error))
    said = "The store did not answer in time. Look again in a minute: it shows what was done."
    return message(503, "Not reachable now", said, ("Look again", request.path))


def _http(error: HTTPException) -> Answer:
    if error.code is not None and error.code < 400:
        return error.get_response(request.environ)
    heading, said = SAID.get(
        error.code or 500, ("That did not work", "The request could not be handled. Nothing was changed.")
    )
    return message(error.code or 500, heading, said)


def _failed(error: Exception) -> Answer:
    reference = uuid4().hex[:12]
    faults = str(error) if isinstance(error, InvalidInput) else repr(error)
    office().ports.journal.write("page_failed", reference=reference, path=request.path, error=faults)
    said = "Something went wrong on our side. What was decided so far stands; look again before you decide anew."
    return message(500, "That is our fault", said, ("Look again", "/"), reference=reference)
