"""What accounts are called: as people copy them from the platforms' pages, and as the APIs want them."""

import re
from dataclasses import dataclass

from common.domain.errors import Fault
from common.domain.performance import GA4


@dataclass(frozen=True, slots=True)
class _Form:
    written: re.Pattern[str]
    """What people write, the part that counts in a group."""
    wanted: str
    """Around that part, as the API has it."""
    looks: str
    """Told to who wrote something else."""
    dashes: bool = False
    """People write it with dashes, or spaces, that mean nothing."""


_FORMS = {
    "google_ads": _Form(
        re.compile(r"(\d{10})"), "{}", "10 digits, as 123-456-7890 at the top of Google Ads", dashes=True
    ),
    "meta": _Form(
        re.compile(r"(?:act_)?(\d{5,20})"), "act_{}", "act_ and digits, as in Ads Manager's address after act="
    ),
    "linkedin": _Form(
        re.compile(r"(?:urn:li:sponsoredAccount:)?(\d{5,20})"), "{}", "digits, as Campaign Manager shows them"
    ),
    GA4: _Form(
        re.compile(r"(?:properties/)?(\d{1,20})"),
        "properties/{}",
        "digits, as Admin, Property details shows them; a G-... id is a data stream's",
    ),
}
MANAGER = _Form(
    re.compile(r"(\d{10})"), "{}", "10 digits, as 123-456-7890 at the top of the manager account", dashes=True
)


def account_id(source: str, written: str) -> str | Fault:
    """The account's id as its API has it; a fault where it can't be one. Other sources take it as it is."""
    form = _FORMS.get(source)
    return written.strip() if form is None else _read(form, source, written)


def manager_id(written: str) -> str | Fault:
    """The same of a Google Ads manager account."""
    return _read(MANAGER, "through", written)


def _read(form: _Form, where: str, written: str) -> str | Fault:
    plain = re.sub(r"[\s-]", "", written) if form.dashes else written.strip()
    found = form.written.fullmatch(plain)
    return Fault(where, f"{written!r} is no account: {form.looks}") if found is None else form.wanted.format(found[1])
