"""The doorway for what CRMs tell: senders post rows, and Pub/Sub pushes messages."""

from collections.abc import Callable
from datetime import datetime

from flask import Flask, Response, abort, request

from common.domain.ingest_body import CSV, JSON, LONGEST_BODY, read_body
from common.domain.tick import Cadence
from common.ports.identity import Identity, Unauthenticated
from common.ports.senders import Senders
from common.use_cases.deliveries import handle
from common.use_cases.ingest import ingest
from common.use_cases.ingest_message import note_taken, take_message, tenant_named
from common.use_cases.ports import Ports
from common.use_cases.pull import pull_tenant
from functions.ingest.answers import explain, taken

LONGEST_PUSH = 2 * LONGEST_BODY
"""Bytes; data is in base64 there."""
SendersAt = Callable[[datetime | None], Senders]
"""`senders_at(published)`: who vouches for senders at that time; `None`: now."""


def create_app(ports: Ports, senders_at: SendersAt, pushers: Identity | None) -> Flask:
    """The app.

    Args:
        pushers: who vouches for Pub/Sub; `None` on one machine, where nobody else reaches it.
    """
    app = Flask("ingest", static_folder=None)
    app.extensions["trimtab"] = ports
    app.config["MAX_CONTENT_LENGTH"] = LONGEST_BODY
    explain(app)

    @app.post("/v1/tenants/<tenant_id>/conversions")
    def conversions(tenant_id: str) -> Response:  # pyright: ignore[reportUnusedFunction]
        if "webhook-signature" not in request.headers and "authorization" not in request.headers:
            raise Unauthenticated("missing", "The request is neither signed nor does it carry an ID token.")
        data, tenant = request.get_data(), tenant_named(ports, tenant_id)
        senders_at(None).admit(tenant, request.headers, data)
        assert tenant is not None
        result = ingest(ports, tenant, read_body(data, _media_type()))
        note_taken(ports, tenant, result, via="http")
        return taken(result)

    @app.post("/push/conversions")
    def pushed_conversions() -> tuple[str, int]:  # pyright: ignore[reportUnusedFunction]
        take_message(ports, senders_at, _pushed(pushers))
        return "", 204

    @app.post("/push/ticks")
    def pushed_ticks() -> tuple[str, int]:  # pyright: ignore[reportUnusedFunction]
        handle(ports, Cadence.INGEST, _pushed(pushers), lambda tick: pull_tenant(ports, tick))
        return "", 204

    @app.after_request
    def dressed(response: Response) -> Response:  # pyright: ignore[reportUnusedFunction]
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    return app


def _media_type() -> str:
    """The body's media type, where it is one that is taken as it is."""
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    plain = request.headers.get("Content-Encoding", "identity").lower() == "identity"
    if request.mimetype not in (JSON, CSV) or charset not in ("utf-8", "utf8", "us-ascii") or not plain:
        abort(415)
    return request.mimetype


def _pushed(pushers: Identity | None) -> object:
    """The message that Pub/Sub pushes, once it is known to be Pub/Sub."""
    if pushers is not None:
        pushers.who(request.headers, request.remote_addr)
    request.max_content_length = LONGEST_PUSH
    return request.get_json(force=True, silent=True)
