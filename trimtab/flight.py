"""The page of a flight that is played: each channel against its plan, what waits, and the newest entries of the log."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from threading import Lock

from flask import Flask, Response, request

from common.domain.money import show
from common.use_cases.configure import tenant_of
from common.use_cases.desk import newest_entries, waiting_at
from common.use_cases.plan_drafts import drafts_waiting
from common.web.log_view import LogLine, log_lines
from common.web.pages import STATIC, environment
from common.web.plan_view import DraftRow, draft_rows
from common.web.waiting_view import Row, waiting_view
from common.web.words import when
from functions.approval.doorway import HEADERS
from sandbox.outcome import ChannelResult
from sandbox.play import Player
from sandbox.tenancy import CLIENT
from trimtab.local_scheduler import Tally

TEMPLATES = Path(__file__).parent
NEWEST = 15
"""Entries of the log that the page shows."""


@dataclass(frozen=True, slots=True)
class ChannelView:
    """One channel against its plan."""

    name: str
    spent: str
    planned: str
    changes: int
    part: float
    """Percent of its plan that is spent, at most 100."""
    said: str


@dataclass(frozen=True, slots=True)
class FlightTrack:
    """One track's channels."""

    name: str
    channels: list[ChannelView]


@dataclass(frozen=True, slots=True)
class FlightView:
    """The page."""

    tenant_id: str
    tenant: str
    now: str
    zone: str
    share: int
    """Percent of the flight that is over."""
    over: bool
    waits: bool
    """The market stands still until what waits is decided."""
    tracks: list[FlightTrack]
    rows: list[Row]
    drafts: list[DraftRow]
    lines: list[LogLine]


def flight_app(
    player: Player, lock: Lock, *, run_on: bool, home: str = "", jobs: Callable[[], Sequence[Tally]] = tuple
) -> Flask:
    """The page as an app of its own, which needs nobody to sign in: it shows one machine's market to who runs it.

    Args:
        run_on: the market waits for nobody.
        home: where the pages for people are, if not at this app's own address.
        jobs: what became of the firings of each of the scheduler's jobs, where there is one.
    """
    app = Flask("flight", static_folder=str(STATIC), static_url_path="/assets", template_folder=None)
    templates = environment(TEMPLATES, home=home)

    @app.get("/")
    def overview() -> str:  # pyright: ignore[reportUnusedFunction]
        with lock:
            view = flight_view(player, run_on=run_on)
        links = [("Flight", f"{request.script_root}/")]
        still = bool(request.args.get("still"))
        return templates.get_template("flight.html").render(
            view=view, jobs=jobs(), still=still, person=None, here="flight", elsewhere=links
        )

    @app.after_request
    def dressed(response: Response) -> Response:  # pyright: ignore[reportUnusedFunction]
        response.headers.update({**HEADERS, "Cache-Control": "no-store"})
        return response

    return app


def flight_view(player: Player, *, run_on: bool) -> FlightView:
    """The flight as it stands."""
    tenant, calendar = tenant_of(player.ports, player.scenario.name), player.world.market.hours.calendar
    found, now, over = waiting_at(player.ports, [tenant]), player.world.now(), player.world.over
    drafts = draft_rows([(tenant, one) for one in drafts_waiting(player.ports, tenant.tenant_id)], CLIENT, now)
    results = groupby(player.results(), lambda row: row.track_id)
    return FlightView(
        tenant_id=tenant.tenant_id,
        tenant=tenant.name,
        now=when(now, calendar),
        zone=tenant.time_zone,
        share=round(100 * player.played.hours / player.total_hours),
        over=over,
        waits=bool(found or drafts) and not run_on and not over,
        tracks=[FlightTrack(name, [_channel(row, tenant.currency) for row in rows]) for name, rows in results],
        rows=waiting_view(found, CLIENT, now).rows,
        drafts=drafts,
        lines=log_lines(newest_entries(player.ports, tenant, tenant.tracks, NEWEST), calendar),
    )


def _channel(row: ChannelResult, currency: str) -> ChannelView:
    part = 100 * row.spent / row.planned
    return ChannelView(
        name=row.channel,
        spent=show(row.spent, currency),
        planned=show(row.planned, currency),
        changes=row.changes,
        part=round(min(part, 100), 1),
        said=f"{part:.0f}% of the plan is spent",
    )
