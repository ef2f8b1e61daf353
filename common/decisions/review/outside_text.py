"""Text that strangers wrote: names on platforms, and what a model says. Whether it may be shown on, or is left out.

What looks like an instruction is left out of questions and refused in answers. The list of words is a net with holes
and no more than that; what an agent could do with any text at all is bounded where its advice is admitted.
"""

import re
import unicodedata

from common.domain.text import LONGEST_NAME, honest

LONGEST_WHY = 300
"""Characters of a sentence that a person reads in ten seconds."""

_INSTRUCTION = re.compile(
    r"\b(?:ignor\w*|disregard\w*|forget|olvid\w*|oubli\w*|vergiss|overrid\w*|bypass\w*|jailbreak\w*)\b"
    r"|\b(?:instruc\w*|anweisung\w*|prompts?|developer mode)\b"
    r"|\b(?:approv\w*|aprob\w*|aprueb\w*|approuv\w*|genehmig\w*|authori[sz]\w*|password\w*)\b"
    r"|\b(?:you are|you must|you should|act as|pretend|from now on|as an ai|click (?:here|this))\b"
    r"|\b(?:assistant|system|user)\s?:"
    r"|\b(?:set|raise|increase|move|drop|exclude|pause|enable) (?:all|every|everything)\b"
)
_LINK = re.compile(r"https?:|ftp:|www\.|://|@|\b[\w-]+\.(?:com|net|org|io|ai|app|dev|info|biz|ru|cn|xyz|link|ly|me)\b")
_MARKUP = re.compile(r"[<>{}`|\\*~\n\r\t]|\]\(")


def harmless(text: str, longest: int = LONGEST_NAME) -> bool:
    """Whether a text may be shown to a model: not too long, all of it visible, no address, no instruction."""
    folded = _folded(text)
    fits = 0 < len(text.strip()) <= len(text) <= longest
    return fits and _visible(text) and not _LINK.search(folded) and not _INSTRUCTION.search(folded)


def plain_sentence(text: str) -> bool:
    """Whether a model's words may be shown to a person: harmless, and no markup either."""
    return harmless(text, LONGEST_WHY) and not _MARKUP.search(text)


def _visible(text: str) -> bool:
    return honest(text) == text and all(unicodedata.category(letter)[0] != "C" for letter in text)


def _folded(text: str) -> str:
    """Small letters without accents, one space between words."""
    spread = unicodedata.normalize("NFKD", text).casefold()
    return " ".join("".join(letter for letter in spread if not unicodedata.combining(letter)).split())
