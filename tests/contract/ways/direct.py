"""The market in this process."""

from contextlib import nullcontext

from sandbox.world import World
from tests.contract.way import SOURCES, Reached, Way


def _reach(_: World) -> nullcontext[Reached]:
    return nullcontext(Reached())


WAY = Way(_reach, speaks=SOURCES)
