"""A world in which a draft waits."""

import pytest

from common.domain.tenant import Approver, Role
from tests.unit.use_cases.plan_drafts.deciding import DEE, shifted
from tests.world import World, tenant


@pytest.fixture
def world() -> World:
    """North has moved 700 from search to Meta, and its draft waits."""
    world = World.taken_on(approvers=(*tenant().approvers, Approver(email=DEE, roles=(Role.PLANNER,))))
    shifted(world, 700)
    return world
