"""What was paused in an emergency is drawn, with the moment of the pause."""

import json
from collections.abc import Mapping
from pathlib import Path

from tests.unit.trimtab.command import WEEKEND
from trimtab.running import leave, play_to_the_end


def troubled(folder: Path, *events: Mapping[str, object]) -> Path:
    """The weekend with more going wrong."""
    scenario = json.loads(WEEKEND.read_text())
    scenario["events"] += events
    file = folder / "troubled.json"
    file.write_text(json.dumps(scenario))
    return file


def test_a_runaway_is_drawn_with_the_moment_of_its_pause(tmp_path: Path) -> None:
    runaway = {"kind": "spend_runaway", "channel": "meta", "track_id": "shop", "factor": 6}
    runaway |= {"at": "2026-05-09T08:00", "until": "2026-05-09T20:00"}
    picture = tmp_path / "drawn" / "pauses.svg"
    played = play_to_the_end(troubled(tmp_path, runaway), "sqlite::memory:", leave, pictures=picture)
    (stopped,) = [one for one in played.stopped if one.alarm.target == "meta"]
    local = stopped.at.astimezone().strftime("%a")
    drawn = picture.read_text()
    assert drawn.startswith("<?xml")
    assert "shop meta: spend an hour" in drawn
    assert f"<!-- paused {local}" in drawn


def test_where_nothing_was_paused_there_is_no_picture(tmp_path: Path) -> None:
    picture = tmp_path / "pauses.svg"
    assert play_to_the_end(WEEKEND, "sqlite::memory:", leave, pictures=picture).stopped == []
    assert not picture.exists()
