"""Steps are timed where the work meets the outside world: the ports are wrapped, and no use case knows of it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, cast

from common.ports.ad_platform import AdPlatform
from common.ports.agent import Agent
from common.ports.analytics import Analytics
from common.ports.bus import Bus, Message
from common.ports.crm import Crm
from common.ports.crm_pull import CrmPull
from common.ports.documents import Documents
from common.ports.notifier import Notifier
from common.ports.objects import Objects
from common.ports.tracer import Tracer
from common.use_cases.ports import Ports


def traced(ports: Ports, tracer: Tracer) -> Ports:
    """The same ports, each call of which is a step of the trace that is under way."""

    def platforms(tenant_id: str, name: str) -> AdPlatform:
        return cast("AdPlatform", _Timed(ports.platforms(tenant_id, name), name, tracer))

    def analytics(tenant_id: str) -> Analytics:
        return cast("Analytics", _Timed(ports.analytics(tenant_id), "analytics", tracer))

    def crm(tenant_id: str) -> Crm:
        return cast("Crm", _Timed(ports.crm(tenant_id), "crm", tracer))

    def crm_pull(tenant_id: str) -> CrmPull:
        return cast("CrmPull", _Timed(ports.crm_pull(tenant_id), "crm", tracer))

    return replace(
        ports,
        tracer=tracer,
        platforms=platforms,
        analytics=analytics,
        crm=crm,
        crm_pull=crm_pull,
        documents=cast("Documents", _Timed(ports.documents, "store", tracer)),
        bus=_TracedBus(ports.bus, tracer),
        notifier=cast("Notifier", _Timed(ports.notifier, "notifier", tracer)),
        agent=cast("Agent", _Timed(ports.agent, "agent", tracer)),
        objects=None if ports.objects is None else cast("Objects", _Timed(ports.objects, "objects", tracer)),
    )


class _Timed:
    """A port each of whose calls is a step, named like `store.commit`; `count` says of how many things."""

    def __init__(self, inner: object, port: str, tracer: Tracer) -> None:
        self._inner, self._port, self._tracer = inner, port, tracer

    def __getattr__(self, name: str) -> Callable[..., Any]:
        inner: Any = getattr(self._inner, name)
        if not callable(inner):
            return cast("Callable[..., Any]", inner)

        def call(*args: object, **named: object) -> Any:
            with self._tracer.span(f"{self._port}.{name}", count=_count(args)):
                return inner(*args, **named)

        return call


def _count(args: tuple[Any, ...]) -> int:
    """How many paths, writes or entities a call is about."""
    first = args[0] if args else None
    return len(cast("Sequence[object]", first)) if isinstance(first, list | tuple) else len(args)


class _TracedBus:
    """A bus whose messages carry the trace that they belong to."""

    def __init__(self, inner: Bus, tracer: Tracer) -> None:
        self._inner, self._tracer = inner, tracer

    def publish(self, topic: str, *messages: Message) -> None:
        """As the port says."""
        with self._tracer.span(f"publish {topic}", count=len(messages)):
            carried = self._tracer.carried()
            self._inner.publish(topic, *(Message(one.data, {**one.attributes, **carried}) for one in messages))
