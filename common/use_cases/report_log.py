"""The log that reports tell: what the last report was made of is in a file beside it, and only the rest is read anew.

Entries are never changed, and each names the one before it by its hash, so what was read once can be joined to what was
written since. A file that does not fit, as after a restore, is as good as none.
"""

from collections.abc import Iterable, Mapping, Sequence
from gzip import BadGzipFile, compress, decompress
from itertools import pairwise
from zlib import error as ZlibError  # noqa: N812 - a class

from common.domain.canonical import canonical
from common.domain.errors import InvalidInput, NotFound
from common.domain.log_entry import LogEntry
from common.domain.manifest import Manifest
from common.domain.model import parse_json
from common.domain.paths import Track
from common.domain.report import ReportIndex
from common.ports.objects import Objects
from common.use_cases.ports import Ports
from common.use_cases.queries import entries

Log = Mapping[str, Sequence[LogEntry]]
"""By track, oldest first."""


def log_file(log: Iterable[LogEntry]) -> bytes:
    """The entries, one a line, the same bytes for the same entries."""
    return compress(b"".join(canonical(one.body()) + b"\n" for one in log), mtime=0)


def kept_log(ports: Ports, objects: Objects, index: ReportIndex) -> Log:
    """What a report was made of; nothing where that was not kept, or can't be read.

    Raises:
        Unavailable: the storage does not answer.
    """
    found: dict[str, list[LogEntry]] = {}
    try:
        for line in decompress(objects.read(index.log)).splitlines():
            entry = parse_json(LogEntry, line, index.log)
            found.setdefault(entry.track_id, []).append(entry)
    except NotFound:
        return {}
    except (InvalidInput, BadGzipFile, EOFError, ZlibError) as error:
        ports.journal.write("report_log_unreadable", severity="WARNING", path=index.log, reason=str(error))
        return {}
    return found


def log_since_plan(ports: Ports, track: Track, manifest: Manifest, known: Log) -> list[LogEntry]:
    """The log from the entry on with which the plan version became active, up to the manifest's last, oldest first."""
    kept = [one for one in known.get(track.track_id, ()) if manifest.plan_seq <= one.seq <= manifest.log_seq]
    if not kept:
        return _read(ports, track, manifest, manifest.plan_seq)
    rest = _read(ports, track, manifest, kept[-1].seq + 1) if kept[-1].seq < manifest.log_seq else []
    whole = [*kept, *rest]
    return whole if _is_whole(whole, manifest) else _read(ports, track, manifest, manifest.plan_seq)


def _read(ports: Ports, track: Track, manifest: Manifest, since: int) -> list[LogEntry]:
    return [one for one in entries(ports, track, since=since) if one.seq <= manifest.log_seq]


def _is_whole(log: Sequence[LogEntry], manifest: Manifest) -> bool:
    joined = all(after.previous == before.hash for before, after in pairwise(log))
    return joined and log[0].seq == manifest.plan_seq and log[-1].hash == manifest.log_hash
