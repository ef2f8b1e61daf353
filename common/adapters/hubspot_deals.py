"""A deal of HubSpot's as a row that is taken like any other: closed won, it counts; else it is withdrawn."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from common.domain.crm import HubSpotProperties
from common.domain.ingest_rows import OLDEST, Rules

WON, CLOSED, AMOUNT, CURRENCY = "hs_is_closed_won", "closedate", "amount", "deal_currency_code"
MODIFIED, MERGED, OBJECT_ID = "hs_lastmodifieddate", "hs_merged_object_ids", "hs_object_id"
_MICRO = Decimal("0.000001")

Row = Mapping[str, object]


def wanted(properties: HubSpotProperties) -> list[str]:
    """The properties that are asked for: none that holds a person's name or address."""
    own = (properties.campaign, properties.platform, properties.click_id)
    return [WON, CLOSED, AMOUNT, CURRENCY, MODIFIED, MERGED, *(name for name in own if name)]


@dataclass(frozen=True, slots=True)
class Deal:
    """What HubSpot says of one deal."""

    id: str
    properties: Mapping[str, str | None]
    modified: datetime

    def get(self, name: str | None) -> str | None:
        """A property that has a value."""
        found = self.properties.get(name) if name else None
        return found.strip() or None if found is not None else None


@dataclass(frozen=True, slots=True)
class Mapper:
    """How deals become rows for one tenant."""

    properties: HubSpotProperties
    rules: Rules
    currency: str | None
    """The portal's own, in which deals without a currency of theirs are; `None` where that is not known."""

    def rows(self, deal: Deal) -> Iterator[Row]:
        """The deal, and those that were merged into it: they count as it from now on."""
        updated = deal.modified.isoformat()
        for merged in filter(None, (deal.get(MERGED) or "").split(";")):
            if merged != deal.id:
                yield {"id": row_id(merged), "updated_at": updated, "withdrawn": True}
        yield {"id": row_id(deal.id), "updated_at": updated, **(self._counted(deal) or {"withdrawn": True})}

    def _counted(self, deal: Deal) -> Row | None:
        """What a deal counts for; `None` where it was not won, long ago, or by nothing that money was spent on."""
        target, closed = self._target(deal), instant_of(deal.get(CLOSED))
        if deal.get(WON) != "true" or not target or closed is None or closed < self.rules.now - OLDEST:
            return None
        happened = min(closed, max(deal.modified, self.rules.now - OLDEST))  # a date to come can't have happened
        row: dict[str, object] = {"happened_at": happened.isoformat(), "kind": min(self.rules.kinds), **target}
        amount = deal.get(AMOUNT)
        if amount is not None:
            row |= {"value": _to_the_micro(amount), "currency": deal.get(CURRENCY) or self.currency}
        return row

    def _target(self, deal: Deal) -> dict[str, str]:
        named = {
            "campaign": deal.get(self.properties.campaign),
            "platform": deal.get(self.properties.platform),
            "click_id": deal.get(self.properties.click_id),
        }
        found = {column: value for column, value in named.items() if value is not None}
        if "campaign" not in found:
            found.pop("platform", None)
        return found


def row_id(deal_id: str) -> str:
    """A deal's id among all that senders tell."""
    return f"hubspot-deal-{deal_id}"


def instant_of(text: str | None) -> datetime | None:
    """An instant as HubSpot writes it, `2026-05-03T10:00:00.123Z` or milliseconds since 1970; `None` if it is none."""
    if text is None:
        return None
    try:
        if text.isascii() and text.isdigit():
            return datetime.fromtimestamp(int(text) / 1000, UTC)
        found = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return None
    return found.astimezone(UTC) if found.tzinfo else None


def _to_the_micro(amount: str) -> str:
    """Computed amounts have as many decimals as they like; what is no amount stays as it is, to be refused by name."""
    try:
        number = Decimal(amount)
        return f"{number.quantize(_MICRO):f}" if number.is_finite() else amount
    except InvalidOperation:
        return amount
