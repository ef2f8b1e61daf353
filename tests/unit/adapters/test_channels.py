"""Notes over the wire, to servers on loopback: each form, each refusal, and the signature that a receiver checks."""

import base64
import email.policy
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from common.adapters.channels import BODIES, LONGEST_TEXT, SMTP_SECRET, ChannelNotifier
from common.adapters.local_secrets import FolderSecrets
from common.domain.errors import Unavailable
from common.domain.notifications import ChannelKind, NotificationChannel
from common.ports.notifier import Note, Undeliverable
from tests.fakes.clock import ManualClock
from tests.fakes.hook import Hook, served_hook
from trimtab.processes import free_port

NEW, OLD = ("whsec_" + base64.b64encode(letter * 32).decode() for letter in (b"n", b"o"))
NOTE = Note(
    "acme:north-7-team", "Approval wanted: Acme, north", ("Raise it.", "Until noon."), "https://pages.example/t"
)


@pytest.fixture
def hook() -> Iterator[Hook]:
    """Served for one test; without further word it answers 200."""
    with served_hook() as hook:
        yield hook


class Post:
    """A mail server's handler: keeps what it took; refuses as it is told."""

    def __init__(self) -> None:
        self.got: list[Envelope] = []
        self.answer = "250 taken"
        self.refused: set[str] = set()

    async def handle_RCPT(  # noqa: N802 - the name is aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take an address, or not."""
        if address in self.refused:
            return "550 no such person"
        envelope.rcpt_tos.append(address)
        return "250 taken"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take a message."""
        if self.answer.startswith("250"):
            self.got.append(envelope)
        return self.answer

    def message(self) -> EmailMessage:
        """The only message that came."""
        ((content),) = [one.content for one in self.got]
        assert isinstance(content, bytes)
        found = BytesParser(policy=email.policy.default).parsebytes(content)
        assert isinstance(found, EmailMessage)
        return found


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    """A folder for secrets."""
    return tmp_path


@pytest.fixture
def post(secrets: Path) -> Iterator[Post]:
    """A mail server for one test, and the secret that leads there."""
    handler, port = Post(), free_port()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    (secrets / SMTP_SECRET).write_text(f"smtp://127.0.0.1:{port}?from=trimtab%40agency.example\n")
    try:
        yield handler
    finally:
        controller.stop()


def notifier(secrets: Path, *, at_home: bool = True, now: datetime | None = None) -> ChannelNotifier:
    """A notifier with these secrets."""
    return ChannelNotifier(FolderSecrets(secrets), ManualClock(now or datetime.now(UTC)), at_home=at_home)


def channel(kind: ChannelKind, secrets: Path, url: str, **more: Any) -> NotificationChannel:
    """A channel with its address kept as a secret."""
    (secrets / "url").write_text(url)
    return NotificationChannel(name="team", kind=kind, url_secret="url", **more)


MAIL = NotificationChannel(name="boss", kind=ChannelKind.EMAIL, to=("boss@shop.example", "second@shop.example"))


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (
            ChannelKind.SLACK,
            {
                "text": "*Approval wanted: Acme, north*\nRaise it.\nUntil noon.\n"
                "<https://pages.example/t|Open it in Trimtab>",
                "unfurl_links": False,
                "unfurl_media": False,
            },
        ),
        (
            ChannelKind.GOOGLE_CHAT,
            {
                "text": "*Approval wanted: Acme, north*\nRaise it.\nUntil noon.\n"
                "<https://pages.example/t|Open it in Trimtab>"
            },
        ),
        (
            ChannelKind.WEBHOOK,
            {
                "id": "acme:north-7-team",
                "subject": "Approval wanted: Acme, north",
                "lines": ["Raise it.", "Until noon."],
                "link": "https://pages.example/t",
            },
        ),
    ],
)
def test_each_kind_of_webhook_gets_its_own_form(kind: ChannelKind, body: object, hook: Hook, secrets: Path) -> None:
    notifier(secrets).send(channel(kind, secrets, hook.url), NOTE)
    ((headers, got),) = hook.got
    assert json.loads(got) == body
    assert headers["content-type"] == "application/json"
    assert headers["webhook-id"] == NOTE.note_id
    assert "webhook-signature" not in headers


def test_a_receiver_can_check_who_sent_it_with_the_standards_own_library(hook: Hook, secrets: Path) -> None:
    (secrets / "key").write_text(f"{NEW}\n{OLD}\n")
    notifier(secrets).send(channel(ChannelKind.WEBHOOK, secrets, hook.url, signing_secret="key"), NOTE)
    ((headers, body),) = hook.got
    for key in (NEW, OLD):
        assert Webhook(key).verify(body, headers)["id"] == NOTE.note_id
    for wrong in (body.replace(b"Raise", b"Lower"), body + b" "):
        with pytest.raises(WebhookVerificationError):
            Webhook(NEW).verify(wrong, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + base64.b64encode(b"x" * 32).decode()).verify(body, headers)


def test_a_signature_dates_its_message(hook: Hook, secrets: Path) -> None:
    """So that a receiver can refuse one that somebody recorded earlier."""
    (secrets / "key").write_text(NEW)
    long_ago = datetime(2026, 5, 4, tzinfo=UTC)
    signed = channel(ChannelKind.WEBHOOK, secrets, hook.url, signing_secret="key")
    notifier(secrets, now=long_ago).send(signed, NOTE)
    ((headers, body),) = hook.got
    with pytest.raises(WebhookVerificationError, match="too old"):
        Webhook(NEW).verify(body, headers)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 503])
def test_what_time_heals_is_tried_again(status: int, hook: Hook, secrets: Path) -> None:
    hook.answers = [status]
    to = channel(ChannelKind.SLACK, secrets, hook.url)
    with pytest.raises(Unavailable, match=f"team: answered {status}"):
        notifier(secrets).send(to, NOTE)
    notifier(secrets).send(to, NOTE)
    assert [headers["webhook-id"] for headers, _ in hook.got] == [NOTE.note_id] * 2


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 403, 404, 410])
def test_what_time_does_not_heal_is_not(status: int, hook: Hook, secrets: Path) -> None:
    """A redirect is not followed: it would carry the message to who knows where."""
    hook.answers = [status]
    with pytest.raises(Undeliverable, match=f"team: answered {status}"):
        notifier(secrets).send(channel(ChannelKind.SLACK, secrets, hook.url), NOTE)
    assert len(hook.got) == 1


def test_a_server_that_is_not_there_is_tried_again(secrets: Path) -> None:
    to = channel(ChannelKind.SLACK, secrets, f"http://127.0.0.1:{free_port()}/secret-path")
    with pytest.raises(Unavailable) as caught:
        notifier(secrets).send(to, NOTE)
    assert "secret-path" not in str(caught.value)


@pytest.mark.parametrize("url", ["nonsense", "http://", "ftp://127.0.0.1/x"])
def test_an_address_that_is_none_is_not_tried_again(url: str, secrets: Path) -> None:
    with pytest.raises(Undeliverable, match="team: its address can't be used"):
        notifier(secrets).send(channel(ChannelKind.SLACK, secrets, url), NOTE)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://hooks.example/x", "must begin with https://"),
        ("https://127.0.0.1/x", "not a public one"),
        ("https://169.254.169.254/computeMetadata/v1/", "not a public one"),
        ("https://10.0.0.7/x", "not a public one"),
        ("https://[::1]/x", "not a public one"),
        ("https://[::ffff:127.0.0.1]/x", "not a public one"),
        ("https://0.0.0.0/x", "not a public one"),
    ],
)
def test_in_the_cloud_no_address_leads_into_our_own_network(url: str, why: str, secrets: Path) -> None:
    with pytest.raises(Undeliverable, match=why):
        notifier(secrets, at_home=False).send(channel(ChannelKind.WEBHOOK, secrets, url), NOTE)


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({}, "there is no secret url"),
        ({"url": "  \n"}, "the secret url is empty"),
        ({"url": "http://127.0.0.1:9/"}, "there is no secret key"),
        ({"url": "http://127.0.0.1:9/", "key": "not base64!"}, "the secret key can't sign"),
    ],
)
def test_a_secret_that_is_missing_or_wrong_is_named(files: dict[str, str], why: str, secrets: Path) -> None:
    for name, text in files.items():
        (secrets / name).write_text(text)
    to = NotificationChannel(name="team", kind=ChannelKind.WEBHOOK, url_secret="url", signing_secret="key")
    with pytest.raises(Undeliverable, match=why):
        notifier(secrets).send(to, NOTE)


@pytest.mark.parametrize("name", ["../url", "a/b", ".hidden", "", "x" * 201])
def test_a_name_of_a_secret_leads_nowhere_else(name: str, secrets: Path) -> None:
    (secrets.parent / "url").write_text("http://127.0.0.1:9/")
    to = NotificationChannel.model_construct(
        name="team", kind=ChannelKind.WEBHOOK, url_secret=name, signing_secret=None
    )
    with pytest.raises(Undeliverable, match="is no name of a secret"):
        notifier(secrets).send(to, NOTE)


def test_an_email_reads_well_with_and_without_html(post: Post, secrets: Path) -> None:
    notifier(secrets, now=datetime(2026, 5, 4, 9, tzinfo=UTC)).send(MAIL, NOTE)
    message = post.message()
    assert message["subject"] == "Approval wanted: Acme, north"
    assert message["from"] == "Trimtab <trimtab@agency.example>"
    assert post.got[0].rcpt_tos == list(MAIL.to)
    assert message["message-id"] == "<acme.north-7-team@agency.example>"
    assert message["date"] == "Mon, 04 May 2026 09:00:00 +0000"
    assert message["auto-submitted"] == "auto-generated"
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert plain.get_content().replace("\r\n", "\n") == "Raise it.\n\nUntil noon.\n\nhttps://pages.example/t\n"
    assert '<a href="https://pages.example/t">' in html.get_content()


def test_an_email_is_the_same_message_however_often_it_is_sent(post: Post, secrets: Path) -> None:
    for _ in range(2):
        notifier(secrets).send(MAIL, NOTE)
    contents = [str(one.content) for one in post.got]
    assert [content.count("<acme.north-7-team@agency.example>") for content in contents] == [1, 1]


@pytest.mark.parametrize(
    ("answer", "error"), [("451 come back", Unavailable), ("421 too busy", Unavailable), ("554 spam", Undeliverable)]
)
def test_what_the_mail_server_says_decides(answer: str, error: type[Exception], post: Post, secrets: Path) -> None:
    post.answer = answer
    with pytest.raises(error, match=answer[:3]):
        notifier(secrets).send(MAIL, NOTE)


def test_addresses_of_nobody_are_not_tried_again(post: Post, secrets: Path) -> None:
    post.refused = set(MAIL.to)
    with pytest.raises(Undeliverable, match="takes none of its addresses"):
        notifier(secrets).send(MAIL, NOTE)


def test_one_wrong_address_does_not_keep_the_others_from_reading(post: Post, secrets: Path) -> None:
    post.refused = {MAIL.to[0]}
    notifier(secrets).send(MAIL, NOTE)
    assert post.got[0].rcpt_tos == [MAIL.to[1]]


def test_a_mail_server_that_is_not_there_is_tried_again(secrets: Path) -> None:
    (secrets / SMTP_SECRET).write_text(f"smtp://127.0.0.1:{free_port()}?from=a@b.example")
    with pytest.raises(Unavailable, match="boss: the mail server does not answer"):
        notifier(secrets).send(MAIL, NOTE)


@pytest.mark.parametrize("url", ["http://mail.example?from=a@b.example", "smtp://?from=a@b.example", "smtp://h:25"])
def test_a_mail_server_that_can_not_be_is_named_by_its_secret(url: str, secrets: Path) -> None:
    (secrets / SMTP_SECRET).write_text(url)
    with pytest.raises(Undeliverable, match="the secret smtp-url is not smtp://"):
        notifier(secrets).send(MAIL, NOTE)


def test_in_the_cloud_mail_is_not_handed_to_a_server_without_tls(post: Post, secrets: Path) -> None:
    with pytest.raises(Unavailable, match="SMTPNotSupportedError"):
        notifier(secrets, at_home=False).send(MAIL, NOTE)
    assert post.got == []


@pytest.mark.parametrize(("password", "taken"), [("right", True), ("wrong", False)])
def test_the_mail_server_knows_us_by_password(password: str, taken: bool, secrets: Path) -> None:
    def known(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
        assert isinstance(data, LoginPassword)
        return AuthResult(handled=False, success=(data.login, data.password) == (b"trim@tab", b"right"))

    handler, port = Post(), free_port()
    controller = Controller(handler, hostname="127.0.0.1", port=port, authenticator=known, auth_require_tls=False)
    controller.start()
    (secrets / SMTP_SECRET).write_text(f"smtp://trim%40tab:{password}@127.0.0.1:{port}?from=a@b.example")
    try:
        if taken:
            notifier(secrets).send(MAIL, NOTE)
        else:
            with pytest.raises(Undeliverable, match="answered 535"):
                notifier(secrets).send(MAIL, NOTE)
    finally:
        controller.stop()
    assert len(handler.got) == int(taken)


@pytest.mark.parametrize("kind", [ChannelKind.SLACK, ChannelKind.GOOGLE_CHAT])
def test_a_long_message_is_cut_at_a_line_and_says_so(kind: ChannelKind, hook: Hook, secrets: Path) -> None:
    lines = tuple(f"Line {number} {'<' * 90}" for number in range(60))
    notifier(secrets).send(channel(kind, secrets, hook.url), Note("n", "Long", lines, "https://pages.example/"))
    text = json.loads(hook.got[0][1])["text"]
    shown = text.splitlines()
    assert len(text) <= LONGEST_TEXT + 100
    assert shown[-2] == f"And {60 - (len(shown) - 3)} more."
    assert shown[-1].startswith("<https://pages.example/|")


HOSTILE = st.text(alphabet=st.sampled_from("<>&|*_`!@#\r\n\t\u2028 aé漢"), min_size=1, max_size=40)


@given(subject=HOSTILE, line=HOSTILE)
def test_no_name_from_outside_becomes_a_link_a_mention_or_a_header(subject: str, line: str) -> None:
    """An ad's name may be anything; in a message it is only ever text."""
    note = Note("n", subject, (line,), "https://pages.example/t")
    for kind in (ChannelKind.SLACK, ChannelKind.GOOGLE_CHAT):
        text = str(BODIES[kind](note)["text"])
        assert text.count("<") == text.count(">") == 1
        assert text.rpartition("\n")[2] == "<https://pages.example/t|Open it in Trimtab>"
