"""The market behind a socket, as functions in other processes reach it."""

from collections.abc import Generator
from contextlib import contextmanager

from common.adapters.remote_market import RemoteClock, remote_platforms
from common.adapters.remote_sources import remote_analytics, remote_crm
from sandbox.world import World
from tests.contract.way import SOURCES, Reached, Way
from tests.served_market import served


@contextmanager
def _reach(world: World) -> Generator[Reached]:
    with served(world) as url:
        yield Reached(remote_platforms(url), remote_analytics(url), remote_crm(url), RemoteClock(url))


WAY = Way(_reach, speaks=SOURCES)
