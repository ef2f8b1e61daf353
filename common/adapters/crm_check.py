"""What a tenant's CRM needs beside its accounts: a key, a secret to sign with, something told lately, match rates."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from common.adapters.signed_requests import signing_keys
from common.adapters.stored_crm import LOOKED_BACK, StoredCrm
from common.domain.connection import Need
from common.domain.errors import Unavailable
from common.domain.figures import Upload
from common.domain.tenant import Tenant
from common.domain.trouble import Trouble, TroubleKind
from common.ports.clock import Clock
from common.ports.crm import CrmUnavailable
from common.ports.keys import Keys, NoKey
from common.ports.secrets import Secrets


@dataclass(frozen=True, slots=True)
class CrmCheck:
    """One tenant's CRM, looked at."""

    tenant: Tenant
    stored: StoredCrm
    keys: Keys
    secrets: Secrets = field(repr=False)
    clock: Clock

    def needs(self, timeout: float) -> tuple[Need, ...]:
        """Everything, met or not.

        Raises:
            CrmUnavailable: what was told can't be read now.
        """
        try:
            return tuple(self._each(timeout))
        except Unavailable as error:
            raise CrmUnavailable(str(error), Trouble(TroubleKind.LATER, "unavailable", str(error))) from error

    def _each(self, timeout: float) -> Iterator[Need]:
        key = self._key()
        yield key
        if self.tenant.crm.signing is not None:
            yield self._signing(self.tenant.crm.signing)
        if key.met:
            told = self.stored.uploads((), self.clock.now() - LOOKED_BACK, timeout=timeout)
            yield self._heard(told)
            yield _rated(told)

    def _key(self) -> Need:
        what = "A key under which ids are hashed"
        try:
            self.keys.key(self.tenant.tenant_id)
        except NoKey as error:
            return Need(code=error.code, what=what, met=False, said=str(error))
        return Need(code="access", what=what, met=True, said="it is there")

    def _signing(self, name: str) -> Need:
        met = bool(signing_keys(self.secrets, name))
        said = "it is there" if met else f"put `whsec_` and the base64 of 24 to 64 random bytes into the secret {name}"
        return Need(code="access" if met else "secret_missing", what="A key that senders sign with", met=met, said=said)

    def _heard(self, told: tuple[Upload, ...]) -> Need:
        limit = timedelta(hours=self.tenant.guardrails.stale_hours.crm)
        what = f"Something told in the last {self.tenant.guardrails.stale_hours.crm:g} hours"
        if not told:
            said = "nothing was told yet: send a delivery, an empty one will do"
            return Need(code="silent", what=what, met=False, said=said, required=False)
        met = self.clock.now() - told[-1].at <= limit
        said = f"last told at {told[-1].at:%Y-%m-%d %H:%M} UTC{'' if met else ': see why the sender is silent'}"
        return Need(code="heard" if met else "silent", what=what, met=met, said=said, required=False)


def _rated(told: tuple[Upload, ...]) -> Need:
    rates = [one.match_rate for one in told if one.match_rate is not None]
    said = f"{rates[-1]:.0%} matched last" if rates else "nobody tells how many records match: send match rates too"
    code = "rated" if rates else "match_rate_unknown"
    return Need(code=code, what="Match rates", met=bool(rates), said=said, required=False)
