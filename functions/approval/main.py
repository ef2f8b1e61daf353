"""Where people decide: the approval pages, as one HTTP function."""

from functools import lru_cache

import functions_framework
from flask import Flask, Request
from werkzeug.wrappers import Response

from common.bootstrap import form_keys, identity, process_ports
from common.settings import from_environment
from functions.approval.app import create_app


@functions_framework.http  # pyright: ignore[reportUnknownMemberType, reportUntypedFunctionDecorator]
def approval(request: Request) -> Response:
    """Answer one request."""
    with process_ports().tracer.message("approval", {}, path=request.path):
        return Response.from_app(_app(), request.environ)


@lru_cache(maxsize=1)
def _app() -> Flask:
    settings, ports = from_environment(), process_ports()
    return create_app(ports, identity(settings, ports.clock), form_keys(settings))
