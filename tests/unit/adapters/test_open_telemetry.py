"""Traces, as a collector on this machine gets them: what belongs to what, and that no work waits for them."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from common.adapters.memory_bus import MemoryBus
from common.adapters.open_telemetry import OpenTelemetryTracer, local_exporter, place
from common.bootstrap import build
from common.bootstrap.tracing import traced
from common.domain.canonical import canonical
from common.domain.event import TOPIC
from common.domain.tick import Cadence, RootTick
from common.ports.bus import Message
from common.settings import Settings
from common.use_cases.configure import tenant_of
from common.use_cases.deliveries import handle_event
from common.use_cases.pace_tracks import pace_tracks
from common.use_cases.ports import Ports
from tests.fakes.clock import ManualClock
from tests.fakes.journal import Lines
from tests.unit.sandbox.played_week import TENANT, begun, calm_week
from tests.unit.use_cases.deliveries import delivered, works


@dataclass
class Collector:
    """What arrived."""

    url: str = ""
    status: int = 200
    requests: list[ExportTraceServiceRequest] = field(default_factory=list[ExportTraceServiceRequest])

    @property
    def spans(self) -> list[Span]:
        """All spans, in order of arrival."""
        return [
            span
            for request in self.requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def named(self, name: str) -> list[Span]:
        """Those of a name."""
        return [one for one in self.spans if one.name == name]


@contextmanager
def collecting() -> Generator[Collector]:
    """A collector that decodes what it is sent."""
    found = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.requests.append(ExportTraceServiceRequest.FromString(body))
            self.send_response(found.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    found.url = f"http://127.0.0.1:{server.server_port}/v1/traces"
    try:
        yield found
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def collector() -> Generator[Collector]:
    with collecting() as found:
        yield found


def tracer_to(url: str, journal: Lines, share: float = 1.0) -> OpenTelemetryTracer:
    return OpenTelemetryTracer(share, "pacing", "shop-prod", lambda: local_exporter(url), journal)


@dataclass
class Line:
    """A tenant at the first hour of its flight, its bus, and functions that hear ticks and events."""

    bus: MemoryBus
    ports: Ports
    heard: list[Mapping[str, str]]

    @staticmethod
    def of(tracer: OpenTelemetryTracer, journal: Lines) -> "Line":
        week = begun(calm_week())
        slot = timedelta(minutes=tenant_of(week.ports, TENANT).slot or 0)
        bus = MemoryBus(ManualClock(week.ports.clock.now() + slot))
        ports = traced(replace(week.ports, bus=bus, journal=journal), tracer)
        line = Line(bus, ports, [])
        works(bus, ports, Cadence.PACING, lambda tick: pace_tracks(ports, tick))
        bus.subscribe(TOPIC, "events", lambda delivery: line.hear(delivered(delivery), delivery.message.attributes))
        return line

    def hear(self, payload: object, attributes: Mapping[str, str]) -> None:
        """An event arrives."""
        self.heard.append(attributes)
        handle_event(self.ports, payload, lambda _: None)

    def fire(self) -> None:
        """The scheduler's minute of every slot, until all is handled."""
        self.bus.publish(Cadence.PACING.topic, Message(canonical(RootTick(cadence=Cadence.PACING).body())))
        while self.bus.waiting:
            assert self.bus.deliver() == []


def attributes_of(span: Span) -> dict[str, Any]:
    return {one.key: one.value.string_value or one.value.int_value for one in span.attributes}


def test_one_trace_leads_from_the_root_tick_to_the_platform_and_on_to_the_events(collector: Collector) -> None:
    journal = Lines()
    line = Line.of(tracer_to(collector.url, journal), journal)
    line.fire()
    by_id = {span.span_id: span for span in collector.spans}
    (root,) = (span for span in collector.spans if not span.parent_span_id)
    assert root.name == "pacing tick"
    assert {span.trace_id for span in collector.spans} == {root.trace_id}

    def way(span: Span) -> list[str]:
        """The steps around a span, from the root."""
        parent = by_id.get(span.parent_span_id)
        return [*(way(parent) if parent else []), span.name]

    (spend, *_) = collector.named("google_ads.spend") or collector.named("meta.spend")
    assert way(spend)[:5] == ["pacing tick", "publish pacing-ticks", "pacing tick", "tenant", "track"]
    assert {"store.read", "store.commit", "publish pacing-ticks"} <= {span.name for span in collector.spans}
    (tenant, *_) = collector.named("tenant")
    assert attributes_of(tenant) == {"tenant": TENANT}
    resource = collector.requests[0].resource_spans[0].resource.attributes
    told = {one.key: one.value.string_value for one in resource}
    assert (told["service.name"], told["gcp.project_id"]) == ("pacing", "shop-prod")
    applied = [one for one in line.heard if one["ce-type"] == "optimization.applied"]
    assert applied
    trace = root.trace_id.hex()
    assert all(one["traceparent"].startswith(f"00-{trace}-") for one in applied)
    assert any(way(span)[-2] == f"publish {TOPIC}" for span in collector.named("optimization.applied"))


def test_a_step_that_fails_says_so_by_kind_and_never_in_words(collector: Collector) -> None:
    tracer = tracer_to(collector.url, Lines())
    with pytest.raises(ValueError, match="token"), tracer.message("tick", {}), tracer.span("call"):
        raise ValueError("a token=EAAB")
    assert [(one.name, one.status.code, one.status.message) for one in collector.spans] == [
        ("call", Status.STATUS_CODE_ERROR, "ValueError"),
        ("tick", Status.STATUS_CODE_ERROR, "ValueError"),
    ]
    assert b"EAAB" not in b"".join(one.SerializeToString() for one in collector.requests)


@pytest.mark.parametrize(
    ("share", "parent", "sent"),
    [
        (0.0, None, 0),
        (1.0, None, 1),
        (0.0, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", 1),
        (1.0, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00", 0),
        (1.0, "no traceparent", 1),
    ],
)
def test_what_others_began_follows_their_choice(
    collector: Collector, share: float, parent: str | None, sent: int
) -> None:
    tracer = tracer_to(collector.url, Lines(), share)
    carried = {} if parent is None else {"traceparent": parent}
    with tracer.message("tick", carried):
        here, onward = place(), tracer.carried()
    assert len(collector.spans) == sent
    assert here is not None
    assert here.sampled == bool(sent)
    assert onward["traceparent"].startswith(f"00-{here.trace}-{here.span}-")
    assert int(onward["traceparent"][-2:], 16) & 1 == sent
    assert place() is None


def test_a_message_that_names_no_trace_begins_one_whatever_is_under_way(collector: Collector) -> None:
    tracer = tracer_to(collector.url, Lines())
    with tracer.message("one", {}), tracer.message("two", {}):
        pass
    one, two = collector.named("one")[0], collector.named("two")[0]
    assert (one.trace_id != two.trace_id, two.parent_span_id) == (True, b"")


def closed(_: Collector) -> str:
    with collecting() as gone:
        return gone.url


def refusing(collector: Collector) -> str:
    collector.status = 503
    return collector.url


@pytest.mark.parametrize("url_of", [closed, refusing], ids=["gone", "busy"])
def test_a_collector_that_is_down_costs_a_line_and_then_nothing(
    collector: Collector, url_of: Callable[[Collector], str]
) -> None:
    journal = Lines()
    line = Line.of(tracer_to(url_of(collector), journal), journal)
    line.fire()
    line.fire()
    assert [fields["severity"] for fields in journal.of("traces_lost")] == ["WARNING"]
    assert len(collector.requests) <= 1
    assert {fields["track"] for fields in journal.of("tick")} == {"brand", "local"}


def test_an_exporter_that_can_t_be_made_costs_a_line(collector: Collector) -> None:
    journal = Lines()

    def broken() -> Any:
        raise RuntimeError("there are no credentials")

    tracer = OpenTelemetryTracer(1.0, "pacing", None, broken, journal)
    with tracer.message("tick", {}):
        pass
    (line,) = journal.of("traces_lost")
    assert line["reason"] == "RuntimeError: there are no credentials"


def test_settings_turn_it_on_and_a_message_s_answer_waits_until_it_was_sent(collector: Collector) -> None:
    settings = Settings(store="sqlite::memory:", traces="1", traces_url=collector.url)
    ports = build(settings, journal=Lines())
    with ports.tracer.message("tick", {}):
        ports.documents.read("control/global")
        assert collector.requests == []
    assert [(one.name, attributes_of(one)) for one in collector.spans] == [("store.read", {"count": 1}), ("tick", {})]
    off = build(settings.but(traces="off"), journal=Lines())
    with off.tracer.message("tick", {}):
        off.documents.read("control/global")
        assert off.tracer.carried() == {}
    assert len(collector.spans) == 2


OFF = """
import sys
import functions.pacing.main
from common.bootstrap import process_ports

with process_ports().tracer.message("tick", {}):
    process_ports().journal.write("tick")
loaded = [name for name in sys.modules if name.startswith(("opentelemetry.sdk", "opentelemetry.exporter"))]
assert not loaded, loaded
"""


def test_where_it_is_off_nothing_of_the_sdk_is_imported() -> None:
    environment = {"TRIMTAB_STORE": "sqlite::memory:", "PATH": os.environ["PATH"]}
    done = subprocess.run([sys.executable, "-c", OFF], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["message"] == "tick"
