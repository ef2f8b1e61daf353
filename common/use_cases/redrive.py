"""Send again what was set aside, once what stood in its way is mended. Nothing is removed before it was sent."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from common.ports.bus import Bus, Message
from common.ports.dead_letters import DeadLetters, Letter
from common.use_cases.dead_letters import NO_MESSAGE, REDRIVEN

MOST_TIMES = 3
"""How often a message is sent again: one that was set aside each time needs a person, not another try."""
_AT_ONCE = 100
_OURS = ("reason", "topic")
_PUBSUBS = "CloudPubSubDeadLetterSource"
"""The attributes that setting it aside added: by us, or by Pub/Sub itself, whose begin so."""
GIVEN_UP = "no function took it: Pub/Sub gave up after its attempts"
"""The reason of what Pub/Sub set aside, which knows none."""


class Fate(StrEnum):
    """What becomes of a dead letter."""

    SEND = "send"
    OTHER = "other"
    """Its reason is not among those that are wanted."""
    NO_MESSAGE = "no_message"
    """It only tells of something: look at it, mend it, and discard it."""
    TOO_OFTEN = "too_often"
    """It was set aside again each time that it was sent."""
    LATER = "later"
    """More than were wanted at once."""


@dataclass(frozen=True, slots=True)
class Looked:
    """A dead letter, and what becomes of it."""

    letter: Letter
    fate: Fate

    @property
    def reason(self) -> str:
        """Why it was set aside."""
        return self.letter.message.attributes.get("reason", GIVEN_UP)

    @property
    def times(self) -> int:
        """How often it was sent again so far."""
        return _times(self.letter.message)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which dead letters of a topic are meant."""

    topic: str
    limit: int
    only: str = ""
    """Part of the reason; all where it is empty."""
    anyway: bool = False
    """Those too that were sent too often."""


def look(letters: DeadLetters, wanted: Wanted, until: datetime) -> list[Looked]:
    """What was set aside by then, on loan: until `limit` were found that are meant, or there is no more.

    What is set aside after `until` is left alone: it may be one that was just sent again.
    """
    found: dict[str, Looked] = {}
    left = wanted.limit
    while left and (batch := letters.take(wanted.topic, _AT_ONCE)):
        new = [one for one in batch if one.message_id not in found and one.published <= until]
        letters.give_back(wanted.topic, [one for one in batch if one not in new])
        if not new:
            break
        for letter in new:
            fate = _fate(letter.message, wanted)
            fate = Fate.LATER if fate is Fate.SEND and not left else fate
            left -= fate is Fate.SEND
            found[letter.message_id] = Looked(letter, fate)
    return list(found.values())


def _fate(message: Message, wanted: Wanted) -> Fate:
    if wanted.only.lower() not in message.attributes.get("reason", GIVEN_UP).lower():
        return Fate.OTHER
    if NO_MESSAGE in message.attributes:
        return Fate.NO_MESSAGE
    if _times(message) >= MOST_TIMES and not wanted.anyway:
        return Fate.TOO_OFTEN
    return Fate.SEND


def _times(message: Message) -> int:
    counted = message.attributes.get(REDRIVEN, "0")
    return int(counted) if counted.isdecimal() else 0


def send_again(letters: DeadLetters, bus: Bus, topic: str, found: Sequence[Looked]) -> int:
    """Publish those that are to be sent, and only then remove them; the others are given back. Returns how many.

    Raises:
        Unavailable: some may have gone out and still wait here: sending them twice does no harm.
    """
    sent = [one.letter for one in found if one.fate is Fate.SEND]
    try:
        for first in range(0, len(sent), _AT_ONCE):
            some = sent[first : first + _AT_ONCE]
            bus.publish(topic, *(as_it_was(one.message) for one in some))
            letters.done(topic, some)
    finally:
        letters.give_back(topic, [one.letter for one in found if one.fate is not Fate.SEND])
    return len(sent)


def discard(letters: DeadLetters, topic: str, found: Sequence[Looked], keep: Callable[[Sequence[Looked]], None]) -> int:
    """Remove those whose reason is wanted, after `keep` has a copy of them; the others are given back."""
    gone = [one for one in found if one.fate not in _STAYS]
    try:
        keep(gone)
        letters.done(topic, [one.letter for one in gone])
    finally:
        letters.give_back(topic, [one.letter for one in found if one.fate in _STAYS])
    return len(gone)


_STAYS = (Fate.OTHER, Fate.LATER)


def as_it_was(message: Message) -> Message:
    """The message as it was before it was set aside, but for the count of how often it was sent again."""
    attributes = {
        key: value for key, value in message.attributes.items() if key not in _OURS and not key.startswith(_PUBSUBS)
    }
    return Message(message.data, {**attributes, REDRIVEN: str(_times(message) + 1)})
