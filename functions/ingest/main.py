"""What CRMs tell: conversions and match rates, sent to us or pulled by us, as one HTTP function."""

from functools import lru_cache

import functions_framework
from flask import Flask, Request
from werkzeug.wrappers import Response

from common.bootstrap import process_ports
from common.bootstrap.doorways import pushers, senders_at
from common.settings import from_environment
from functions.ingest.app import create_app


@functions_framework.http  # pyright: ignore[reportUnknownMemberType, reportUntypedFunctionDecorator]
def ingest(request: Request) -> Response:
    """Answer one request."""
    with process_ports().tracer.message("ingest", {}, path=request.path):
        return Response.from_app(_app(), request.environ)


@lru_cache(maxsize=1)
def _app() -> Flask:
    settings, ports = from_environment(), process_ports()
    return create_app(ports, senders_at(settings, ports.clock), pushers(settings, ports.clock))
