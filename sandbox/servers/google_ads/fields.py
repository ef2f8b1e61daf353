# pyright: basic
"""Fields of a query as fields of the protocol's messages: which there are, and rows made of them."""

from collections.abc import Iterable, Mapping
from typing import Any

from google.ads.googleads.v26.services.types.google_ads_service import GoogleAdsRow

from sandbox.servers.google_ads.gaql import Query, QueryError, Row

CAMPAIGN = {"campaign", "customer"}
ATTRIBUTED: Mapping[str, set[str]] = {
    "customer": {"customer", "metrics", "segments"},
    "campaign": {*CAMPAIGN, "campaign_budget", "bidding_strategy", "metrics", "segments"},
    "campaign_criterion": {*CAMPAIGN, "campaign_criterion"},
    "ad_group_ad": {*CAMPAIGN, "ad_group", "ad_group_ad", "metrics", "segments"},
    "user_location_view": {*CAMPAIGN, "ad_group", "user_location_view", "metrics", "segments"},
    "change_event": {*CAMPAIGN, "ad_group", "change_event"},
    "geo_target_constant": {"geo_target_constant"},
    "offline_conversion_upload_client_summary": {"customer", "offline_conversion_upload_client_summary"},
}
"""What can be asked for together with a resource, of what this server has."""


def must_be_known(query: Query) -> None:
    """Look at every field that a query names.

    Raises:
        QueryError: there is no such resource or field, or they do not go together.
    """
    if query.resource not in ATTRIBUTED:
        raise QueryError("BAD_RESOURCE_TYPE_IN_FROM_CLAUSE", f"there is no resource {query.resource}")
    for field in sorted(query.named):
        root = field.partition(".")[0]
        if _descriptor(field) is None:
            raise QueryError("UNRECOGNIZED_FIELD", f"there is no field {field}")
        if root not in ATTRIBUTED[query.resource]:
            raise QueryError("PROHIBITED_RESOURCE_TYPE_IN_SELECT_CLAUSE", f"{field} does not go with {query.resource}")
    segments = {field for field in query.fields if field.startswith("segments.")}
    if segments & {"segments.date", "segments.hour"} and None in query.bounds("segments.date"):
        raise QueryError("EXPECTED_FILTERS_ON_CORE_DATE_SEGMENT", "a finite range of segments.date is needed")


def made(rows: Iterable[Row], query: Query) -> list[Any]:
    """Rows as the protocol has them: the fields that were asked for, and the names of their resources."""
    roots = {field.partition(".")[0] for field in query.fields} - {"metrics", "segments"}
    fields = [*dict.fromkeys([*query.fields, *(f"{root}.resource_name" for root in sorted(roots))])]
    found: list[Any] = []
    for row in rows:
        message = GoogleAdsRow.pb()()
        for field in fields:
            if row.get(field) is not None:
                put(message, field, row[field])
        found.append(message)
    return found


def put(message: Any, field: str, value: Any) -> None:
    """Set a field, however deep in a message; an enumeration's by its value's name."""
    *steps, last = field.split(".")
    for step in steps:
        message = getattr(message, _named(message.DESCRIPTOR, step).name)
    descriptor = _named(message.DESCRIPTOR, last)
    if isinstance(value, list):
        for one in value:
            added = getattr(message, descriptor.name).add()
            for name, part in one.items():
                put(added, name, part)
    elif descriptor.enum_type is not None:
        setattr(message, descriptor.name, descriptor.enum_type.values_by_name[value].number)
    else:
        setattr(message, descriptor.name, value)


def _descriptor(field: str) -> Any:
    descriptor, found = GoogleAdsRow.pb().DESCRIPTOR, None
    for step in field.split("."):
        if descriptor is None:
            return None
        found = _named(descriptor, step)
        if found is None:
            return None
        descriptor = found.message_type
    return found


def _named(descriptor: Any, name: str) -> Any:
    """`type` is `type_` in Python's messages."""
    return descriptor.fields_by_name.get(name) or descriptor.fields_by_name.get(f"{name}_")
