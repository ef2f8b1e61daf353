"""The execution manifest: the live state of one track, and who may change it right now."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from common.domain.calendar import Instant
from common.domain.change import Change, OptimizationType, Setting, Status, Value
from common.domain.model import Frozen, Id
from common.domain.money import Micros
from common.domain.text import one_line

AT_ONCE = datetime(2000, 1, 1, tzinfo=UTC)
"""Before any time that a clock may show."""


class EntityKind(StrEnum):
    """What an entity is on its platform."""

    CAMPAIGN = "campaign"
    AD_SET = "ad_set"
    AD = "ad"


class FieldChange(Frozen):
    """A change that landed, kept for seven days so that the trailing limits can be checked without reading the log.

    The last change of status is kept for longer where a person made it.
    """

    at: Instant
    setting: Setting
    before: Value
    after: Value
    type: OptimizationType | None = None
    """`None` for a change that somebody made by hand."""
    auto: bool = True


class Delivery(Frozen):
    """How the entity's platform delivers and reports."""

    overdelivery: Annotated[float, Field(ge=1, le=10)] = 2.0
    """The most of a daily budget that may be spent in a day."""
    reporting_delay_hours: Annotated[int, Field(ge=0, le=72)] = 3
    learning: bool = False
    """Large budget steps restart a learning phase."""
    takes_total_budget: bool = False
    bid_metric: str | None = None
    """`cpa` or `roas`: what `bid_target` means; `None` where the entity has no target."""


class Entity(Frozen):
    """A campaign, ad set or ad with its settings. `allocation` and `daily_budget` are null where it bears no budget."""

    entity_id: Id
    platform: Id
    channel: Id
    external_id: str
    name: str = ""
    kind: EntityKind = EntityKind.CAMPAIGN
    parent: Id | None = None
    status: Status = Status.ENABLED
    allocation: Micros | None = None
    daily_budget: Micros | None = None
    total_budget: Micros | None = None
    bid_target: Micros | None = None
    excluded_geos: tuple[str, ...] = ()
    policy_sensitive: bool = False
    delivery: Delivery = Delivery()
    trail: tuple[FieldChange, ...] = ()

    @property
    def called(self) -> str:
        """Its name on its platform, for a sentence; its id where it has none."""
        return one_line(self.name) or self.entity_id

    def value(self, setting: Setting) -> Value:
        """The setting's value now."""
        value = getattr(self, setting.value)
        return value.value if isinstance(value, Status) else value


class PauseScope(StrEnum):
    """How much a pause stops."""

    ENTITY = "entity"
    CHANNEL = "channel"
    TRACK = "track"


class Pause(Frozen):
    """A pause in force. While it stands no write enables or raises anything in its scope."""

    pause_id: Id
    scope: PauseScope
    target: Id
    """The entity, channel or track."""
    reason: str
    since: Instant
    entities: tuple[Id, ...]
    """The entities that it turned off (they were enabled before)."""
    running: tuple[Id, ...] = Field(default=(), exclude_if=lambda names: not names)
    """Those that its platforms did not turn off when it was sent last, as people were told. Left out where there are
    none, as of a pause from before they were kept."""

    def covers(self, entity: Entity) -> bool:
        """Whether the entity lies in the pause's scope."""
        if self.scope is PauseScope.TRACK:
            return True
        if self.scope is PauseScope.CHANNEL:
            return entity.channel == self.target
        return self.target in (entity.entity_id, entity.parent)


class InFlight(Frozen):
    """The change set that is being applied, by whom, and until when nobody else may."""

    change_set_id: Id
    holder: Id
    lease_until: Instant


class Unsettled(Frozen):
    """A change set with a call whose end is unknown: preempted, or timed out. Read back once no call can be under way.

    Until then a live value that it wanted is ours, not an edit by hand.
    """

    change_set_id: Id
    settle_after: Instant


class HandEdit(Frozen):
    """An edit by hand that was adopted, and that the tenant's policy wants answered: put back, or asked about."""

    entity_id: Id
    setting: Setting
    expected: Value
    found: Value
    by: str | None = None
    at: Instant | None = None
    """When, where the platform tells."""

    @property
    def field(self) -> tuple[str, Setting]:
        """What was edited: the entity and its setting."""
        return self.entity_id, self.setting


class Declined(Frozen):
    """A proposal that a person said no to, or left out of what they approved."""

    at: Instant
    changes: tuple[Change, ...]
    lifts_pause: Id | None = None


class Turned(Frozen):
    """A write that its platform turned down, and would again: not tried anew for some hours."""

    at: Instant
    entity_id: Id
    setting: Setting
    code: Id


class DriftMark(Frozen):
    """What is remembered of how far the track has moved from its plan, since it crossed the threshold."""

    draft_id: Id
    """The draft that was made last."""
    based_on: Annotated[int, Field(ge=1)]
    """The plan version that it was made on: once another one is active, it can't be approved any more."""
    told: Annotated[int, Field(ge=0)]
    """The revision at which others were told of the drift last."""
    score: float | None
    """The score then; `None` where a channel without a plan budget had money."""
    unplanned: Micros = 0
    """The money of such channels then."""


class Rights(BaseModel):
    """Who may change a track right now: the part of its manifest that is read again before every call."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    epoch: int
    in_flight: InFlight | None


class Manifest(Frozen):
    """`tenants/{t}/manifests/{track}`.

    `revision` counts what landed; the document's version changes more often (leases, queue, epoch).
    `epoch` grows whenever the right to apply changes hands.
    """

    tenant_id: Id
    track_id: Id
    plan_id: Id
    plan_version: Annotated[int, Field(ge=1)]
    plan_seq: Annotated[int, Field(ge=0)] = 0
    """Of the log entry with which that version became active."""
    config_epoch: Annotated[int, Field(ge=0)] = 0
    degraded: bool = False
    """The tenant has no GA4, as its configuration at this epoch says: entries and events carry it."""
    revision: Annotated[int, Field(ge=0)] = 0
    epoch: Annotated[int, Field(ge=0)] = 0
    entities: dict[Id, Entity]
    pauses: tuple[Pause, ...] = ()
    in_flight: InFlight | None = None
    unsettled: tuple[Unsettled, ...] = ()
    queue: tuple[Id, ...] = ()
    edits: tuple[HandEdit, ...] = ()
    """Those that are live and not answered yet: a person is being asked, or a run died before it could ask."""
    declined: tuple[Declined, ...] = ()
    """Of this day: it is not asked again before the next."""
    turned_down: tuple[Turned, ...] = ()
    """By platforms, in the last day."""
    due: Instant | None = None
    """When somebody is to see to it, unless it is seen to before; `None`: there is nothing to see to. Kept by whoever
    writes the manifest: housekeeping finds a run that died by it."""
    drift: DriftMark | None = None
    """While it is away from its plan: from a crossing of the threshold until it is well under it again."""
    log_seq: Annotated[int, Field(ge=0)] = 0
    log_hash: str = ""

    @model_validator(mode="after")
    def _keys_agree(self) -> Self:
        wrong = sorted(key for key, entity in self.entities.items() if key != entity.entity_id)
        if wrong:
            raise ValueError(f"entities filed under a key that is not their entity_id: {', '.join(wrong)}")
        orphans = sorted(e.entity_id for e in self.entities.values() if e.parent and e.parent not in self.entities)
        if orphans:
            raise ValueError(f"entities whose parent is not in the manifest: {', '.join(orphans)}")
        return self

    @property
    def at_rest(self) -> bool:
        """Whether nothing is being applied, nothing has to be read back, and nothing that was approved waits."""
        return self.in_flight is None and not self.unsettled and not self.queue

    @property
    def exposed(self) -> list[Entity]:
        """Entities that a standing pause covers and that are enabled all the same."""
        return [e for e in self.entities.values() if e.status is Status.ENABLED and self.pause_over(e) is not None]

    @property
    def see_to_it_at(self) -> datetime | None:
        """What `due` is to be: when a lease ends, when something is to be read back, or at once where nobody has it."""
        if self.in_flight is not None:
            return self.in_flight.lease_until
        if self.unsettled:
            return self.unsettled[0].settle_after
        return AT_ONCE if self.queue or self.exposed else None

    def turned(self, entity_id: str, setting: Setting) -> Turned | None:
        """The newest write of this setting that its platform turned down in the last day."""
        found = (one for one in reversed(self.turned_down) if (one.entity_id, one.setting) == (entity_id, setting))
        return next(found, None)

    def called(self, entity_id: str) -> str:
        """What a person calls an entity; its id where it is not known here."""
        entity = self.entities.get(entity_id)
        return entity_id if entity is None else entity.called

    def pause_over(self, entity: Entity, *, lifting: str | None = None) -> Pause | None:
        """A pause that covers the entity, if one stands besides the one that is being lifted."""
        return next((one for one in self.pauses if one.pause_id != lifting and self.covered(entity, one)), None)

    def covered(self, entity: Entity, pause: Pause) -> bool:
        """Whether the pause covers the entity, or anything that it is part of."""
        above: Entity | None = entity
        for _ in self.entities:
            if above is None or pause.covers(above):
                return above is not None
            above = self.entities.get(above.parent) if above.parent else None
        return False

    def allocated(self, channel: str | None = None) -> int:
        """Micros allocated to one channel, or to the track."""
        return sum(e.allocation or 0 for e in self.entities.values() if channel is None or e.channel == channel)

    def budgets(self) -> dict[str, int]:
        """Micros allocated by channel: `manifest_budget` in the drift formula."""
        totals: dict[str, int] = {}
        for entity in self.entities.values():
            if entity.allocation is not None:
                totals[entity.channel] = totals.get(entity.channel, 0) + entity.allocation
        return totals

    def live_state(self) -> dict[str, Any]:
        """What replaying the log must give: settings of all entities, pauses, plan version and revision."""
        entities = {
            key: {setting.value: entity.value(setting) for setting in Setting} for key, entity in self.entities.items()
        }
        pauses = sorted(pause.pause_id for pause in self.pauses)
        return {
            "revision": self.revision,
            "plan_version": self.plan_version,
            "entities": entities,
            "pauses": pauses,
        }
