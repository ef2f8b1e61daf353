"""What a tenant's connections come to: whether GA4 counts, and what a person does next."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from common.domain.connection import Connection, ConnectionState
from common.domain.performance import CRM, GA4

IN_USE = (ConnectionState.CONNECTED, ConnectionState.LIMITED)


_TO_NAME = {
    GA4: "if the client has a property, name it: `python -m trimtab connect` takes --account ga4=ID",
    CRM: "if the client has a CRM, let it send its sales (docs/ingest.md), or name its HubSpot: --hubspot SECRET",
}
"""How a tenant gets a source that it can do without."""


class Truth(NamedTuple):
    """Whether GA4 is the source of truth, as it should be; a tenant can be worked for without."""

    met: bool
    said: str


def truth_of(found: Mapping[str, Connection]) -> Truth:
    """Whether conversions are counted by GA4, from what is known of the connections."""
    ga4 = found.get(GA4)
    if ga4 is not None and ga4.state in IN_USE:
        return Truth(True, "GA4 counts the conversions that decisions are made on.")
    if ga4 is not None and ga4.state is ConnectionState.UNANSWERED:
        return Truth(False, "GA4 did not answer: what was known of it before stands.")
    return Truth(False, "Without GA4, platforms' own counts and the CRM are used, with tighter limits.")


def steps_of(connection: Connection) -> Iterator[str]:
    """What a person does next, the most important first."""
    for need in connection.missing:
        yield need.said
    if connection.state is ConnectionState.UNANSWERED:
        yield f"{connection.source} did not answer: run this again in some minutes"
    if connection.state is ConnectionState.ABSENT and connection.source in _TO_NAME:
        yield _TO_NAME[connection.source]


def listed(found: Mapping[str, Connection]) -> list[Connection]:
    """Platforms by name, then GA4, then the CRM."""
    last = (GA4, CRM)
    return sorted(found.values(), key=lambda one: (last.index(one.source) + 1 if one.source in last else 0, one.source))
