"""Take in what a CRM tells: conversions, once each at their last revision, and match rates.

Rows are checked all at once, and those that are well are taken, whatever is wrong with others. They are written in
parts, each one commit of the conversions' documents and of what they change in the day's: a run that dies in between is
repeated by its sender, and what is written already changes nothing then.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, TypeVar

from common.domain import paths
from common.domain.calendar import TenantCalendar
from common.domain.crm_days import MOST_RATES, Book, Change, CrmDay, Ingested, MatchRate, expiry, kept_until
from common.domain.errors import Busy, OutcomeUnknown
from common.domain.ingest_body import Body
from common.domain.ingest_rows import ConversionRow, MatchRow, RowFault, Rules, conversion_row, match_row
from common.domain.sealing import sealed
from common.domain.tenant import Tenant
from common.ports.documents import Conflict, Create, Document, Replace, Write
from common.use_cases.load import decode
from common.use_cases.ports import Ports

A_COMMIT = 400
"""Conversions of one commit: Firestore takes 500 writes (firebase.google.com/docs/firestore/quotas)."""
ATTEMPTS = 20
"""At a commit that others come before; each time one of them is through."""

ACCEPTED, UNCHANGED, OUTDATED = "accepted", "unchanged", "outdated"
"""What became of a row: it says something new, what was known already, or less than what is known."""

MATCH_RATES = "match_rates"
TOO_MANY_RATES = f"is one too many: a day has at most {MOST_RATES} match rates"

R = TypeVar("R", ConversionRow, MatchRow)


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a delivery's rows: how many of each kind, and what is wrong with those that were refused."""

    outcomes: Mapping[str, int]
    faults: tuple[RowFault, ...] = ()

    def of(self, outcome: str) -> int:
        """How many rows came to this."""
        return self.outcomes.get(outcome, 0)

    @property
    def refused(self) -> int:
        """How many rows were refused."""
        return len({(one.of, one.row) for one in self.faults})


def ingest(ports: Ports, tenant: Tenant, body: Body) -> Taken:
    """Take a delivery for a tenant. Taking it again, or an older one after it, changes nothing.

    Raises:
        NoKey: the tenant has no key to hash ids with; nothing was written.
        Busy: too many others write for the same tenant; what was taken so far stands, so send it again.
        Unavailable: the store or the keys do not answer; the same holds.
    """
    taking = _Taking(ports, tenant, ports.keys.key(tenant.tenant_id))
    rules = Rules.of(tenant, ports.clock.now())
    rows, faults = _sorted_out([conversion_row(n, raw, rules) for n, raw in enumerate(body.conversions, 1)])
    rates, of_rates = _sorted_out([match_row(n, raw, rules) for n, raw in enumerate(body.match_rates, 1)])
    parts = [taking.conversions(rows[first : first + A_COMMIT]) for first in range(0, len(rows), A_COMMIT)]
    if not body.conversions and not body.match_rates:
        parts.append(taking.conversions([]))
    parts += taking.match_rates(rates)
    outcomes = sum((part.outcomes for part in parts), Counter[str]())
    return Taken(outcomes, (*faults, *of_rates, *(fault for part in parts for fault in part.faults)))


def _sorted_out(read: Sequence[R | list[RowFault]]) -> tuple[list[R], list[RowFault]]:
    """The rows that are well, and the faults of the others."""
    well = [one for one in read if not isinstance(one, list)]
    return well, [fault for one in read if isinstance(one, list) for fault in one]


@dataclass(frozen=True)
class _Part:
    """What one commit writes: the day, and the conversions beside it; and what became of the rows."""

    day: CrmDay
    writes: Sequence[Write] = ()
    outcomes: Counter[str] = field(default_factory=Counter[str])
    faults: list[RowFault] = field(default_factory=list[RowFault])

    def holds(self, rank: tuple[Any, ...], known: tuple[Any, ...] | None) -> bool:
        """Whether what is known says as much as a row does, or more; the row is counted then."""
        if known is None or rank > known:
            return False
        self.outcomes[UNCHANGED if rank == known else OUTDATED] += 1
        return True


@dataclass(frozen=True)
class _Taking:
    """One delivery being taken."""

    ports: Ports
    tenant: Tenant
    key: bytes

    def conversions(self, rows: Sequence[ConversionRow]) -> _Part:
        """Take some rows in one commit, today."""
        now, calendar = self.ports.clock.now(), TenantCalendar.of(self.tenant.time_zone)
        said = [(self._path(one), one.row, self._kept(one, calendar)) for one in rows]

        def work(day: CrmDay, found: Mapping[str, Document]) -> _Part:
            book, news = Book(day.counts), dict[str, Ingested]()
            known = {path: decode(Ingested, document) for path, document in found.items()}
            part = _Part(day)
            for path, number, kept in said:
                before = news.get(path, known.get(path))
                if part.holds(kept.rank, None if before is None else before.rank):
                    continue
                if fault := book.enter(Change(before, kept)):
                    part.faults.append(RowFault(number, *fault))
                    continue
                part.outcomes[ACCEPTED] += 1
                news[path] = kept
            writes = [_write(path, one, found.get(path)) for path, one in news.items()]
            return replace(part, day=day.but(delivered_at=now, counts=book.counts()), writes=writes)

        return self._on_day(calendar.day_of(now), list(dict.fromkeys(path for path, _, _ in said)), work)

    def match_rates(self, rates: Sequence[MatchRow]) -> list[_Part]:
        """Take match rates, each on the local day of its upload."""
        day_of = TenantCalendar.of(self.tenant.time_zone).day_of
        days = sorted({day_of(one.at) for one in rates})
        return [self._rates_of(day, [one for one in rates if day_of(one.at) == day]) for day in days]

    def _rates_of(self, on: date, rates: Sequence[MatchRow]) -> _Part:
        def work(day: CrmDay, _: Mapping[str, Document]) -> _Part:
            known, part = {one.at: one for one in day.rates}, _Part(day)
            for row in rates:
                one = MatchRate(at=row.at, revision=row.revision, matched=row.matched, total=row.total)
                before = known.get(one.at)
                if part.holds(one.rank, None if before is None else before.rank):
                    continue
                if before is None and len(known) >= MOST_RATES:
                    part.faults.append(RowFault(row.row, "at", TOO_MANY_RATES, MATCH_RATES))
                    continue
                part.outcomes[ACCEPTED] += 1
                known[one.at] = one
            return replace(part, day=day.but(rates=tuple(known[at] for at in sorted(known))))

        return self._on_day(on, [], work)

    def _on_day(self, on: date, where: Sequence[str], work: Callable[[CrmDay, Mapping[str, Document]], _Part]) -> _Part:
        """Change a day's document, and others with it, in one commit; decided again where somebody came before."""
        path = paths.crm_days(self.tenant.tenant_id, on)
        for _ in range(ATTEMPTS):
            held, *others = self.ports.documents.read(path, *where)
            day = CrmDay(tenant_id=self.tenant.tenant_id, day=on) if held is None else decode(CrmDay, held)
            part = work(day, {one.path: one for one in others if one is not None})
            try:
                self.ports.documents.commit(_write(path, part.day, held), *part.writes)
            except (Conflict, OutcomeUnknown):
                continue
            return part
        raise Busy(f"many write for {self.tenant.tenant_id} at once: send it again, with more rows in one delivery")

    def _path(self, row: ConversionRow) -> str:
        return paths.ingested(self.tenant.tenant_id, sealed(self.key, "row", row.id))

    def _kept(self, row: ConversionRow, calendar: TenantCalendar) -> Ingested:
        return Ingested(
            revision=row.revision,
            withdrawn=row.withdrawn,
            day=None if row.happened_at is None else calendar.day_of(row.happened_at),
            target=None if row.target is None else sealed(self.key, "target", *row.target),
            micros=row.micros,
            expires=expiry(self.ports.clock.now()),
            kept_until=kept_until(self.ports.clock.now()),
        )


def _write(path: str, body: CrmDay | Ingested, held: Document | None) -> Write:
    return Create(path, body.body()) if held is None else Replace(path, body.body(), held.version)
