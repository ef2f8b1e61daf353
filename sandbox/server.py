"""The market over loopback: functions in other processes share one world, its platforms and its clock.

Every answer is JSON. A platform's failure is told in the body (`unavailable`, `refused`), so that the client raises
what the platform would have raised here.
"""

from collections.abc import Callable
from datetime import datetime
from threading import Lock
from typing import Any, Protocol

from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue

from common.domain.change import Change, Setting
from common.domain.errors import TrimtabError
from common.ports.ad_platform import AdPlatform, EntityRef, PlatformChange, PlatformRefused, PlatformUnavailable


class Served(Protocol):
    """What can be served: a world, or several that share a clock."""

    def now(self) -> datetime:
        """The market's instant."""
        ...

    def platforms(self, tenant_id: str, platform: str) -> AdPlatform:
        """A tenant's account on a platform."""
        ...


def market_app(world: Served, lock: Lock) -> Flask:
    """An application that serves a world. `lock` is held while the market is asked or changed."""
    app = Flask("market")

    @app.get("/now")
    def now() -> ResponseReturnValue:  # pyright: ignore[reportUnusedFunction]
        with lock:
            return jsonify(now=world.now().isoformat())

    @app.post("/<tenant_id>/<platform>/<call>")
    def call(tenant_id: str, platform: str, call: str) -> ResponseReturnValue:  # pyright: ignore[reportUnusedFunction]
        handler = _CALLS.get(call)
        if handler is None:
            return jsonify(error=f"no such call: {call}"), 404
        with lock:
            return _answer(lambda: handler(world, tenant_id, platform, request.get_json()))

    return app


def _answer(ask: Callable[[], Any]) -> ResponseReturnValue:
    try:
        return jsonify(ask())
    except PlatformUnavailable as error:
        return jsonify(unavailable=str(error)), 503
    except PlatformRefused as error:
        return jsonify(refused=str(error), code=error.code), 409
    except (TrimtabError, KeyError, ValueError) as error:
        return jsonify(error=str(error)), 400


def _refs(body: dict[str, Any]) -> list[EntityRef]:
    return [EntityRef(**ref) for ref in body["refs"]]


def _live(world: Served, tenant_id: str, platform: str, body: dict[str, Any]) -> Any:
    found = world.platforms(tenant_id, platform).live(_refs(body), timeout=body["timeout"])
    return {
        entity_id: {
            "values": {setting.value: value for setting, value in live.values.items()},
            "changed_by": live.changed_by,
            "changed_at": None if live.changed_at is None else live.changed_at.isoformat(),
        }
        for entity_id, live in found.items()
    }


def _apply(world: Served, tenant_id: str, platform: str, body: dict[str, Any]) -> Any:
    changes = [_change(change) for change in body["changes"]]
    answers = world.platforms(tenant_id, platform).apply(body["key"], changes, timeout=body["timeout"])
    return [{"ok": answer.ok, "code": answer.code, "detail": answer.detail} for answer in answers]


def _change(body: dict[str, Any]) -> PlatformChange:
    ref = EntityRef(**body["ref"])
    parsed = Change.model_validate({**body["change"], "entity_id": ref.entity_id})
    return PlatformChange(ref, Setting(parsed.setting), parsed.before, parsed.after)


def _spend(world: Served, tenant_id: str, platform: str, body: dict[str, Any]) -> Any:
    since = datetime.fromisoformat(body["since"])
    report = world.platforms(tenant_id, platform).spend(_refs(body), since, timeout=body["timeout"])
    return {
        "complete_until": report.complete_until.isoformat(),
        "hours": {
            entity_id: [[hour.hour.isoformat(), hour.micros] for hour in hours]
            for entity_id, hours in report.hours.items()
        },
    }


def _figures(world: Served, tenant_id: str, platform: str, body: dict[str, Any]) -> Any:
    since = datetime.fromisoformat(body["since"])
    report = world.platforms(tenant_id, platform).figures(_refs(body), since, timeout=body["timeout"])
    return {
        "complete_until": report.complete_until.isoformat(),
        "hours": {
            entity_id: [
                [hour.hour.isoformat(), hour.micros, hour.clicks, hour.impressions, hour.conversions] for hour in hours
            ]
            for entity_id, hours in report.hours.items()
        },
    }


_CALLS: dict[str, Callable[[Served, str, str, dict[str, Any]], Any]] = {
    "live": _live,
    "apply": _apply,
    "spend": _spend,
    "figures": _figures,
}
