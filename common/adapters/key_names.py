"""What a tenant's key is called where keys are kept."""

import hashlib
import re


def key_name(tenant_id: str) -> str:
    """Letters, digits and dashes, as Secret Manager wants them; readable, and never the same for two tenants."""
    readable = re.sub(r"[^A-Za-z0-9-]", "-", tenant_id)
    return f"trimtab-key-{readable}-{hashlib.sha256(tenant_id.encode()).hexdigest()[:12]}"
