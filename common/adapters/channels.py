"""Notes by webhook (Slack, Google Chat, or a program of the tenant's) and by e-mail."""

import base64
import binascii
import hashlib
import hmac
import json
import smtplib
import ssl
from collections.abc import Callable, Mapping, Sequence
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from html import escape
from ipaddress import ip_address
from socket import gaierror, getaddrinfo
from urllib.parse import SplitResult, unquote, urlsplit

import requests

from common.domain.errors import Unavailable
from common.domain.notifications import ChannelKind, NotificationChannel
from common.ports.clock import Clock
from common.ports.notifier import Note, Undeliverable
from common.ports.secrets import SecretMissing, Secrets

TIMEOUT_SECONDS = 10
SMTP_SECRET = "smtp-url"  # noqa: S105 - a secret's name
"""`smtp://USER:PASSWORD@HOST:PORT?from=ADDRESS`: where e-mail is handed in. STARTTLS is required off this machine;
`smtps://` speaks TLS from the start."""
PORTS = {"smtp": 587, "smtps": 465}
LONGEST_TEXT = 3_900
"""Characters of a chat message; Slack advises 4,000 and cuts off at 40,000, Google Chat refuses over 32,000 bytes."""
LATER = frozenset({408, 425, 429})
"""Refusals that time heals; so do all of the 500s."""


class ChannelNotifier:
    """Sends notes by the tenant's channels. Addresses are secrets: no message of ours shows them.

    Args:
        at_home: also send to this machine and without TLS; for one machine and for tests.
    """

    def __init__(self, secrets: Secrets, clock: Clock, *, at_home: bool) -> None:
        self._secrets, self._clock, self._at_home = secrets, clock, at_home

    def send(self, channel: NotificationChannel, note: Note) -> None:
        """As the port says."""
        try:
            if channel.kind is ChannelKind.EMAIL:
                self._mail(channel, note)
            else:
                self._post(channel, note)
        except SecretMissing as error:
            raise Undeliverable(f"{channel.name}: {error}") from error

    def _post(self, channel: NotificationChannel, note: Note) -> None:
        url = self._secrets.read(channel.url_secret or "")[0]
        self._must_be_outside(channel, urlsplit(url))
        body = json.dumps(BODIES[channel.kind](note), ensure_ascii=False).encode()
        headers = {"content-type": "application/json", **self._signed(note.note_id, body, self._keys(channel))}
        try:
            answer = requests.post(url, body, headers=headers, timeout=TIMEOUT_SECONDS, allow_redirects=False)
        except (requests.ConnectionError, requests.Timeout) as error:
            raise Unavailable(f"{channel.name}: no answer ({type(error).__name__})") from None
        except requests.RequestException as error:
            raise Undeliverable(f"{channel.name}: its address can't be used ({type(error).__name__})") from None
        if answer.status_code in LATER or answer.status_code >= 500:
            raise Unavailable(f"{channel.name}: answered {answer.status_code}")
        if not answer.ok or answer.is_redirect:
            raise Undeliverable(f"{channel.name}: answered {answer.status_code}")

    def _keys(self, channel: NotificationChannel) -> Sequence[bytes]:
        if channel.signing_secret is None:
            return ()
        try:
            values = self._secrets.read(channel.signing_secret)
            return [base64.b64decode(value.removeprefix("whsec_"), validate=True) for value in values]
        except binascii.Error as error:
            wanted = "its value must be whsec_ and the base64 of 24 to 64 random bytes"
            raise Undeliverable(f"{channel.name}: the secret {channel.signing_secret} can't sign: {wanted}") from error

    def _signed(self, note_id: str, body: bytes, keys: Sequence[bytes]) -> Mapping[str, str]:
        """Headers as https://www.standardwebhooks.com defines them, one signature a key."""
        moment = str(int(self._clock.now().timestamp()))
        signed = b".".join([note_id.encode(), moment.encode(), body])
        made = [base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode() for key in keys]
        headers = {"webhook-id": note_id, "webhook-timestamp": moment}
        return headers | ({"webhook-signature": " ".join(f"v1,{one}" for one in made)} if made else {})

    def _must_be_outside(self, channel: NotificationChannel, url: SplitResult) -> None:
        """Refuse what is not HTTPS to a public machine: an address must not make us talk to our own network."""
        if self._at_home:
            return
        if url.scheme != "https" or not url.hostname:
            raise Undeliverable(f"{channel.name}: its address must begin with https://")
        try:
            found = {info[4][0] for info in getaddrinfo(url.hostname, url.port or 443)}
        except gaierror as error:
            raise Unavailable(f"{channel.name}: its host has no address now") from error
        if not all(ip_address(str(one)).is_global for one in found):
            raise Undeliverable(f"{channel.name}: its host is not a public one")

    def _mail(self, channel: NotificationChannel, note: Note) -> None:
        server = urlsplit(self._secrets.read(SMTP_SECRET)[0])
        sender = unquote(server.query.removeprefix("from="))
        if server.scheme not in PORTS or not server.hostname or "@" not in sender:
            raise Undeliverable(f"{channel.name}: the secret {SMTP_SECRET} is not smtp://HOST:PORT?from=ADDRESS")
        try:
            with self._connected(server.scheme, server.hostname, server.port or PORTS[server.scheme]) as smtp:
                if server.username:
                    smtp.login(unquote(server.username), unquote(server.password or ""))
                smtp.send_message(self._message(channel, note, sender))
        except smtplib.SMTPResponseException as error:
            if error.smtp_code >= 500:
                raise Undeliverable(f"{channel.name}: the mail server answered {error.smtp_code}") from error
            raise Unavailable(f"{channel.name}: the mail server answered {error.smtp_code}") from error
        except smtplib.SMTPRecipientsRefused as error:
            raise Undeliverable(f"{channel.name}: the mail server takes none of its addresses") from error
        except (smtplib.SMTPException, OSError) as error:
            raise Unavailable(f"{channel.name}: the mail server does not answer ({type(error).__name__})") from error

    def _connected(self, scheme: str, host: str, port: int) -> smtplib.SMTP:
        tls = ssl.create_default_context()
        if scheme == "smtps":
            return smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_SECONDS, context=tls)
        smtp = smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)
        if not self._at_home:
            try:
                smtp.starttls(context=tls)
            except BaseException:
                smtp.close()
                raise
        return smtp

    def _message(self, channel: NotificationChannel, note: Note, sender: str) -> EmailMessage:
        message = EmailMessage()
        message["Subject"] = " ".join(note.subject.split())[:200]
        message["From"] = Address("Trimtab", addr_spec=sender)
        message["To"] = ", ".join(channel.to)
        message["Date"] = format_datetime(self._clock.now())
        message["Message-ID"] = f"<{note.note_id.replace(':', '.').replace('@', '.')}@{sender.partition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        link = [note.link] if note.link else []
        message.set_content("\n\n".join([*note.lines, *link]) + "\n")
        shown = "".join(f"<p>{escape(line)}</p>" for line in note.lines)
        open_it = f'<p><a href="{escape(note.link)}">Open it in Trimtab</a></p>' if note.link else ""
        message.add_alternative(f"<!doctype html><html><body>{shown}{open_it}</body></html>", subtype="html")
        return message


def _slack(note: Note) -> dict[str, object]:
    """https://docs.slack.dev/messaging/formatting-message-text: three characters are escaped, links stand in <>."""

    def plain(text: str) -> str:
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

    return {"text": _chat_text(note, plain), "unfurl_links": False, "unfurl_media": False}


def _google_chat(note: Note) -> dict[str, object]:
    """https://developers.google.com/workspace/chat/format-messages: there is no escape for `<`, so it is replaced."""

    def plain(text: str) -> str:
        return text.replace("<", "\u2039").replace(">", "\u203a")

    return {"text": _chat_text(note, plain)}


def _chat_text(note: Note, plain: Callable[[str], str]) -> str:
    head = f"*{plain(' '.join(note.subject.split()))}*"
    foot = [f"<{note.link}|Open it in Trimtab>"] if note.link else []
    room = LONGEST_TEXT - len(head) - sum(map(len, foot))
    shown: list[str] = []
    for line in map(plain, note.lines):
        room -= len(line) + 1
        if room < 0:
            shown.append(f"And {len(note.lines) - len(shown)} more.")
            break
        shown.append(line)
    return "\n".join([head, *shown, *foot])


def _plain(note: Note) -> dict[str, object]:
    return {"id": note.note_id, "subject": note.subject, "lines": list(note.lines), "link": note.link}


BODIES = {ChannelKind.SLACK: _slack, ChannelKind.GOOGLE_CHAT: _google_chat, ChannelKind.WEBHOOK: _plain}
