"""The Graph API as far as Trimtab speaks it: objects, edges, insights and jobs, batches, paging, errors, usage."""

import base64
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from sandbox.servers.meta import reports
from sandbox.servers.meta.faults import BUSY, DOWN, FAILED_ITEM, GONE, INVALID, TOO_MUCH, Answered, Faults, error
from sandbox.servers.meta.objects import LEAST_CAP, Objects
from sandbox.servers.meta.writes import REGIONS, Writes

_FIELD = re.compile(r"([a-z_]+)(?:\.limit\((\d+)\))?(?:\{([^{}]*)\})?(?:,|$)")
_HOST = "https://graph.facebook.com"


class Graph:
    """One account, asked by paths. Whoever calls it holds the market's lock."""

    def __init__(self, objects: Objects, platform: str, faults: Faults) -> None:
        self._objects, self._platform, self._faults = objects, platform, faults
        self._writes = Writes(objects)
        self._jobs: dict[str, tuple[reports.Asked, int]] = {}
        account = f"act_{objects.account_id}"
        self._reads: dict[str, Callable[[Mapping[str, str]], Answered]] = {
            account: self._account,
            f"{account}/campaigns": self._campaigns,
            f"{account}/insights": self._insights,
            "me/permissions": self._permissions,
            "debug_token": self._token,
            "search": self._search,
        }

    @property
    def mode(self) -> str | None:
        """How the scenario wants calls to fail now."""
        return self._objects.market.error_mode(self._platform)

    def answer(self, method: str, path: str, params: Mapping[str, str]) -> Answered:
        """What is answered to one call."""
        if self._faults.everything is not None:
            return self._faults.everything
        if self._faults.dead_token is not None:
            return error(190, self._faults.dead_token)
        if self.mode == "unavailable":
            return DOWN
        if not path:
            return self._batch(json.loads(params["batch"]))
        return self._one(method, path, params)

    def _one(self, method: str, path: str, params: Mapping[str, str]) -> Answered:
        if path in self._faults.at:
            return self._faults.at[path]
        if method == "POST":
            return self._post(path, params)
        known = self._reads.get(path)
        return self._of_object(path, params) if known is None else known(params)

    def _of_object(self, path: str, params: Mapping[str, str]) -> Answered:
        node, _, edge = path.partition("/")
        if node in self._jobs:
            return self._job_rows(node, params) if edge == "insights" else self._job(node)
        if not self._exists(node):
            return GONE
        if edge == "adsets":
            return 200, self._ad_sets(node, params.get("fields", "id"), params)
        shown = self._faults.mistaken.get(node, node)
        return (200, self._object(shown, params.get("fields", "id"))) if not edge else INVALID

    def _exists(self, external: str) -> bool:
        return external in self._objects.named

    def _object(self, external: str, fields: str) -> dict[str, Any]:
        body = self._objects.body(external)
        if self._objects.named[external].line in self._faults.deleted:
            body |= {"status": "DELETED", "effective_status": "DELETED"}
        shown: dict[str, Any] = {"id": external}
        for name, limit, nested in _FIELD.findall(fields):
            if name == "adsets":
                shown[name] = self._ad_sets(external, nested, {"limit": limit or "25"})
            elif name in body:
                shown[name] = body[name]
        return shown

    def _ad_sets(self, campaign: str, fields: str, params: Mapping[str, str]) -> dict[str, Any]:
        line = self._objects.named[campaign].line
        ids = self._objects.ad_set_ids(line)
        return self._page([self._object(one, fields) for one in ids], params)

    def _post(self, path: str, params: Mapping[str, str]) -> Answered:
        if path == f"act_{self._objects.account_id}/insights":
            job = str(7_000_000 + len(self._jobs))
            self._jobs[job] = reports.asked(params), 0
            return 200, {"report_run_id": job}
        if not self._exists(path) or self._objects.named[path].line in self._faults.deleted:
            return GONE
        validate = "validate_only" in params.get("execution_options", "")
        return self._writes.post(path, params, do=not validate and not self._faults.ignores_writes)

    def _batch(self, calls: Sequence[Mapping[str, Any]]) -> Answered:
        """Each item with a code and JSON in a string. Writes may fail one by one."""
        parsed = [_call(call) for call in calls]
        writes = any(method == "POST" for method, _, _ in parsed)
        validate = any("validate_only" in params.get("execution_options", "") for _, _, params in parsed)
        if writes and self.mode == "rate_limit":
            return BUSY
        partial = writes and not validate and self.mode == "partial"
        items = self._faults.items if writes and not validate else {}
        answers: list[Any] = []
        for number, (method, path, params) in enumerate(parsed):
            if partial and number % 2:
                answers.append(_item(FAILED_ITEM))
                continue
            answered = self._one(method, path, params)
            answers.append(items[number] if number in items else _item(answered))
        if items:
            self._faults.items = {}
        return 200, answers

    def _account(self, params: Mapping[str, str]) -> Answered:
        scenario, faults = self._objects.market.scenario, self._faults
        account_id = faults.account_id or self._objects.account_id
        body: dict[str, Any] = {
            "id": f"act_{account_id}",
            "account_id": account_id,
            "name": scenario.name,
            "currency": faults.currency or scenario.currency,
            "timezone_name": faults.time_zone or scenario.timezone,
            "account_status": faults.account_status,
            "disable_reason": 0,
            "amount_spent": "0",
            "min_campaign_group_spend_cap": str(self._objects.units(LEAST_CAP)),
        }
        if faults.spend_cap is not None:
            body |= {"spend_cap": str(faults.spend_cap[0]), "amount_spent": str(faults.spend_cap[1])}
        return 200, body

    def _campaigns(self, params: Mapping[str, str]) -> Answered:
        ids = [external for external, what in self._objects.named.items() if what.ad is None and what.ad_set is None]
        kept = [one for one in ids if self._objects.named[one].line not in self._faults.deleted]
        return 200, self._page([self._object(one, params.get("fields", "id")) for one in kept], params)

    def _insights(self, params: Mapping[str, str]) -> Answered:
        request = reports.asked(params)
        most = self._faults.too_much_over_days
        if most is not None and request.days > most:
            return TOO_MUCH
        return 200, self._page(reports.rows(self._objects, request), params)

    def _job(self, job: str) -> Answered:
        request, looks = self._jobs[job]
        self._jobs[job] = request, looks + 1
        status: dict[str, Any] = {"id": job, "async_status": "Job Running", "async_percent_completion": 50}
        if looks + 1 >= self._faults.job_looks:
            status |= {"async_status": "Job Completed", "async_percent_completion": 100}
            if self._faults.job_error is not None:
                code, subcode = self._faults.job_error
                status |= {"async_status": "Job Failed", "error_code": code, "error_message": "No se pudo"}
                status |= {} if subcode is None else {"error_subcode": subcode}
        return 200, status

    def _job_rows(self, job: str, params: Mapping[str, str]) -> Answered:
        return 200, self._page(reports.rows(self._objects, self._jobs[job][0]), params)

    def _permissions(self, params: Mapping[str, str]) -> Answered:
        if self._faults.permissions is None:
            return INVALID
        return 200, {"data": [{"permission": one, "status": "granted"} for one in self._faults.permissions]}

    def _token(self, params: Mapping[str, str]) -> Answered:
        if self._faults.token_ends is None:
            return INVALID
        scopes = {} if self._faults.permissions is None else {"scopes": list(self._faults.permissions)}
        return 200, {"data": {"is_valid": True, "expires_at": self._faults.token_ends, **scopes}}

    def _search(self, params: Mapping[str, str]) -> Answered:
        """Regions whose names start so, of one country or all."""
        places = [
            {"key": key, "name": name, "type": "region", "country_code": country}
            for key, (name, country) in REGIONS.items()
            if name.startswith(params.get("q", "")) and params.get("country_code", country) == country
        ]
        return 200, self._page(places, params)

    def _page(self, items: Sequence[Any], params: Mapping[str, str]) -> dict[str, Any]:
        """Some of them, with cursors, and the address of the next page, which holds the token."""
        size = min(int(params.get("limit", "25")), self._faults.page_size)
        start = int(base64.b64decode(params["after"])) if "after" in params else 0
        if self._faults.empty_first_page and "after" not in params:
            size = 0
        page = list(items[start : start + size])
        body: dict[str, Any] = {"data": page}
        if page or start + size < len(items):
            after = base64.b64encode(str(start + size).encode()).decode()
            before = base64.b64encode(str(start).encode()).decode()
            there_is_more = start + size < len(items)
            following = (
                {"next": f"{_HOST}/?access_token=a-token-for-this-machine&after={after}"} if there_is_more else {}
            )
            body["paging"] = {"cursors": {"before": before, "after": after}, **following}
        return body


def _call(call: Mapping[str, Any]) -> tuple[str, str, Mapping[str, str]]:
    """An item of a batch: its method, path and parameters."""
    path, _, query = str(call["relative_url"]).partition("?")
    return str(call["method"]), path, dict(parse_qsl(query or str(call.get("body", "")), keep_blank_values=True))


def _item(answered: Answered) -> dict[str, Any]:
    status, body = answered
    trace = {"name": "x-fb-trace-id", "value": "TraceOfAnItem"}
    return {"code": status, "headers": [trace], "body": json.dumps(body)}
