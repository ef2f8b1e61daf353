"""The command of the deep review."""

from typing import Annotated

import typer

from trimtab.commands import AsJson, Store, TenantName, emit, told

TrackOrAll = Annotated[str, typer.Argument(help="The track; all of the tenant's where none is named.")]


def add_to(app: typer.Typer) -> None:
    """Make it a command of the program."""
    app.command()(review)


def review(track: TrackOrAll = "", tenant: TenantName = "", store: Store = None, as_json: AsJson = False) -> None:
    """Run the day's deep review now, for one track or all, and say what it moved and why, and what it left alone."""
    with told():
        from trimtab import show_review
        from trimtab.opening import opened, tenant_named, track_named
        from trimtab.ticking import review_tracks

        ports = opened(store, acts=True)
        found = tenant_named(ports, tenant)
        tracks = [track_named(found, one) for one in ((track,) if track else found.tracks)]
        done, failed = review_tracks(ports, found, tracks)
        emit(
            as_json,
            [show_review.review_data(one) for one in done],
            lambda console: show_review.reviews(console, done, found),
        )
        if failed is not None:
            raise failed
