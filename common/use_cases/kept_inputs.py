"""A decision's inputs, kept with its change set: enough to make the decision again and compare it to the byte."""

import base64
import gzip

from pydantic import BaseModel, ConfigDict

from common.decisions.anomaly.seen import Seen
from common.decisions.facts import Facts, Spent
from common.domain.calendar import Instant
from common.domain.canonical import digest_of
from common.domain.change_set import KeptInputs
from common.domain.envelope import Envelope
from common.domain.manifest import Manifest
from common.domain.plan import MediaPlan
from common.domain.state import TrackState
from common.domain.tenant import Tenant

LIMIT = 200_000
"""Bytes of compressed inputs that a change set keeps; a store's document holds a megabyte."""


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


def keep(facts: Facts, seen: Seen | None = None) -> KeptInputs:
    """Everything that the decision looked at, in the form in which a change set keeps it: gzip of JSON in base64.

    The JSON is pydantic's, its keys in the order of the models' fields: the same facts give the same bytes.
    """
    looked_at = _Inputs(
        now=facts.now,
        tenant=facts.tenant,
        plan=facts.plan,
        manifest=facts.manifest,
        state=facts.state,
        spend={name: (spent.visible, spent.unseen) for name, spent in facts.spend.items()},
        envelope=facts.envelope,
        killed=facts.killed,
        seen=seen,
    )
    body = looked_at.model_dump_json(exclude=None if seen else {"seen"}).encode()
    packed = base64.b64encode(gzip.compress(body, compresslevel=3, mtime=0)).decode()
    return KeptInputs(digest=digest_of(body), gzip_base64=packed if len(packed) <= LIMIT else None)


def again(inputs: KeptInputs) -> Facts:
    """The facts as they were when the decision was made.

    Raises:
        ValueError: they were over the limit and not kept, or do not match their digest.
    """
    data = _unpacked(inputs)
    spend = {name: Spent(*amounts) for name, amounts in data.spend.items()}
    return Facts(data.now, data.tenant, data.plan, data.manifest, data.state, spend, data.envelope, data.killed)


def seen_again(inputs: KeptInputs) -> Seen | None:
    """What the watch had been answered; `None` where it was another rule that decided.

    Raises:
        ValueError: as for `again`.
    """
    return _unpacked(inputs).seen


def _unpacked(inputs: KeptInputs) -> _Inputs:
    if inputs.gzip_base64 is None:
        raise ValueError("the inputs were over the size limit; only their digest was kept")
    body = gzip.decompress(base64.b64decode(inputs.gzip_base64))
    if digest_of(body) != inputs.digest:
        raise ValueError("the kept inputs do not match their digest: they were edited")
    return _Inputs.model_validate_json(body)
