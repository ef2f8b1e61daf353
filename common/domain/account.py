"""Where a tenant's campaigns live: its accounts on the platforms, and how they are reached. Never a secret itself."""

from typing import Annotated

from pydantic import StringConstraints

from common.domain.model import Frozen, Id

SecretName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,199}$")]
"""Names a secret; what it holds is never in a document."""


class Account(Frozen):
    """One account on one platform, or in another source."""

    platform: Id
    """As the manifest's entities name it: `google_ads`, `meta`."""
    account_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_:./-]{0,99}$")]
    """As the platform writes it; Google Ads' without dashes, Meta's with `act_`."""
    through: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,20}$")] | None = None
    """The manager account through which it is reached, where the platform has such."""
    secret: SecretName | None = None
    """What its credentials are called; `None`: the platform's name, one set of credentials for all tenants."""

    @property
    def credentials(self) -> str:
        """The name of the secret with its credentials."""
        return self.secret or self.platform
