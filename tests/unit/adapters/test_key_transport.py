"""Keys come from the issuer itself: over TLS that is verified, and never from where an answer points."""

import json
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address
from pathlib import Path
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from common.adapters.google_tokens import GOOGLE_KEYS, IAP_KEYS
from common.adapters.public_keys import fetched_from
from common.domain.errors import Unavailable


class _Issuer(BaseHTTPRequestHandler):
    asked: list[str] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(302 if self.path == "/moved" else 200)
        self.send_header("Location", "/keys")
        self.end_headers()
        self.wfile.write(b"" if self.path == "/moved" else json.dumps({"one": "PEM 1"}).encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
        """Say nothing."""


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate that nobody but its owner signed, with its key."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    file = tmp_path / "certificate.pem"
    file.write_bytes(secret + made.public_bytes(Encoding.PEM))
    return file


def _served(server: HTTPServer, scheme: str) -> Iterator[str]:
    _Issuer.asked = []
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"{scheme}://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture
def issuer() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), _Issuer) as server:
        yield from _served(server, "http")


@pytest.fixture
def secured(certificate: Path) -> Iterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with HTTPServer(("127.0.0.1", 0), _Issuer) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        yield from _served(server, "https")


def test_googles_keys_are_read_over_tls_alone() -> None:
    assert [url.partition("://")[0] for url in (GOOGLE_KEYS, IAP_KEYS)] == ["https", "https"]


def test_a_server_whose_certificate_nobody_vouches_for_is_not_believed(
    secured: str, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Unavailable, match="CERTIFICATE_VERIFY_FAILED"):
        fetched_from(f"{secured}/keys")()
    assert _Issuer.asked == []
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    assert fetched_from(f"{secured}/keys")() == {"one": "PEM 1"}


def test_a_redirect_is_not_followed(issuer: str) -> None:
    with pytest.raises(Unavailable):
        fetched_from(f"{issuer}/moved")()
    assert _Issuer.asked == ["/moved"]
    assert fetched_from(f"{issuer}/keys")() == {"one": "PEM 1"}
