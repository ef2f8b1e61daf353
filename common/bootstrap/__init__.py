"""Put the system together: the only place where adapters are made, each imported when it is needed."""

from collections.abc import Iterator
from datetime import timedelta
from functools import cached_property, lru_cache, partial
from secrets import randbits, token_urlsafe
from threading import Lock
from typing import TYPE_CHECKING, TypedDict, Unpack
from uuid import uuid4

from common.adapters import start_up
from common.domain.errors import Fault, InvalidInput
from common.domain.notifications import NotificationChannel
from common.ports.ad_platform import Platforms
from common.ports.agent import Agent, StatisticalAgent
from common.ports.analytics import AnalyticsOf
from common.ports.bus import Bus
from common.ports.clock import Clock
from common.ports.connections import CheckConnection, no_connections
from common.ports.crm import CrmOf
from common.ports.documents import Documents
from common.ports.identity import Identity
from common.ports.journal import Journal
from common.ports.keys import Keys
from common.ports.notifier import NoNotifier, Note, Notifier
from common.ports.objects import Objects
from common.settings import Settings, from_environment
from common.use_cases.memo import Memo
from common.use_cases.ports import LeasePolicy, Ports

if TYPE_CHECKING:
    from common.adapters.structured_log import StructuredLog
    from common.bootstrap.accounts import Accounts
    from common.bootstrap.crm_accounts import CrmAccounts
    from common.domain.advice import Advice, Question


start_up.imported()


class Given(TypedDict, total=False):
    """Ports that the caller brings; the others are made as the settings say."""

    documents: Documents
    bus: Bus
    clock: Clock
    platforms: Platforms
    journal: Journal
    notifier: Notifier
    analytics: AnalyticsOf
    crm: CrmOf
    check_connection: CheckConnection
    keys: Keys
    objects: Objects
    agent: Agent


def build(settings: Settings, **given: Unpack[Given]) -> Ports:
    """The ports for these settings."""
    from common.bootstrap.accounts import Accounts
    from common.bootstrap.crm_accounts import CrmAccounts
    from common.bootstrap.vault import keys_of, secrets_of

    documents, clock = given.get("documents") or _documents(settings), given.get("clock") or _clock(settings)
    memo = Memo()
    accounts = Accounts(documents, memo, clock, secrets_of(settings, clock), settings.servers_at, seed=randbits(32))
    keys = given.get("keys") or keys_of(settings)
    crms = CrmAccounts(accounts, keys)
    ports = Ports(
        documents=documents,
        memo=memo,
        bus=given.get("bus") or _bus(settings),
        clock=clock,
        platforms=given.get("platforms") or _platforms(settings, accounts),
        journal=given.get("journal") or _journal(settings),
        notifier=given.get("notifier") or _Notifier(settings),
        analytics=given.get("analytics") or _analytics(settings, accounts),
        crm=given.get("crm") or _crm(settings, crms),
        crm_pull=crms.pull,
        check_connection=given.get("check_connection") or _check(settings, crms, ours="platforms" not in given),
        keys=keys,
        objects=given.get("objects") or _objects(settings, beside_store="documents" not in given),
        agent=given.get("agent") or _agent(settings),
        agent_timeout=settings.agent_timeout_seconds,
        pages_url=settings.pages_url,
        new_run=lambda: f"run-{uuid4().hex}",
        lease=LeasePolicy(
            longest_run=timedelta(seconds=settings.longest_run_seconds),
            call_timeout=timedelta(seconds=settings.call_timeout_seconds),
        ),
    )
    return _traced(settings, ports)


_FIRST_ALONE = Lock()


def process_ports() -> Ports:
    """The ports of this process, from its environment; made at the first message, not at import.

    Of many that come at once to a new instance one makes them: each set has its own connections, and its own memory of
    what accounts were asked.
    """
    with _FIRST_ALONE:
        return _made()


@lru_cache(maxsize=1)
def _made() -> Ports:
    settings = from_environment()
    journal = _journal(settings)
    journal.hear_libraries()
    return build(settings, journal=journal)


def identity(settings: Settings, clock: Clock) -> Identity:
    """Who vouches for people, as the settings say.

    Raises:
        InvalidInput: nothing says who.
    """
    scheme, _, names = (settings.identity or "").partition(":")
    if scheme == "local":
        from common.adapters.local_sign_in import LocalSignIn

        return LocalSignIn(form_keys(settings))
    if not scheme:
        fault = Fault("TRIMTAB_IDENTITY", "required here: iap:AUDIENCE, google:CLIENT_ID, or local: on one machine")
        raise InvalidInput("the environment", [fault])
    from common.adapters.google_tokens import GOOGLE_KEYS, IAP_KEYS, GoogleIdentity, IapIdentity
    from common.adapters.public_keys import PublicKeys, fetched_from

    wanted = frozenset(names.split(","))
    if scheme == "iap":
        return IapIdentity(wanted, PublicKeys(fetched_from(IAP_KEYS), clock))
    return GoogleIdentity(wanted, PublicKeys(fetched_from(GOOGLE_KEYS), clock))


def form_keys(settings: Settings) -> tuple[str, ...]:
    """The keys that sign forms; on one machine a key of this process will do.

    Raises:
        InvalidInput: there are none, and several processes must agree on them.
    """
    if settings.keys:
        return settings.keys
    if settings.at_home:
        return (token_urlsafe(32),)
    raise InvalidInput("the environment", [Fault("TRIMTAB_FORM_KEYS", "required here: instances must sign alike")])


def _documents(settings: Settings) -> Documents:
    scheme, _, where = settings.store.partition(":")
    if scheme == "sqlite":
        from common.adapters.sqlite import SqliteDocuments

        return SqliteDocuments(where)
    from common.adapters.firestore import FirestoreDocuments, firestore_client

    project, _, database = where.partition("/")
    return FirestoreDocuments(firestore_client(project, database or "(default)"))


def _bus(settings: Settings) -> Bus:
    scheme, _, where = settings.bus.partition(":")
    if scheme == "memory":
        from common.adapters.memory_bus import MemoryBus

        return MemoryBus()
    from common.adapters.pubsub import PubSubBus

    return PubSubBus(where)


def _clock(settings: Settings) -> Clock:
    if settings.market_url is not None:
        from common.adapters.remote_market import RemoteClock

        return RemoteClock(settings.market_url)
    from common.adapters.system_clock import SystemClock

    return SystemClock()


def _platforms(settings: Settings, accounts: "Accounts") -> Platforms:
    if settings.market_url is None:
        return accounts.platforms
    from common.adapters.remote_market import remote_platforms

    return remote_platforms(settings.market_url)


def _analytics(settings: Settings, accounts: "Accounts") -> AnalyticsOf:
    if settings.market_url is None:
        return accounts.analytics
    from common.adapters.remote_sources import remote_analytics

    return remote_analytics(settings.market_url)


def _check(settings: Settings, crms: "CrmAccounts", *, ours: bool) -> CheckConnection:
    """Whoever brings other platforms brings what looks at them too, or nothing is looked at."""
    if not ours:
        return no_connections
    if settings.market_url is None:
        return crms.check
    from common.adapters.remote_sources import remote_check

    return remote_check(settings.market_url)


def _crm(settings: Settings, crms: "CrmAccounts") -> CrmOf:
    if settings.market_url is None:
        return crms.crm
    from common.adapters.remote_sources import remote_crm

    return remote_crm(settings.market_url)


def _objects(settings: Settings, *, beside_store: bool) -> Objects | None:
    where = settings.objects_at if beside_store else settings.objects
    return None if where is None and settings.at_home else _Objects(where)


def _agent(settings: Settings) -> Agent:
    return StatisticalAgent() if settings.agent == "statistical" else _Gemini(settings)


class _Gemini:
    """Makes the agent at the first question: only a deep review has one, and Google's client is heavy."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def advise(self, question: "Question", *, timeout: float) -> "Advice":
        """As the port says."""
        return self._inner.advise(question, timeout=timeout)

    @cached_property
    def _inner(self) -> Agent:
        from common.adapters.gemini import GeminiAgent, Model

        given = self._settings
        return GeminiAgent(
            Model(given.agent_model or "", given.agent_project or "", given.agent_location, given.agent_url)
        )


class _Objects:
    """Makes the storage at the first call: most runs need none, and Google's client is heavy."""

    def __init__(self, where: str | None) -> None:
        self._where = where

    def create(self, path: str, data: bytes, *, content_type: str) -> None:
        """As the port says."""
        self._inner.create(path, data, content_type=content_type)

    def read(self, path: str) -> bytes:
        """As the port says."""
        return self._inner.read(path)

    def under(self, folder: str) -> Iterator[str]:
        """As the port says."""
        return self._inner.under(folder)

    @cached_property
    def _inner(self) -> Objects:
        if self._where is None:
            raise InvalidInput("the environment", [Fault("TRIMTAB_OBJECTS", "required here: gcs:BUCKET[/PREFIX]")])
        scheme, _, where = self._where.partition(":")
        if scheme == "folder":
            from common.adapters.folder_objects import FolderObjects

            return FolderObjects(where)
        from common.adapters.gcs_objects import GcsObjects, storage_client

        bucket, _, prefix = where.partition("/")
        return GcsObjects(storage_client(), bucket, prefix)


class _Notifier:
    """Makes the notifier at the first note: most runs send none, and it brings an HTTP client."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def send(self, channel: NotificationChannel, note: Note) -> None:
        """As the port says."""
        self._inner.send(channel, note)

    @cached_property
    def _inner(self) -> Notifier:
        if self._settings.secrets is None:
            return NoNotifier()
        from common.adapters.channels import ChannelNotifier
        from common.adapters.system_clock import SystemClock
        from common.bootstrap.vault import secrets_of

        return ChannelNotifier(secrets_of(self._settings, SystemClock()), SystemClock(), at_home=self._settings.at_home)


def _journal(settings: Settings) -> "StructuredLog":
    from common.adapters.structured_log import StructuredLog

    if settings.traces == "off":
        return StructuredLog(settings.project)
    from common.adapters.open_telemetry import place

    return StructuredLog(settings.project, place)


def _traced(settings: Settings, ports: Ports) -> Ports:
    """Nothing of what times steps is imported where none are."""
    if settings.traces == "off":
        return ports
    from common.adapters.open_telemetry import OpenTelemetryTracer, google_exporter, local_exporter
    from common.bootstrap.tracing import traced

    url, share = settings.traces_url, float(settings.traces)
    exporter = google_exporter if url is None else partial(local_exporter, url)
    tracer = OpenTelemetryTracer(share, settings.service, settings.project, exporter, ports.journal)
    return traced(ports, tracer)
