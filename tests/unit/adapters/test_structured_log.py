"""The log's lines are what Cloud Logging and Error Reporting read, the libraries' too."""

import json
import logging
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from google.api_core.client_logging import setup_logging

from common.adapters.structured_log import Place, StructuredLog
from common.ports.journal import about

PLACE = Place("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", sampled=True)
SECRET = "EAABsbCS1iHgBAKZC"


@pytest.fixture
def log() -> Iterator[StructuredLog]:
    """A log that hears the libraries while the test runs."""
    root = logging.getLogger()
    before = list(root.handlers)
    heard = StructuredLog("shop-prod", lambda: PLACE)
    heard.hear_libraries()
    yield heard
    root.handlers = before
    logging.captureWarnings(capture=False)


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_line_has_the_fields_that_cloud_logging_takes_out(
    log: StructuredLog, capsys: pytest.CaptureFixture[str]
) -> None:
    with about(tenant="acme", track=None), about(change_set="cs-1"):
        log.write("tick", late_seconds=3.5, at=datetime(2026, 5, 4, tzinfo=UTC))
    log.write("tick_late", severity="WARNING", tenant="zeta")
    first, second = lines(capsys)
    assert datetime.fromisoformat(first.pop("time")).tzinfo is UTC
    assert first == {
        "severity": "INFO",
        "message": "tick",
        "tenant": "acme",
        "change_set": "cs-1",
        "late_seconds": 3.5,
        "at": "2026-05-04 00:00:00+00:00",
        "logging.googleapis.com/trace": f"projects/shop-prod/traces/{PLACE.trace}",
        "logging.googleapis.com/spanId": PLACE.span,
        "logging.googleapis.com/trace_sampled": True,
    }
    assert (second["severity"], second["tenant"], "change_set" in second) == ("WARNING", "zeta", False)


def test_without_a_trace_or_a_project_nothing_is_made_up(capsys: pytest.CaptureFixture[str]) -> None:
    StructuredLog("shop-prod").write("tick")
    StructuredLog(None, lambda: PLACE).write("tick")
    assert [sorted(line) for line in lines(capsys)] == [["message", "severity", "time"]] * 2


def test_what_libraries_log_is_a_line_without_the_queries_of_urls(
    log: StructuredLog, capsys: pytest.CaptureFixture[str]
) -> None:
    with about(tenant="acme"):
        logging.getLogger("urllib3.util.retry").warning("Retrying: %s", f"/v21.0/act_1?access_token={SECRET}&x=1")
        logging.getLogger("google.api_core").error("GET https://x.googleapis.com/v1/a?key=%s failed. Why?", SECRET)
        logging.getLogger("urllib3").info("nobody asked")
    first, second = lines(capsys)
    assert (first["severity"], first["logger"], first["tenant"]) == ("WARNING", "urllib3.util.retry", "acme")
    assert first["message"] == "Retrying: /v21.0/act_1?..."
    assert (second["severity"], second["message"]) == ("ERROR", "GET https://x.googleapis.com/v1/a?... failed. Why?")
    assert first["logging.googleapis.com/spanId"] == PLACE.span


def test_googles_first_client_does_not_silence_its_libraries(
    log: StructuredLog, capsys: pytest.CaptureFixture[str]
) -> None:
    setup_logging()  # as each of its clients does when it is made
    logging.getLogger("google.api_core").warning("slow")
    assert [line["message"] for line in lines(capsys)] == ["slow"]


def test_an_exception_has_its_stack_where_error_reporting_looks(
    log: StructuredLog, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        raise ValueError(f"https://graph.example.com/me?access_token={SECRET}")
    except ValueError:
        logging.getLogger("functions").exception("Exception on %s [%s]", "/", "POST")
        log.write("failed", severity="ERROR", exc_info=True)
    for line in lines(capsys):
        assert line["severity"] == "ERROR"
        assert line["stack_trace"].startswith("Traceback (most recent call last):\n")
        assert line["stack_trace"].endswith("ValueError: https://graph.example.com/me?...")


def test_plain_text_of_others_does_not_stand_beside_it(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before = list(root.handlers)
    root.handlers = [*before, logging.StreamHandler(sys.stdout)]  # as functions-framework has it
    try:
        StructuredLog().hear_libraries()
        logging.getLogger("anybody").warning("once")
        assert [line["message"] for line in lines(capsys)] == ["once"]
    finally:
        root.handlers = before
        logging.captureWarnings(capture=False)
