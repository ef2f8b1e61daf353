"""One tenant's pacing message: its tracks one after another, none stopping the others."""

from common.domain.errors import InvalidInput, NotFound
from common.domain.paths import Track
from common.domain.tick import Cadence, TenantTick
from common.use_cases.dead_letters import set_aside
from common.use_cases.fan_out import message
from common.use_cases.pace import Tick, pace
from common.use_cases.ports import Ports


class TracksFailed(ExceptionGroup[Exception]):
    """Some tracks could not be run to the end; the message must come again. Those that are done are not run twice."""


def pace_tracks(ports: Ports, tick: TenantTick) -> tuple[Tick, ...]:
    """Run every track of the message.

    A track that can never succeed (its documents are broken or gone) is set aside with the reason; the others go on.

    Raises:
        TracksFailed: for what may succeed when the message comes again.
    """
    done: list[Tick] = []
    failures: list[Exception] = []
    for track_id in tick.tracks:
        try:
            done.append(_one(ports, tick, track_id))
        except (InvalidInput, NotFound) as error:
            alone = tick.but(tracks=(track_id,))
            ports.journal.write("track_set_aside", severity="ERROR", **_where(alone), reason=str(error))
            set_aside(ports, Cadence.PACING.topic, message(alone).data, str(error))
        except Exception as error:  # noqa: BLE001 - each failure is raised again below, after the other tracks
            ports.journal.write("track_failed", severity="WARNING", **_where(tick), track=track_id, error=repr(error))
            failures.append(error)
    if failures:
        raise TracksFailed(f"{len(failures)} of {len(tick.tracks)} tracks of {tick.tenant_id} failed", failures)
    return tuple(done)


def _one(ports: Ports, tick: TenantTick, track_id: str) -> Tick:
    outcome = pace(ports, Track(tick.tenant_id, track_id), tick.window, ports.new_run())
    ports.journal.write(
        "tick",
        **_where(tick),
        track=track_id,
        change_sets=[one.change_set_id for one in outcome.change_sets],
        reasons=[reason.body() for reason in outcome.reasons],
    )
    return outcome


def _where(tick: TenantTick) -> dict[str, object]:
    return {"tenant": tick.tenant_id, "window": tick.window.isoformat(), "slot": tick.slot}
