"""How the API reads what it is asked, and says what it answers."""

from typing import TypeVar

from flask import Response, abort, request

from common.domain.errors import InvalidInput, Refused
from common.domain.model import Frozen, parse, parse_json
from functions.approval.api_models import WhyNot
from functions.approval.office import BadRequest

M = TypeVar("M", bound=Frozen)


def why(refusal: Refused | None) -> WhyNot | None:
    """A refusal for a program."""
    return None if refusal is None else WhyNot(code=refusal.code, detail=f"{refusal}.")


def said(answer: Frozen) -> Response:
    """An answer."""
    return Response(answer.model_dump_json(), mimetype="application/json")


def body_as(model: type[M]) -> M:
    """What was sent.

    Raises:
        BadRequest: with every fault of it.
    """
    if request.mimetype != "application/json":
        abort(415)
    try:
        return parse_json(model, request.get_data(), "the request's body")
    except InvalidInput as error:
        raise BadRequest(error.subject, error.faults) from error


def query_as(model: type[M]) -> M:
    """What the address asks for.

    Raises:
        BadRequest: with every fault of it.
    """
    try:
        return parse(model, request.args.to_dict(), "the query")
    except InvalidInput as error:
        raise BadRequest(error.subject, error.faults) from error
