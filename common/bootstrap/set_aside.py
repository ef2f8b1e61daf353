"""What an operator needs to send again what was set aside."""

from common.domain.errors import Fault, InvalidInput
from common.ports.bus import Bus
from common.ports.dead_letters import DeadLetters
from common.settings import Settings


def post_of(settings: Settings) -> tuple[DeadLetters, Bus]:
    """The dead letters, and the bus that they go back to.

    Raises:
        InvalidInput: there is no Pub/Sub: a bus within one process keeps nothing.
    """
    scheme, _, project = settings.bus.partition(":")
    if scheme != "pubsub":
        fault = Fault("TRIMTAB_BUS", "required here: pubsub:PROJECT, whose dead letters are meant")
        raise InvalidInput("the environment", [fault])
    from common.adapters.pubsub import PubSubBus
    from common.adapters.pubsub_dead_letters import PubSubDeadLetters

    return PubSubDeadLetters(project), PubSubBus(project)
