# pyright: basic
"""Traces by OpenTelemetry: sent to Google Cloud, or to a collector on this machine, as OTLP over HTTP.

Spans are sent in the background, and what is left when a message's handling ends before the function answers: an
instance has no CPU afterwards. A collector that is slow or gone is given up after less than a second, and left alone
for a minute, so that no message waits for it again and again.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from time import monotonic

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from common.adapters.structured_log import Place
from common.ports.journal import Journal
from common.ports.tracer import Attribute

GOOGLE = "https://telemetry.googleapis.com/v1/traces"
"""https://cloud.google.com/stackdriver/docs/reference/telemetry/overview"""

SEND_SECONDS = 0.75
"""What one sending may take. The client tries a second time after 0.8 seconds at the least, so it never does."""
QUIET_SECONDS = 60.0
"""How long nothing is sent after a sending that failed."""
_CARRY = TraceContextTextMapPropagator()


class OpenTelemetryTracer:
    """Times the share of traces that begin here which is asked for; a step of another's trace follows that one.

    Args:
        share: 0 to 1. With 0 nothing is sent, but lines of the log still tell what belongs together.
        service: who is being timed.
        project: of Google Cloud.
        exporter: makes what spans are sent with, at the first that are.
    """

    def __init__(
        self, share: float, service: str, project: str | None, exporter: Callable[[], SpanExporter], journal: Journal
    ) -> None:
        named = {"service.name": service, **({} if project is None else {"gcp.project_id": project})}
        self._provider = TracerProvider(
            sampler=ParentBased(TraceIdRatioBased(share)), resource=Resource(named), shutdown_on_exit=False
        )
        self._provider.add_span_processor(
            BatchSpanProcessor(_Patient(exporter, journal), max_queue_size=8192, schedule_delay_millis=5000)
        )
        self._tracer = self._provider.get_tracer("trimtab")

    def span(self, name: str, **attributes: Attribute):
        """As the port says."""
        return self._step(name, attributes)

    @contextmanager
    def message(self, name: str, carried: Mapping[str, str], **attributes: Attribute) -> Generator[None]:
        """As the port says."""
        within = _CARRY.extract(carried, context=Context())
        sampled = False
        try:
            with self._step(name, attributes, within, SpanKind.CONSUMER):
                sampled = trace.get_current_span().get_span_context().trace_flags.sampled
                yield
        finally:
            if sampled:
                self._provider.force_flush()

    def carried(self) -> Mapping[str, str]:
        """As the port says."""
        carrier: dict[str, str] = {}
        _CARRY.inject(carrier)
        return carrier

    @contextmanager
    def _step(
        self,
        name: str,
        attributes: Mapping[str, Attribute],
        within: Context | None = None,
        kind: SpanKind = SpanKind.INTERNAL,
    ) -> Generator[None]:
        with self._tracer.start_as_current_span(
            name, within, kind, attributes, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield
            except Exception as error:
                span.set_status(StatusCode.ERROR, type(error).__name__)
                raise


def place() -> Place | None:
    """The step that is under way."""
    found = trace.get_current_span().get_span_context()
    if not found.is_valid:
        return None
    return Place(format(found.trace_id, "032x"), format(found.span_id, "016x"), found.trace_flags.sampled)


def google_exporter() -> SpanExporter:
    """Sends to Google Cloud as the environment's service account, to the project that the spans name."""
    import google.auth
    from google.auth.transport.requests import AuthorizedSession

    credentials, _ = google.auth.default(scopes=["https://www.googleapis.com/auth/cloud-platform"])
    return OTLPSpanExporter(endpoint=GOOGLE, timeout=SEND_SECONDS, session=AuthorizedSession(credentials))


def local_exporter(url: str) -> SpanExporter:
    """Sends to a collector on this machine, without credentials."""
    return OTLPSpanExporter(endpoint=url, timeout=SEND_SECONDS)


class _Patient(SpanExporter):
    """Gives up for a while what can't be sent, and says so in the journal."""

    def __init__(self, exporter: Callable[[], SpanExporter], journal: Journal) -> None:
        self._make, self._journal = exporter, journal
        self._exporter: SpanExporter | None = None
        self._quiet_until = float("-inf")
        self._lost = 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        if monotonic() < self._quiet_until:
            self._lost += len(spans)
            return SpanExportResult.FAILURE
        try:
            self._exporter = self._exporter or self._make()
            result, why = self._exporter.export(spans), "the collector did not take them"
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not reach the work
            result, why = SpanExportResult.FAILURE, f"{type(error).__name__}: {error}"
        if result is not SpanExportResult.SUCCESS:
            self._quiet_until = monotonic() + QUIET_SECONDS
            self._journal.write("traces_lost", severity="WARNING", spans=len(spans) + self._lost, reason=why)
            self._lost = 0
        return result

    def shutdown(self) -> None:
        if self._exporter is not None:
            self._exporter.shutdown()
