# pyright: basic
"""Cloud Scheduler on this machine: its gRPC service over memory, for the official client unchanged. No job fires.

It refuses what Google does, as far as its reference tells (docs.cloud.google.com/scheduler/docs/reference/rpc, read
2026-11): names, cron expressions, time zones, targets without a message, retries out of range, states that do not fit.
"""

import re
from collections.abc import Callable, Generator, Iterable
from concurrent import futures
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import available_timezones

import grpc
from cronsim import CronSim, CronSimError
from google.cloud.scheduler_v1.types import cloudscheduler as messages
from google.cloud.scheduler_v1.types.job import Job
from google.protobuf import empty_pb2

SERVICE = "google.cloud.scheduler.v1.CloudScheduler"
ENABLED, PAUSED = Job.State.ENABLED, Job.State.PAUSED
A_PAGE = 3
"""Jobs of one page, so few that lists have several."""
MOST_RETRIES = 5
_NAME = re.compile(r"projects/[^/]+/locations/[^/]+/jobs/[A-Za-z0-9_-]{1,500}")
_TOPIC = re.compile(r"projects/[^/]+/topics/[^/]+")
_FIELDS = {"schedule", "time_zone", "pubsub_target", "retry_config", "description", "attempt_deadline"}
_ZONES = frozenset(available_timezones())


@dataclass
class CloudSchedulerServer:
    """The jobs, and what the next calls fail with."""

    address: str = ""
    jobs: dict[str, Job] = field(default_factory=dict)
    """By full name."""
    places: set[str] | None = None
    """The regions that there are, as `projects/P/locations/R`; `None`: all."""
    faults: list[grpc.StatusCode | None] = field(default_factory=list)
    """What the next calls are answered with instead; `None` lets one through."""
    down: grpc.StatusCode | None = None
    """What every call is answered with from now on."""
    says: str = "as the test wants it"
    """What it says with a fault."""
    lost: list[str] = field(default_factory=list)
    """Names of calls that are done, but whose next answer gets lost."""
    calls: list[str] = field(default_factory=list)
    """The names of the calls that came."""
    sent: list[tuple[str, bytes]] = field(default_factory=list)
    """What jobs that were run have sent: topic and data."""

    @property
    def writes(self) -> int:
        """How many calls came that change something."""
        return sum(name not in ("ListJobs", "GetJob") for name in self.calls)

    def put(self, name: str, cron: str, zone: str, topic: str, data: bytes) -> Job:
        """Have a job that somebody made, whatever it says."""
        made = Job(name=name, schedule=cron, time_zone=zone, state=ENABLED)
        made.pubsub_target.topic_name, made.pubsub_target.data = topic, data
        self.jobs[name] = made
        return made

    def create(self, request: messages.CreateJobRequest, context: Any) -> Job:
        """A job that is enabled."""
        self._placed(request.parent, context)
        made = Job(request.job)
        if not made.name.startswith(f"{request.parent}/jobs/"):
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "Job name must be formatted under its parent.")
        if made.name in self.jobs:
            context.abort(grpc.StatusCode.ALREADY_EXISTS, f"Job [{made.name}] already exists.")
        self._checked(made, context)
        made.state = ENABLED
        self.jobs[made.name] = made
        return made

    def update(self, request: messages.UpdateJobRequest, context: Any) -> Job:
        """A job with other values in the fields that the mask names; its state stays."""
        self._found(request.job.name, context)
        changed = Job(self.jobs[request.job.name])
        masked = set(request.update_mask.paths) or _FIELDS
        if masked - _FIELDS:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"Unknown fields: {sorted(masked - _FIELDS)}.")
        for name in masked:
            setattr(changed, name, getattr(request.job, name))
        self._checked(changed, context)
        self.jobs[changed.name] = changed
        return changed

    def delete(self, request: messages.DeleteJobRequest, context: Any) -> empty_pb2.Empty:
        """No such job any more."""
        self._found(request.name, context)
        del self.jobs[request.name]
        return empty_pb2.Empty()

    def get(self, request: messages.GetJobRequest, context: Any) -> Job:
        """A job."""
        return self._found(request.name, context)

    def list(self, request: messages.ListJobsRequest, context: Any) -> messages.ListJobsResponse:
        """A page of a region's jobs, by name."""
        self._placed(request.parent, context)
        names = sorted(name for name in self.jobs if name.startswith(f"{request.parent}/jobs/"))
        after = [name for name in names if name > request.page_token]
        page = after[:A_PAGE]
        more = page[-1] if len(after) > A_PAGE else ""
        return messages.ListJobsResponse(jobs=[self.jobs[name] for name in page], next_page_token=more)

    def pause(self, request: messages.PauseJobRequest, context: Any) -> Job:
        """A job that fires no more; it must have been enabled."""
        return self._turned(request.name, ENABLED, PAUSED, context)

    def resume(self, request: messages.ResumeJobRequest, context: Any) -> Job:
        """A job that fires again; it must have been paused."""
        return self._turned(request.name, PAUSED, ENABLED, context)

    def run(self, request: messages.RunJobRequest, context: Any) -> Job:
        """Sends what the job sends, now."""
        job = self._found(request.name, context)
        self.sent.append((job.pubsub_target.topic_name, job.pubsub_target.data))
        return job

    def _turned(self, name: str, before: Any, after: Any, context: Any) -> Job:
        job = self._found(name, context)
        if job.state != before:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, f"Job [{name}] is not {before.name}.")
        job.state = after
        return job

    def _found(self, name: str, context: Any) -> Job:
        if name not in self.jobs:
            context.abort(grpc.StatusCode.NOT_FOUND, f"Job [{name}] not found.")
        return self.jobs[name]

    def _placed(self, parent: str, context: Any) -> None:
        if self.places is not None and parent not in self.places:
            context.abort(grpc.StatusCode.NOT_FOUND, f"Location [{parent}] not found.")

    def _checked(self, job: Job, context: Any) -> None:
        faults = list(_faults(job))
        if faults:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, " ".join(faults))


def _faults(job: Job) -> Iterable[str]:
    if not _NAME.fullmatch(job.name):
        yield "Job name must be of letters, digits, hyphens and underscores."
    if len(job.schedule.split()) != len(("minute", "hour", "day", "month", "weekday")) or not _is_cron(job.schedule):
        yield f"Schedule [{job.schedule}] is not a cron expression."
    if job.time_zone not in _ZONES:
        yield f"Time zone [{job.time_zone}] is not in the tz database."
    if not _TOPIC.fullmatch(job.pubsub_target.topic_name):
        yield "The topic must be named in full."
    if not job.pubsub_target.data and not job.pubsub_target.attributes:
        yield "A Pub/Sub message must have data or at least one attribute."
    if not 0 <= job.retry_config.retry_count <= MOST_RETRIES:
        yield f"retry_count must be between 0 and {MOST_RETRIES}."


def _is_cron(schedule: str) -> bool:
    try:
        CronSim(schedule, datetime(2026, 1, 1, tzinfo=UTC))
    except CronSimError:
        return False
    return True


@contextmanager
def served(workers: int = 4) -> Generator[CloudSchedulerServer]:
    """Serve one on a free port of this machine, for as long as the block lasts."""
    state = CloudSchedulerServer()
    server = grpc.server(futures.ThreadPoolExecutor(workers))
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, dict(_handlers(state))),))
    state.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    try:
        yield state
    finally:
        server.stop(None).wait()


def _handlers(state: CloudSchedulerServer) -> Iterable[tuple[str, grpc.RpcMethodHandler]]:
    methods: dict[str, tuple[Callable[..., Any], Any, Any]] = {
        "CreateJob": (state.create, messages.CreateJobRequest.deserialize, Job.serialize),
        "UpdateJob": (state.update, messages.UpdateJobRequest.deserialize, Job.serialize),
        "DeleteJob": (state.delete, messages.DeleteJobRequest.deserialize, empty_pb2.Empty.SerializeToString),
        "GetJob": (state.get, messages.GetJobRequest.deserialize, Job.serialize),
        "ListJobs": (state.list, messages.ListJobsRequest.deserialize, messages.ListJobsResponse.serialize),
        "PauseJob": (state.pause, messages.PauseJobRequest.deserialize, Job.serialize),
        "ResumeJob": (state.resume, messages.ResumeJobRequest.deserialize, Job.serialize),
        "RunJob": (state.run, messages.RunJobRequest.deserialize, Job.serialize),
    }
    for name, (call, asked, answered) in methods.items():
        yield name, grpc.unary_unary_rpc_method_handler(_with_faults(state, name, call), asked, answered)


def _with_faults(state: CloudSchedulerServer, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
    def answered(request: Any, context: Any) -> Any:
        state.calls.append(name)
        fault = state.down or (state.faults.pop(0) if state.faults else None)
        if fault is not None:
            context.abort(fault, state.says)
        done = call(request, context)
        if name in state.lost:
            state.lost.remove(name)
            context.abort(grpc.StatusCode.UNAVAILABLE, "the answer is lost")
        return done

    return answered
