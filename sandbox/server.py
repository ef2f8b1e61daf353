"""The market over loopback: functions in other processes share one world, its sources and its clock.

`POST /<tenant>/<platform>/<call>` asks a platform, `POST /<tenant>/<call>` GA4 and CRM, so that no platform's name can
be taken for theirs. Every answer is JSON. A failure is told in the body (`unavailable`, `refused`), so that the client
raises what would have been raised here.
"""

from collections.abc import Callable
from threading import Lock
from typing import Any

from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue

from common.domain.errors import SourceSilent, TrimtabError
from common.ports.ad_platform import PlatformRefused
from sandbox.calls import PLATFORM_CALLS, SOURCE_CALLS, Served, wire


def market_app(world: Served, lock: Lock) -> Flask:
    """An application that serves a world. `lock` is held while the market is asked or changed."""
    app = Flask("market")

    @app.get("/now")
    def now() -> ResponseReturnValue:  # pyright: ignore[reportUnusedFunction]
        with lock:
            return jsonify(now=world.now().isoformat())

    @app.post("/<tenant_id>/<platform>/<call>")
    def of_platform(tenant_id: str, platform: str, call: str) -> ResponseReturnValue:  # pyright: ignore[reportUnusedFunction]
        handler = PLATFORM_CALLS.get(call)
        if handler is None:
            return jsonify(error=f"no such call: {call}"), 404
        with lock:
            return _answer(lambda: handler(world.platforms(tenant_id, platform), request.get_json()))

    @app.post(f"/<tenant_id>/<any({', '.join(SOURCE_CALLS)}):call>")
    def of_source(tenant_id: str, call: str) -> ResponseReturnValue:  # pyright: ignore[reportUnusedFunction]
        with lock:
            return _answer(lambda: SOURCE_CALLS[call](world, tenant_id, request.get_json()))

    return app


def _answer(ask: Callable[[], Any]) -> ResponseReturnValue:
    try:
        return jsonify(ask())
    except SourceSilent as error:
        return jsonify(unavailable=str(error), trouble=wire(error.trouble)), 503
    except PlatformRefused as error:
        return jsonify(refused=str(error), code=error.code), 409
    except (TrimtabError, KeyError, ValueError) as error:
        return jsonify(error=str(error)), 400
