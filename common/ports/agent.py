"""The agent that a deep review asks for its opinion: of the statistics' proposals, and of what else it would do.

It sees what the statistics saw, and answers. It has no way to approve or to apply anything.
"""

from typing import TYPE_CHECKING, Protocol

from common.domain.errors import TrimtabError

if TYPE_CHECKING:  # only a review asks one
    from common.domain.advice import Advice, Question


class AgentUnavailable(TrimtabError):
    """The agent gave no answer that can be used, or not in time. Says why."""


class Agent(Protocol):
    """Gives advice within `timeout` seconds."""

    def advise(self, question: "Question", *, timeout: float) -> "Advice":
        """What it makes of the proposals.

        Raises:
            AgentUnavailable: no answer, or none of the form that was asked for.
        """
        ...


class StatisticalAgent:
    """The default: the statistics' proposals stand as they are."""

    def advise(self, question: "Question", *, timeout: float) -> "Advice":
        """Nothing to add, nothing to drop."""
        from common.domain.advice import STATISTICAL, Advice

        return Advice(agent=STATISTICAL)
