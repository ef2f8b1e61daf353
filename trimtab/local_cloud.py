"""The cloud on this machine: Google's emulators, and each function of the list in a process of its own, pushed to."""

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from common.adapters.pubsub_topology import EmulatedTopology, only, told
from common.domain.tick import Cadence, dead_letter_topic
from common.ports.bus import DeadLetter
from common.use_cases.drift import MOVES
from common.use_cases.ingest_message import TOPIC as CONVERSIONS
from trimtab.emulators import firestore_emulator, pubsub_emulator
from trimtab.ending import Ending
from trimtab.function_list import FUNCTIONS, described
from trimtab.local_functions import LocalFunction, serving
from trimtab.processes import together

PICKED: Mapping[str, str] = {"drift": only(MOVES), "notify": told()}
"""Filters of the events that a function needs."""
ATTEMPTS = 10
"""Deliveries before a message goes to the dead letters, as in `infra/pubsub.tf`."""
ACK_SECONDS = 60


@dataclass(frozen=True, slots=True)
class LocalCloud:
    """A project on the emulators, each at its `host:port`."""

    project: str
    firestore: str
    pubsub: str

    @property
    def environment(self) -> dict[str, str]:
        """What leads a process here."""
        return {
            "TRIMTAB_STORE": f"firestore:{self.project}",
            "TRIMTAB_BUS": f"pubsub:{self.project}",
            "FIRESTORE_EMULATOR_HOST": self.firestore,
            "PUBSUB_EMULATOR_HOST": self.pubsub,
            "NO_GCE_CHECK": "true",
        }

    @property
    def topology(self) -> EmulatedTopology:
        """Its topics and subscriptions."""
        return EmulatedTopology(self.project, self.pubsub)

    def make_topics(self) -> None:
        """Have the topics that functions hear, and subscriptions that keep the dead letters of each."""
        topology = self.topology
        for topic in sorted({topic for one in described().values() for topic in one.pushed}):
            topology.topic(topic)
            topology.subscription(dead_letter_topic(topic), dead_letter_topic(topic))

    def push_to(self, functions: Mapping[str, LocalFunction], ticks: str) -> None:
        """Push to the functions what they hear; ticks go by way of `ticks`, an URL, at the path of their cadence."""
        by_topic = {cadence.topic: cadence for cadence in Cadence}
        for name, one in described().items():
            for topic, path in one.pushed.items():
                url = f"{functions[name].url}{path}" if topic not in by_topic else f"{ticks}/{by_topic[topic]}"
                self._push(f"{name}-{topic}-push", topic, url, "" if topic in by_topic else PICKED.get(name, ""))

    def _push(self, name: str, topic: str, url: str, picked: str) -> None:
        # What CRMs tell and can't be taken is set aside by the function, without what it held; Pub/Sub would keep it.
        refused = None if topic == CONVERSIONS else DeadLetter(dead_letter_topic(topic), ATTEMPTS)
        self.topology.subscription(
            name, topic, push_to=url, picked=picked, ack_seconds=ACK_SECONDS, dead_letter=refused
        )


@contextmanager
def local_cloud(project: str, ending: Ending | None = None) -> Generator[LocalCloud]:
    """Both emulators, started at once, with the topics in them.

    Raises:
        EmulatorsMissing: they can't run here; says what to install.
        NotReady: one did not start.
        Ended: it is not wanted any more.
    """
    with together([firestore_emulator(ending), pubsub_emulator(ending)]) as (firestore, pubsub):
        cloud = LocalCloud(project, firestore, pubsub)
        cloud.make_topics()
        yield cloud


@contextmanager
def functions_served(
    environment: Callable[[str], Mapping[str, str]], ports: Mapping[str, int], ending: Ending | None = None
) -> Generator[dict[str, LocalFunction]]:
    """Every function of the list, started at once, by its name.

    Args:
        environment: of the function of a name.
        ports: of those that must be at one; the others take a free one.

    Raises:
        NotReady: one could not be imported, or did not answer in time.
        Ended: it is not wanted any more.
    """
    names = list(described())
    with together(
        [serving(FUNCTIONS / name, environment(name), port=ports.get(name), ending=ending) for name in names]
    ) as served:
        yield dict(zip(names, served, strict=True))


def tick_urls(functions: Mapping[str, LocalFunction]) -> dict[Cadence, str]:
    """Where each function takes the ticks of its cadence."""
    by_topic = {cadence.topic: cadence for cadence in Cadence}
    return {
        by_topic[topic]: f"{functions[name].url}{path}"
        for name, one in described().items()
        for topic, path in one.pushed.items()
        if topic in by_topic
    }
