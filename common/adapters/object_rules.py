"""What every object storage takes as a path. Held before anything is sent, so that all of them refuse the same."""

import re

from common.domain.errors import Fault, InvalidInput

MAX_PATH = 900
"""Characters. Google takes 1,024 bytes (https://cloud.google.com/storage/docs/objects#naming), our prefix included."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:@-]{0,199}")


def check_path(path: str) -> str:
    """The path, if it can be one. No name of it begins with a dot, so none leads out of a folder or is hidden there.

    Raises:
        InvalidInput: it can't.
    """
    faults = [
        Fault(path, f"has the part {name!r}; letters, digits and _ . : @ - are allowed, at most 200")
        for name in path.split("/")
        if not _NAME.fullmatch(name)
    ]
    if len(path) > MAX_PATH:
        faults.append(Fault(path[:40], f"has {len(path):,} characters; at most {MAX_PATH} are allowed"))
    if faults:
        raise InvalidInput("the path of an object", faults)
    return path
