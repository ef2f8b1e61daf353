"""Which bundles ran before an apply."""

import json
from collections.abc import Mapping
from pathlib import Path

from common.domain.errors import Fault, InvalidInput
from trimtab.bundles import MANIFEST


def bundles_before(outputs: Path, out: Path) -> Mapping[str, str] | None:
    """The bundles to go back to: of each function what ran before; a function that is new keeps its own.

    Args:
        outputs: what `terraform output -json` printed before the apply.
        out: the folder with the manifest that was applied.

    Returns:
        Nothing where nothing ran before.

    Raises:
        InvalidInput: the file is not what Terraform prints.
    """
    try:
        ran: Mapping[str, str] = json.loads(outputs.read_text()).get("bundles", {}).get("value", {})
    except (ValueError, AttributeError) as error:
        raise InvalidInput(
            str(outputs), [Fault("", f"is not what `terraform output -json` prints: {error}")]
        ) from error
    applied: Mapping[str, str] = json.loads((out / MANIFEST).read_text())["bundles"]
    return {name: ran.get(name, new) for name, new in applied.items()} if ran else None
