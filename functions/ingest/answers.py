"""What a sender is answered, whatever it sent: never a value of it, only where it was and what was wanted."""

import traceback
from collections.abc import Sequence
from http import HTTPStatus
from uuid import uuid4

from flask import Flask, Response, current_app
from werkzeug.exceptions import HTTPException

from common.domain.errors import Busy, Unavailable
from common.domain.ingest_body import Unreadable
from common.domain.ingest_rows import RowFault
from common.domain.model import Frozen
from common.ports.identity import Unauthenticated
from common.ports.keys import NoKey
from common.use_cases.ingest import ACCEPTED, OUTDATED, UNCHANGED, Taken
from common.use_cases.ports import Ports

SHOWN = 1_000
"""Faults of one answer."""
LATER_SECONDS = 10


class FaultItem(Frozen):
    """One thing that is wrong: with a row, counted from 1 in its list, or with the delivery as a whole."""

    list: str | None = None
    row: int | None = None
    column: str | None = None
    what: str


class Answer(Frozen):
    """What became of a delivery's rows. Those that were refused changed nothing."""

    accepted: int
    unchanged: int
    """Known already, word for word."""
    outdated: int
    """Of a revision that is older than what is known."""
    refused: int
    faults: tuple[FaultItem, ...] = ()
    faults_not_shown: int = 0


class Problem(Frozen):
    """What did not work, as RFC 9457 has it."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    faults: tuple[FaultItem, ...] = ()
    faults_not_shown: int = 0
    reference: str | None = None


def taken(result: Taken) -> Response:
    """200 where all is well, 207 where some rows were refused, 422 where all of them were."""
    shown, more = _shown(result.faults)
    well = {name: result.of(name) for name in (ACCEPTED, UNCHANGED, OUTDATED)}
    if result.faults and not any(well.values()):
        said = "None of the rows can be taken; nothing was changed. Send them again once the faults are mended."
        return _problem(422, "No row was taken", said, "rows_refused", shown, more)
    body = Answer(**well, refused=result.refused, faults=shown, faults_not_shown=more)
    return Response(body.model_dump_json(), 207 if result.faults else 200, mimetype="application/json")


def explain(app: Flask) -> None:
    """Give an app its answers for what goes wrong."""
    app.register_error_handler(Unauthenticated, lambda error: _problem(401, "Who sent this?", str(error), error.code))
    app.register_error_handler(Unreadable, _unreadable)
    app.register_error_handler(NoKey, lambda error: _problem(409, "Nothing is taken here", f"{error}.", error.code))
    app.register_error_handler(Busy, _later)
    app.register_error_handler(Unavailable, _later)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _failed)


def ports_of(app: Flask) -> Ports:
    """The ports that an app was made with."""
    found: Ports = app.extensions["trimtab"]
    return found


def _problem(
    status: int,
    title: str,
    detail: str,
    code: str,
    faults: tuple[FaultItem, ...] = (),
    more: int = 0,
    reference: str | None = None,
) -> Response:
    body = Problem(
        title=title,
        status=status,
        detail=detail,
        code=code,
        faults=faults,
        faults_not_shown=more,
        reference=reference,
    )
    answer = Response(body.model_dump_json(), status, mimetype="application/problem+json")
    if status == 503:
        answer.headers["Retry-After"] = str(LATER_SECONDS)
    return answer


def _shown(faults: Sequence[RowFault]) -> tuple[tuple[FaultItem, ...], int]:
    items = [FaultItem(list=one.of, row=one.row, column=one.column, what=one.what) for one in faults[:SHOWN]]
    return tuple(items), max(0, len(faults) - SHOWN)


def _unreadable(error: Unreadable) -> Response:
    faults = tuple(FaultItem(column=one.where or None, what=one.what) for one in error.faults[:SHOWN])
    said = "The delivery can't be read; nothing was changed."
    return _problem(422, "That can't be read", said, "unreadable", faults, max(0, len(error.faults) - SHOWN))


def _later(error: Exception) -> Response:
    ports_of(current_app).journal.write("ingest_later", severity="WARNING", error=str(error))
    said = "It can't be taken now. What was taken of it stands, and sending it again does no harm: do so in a while."
    return _problem(503, "Not now", said, "later")


def _http(error: HTTPException) -> Response:
    status = HTTPStatus(error.code or 500)
    return _problem(status, status.phrase, WANTED.get(status, status.description or status.phrase), status.name.lower())


WANTED = {
    404: "There is nothing here: send to /v1/tenants/TENANT/conversions.",
    405: "Send it with POST.",
    413: "It is longer than is taken at once; send it in parts.",
    415: "Send application/json or text/csv in UTF-8, not compressed.",
}


def _failed(error: Exception) -> Response:
    """Where it was, and of what kind, is kept; never what the error says, which may hold what was sent."""
    reference = uuid4().hex[:12]
    frame = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{frame.filename}:{frame.lineno}"
    ports_of(current_app).journal.write(
        "ingest_failed", severity="ERROR", reference=reference, error=type(error).__name__, where=where
    )
    said = "Something went wrong on our side. Sending it again does no harm."
    return _problem(500, "That is our fault", said, "failed", reference=reference)
