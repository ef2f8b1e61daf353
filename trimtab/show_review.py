"""What a deep review prints: what it moved, what it expects of that, and why the rest was left alone."""

from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from common.decisions.reason_words import in_words
from common.domain.change_set import ChangeSet
from common.domain.tenant import Tenant
from common.use_cases.review import Reviewed
from common.web.effect_words import expected
from trimtab.harmless import text
from trimtab.show_records import change_set_lines


def review_data(reviewed: Reviewed) -> dict[str, Any]:
    """A review as JSON."""
    return {
        "tenant": reviewed.track.tenant_id,
        "track": reviewed.track.track_id,
        "window": reviewed.window.isoformat(),
        "change_sets": [change_set.body() for change_set in reviewed.change_sets],
        "reasons": [reason.body() for reason in reviewed.reasons],
        "advice": None if reviewed.advice is None else reviewed.advice.body(),
    }


def reviews(console: Console, done: Sequence[Reviewed], tenant: Tenant) -> None:
    """Each track's change sets with their grounds, and the reasons of all that was left alone."""
    for one in done:
        console.print(text((one.track.track_id, "bold"), f"  {one.window:%Y-%m-%d %H:%M} UTC"))
        lines = [
            line for each in one.change_sets for line in (*_grounds(each), *change_set_lines(each, tenant.currency))
        ]
        if one.advice is not None and one.advice.failure is not None:
            lines.insert(0, text(f"The agent gave no answer: {one.advice.failure}"))
        for reason in one.reasons:
            words = f"{reason.entity_id or 'track'}: {in_words(reason, tenant.currency)} "
            lines.append(text(words, (f"({reason.code})", "dim")))
        for line in lines:
            console.print(Padding(line, (0, 0, 0, 2), expand=False))


def _grounds(change_set: ChangeSet) -> Iterator[Text]:
    """Each proposal's sentence, with what it is expected to bring."""
    for proposal in change_set.proposals:
        yield text((proposal.why, "bold"))
        effect = expected(proposal.evidence)
        if effect:
            yield text(f"  expected: {effect}")
