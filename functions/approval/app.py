"""The pages as one WSGI app."""

from collections.abc import Sequence

from flask import Flask
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from common.ports.identity import Identity
from common.use_cases.ports import Ports
from common.web.pages import STATIC, environment
from functions.approval import (
    api,
    api_plans,
    api_reports,
    approval_pages,
    draft_pages,
    plan_pages,
    report_pages,
    sign_in_pages,
    tenant_pages,
    waiting_pages,
)
from functions.approval.doorway import guard
from functions.approval.forms import Forms
from functions.approval.office import Office, Rates
from functions.approval.problems import explain

ASSETS = "/assets"
"""Where style sheet and pictures are: functions-framework answers `/static` itself."""
LONGEST_REQUEST = 64 * 1024
"""Bytes; a hundred picks with their ids are a third of that."""


def create_app(
    ports: Ports,
    identity: Identity,
    keys: tuple[str, ...],
    *,
    rates: Rates | None = None,
    links: Sequence[tuple[str, str]] = (),
) -> Flask:
    """The app.

    Args:
        identity: who vouches for people.
        keys: what forms are signed with, the newest first; all instances must have the same.
        rates: how many requests a minute are taken.
        links: further pages that the navigation leads to, as name and path.
    """
    app = Flask("trimtab", static_folder=str(STATIC), static_url_path=ASSETS, template_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = app.config["MAX_FORM_MEMORY_SIZE"] = LONGEST_REQUEST
    app.config["MAX_FORM_PARTS"] = 300
    limiter = FixedWindowRateLimiter(MemoryStorage())
    app.extensions["trimtab"] = Office(ports, identity, Forms(keys), environment(), limiter, rates or Rates(), links)
    guard(app)
    explain(app)
    for module in (waiting_pages, approval_pages, draft_pages, plan_pages, report_pages, tenant_pages, sign_in_pages):
        app.register_blueprint(module.pages)
    for module in (api, api_plans, api_reports):
        app.register_blueprint(module.api)
    return app
