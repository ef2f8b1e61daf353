"""From what was counted to dollars: how instances, fleets and months are taken, stated and on the careful side."""

from functools import cache
from typing import TYPE_CHECKING

from bench import prices
from trimtab.function_list import described

if TYPE_CHECKING:
    from bench.operations import Played, Run

DAYS = 30.4
FLEET = 10_000
"""Tenants that share an installation's root ticks and scheduler jobs, in `ZONES` time zones."""
ZONES, ZONE_JOBS, ZONE_HOURS, UTC_JOBS = 24, 4, 8, 4
"""Jobs of each zone, and the hours of a day in which its tenants have each of them."""
SLOTS = 60

CALL_SECONDS = 0.5
"""What a call to a platform or GA4 is waited for."""
TRIP_SECONDS = 0.015
"""What a call to Firestore or Pub/Sub is waited for, in the same region."""
BUSY = 0.6
"""How much of a vCPU an instance uses at the most before another one is started: Cloud Run's own target."""
SIDE_BY_SIDE = 0.5
"""How much of its concurrency an instance really has at work while it is billed: messages of a minute come at once, but
neither evenly nor in whole instances."""
OTHER_THREADS = 1.25
"""What gRPC's own threads, the garbage collector and the server around the function take on top."""
INVOCATION_SECONDS = 0.001
"""Of CPU, for the HTTP server: functions-framework takes about a thousand messages a second on one core."""
IDLE_ROOT_SECONDS = 0.005
LIFE_MONTHS = 3.0
"""How many months' documents a tenant has on the average: half of what a client of half a year leaves."""
OBJECT_MONTHS = 400 / DAYS
"""For how many months an object is there: nobody can remove it earlier (`objects_retention` in infra)."""
RECOVERY, BACKUP_GIB_MONTH, BACKUPS = 2.0, 0.03, 7 + 4
"""Point-in-time recovery is billed as once more the database; a backup is a copy of the documents, without their
indexes: seven daily ones are kept, and four weekly ones (both from memory, not verified)."""

COLUMNS = ("a_day", "reads", "writes", "deletes", "queries", "published", "log_bytes", "cpu_ms")


def by_function(played: "Played") -> dict[str, dict[str, float]]:
    """The mean delivery to each function, busy and quiet ticks apart where a function has both."""
    groups: dict[str, list[Run]] = {}
    for one in played.runs:
        kind = one.kind if one.kind != "tick" else "busy" if one.meter.changed else "quiet"
        groups.setdefault(f"{one.function} {kind}", []).append(one)
    return {name: _mean(runs, played.days) for name, runs in sorted(groups.items())}


def _mean(runs: "list[Run]", days: int) -> dict[str, float]:
    count = len(runs)
    return {
        "a_day": round(count / days, 2),
        "reads": round(sum(one.meter.reads for one in runs) / count, 2),
        "writes": round(sum(one.meter.writes for one in runs) / count, 2),
        "deletes": round(sum(one.meter.deletes for one in runs) / count, 2),
        "queries": round(sum(one.meter.queries for one in runs) / count, 2),
        "published": round(sum(one.meter.published for one in runs) / count, 2),
        "log_bytes": round(sum(one.meter.logged for one in runs) / count),
        "calls": round(sum(one.calls for one in runs) / count, 2),
        "cpu_ms": round(1e3 * sum(one.cpu for one in runs) / count, 2),
    }


def of_month(played: "Played") -> dict[str, float]:
    """US dollars of a tenant-month, by what is billed, and the total."""
    own = [one for one in played.runs if one.kind != "root"]
    per_month = DAYS / played.days
    parts = {
        "firestore reads": prices.READ * sum(one.meter.reads for one in own) * per_month,
        "firestore writes": prices.WRITE * sum(one.meter.writes for one in own) * per_month,
        "firestore deletes": prices.DELETE * sum(one.meter.deletes for one in own) * per_month,
        "firestore storage": _storage(played),
        "pub/sub": prices.MESSAGE_BYTE * sum(one.pushed_bytes + one.meter.billed_bytes for one in own) * per_month,
        "cloud run": sum(map(instance_usd, own)) * per_month,
        "cloud logging": prices.LOG_GIB / prices.GIB * sum(one.meter.logged for one in own) * per_month,
        "object storage": sum(map(_objects, own)) * per_month + _stored_objects(played),
        "fan-out": _fan_out(played) * per_month,
        "share of the installation": installation(played) / FLEET,
    }
    return {**parts, "total": sum(parts.values())}


def by_function_usd(played: "Played") -> dict[str, float]:
    """US dollars of a tenant-month that go to each function's deliveries."""
    found: dict[str, float] = {}
    for one in played.runs:
        if one.kind != "root":
            found[one.function] = found.get(one.function, 0.0) + _delivery(one) * DAYS / played.days
    return dict(sorted(found.items()))


def _delivery(run: "Run") -> float:
    meter = run.meter
    documents = prices.READ * meter.reads + prices.WRITE * meter.writes + prices.DELETE * meter.deletes
    wire = prices.MESSAGE_BYTE * (run.pushed_bytes + meter.billed_bytes)
    return documents + wire + instance_usd(run) + prices.LOG_GIB / prices.GIB * meter.logged + _objects(run)


def service_seconds(run: "Run") -> float:
    """How long a delivery takes from push to answer on an idle instance."""
    return cpu_seconds(run) + CALL_SECONDS * run.calls + TRIP_SECONDS * (run.meter.trips + (run.meter.published > 0))


def cpu_seconds(run: "Run") -> float:
    """Of one vCPU."""
    return run.cpu * OTHER_THREADS + INVOCATION_SECONDS


def instance_usd(run: "Run") -> float:
    """What a delivery's part of an instance costs: by its CPU or by its share of the waiting, whichever is more."""
    known = _described()[run.function]
    shared = service_seconds(run) / max(1.0, known.concurrency * SIDE_BY_SIDE)
    seconds = max(cpu_seconds(run) / BUSY, shared)
    memory = known.memory_mb / 1024
    return seconds * (prices.VCPU_SECOND + memory * prices.GIB_SECOND) + prices.REQUEST


_described = cache(described)


def _objects(run: "Run") -> float:
    return prices.OBJECT_WRITE * run.meter.object_writes + prices.OBJECT_READ * run.meter.object_reads


def _storage(played: "Played") -> float:
    """Of a day's growth over a tenant's life; and of the inputs of the last days, the same however long that is.

    Older inputs are objects (`common/use_cases/archived_inputs.py`): a month's are paid with that month.
    """
    per_month = DAYS / played.days
    bodies = played.grown_bytes * per_month * LIFE_MONTHS + played.kept_bytes
    stored = (bodies + played.grown_index_bytes * per_month * LIFE_MONTHS) * RECOVERY * prices.DOCUMENT_GIB_MONTH
    return (stored + bodies * BACKUPS * BACKUP_GIB_MONTH) / prices.GIB


def _stored_objects(played: "Played") -> float:
    return played.object_bytes * DAYS / played.days * OBJECT_MONTHS * prices.OBJECT_GIB_MONTH / prices.GIB


def _fan_out(played: "Played") -> float:
    """The tenant's own part of root ticks that found it: its document, its decoding, its part of a request."""
    found = [one for one in played.runs if one.kind == "root" and one.meter.published]
    reads = prices.READ * len(found)
    cpu = sum(one.cpu for one in found) * OTHER_THREADS / BUSY
    wire = prices.MESSAGE_BYTE * sum(one.meter.published_bytes for one in found)
    return reads + cpu * (prices.VCPU_SECOND + 0.5 * prices.GIB_SECOND) + wire


def installation(played: "Played") -> float:
    """US dollars a month of what is there whatever the number of tenants: root ticks, their queries, scheduler jobs."""
    minutes = DAYS * 24 * 60
    housekeeping = [one for one in played.runs if one.kind == "root" and one.function == "housekeeping"]
    looks = sum(one.meter.reads for one in housekeeping) / max(1, len(housekeeping))
    roots = {"minute": 3 * minutes, "five": minutes / 5, "zone": ZONES * ZONE_JOBS * ZONE_HOURS * 60 * DAYS}
    ticks = sum(roots.values())
    reads = prices.READ * (roots["minute"] + looks * roots["five"] + roots["zone"])
    seconds = ticks * (IDLE_ROOT_SECONDS / BUSY + 0.1)
    instance = seconds * (prices.VCPU_SECOND + 0.5 * prices.GIB_SECOND) + ticks * prices.REQUEST
    wire = ticks * 2 * prices.MESSAGE_LEAST_BYTES * prices.MESSAGE_BYTE
    return reads + instance + wire + prices.JOB_MONTH * (UTC_JOBS + ZONES * ZONE_JOBS)
