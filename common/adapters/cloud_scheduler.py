# pyright: basic
"""Google's Cloud Scheduler: jobs that publish to topics of their own project."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import grpc
from google.api_core import exceptions
from google.api_core.retry import Retry, if_exception_type
from google.cloud.scheduler_v1 import CloudSchedulerClient
from google.cloud.scheduler_v1.services.cloud_scheduler.transports import CloudSchedulerGrpcTransport
from google.cloud.scheduler_v1.types import Job as GoogleJob

from common.adapters.google_credentials import credentials_needed
from common.domain.errors import Fault, InvalidInput, NotFound, Refused, Unavailable
from common.domain.schedule import Job, Standing

CALL_SECONDS = 10.0
PATIENCE_SECONDS = 150.0
"""How long a call is tried again. Writes have a quota of 500 a minute, so one that is over it comes through in that."""
_FIELDS = "schedule", "time_zone", "pubsub_target", "retry_config"
_PASSING = if_exception_type(
    exceptions.ServiceUnavailable,
    exceptions.DeadlineExceeded,
    exceptions.InternalServerError,
    exceptions.Aborted,
    exceptions.ResourceExhausted,
)
_CODES = {code.value[0]: code.name for code in grpc.StatusCode}


def scheduler_client(server: str | None = None) -> CloudSchedulerClient:
    """Google's client; for a server on this machine at `HOST:PORT` without credentials.

    Raises:
        Refused: this machine has no credentials for Google Cloud.
    """
    if server is not None:
        return CloudSchedulerClient(transport=CloudSchedulerGrpcTransport(channel=grpc.insecure_channel(server)))
    with credentials_needed():
        return CloudSchedulerClient()


class CloudScheduler:
    """The jobs of one project in one region."""

    def __init__(
        self, client: CloudSchedulerClient, project: str, region: str, *, patience_seconds: float = PATIENCE_SECONDS
    ) -> None:
        self._client, self._project = client, project
        self._place = f"projects/{project}/locations/{region}"
        again = Retry(_PASSING, initial=min(1.0, patience_seconds / 8), maximum=20, timeout=patience_seconds)
        self._how: Any = {"retry": again, "timeout": CALL_SECONDS}

    def jobs(self) -> Iterator[Standing]:
        """As the port says."""
        with self._said(f"the jobs in {self._place}"):
            for job in self._client.list_jobs(request={"parent": self._place}, **self._how):
                yield self._standing(job)

    def put(self, job: Job, *, new: bool = False) -> None:
        """As the port says."""
        with self._said(f"the job {job.name}"):
            if new:
                self._create(job)
                return
            try:
                self._update(job)
            except exceptions.NotFound:
                self._create(job)

    def _create(self, job: Job) -> None:
        """Make it. Where it is there by now, an answer was lost, or somebody else has made one: that one is changed."""
        try:
            self._client.create_job(request={"parent": self._place, "job": self._google(job)}, **self._how)
        except exceptions.AlreadyExists:
            self._update(job)

    def _update(self, job: Job) -> None:
        self._client.update_job(request={"job": self._google(job), "update_mask": {"paths": _FIELDS}}, **self._how)

    def remove(self, name: str) -> None:
        """As the port says."""
        with self._said(f"the job {name}"):
            try:
                self._client.delete_job(request={"name": self._named(name)}, **self._how)
            except exceptions.NotFound:
                return

    def pause(self, name: str) -> None:
        """As the port says."""
        self._turn(self._client.pause_job, name)

    def resume(self, name: str) -> None:
        """As the port says."""
        self._turn(self._client.resume_job, name)

    def _turn(self, call: Any, name: str) -> None:
        with self._said(f"the job {name}"):
            try:
                call(request={"name": self._named(name)}, **self._how)
            except exceptions.FailedPrecondition:
                return  # it is so already
            except exceptions.NotFound as error:
                raise NotFound(f"there is no job {name} in {self._place}: look again with `schedules`") from error

    def _named(self, name: str) -> str:
        return f"{self._place}/jobs/{name}"

    @property
    def _topics(self) -> str:
        return f"projects/{self._project}/topics/"

    def _google(self, job: Job) -> Any:
        return {
            "name": self._named(job.name),
            "schedule": job.cron,
            "time_zone": job.time_zone,
            "pubsub_target": {"topic_name": self._topics + job.topic, "data": job.data.encode()},
            "retry_config": {"retry_count": job.retries},
        }

    def _standing(self, job: GoogleJob) -> Standing:
        topic = job.pubsub_target.topic_name
        code = job.status.code
        return Standing(
            name=job.name.rpartition("/")[2],
            cron=job.schedule,
            time_zone=job.time_zone,
            topic=topic.removeprefix(self._topics) if topic.startswith(self._topics) else None,
            data=job.pubsub_target.data.decode(errors="replace"),
            retries=job.retry_config.retry_count,
            paused=job.state in (GoogleJob.State.PAUSED, GoogleJob.State.DISABLED),
            failed=_CODES.get(code, str(code)) if code else None,
        )

    @contextmanager
    def _said(self, what: str) -> Iterator[None]:
        """What Google did not do, and what to do about it."""
        try:
            yield
        except exceptions.PermissionDenied as error:
            if error.reason == "SERVICE_DISABLED" or "it is disabled" in str(error.message):
                todo = f"run `gcloud services enable cloudscheduler.googleapis.com --project {self._project}`"
            else:
                todo = (
                    f"be trimtab-scheduler@{self._project}.iam.gserviceaccount.com, or have roles/cloudscheduler.admin"
                )
            raise Refused(f"{what}: Cloud Scheduler refuses it; {todo}") from error
        except exceptions.Unauthenticated as error:
            raise Refused(f"{what}: sign in again with `gcloud auth application-default login`") from error
        except exceptions.InvalidArgument as error:
            raise InvalidInput(what, [Fault("", f"Cloud Scheduler does not take it: {error.message}")]) from error
        except exceptions.NotFound as error:
            raise Refused(f"{what}: there is no such place; check --project and --region") from error
        except (exceptions.ResourceExhausted, exceptions.RetryError, exceptions.GoogleAPICallError) as error:
            raise Unavailable(_not_now(what, error)) from error


def _not_now(what: str, error: Exception) -> str:
    cause = error.cause if isinstance(error, exceptions.RetryError) else error
    if isinstance(cause, exceptions.ResourceExhausted):
        return (
            f"{what}: a quota of Cloud Scheduler is used up (500 writes a minute, 5,000 jobs a region by default): "
            "do it again in a minute, and it goes on where it stopped; if it stays so, ask for a larger quota"
        )
    return f"{what}: Cloud Scheduler does not answer ({type(cause).__name__}); do it again, it goes on where it stopped"
