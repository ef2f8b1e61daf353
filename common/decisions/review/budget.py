"""Money moved between the channels of a track: to where one more unit of it brings most."""

from common.decisions.review.evidence import Evidence, Found
from common.decisions.review.response import Responses


def propose(evidence: Evidence, responses: Responses) -> Found:
    """The shifts of allocations that pay, within what may be moved today; the total is kept."""
    return Found((), responses.reasons if evidence.facts.manifest.entities else ())
