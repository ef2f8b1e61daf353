"""A decision's inputs, kept with its change set: enough to make the decision again and compare it to the byte."""

import base64
import lzma
from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from common.decisions.anomaly.seen import Seen
from common.decisions.facts import Facts, Spent
from common.decisions.lag import LagCurve
from common.decisions.review.evidence import Evidence
from common.domain.advice import Advice
from common.domain.calendar import Instant
from common.domain.canonical import digest_of
from common.domain.change_set import KeptInputs
from common.domain.envelope import Envelope
from common.domain.errors import Refused
from common.domain.figures import PartFigures
from common.domain.manifest import Manifest
from common.domain.plan import MediaPlan
from common.domain.state import TrackState
from common.domain.tenant import Tenant
from common.domain.track_days import TrackDays

LIMIT = 500_000
"""Bytes of compressed inputs that a change set keeps; a store's document holds a megabyte."""
_PACKED = [{"id": lzma.FILTER_LZMA2, "preset": 6, "dict_size": 2**20, "pb": 0}]
"""Of inputs of twenty campaigns it leaves a fifth less than gzip. The dictionary bounds its memory to about 12 MB."""


class Review(NamedTuple):
    """What a deep review decided on."""

    evidence: Evidence
    advice: Advice
    """What the agent answered."""


class _Review(BaseModel):
    """A review's inputs beside the facts. It looked at these before it was judged, so it has an instant of its own."""

    model_config = ConfigDict(ser_json_inf_nan="constants")

    now: Instant
    days: TrackDays
    curves: Mapping[str, LagCurve]
    geos: Mapping[str, tuple[PartFigures, ...]]
    ads: Mapping[str, PartFigures]
    advice: Advice


class _Inputs(BaseModel):
    """Facts as they are kept; numbers that are none, as a platform may report them, too."""

    model_config = ConfigDict(ser_json_inf_nan="constants")

    now: Instant
    tenant: Tenant
    plan: MediaPlan
    manifest: Manifest
    state: TrackState
    spend: dict[str, tuple[int, int]]
    envelope: Envelope | None
    killed: bool
    seen: Seen | None = None
    """What the watch was answered, where it was the watch that decided."""
    review: _Review | None = None
    """What the review looked at, where it was the review that decided."""


def keep(facts: Facts, seen: Seen | None = None, review: Review | None = None) -> KeptInputs:
    """Everything that the decision looked at, in the form in which a change set keeps it: LZMA of JSON in base 85.

    The JSON is pydantic's, its keys in the order of the models' fields: the same facts give the same bytes. What the
    watch remembers, half of all, is left out where it was not the watch that decided: nobody else looks at it.
    """
    state = facts.state.but(reasons=()) if seen is not None else facts.state.but(reasons=(), watching={})
    looked_at = _Inputs(
        now=facts.now,
        tenant=facts.tenant,
        plan=facts.plan,
        manifest=facts.manifest,
        state=state,
        spend={name: (spent.visible, spent.unseen) for name, spent in facts.spend.items()},
        envelope=facts.envelope,
        killed=facts.killed,
        seen=seen,
        review=None if review is None else _kept(review),
    )
    others = {name for name, one in (("seen", seen), ("review", review)) if one is None}
    body = looked_at.model_dump_json(exclude=others).encode()
    packed = base64.b85encode(lzma.compress(body, lzma.FORMAT_RAW, filters=_PACKED)).decode()
    return KeptInputs(digest=digest_of(body), lzma_base85=packed if len(packed) <= LIMIT else None)


def _kept(review: Review) -> _Review:
    evidence, advice = review
    return _Review(
        now=evidence.facts.now,
        days=evidence.days,
        curves=evidence.curves,
        geos=evidence.geos,
        ads=evidence.ads,
        advice=advice,
    )


def again(inputs: KeptInputs) -> Facts:
    """The facts as they were when the decision was made.

    Raises:
        Refused: they were over the limit and not kept, or do not match their digest.
    """
    return _facts(_unpacked(inputs))


def seen_again(inputs: KeptInputs) -> Seen | None:
    """What the watch had been answered; `None` where it was another rule that decided.

    Raises:
        Refused: as for `again`.
    """
    return _unpacked(inputs).seen


def review_again(inputs: KeptInputs) -> Review | None:
    """What a deep review had looked at; `None` where it was another rule that decided.

    Raises:
        Refused: as for `again`.
    """
    data = _unpacked(inputs)
    if data.review is None:
        return None
    kept, facts = data.review, replace(_facts(data), now=data.review.now, envelope=None, killed=False)
    return Review(Evidence(facts, kept.days, kept.curves, kept.geos, kept.ads), kept.advice)


def text_of(inputs: KeptInputs) -> bytes:
    """The inputs as JSON, as they were kept.

    Raises:
        Refused: as for `again`.
    """
    if inputs.lzma_base85 is None:
        raise Refused("the inputs were over the size limit; only their digest was kept", "not_kept")
    try:
        body = lzma.decompress(base64.b85decode(inputs.lzma_base85), lzma.FORMAT_RAW, filters=_PACKED)
    except (ValueError, lzma.LZMAError):
        body = b""
    if digest_of(body) != inputs.digest:
        raise Refused("the kept inputs do not match their digest: they were edited", "edited")
    return body


def _facts(data: _Inputs) -> Facts:
    spend = {name: Spent(*amounts) for name, amounts in data.spend.items()}
    return Facts(data.now, data.tenant, data.plan, data.manifest, data.state, spend, data.envelope, data.killed)


def _unpacked(inputs: KeptInputs) -> _Inputs:
    return _Inputs.model_validate_json(text_of(inputs))
