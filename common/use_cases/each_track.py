"""A tenant's message, whatever its cadence: its tracks one after another, none stopping the others."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

from common.decisions.told_figures import Figures
from common.domain.change import Reason, Verdict
from common.domain.change_set import ChangeSet
from common.domain.errors import InvalidInput, NotFound
from common.domain.paths import Track
from common.domain.tick import TenantTick
from common.ports.journal import about
from common.use_cases.dead_letters import set_aside
from common.use_cases.fan_out import message
from common.use_cases.lateness import late_seconds
from common.use_cases.ports import Ports


class Outcome(Protocol):
    """What one tick of one track came to."""

    @property
    def change_sets(self) -> tuple[ChangeSet, ...]:
        """What was written down."""
        ...

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Why, or why nothing was."""
        ...

    @property
    def figures(self) -> Figures:
        """What whoever operates the system is told."""
        ...


O = TypeVar("O", bound=Outcome)  # noqa: E741 - an outcome


class TracksFailed(ExceptionGroup[Exception]):
    """Some tracks could not be run to the end; the message must come again. Those that are done are not run twice."""


def each_track(ports: Ports, tick: TenantTick, work: Callable[[Track, str], O]) -> tuple[O, ...]:
    """Run every track of the message; `work` gets the track and the name of its run.

    A track that can never succeed (its documents are broken or gone) is set aside with the reason; the others go on.

    Raises:
        TracksFailed: for what may succeed when the message comes again.
    """
    done: list[O] = []
    failures: list[Exception] = []
    late = late_seconds(ports, tick)
    for track_id in tick.tracks:
        with about(track=track_id), ports.tracer.span("track", track=track_id):
            try:
                outcome = work(Track(tick.tenant_id, track_id), ports.new_run())
                _tell(ports, tick, track_id, outcome, late)
                done.append(outcome)
            except (InvalidInput, NotFound) as error:
                alone = tick.but(tracks=(track_id,))
                ports.journal.write("track_set_aside", severity="ERROR", **_where(alone), reason=str(error))
                again = message(alone)
                set_aside(ports, tick.cadence.topic, again.data, str(error), again.attributes)
            except Exception as error:  # noqa: BLE001 - each failure is raised again below, after the other tracks
                ports.journal.write(
                    "track_failed", severity="WARNING", **_where(tick), track=track_id, error=repr(error)
                )
                failures.append(error)
    if failures:
        raise TracksFailed(f"{len(failures)} of {len(tick.tracks)} tracks of {tick.tenant_id} failed", failures)
    return tuple(done)


def tell_once(ports: Ports, tick: TenantTick, reason: Reason) -> None:
    """One line for all tracks of a message that had nothing to do."""
    late = late_seconds(ports, tick)
    line = {**_where(tick), "tracks": tick.tracks, "verdicts": dict.fromkeys(Verdict, 0), "reasons": _told([reason])}
    ports.journal.write("tick", **line, **({} if late is None else {"late_seconds": late}))


def _tell(ports: Ports, tick: TenantTick, track_id: str, outcome: Outcome, late: float | None) -> None:
    where, figures = {**_where(tick), "track": track_id}, outcome.figures
    verdicts = Counter(one.verdict for one in outcome.change_sets)
    known = {
        "late_seconds": late,
        "pacing_error_pct": figures.pacing_error_pct,
        "drift_score": figures.drift_score,
        "change_sets": [one.change_set_id for one in outcome.change_sets],
        "reasons": _told(outcome.reasons),
    }
    ports.journal.write(
        "tick",
        **where,
        verdicts={verdict.value: verdicts[verdict] for verdict in Verdict},
        **{name: value for name, value in known.items() if value not in (None, [])},
    )
    if any(reason.code == "stale_tick" for reason in outcome.reasons):
        ports.journal.write("stale_tick", severity="WARNING", **where)
    for over in figures.overspent:
        ports.journal.write(
            "overspend",
            severity="ERROR",
            tenant=tick.tenant_id,
            track=track_id,
            entity=over.entity,
            channel=over.channel,
            over_pct=over.over_pct,
            seen=over.seen,
        )


def _told(reasons: Iterable[Reason]) -> list[dict[str, object]]:
    return [reason.model_dump(mode="json", exclude_none=True) for reason in reasons]


def _where(tick: TenantTick) -> dict[str, object]:
    return {
        "tenant": tick.tenant_id,
        "cadence": tick.cadence.value,
        "window": tick.window.isoformat(),
        "slot": tick.slot,
    }
