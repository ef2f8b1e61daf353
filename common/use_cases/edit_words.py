"""Edits by hand in words: what was changed, by whom and when, and what putting it back would mean."""

from collections.abc import Sequence

from common.domain.calendar import TenantCalendar
from common.domain.change import Setting
from common.domain.log_entry import LoggedChange
from common.domain.manifest import HandEdit
from common.use_cases.load import LoadedTrack
from common.use_cases.wording import worded
from common.web.words import when

SOMEBODY = "somebody outside Trimtab"


def adopted_said(found: Sequence[HandEdit], changes: Sequence[LoggedChange], loaded: LoadedTrack) -> str:
    """Edits that were adopted, and the allocations among these changes that followed."""
    steps = [(_named(one, loaded), *_worded(one, loaded)) for one in found]
    parts = [f"{name} from {before} to {after}" for name, before, after in steps]
    followed = [
        f" The allocation of {loaded.manifest.value.called(one.entity_id)} goes down with it,"
        f" to {worded(one.setting, one.after, loaded.tenant.currency)}."
        for one in changes
        if one.setting == Setting.ALLOCATION
    ]
    by = "; ".join(dict.fromkeys(_by_whom(one, loaded) for one in found))
    return f"{'; '.join(parts)}. Changed on the platform by {by}.{''.join(followed)}"


def put_back_said(one: HandEdit, loaded: LoadedTrack) -> str:
    """What putting an edit back would do."""
    before, after = _worded(one, loaded)
    known = one.by is not None or one.at is not None
    by = f", by {_by_whom(one, loaded)}" if known else ""
    return f"{_named(one, loaded)} back to {before}. It was changed by hand to {after}{by}."


def _by_whom(one: HandEdit, loaded: LoadedTrack) -> str:
    """Who edited and when, as far as the platform tells."""
    calendar = TenantCalendar.of(loaded.tenant.time_zone)
    return f"{one.by or SOMEBODY}{'' if one.at is None else f' on {when(one.at, calendar)}'}"


def _named(one: HandEdit, loaded: LoadedTrack) -> str:
    return f"{loaded.manifest.value.called(one.entity_id)}: {one.setting.value.replace('_', ' ')}"


def _worded(one: HandEdit, loaded: LoadedTrack) -> tuple[str, str]:
    """What was expected and what was found."""
    setting, currency = one.setting.value, loaded.tenant.currency
    return worded(setting, one.expected, currency), worded(setting, one.found, currency)
