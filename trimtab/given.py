"""What a deployment is told: checked by `make deploy`, and by the pipeline's first step before anything is set up.

So it needs Python alone: `python3 trimtab/given.py PROJECT REGION ENVIRONMENT UNTIL ADOPT_DATA`.
"""

import re
import sys

ENVIRONMENTS = ("staging", "production")
REGION = "europe-west1"
"""Where nothing else is said."""
UNTIL = ("plan", "canary")
"""The step that the pipeline stops after."""
_SHAPES = (
    ("PROJECT", r"[a-z][a-z0-9-]{4,28}[a-z0-9]", "is no project id: 6 to 30 lower-case letters, digits and hyphens"),
    ("REGION", r"[a-z]+-[a-z]+[0-9]+", "is no region: one is named like europe-west1"),
    ("ENVIRONMENT", "|".join(ENVIRONMENTS), f"is no environment: it is {' or '.join(ENVIRONMENTS)}"),
    ("UNTIL", "|".join(UNTIL), f"is no step to stop after: it is {' or '.join(UNTIL)}"),
    ("ADOPT_DATA", "true|false", "is neither true nor false"),
)


def wrong(*given: str) -> list[tuple[str, str]]:
    """What is wrong with what was given, in the order of the command line: the name, and what it should be."""
    pairs = zip(_SHAPES, given, strict=False)
    return [(name, f"{value!r} {said}") for (name, shape, said), value in pairs if not re.fullmatch(shape, value)]


if __name__ == "__main__":
    for name, said in wrong(*sys.argv[1:]):
        print(f"{name}: {said}", file=sys.stderr)
    sys.exit(1 if wrong(*sys.argv[1:]) else 0)
