"""Whether a request still starts from what is live: who approves it approves exactly what was shown."""

from collections.abc import Sequence

from common.domain.change import Change, Reason
from common.domain.manifest import Manifest


def outdated(plan_version: int, changes: Sequence[Change], manifest: Manifest) -> tuple[Reason, ...]:
    """Why nobody can approve these changes any more: the plan or a setting moved since. Empty where nothing did."""
    if plan_version != manifest.plan_version:
        return (Reason(code="plan_superseded", measured=plan_version, limit=manifest.plan_version),)
    return tuple(
        Reason(code="changed_meanwhile", entity_id=change.entity_id)
        for change in changes
        if change.entity_id not in manifest.entities
        or manifest.entities[change.entity_id].value(change.setting) != change.before
    )
