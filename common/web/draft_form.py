"""The form in which a person edits a draft: a field for each budget in currency units, and the notes."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from common.domain.errors import Fault, InvalidInput
from common.domain.model import parse
from common.domain.money import CURRENCIES, MICROS, show
from common.domain.plan import MediaPlan, Period, PlanChannel, PlanTerms
from common.domain.plan_draft import PlanDraft
from common.domain.tenant import Tenant
from common.web.words import own_name

_AMOUNT = re.compile(r"([0-9]{1,3}(,[0-9]{3})+|[0-9]{1,15})(\.[0-9]+)?")
"""As amounts are shown: `1,234.56`, or without the commas."""
NOTES = "notes"
LONGEST_NOTE, MOST_NOTES = 500, 50


@dataclass(frozen=True, slots=True)
class Budget:
    """One amount that can be typed: a line's, or that of one of its periods where it has some."""

    name: str
    """In the form: `budget/south/meta`. No id has a slash."""
    track_id: str
    line: PlanChannel
    period: Period | None

    @property
    def micros(self) -> int:
        """What the draft says."""
        return self.line.budget if self.period is None else self.period.budget

    @property
    def label(self) -> str:
        """What a person calls it."""
        channel = own_name(self.line.channel)
        return channel if self.period is None else f"{channel}, {self.period.start} to {self.period.end}"


@dataclass(frozen=True, slots=True)
class FieldView:
    """A field with what was typed, and what is wrong with it."""

    key: str
    """Its id in the page."""
    name: str
    label: str
    value: str
    about: str
    faults: list[str]


@dataclass(frozen=True, slots=True)
class TrackFields:
    """The fields of one track."""

    track_id: str
    fields: list[FieldView]


@dataclass(frozen=True, slots=True)
class EditView:
    """The page."""

    tenant_id: str
    draft_id: str
    version: int
    currency: str
    about: str
    tracks: list[TrackFields]
    notes: str
    note_faults: list[str]
    faults: list[tuple[str, str]]
    """All of them: the id of the field, or nothing, and what is wrong."""


def budgets(terms: PlanTerms) -> Iterator[Budget]:
    """Every amount that can be typed."""
    for track in terms.tracks:
        for line in track.channels:
            name = f"budget/{track.track_id}/{line.channel}"
            if line.periods:
                for period in line.periods:
                    yield Budget(f"{name}/{period.start}", track.track_id, line, period)
            else:
                yield Budget(name, track.track_id, line, None)


def written(micros: int, currency: str) -> str:
    """An amount as it stands in its field: `1234.56`."""
    return show(micros, currency).split(" ")[0].replace(",", "")


def typed_terms(draft: PlanDraft, typed: Mapping[str, str]) -> PlanTerms:
    """The terms that a person typed over a draft's. A field that was left as it was keeps its budget to the micro.

    Raises:
        InvalidInput: with every fault; `where` names the field, or nothing where it is about all of them.
    """
    faults: list[Fault] = []
    amounts = {one.name: _amount(one, typed.get(one.name), draft.plan.currency, faults) for one in budgets(draft.plan)}
    notes = _notes(typed.get(NOTES, ""), faults)
    tracks = [
        track.but(channels=tuple(_line(one, track.track_id, amounts) for one in track.channels))
        for track in draft.plan.tracks
    ]
    terms = draft.plan.but(tracks=tuple(tracks), notes=notes)
    bad = {one.where for one in faults}
    faults += [one for one in _over_caps(terms) if one.where not in bad]
    total = sum(track.budget for track in tracks)
    if not bad and total > terms.master_cap:
        over, cap, all_of_it = (
            show(one, terms.currency) for one in (total - terms.master_cap, terms.master_cap, total)
        )
        faults.append(Fault("", f"All budgets together are {all_of_it}; the plan's cap is {cap}. Take {over} away."))
    if faults:
        in_form = [*amounts, NOTES, ""]
        raise InvalidInput(f"the draft of {draft.called}", sorted(faults, key=lambda one: in_form.index(one.where)))
    return parse(PlanTerms, terms.body(), f"the draft of {draft.called}")


def _amount(one: Budget, text: str | None, currency: str, faults: list[Fault]) -> int:
    given = (text or "").strip()
    if given == written(one.micros, currency):
        return one.micros
    digits = CURRENCIES[currency]
    if not given:
        faults.append(Fault(one.name, "Type an amount; 0 if it should have nothing."))
    elif not _AMOUNT.fullmatch(given):
        faults.append(
            Fault(
                one.name,
                "Type an amount such as 1,234.56 or 1234.56, without the currency."
                if digits
                else "Type an amount such as 1,234 or 1234, without the currency.",
            )
        )
    elif len(given.partition(".")[2]) > digits:
        faults.append(Fault(one.name, f"{currency} has {digits} decimals at most."))
    elif (micros := int(Decimal(given.replace(",", "")) * MICROS)) >= 2**62:
        faults.append(Fault(one.name, "That is more than can be planned."))
    else:
        return micros
    return one.micros


def _notes(text: str, faults: list[Fault]) -> tuple[str, ...]:
    lines = tuple(line.strip() for line in text.splitlines() if line.strip())
    if len(lines) > MOST_NOTES:
        faults.append(Fault(NOTES, f"At most {MOST_NOTES} notes, please: there are {len(lines)}."))
    if any(len(line) > LONGEST_NOTE for line in lines):
        faults.append(Fault(NOTES, f"A note has at most {LONGEST_NOTE} characters."))
    return lines


def _line(line: PlanChannel, track_id: str, amounts: Mapping[str, int]) -> PlanChannel:
    name = f"budget/{track_id}/{line.channel}"
    if not line.periods:
        return line.but(budget=amounts[name])
    periods = tuple(one.but(budget=amounts[f"{name}/{one.start}"]) for one in line.periods)
    return line.but(periods=periods, budget=sum(one.budget for one in periods))


def _over_caps(terms: PlanTerms) -> Iterator[Fault]:
    for one in budgets(terms):
        cap = one.line.max_budget
        first = one.period is None or one.period == one.line.periods[0]
        if cap is not None and one.line.budget > cap and first:
            yield Fault(one.name, f"The channel's own cap is {show(cap, terms.currency)}; it can have no more.")


def edit_view(
    tenant: Tenant, draft: PlanDraft, before: MediaPlan, typed: Mapping[str, str], faults: Sequence[Fault] = ()
) -> EditView:
    """The form as it stands: what was typed, or what the draft says, and every fault beside its field.

    Args:
        typed: by name; a field that is absent shows what the draft says.
    """
    currency = draft.plan.currency
    fields = {one.name: f"field-{number}" for number, one in enumerate(budgets(draft.plan))}
    placed = [(_place(one.where, fields), one.what) for one in faults]
    tracks = [
        TrackFields(
            track.track_id,
            [
                FieldView(
                    key=fields[one.name],
                    name=one.name,
                    label=one.label,
                    value=typed.get(one.name, written(one.micros, currency)),
                    about=_about(one, before, currency),
                    faults=[what for where, what in placed if where == one.name],
                )
                for one in budgets(draft.plan)
                if one.track_id == track.track_id
            ],
        )
        for track in draft.plan.tracks
    ]
    labels = {one.name: f"{one.track_id}, {one.label}" for one in budgets(draft.plan)} | {NOTES: "Notes"}
    return EditView(
        tenant_id=tenant.tenant_id,
        draft_id=draft.draft_id,
        version=draft.plan.version,
        currency=currency,
        about=f"All budgets together may be {show(draft.plan.master_cap, currency)} at most.",
        tracks=tracks,
        notes=typed.get(NOTES, "\n".join(draft.plan.notes)),
        note_faults=[what for where, what in placed if where == NOTES],
        faults=[
            (fields.get(where, where), f"{labels[where]}: {what}") if where in labels else ("", what)
            for where, what in placed
        ],
    )


def _place(where: str, fields: Iterable[str]) -> str:
    """The field that a fault is about: by its name in the form, or by its path in the plan (`tracks.south.meta`)."""
    if where == NOTES:
        return where
    for name in fields:
        _, track_id, channel, *_ = name.split("/")
        if where in (name, f"tracks.{track_id}.{channel}"):
            return name
    return ""


def _about(one: Budget, before: MediaPlan, currency: str) -> str:
    piece = next((track for track in before.tracks if track.track_id == one.track_id), None)
    line = None if piece is None else piece.line(one.line.channel)
    if line is None:
        was = f"Plan v{before.version} has no line for it."
    elif one.period is None:
        was = f"Plan v{before.version} has {show(line.budget, currency)}."
    else:
        old = next((each for each in line.periods if each.start == one.period.start), None)
        was = "" if old is None else f"Plan v{before.version} has {show(old.budget, currency)}."
    cap = one.line.max_budget
    return was if cap is None else f"{was} At most {show(cap, currency)}.".strip()


def fields_of(form: Any) -> dict[str, str]:
    """What was typed, by the names of fields that the form has."""
    return {name: form[name] for name in form if name == NOTES or name.startswith("budget/")}
