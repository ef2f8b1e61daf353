"""The agent that a deep review asks for its opinion: of the statistics' proposals, and of what else it would do.

It sees what the statistics saw, and answers. It has no way to approve or to apply anything.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from common.domain.advice import Advice
from common.domain.change import Proposal
from common.domain.errors import TrimtabError


@dataclass(frozen=True, slots=True)
class Question:
    """What an agent is asked: the evidence as plain JSON values, and what the statistics propose."""

    evidence: Mapping[str, Any]
    proposals: tuple[Proposal, ...]
    facts: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """The tenant's currency, vertical, KPI and guardrails; the entities that exist, with their settings."""


class AgentUnavailable(TrimtabError):
    """The agent gave no answer that can be used, or not in time. Says why."""


class Agent(Protocol):
    """Gives advice within `timeout` seconds."""

    def advise(self, question: Question, *, timeout: float) -> Advice:
        """What it makes of the proposals.

        Raises:
            AgentUnavailable: no answer, or none of the form that was asked for.
        """
        ...


class StatisticalAgent:
    """The default: the statistics' proposals stand as they are."""

    def advise(self, question: Question, *, timeout: float) -> Advice:
        """Nothing to add, nothing to drop."""
        return Advice(agent="statistical")
