"""A tenant's reports: the list, and each as the page that it was made as."""

from flask import Blueprint, Response

from common.domain.calendar import TenantCalendar
from common.use_cases.report import report_page, reports_of
from common.web.report_list import report_rows
from functions.approval.office import office, page, tenant_of

pages = Blueprint("report", __name__)
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; frame-ancestors 'none'; "
    "base-uri 'none'; sandbox allow-same-origin"
)
"""A report brings its own style and pictures, and can do nothing. Its origin stays ours: links find the session."""


@pages.get("/t/<tenant_id>/reports")
def all_reports(tenant_id: str) -> str:
    """The newest first."""
    tenant = tenant_of(tenant_id)
    rows = report_rows(reports_of(office().ports, tenant_id), TenantCalendar.of(tenant.time_zone))
    return page("reports.html", tenant=tenant, rows=rows, hour=tenant.cadences.report_hour)


@pages.get("/t/<tenant_id>/reports/<report_id>")
def one_report(tenant_id: str, report_id: str) -> Response:
    """One report."""
    tenant_of(tenant_id, report_id)
    body = report_page(office().ports, tenant_id, report_id)
    return Response(body, content_type="text/html; charset=utf-8", headers={"Content-Security-Policy": POLICY})
