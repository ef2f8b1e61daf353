"""Reports for programs."""

from flask import Blueprint, Response

from common.use_cases.report import report_data, reports_of
from functions.approval import api_plan_models as models
from functions.approval.api_io import said
from functions.approval.office import office, tenant_of

api = Blueprint("api_reports", __name__, url_prefix="/api/v1")


@api.get("/tenants/<tenant_id>/reports")
def list_reports(tenant_id: str) -> Response:
    """The newest reports, the newest first."""
    tenant_of(tenant_id)
    return said(models.Reports(items=tuple(reports_of(office().ports, tenant_id))))


@api.get("/tenants/<tenant_id>/reports/<report_id>")
def one_report(tenant_id: str, report_id: str) -> Response:
    """What one report says."""
    tenant_of(tenant_id, report_id)
    return Response(report_data(office().ports, tenant_id, report_id), mimetype="application/json")
