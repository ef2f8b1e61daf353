"""A decision's inputs, kept with its change set: enough to make the decision again and compare it to the byte."""

import base64
import gzip
import json
from datetime import datetime
from typing import Any

from common.decisions.facts import Facts, Spent
from common.domain.canonical import canonical, digest_of
from common.domain.change_set import KeptInputs
from common.domain.manifest import Manifest
from common.domain.plan import MediaPlan
from common.domain.state import TrackState
from common.domain.tenant import Tenant

LIMIT = 200_000
"""Bytes of compressed inputs that a change set keeps; a store's document holds a megabyte."""


def keep(inputs: dict[str, Any]) -> KeptInputs:
    """Inputs in the form in which a change set keeps them: gzip of canonical JSON, where that is not too long."""
    body = canonical(inputs)
    packed = base64.b64encode(gzip.compress(body, compresslevel=3, mtime=0)).decode()
    return KeptInputs(digest=digest_of(body), gzip_base64=packed if len(packed) <= LIMIT else None)


def kept(facts: Facts) -> dict[str, Any]:
    """Everything that the decision looked at."""
    return {
        "now": facts.now.isoformat(),
        "tenant": facts.tenant.body(),
        "plan": facts.plan.body(),
        "manifest": facts.manifest.body(),
        "state": facts.state.body(),
        "spend": {name: [spent.visible, spent.unseen] for name, spent in facts.spend.items()},
        "killed": facts.killed,
    }


def again(inputs: KeptInputs) -> Facts:
    """The facts as they were when the decision was made.

    Raises:
        ValueError: they were over the limit and not kept, or do not match their digest.
    """
    if inputs.gzip_base64 is None:
        raise ValueError("the inputs were over the size limit; only their digest was kept")
    body = gzip.decompress(base64.b64decode(inputs.gzip_base64))
    if digest_of(body) != inputs.digest:
        raise ValueError("the kept inputs do not match their digest: they were edited")
    data: dict[str, Any] = json.loads(body)
    return Facts(
        now=datetime.fromisoformat(data["now"]),
        tenant=Tenant.model_validate(data["tenant"]),
        plan=MediaPlan.model_validate(data["plan"]),
        manifest=Manifest.model_validate(data["manifest"]),
        state=TrackState.model_validate(data["state"]),
        spend={name: Spent(*amounts) for name, amounts in data["spend"].items()},
        killed=data["killed"],
    )
