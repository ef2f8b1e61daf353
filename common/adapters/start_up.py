"""What a process leaves undone while it starts: collecting garbage among objects of which all stay.

Imports make some hundred thousand objects. Python looks through them again and again meanwhile, and finds nothing: a
tenth of a cold start. Whoever imports this first calls `imported` when the imports are done.
"""

import gc

SELDOM = 20_000
"""New objects until the youngest are looked through; Python's own 700 are for programs that make few. Adapters, which
are imported at the first message, make tens of thousands."""

_WAS_ON = gc.isenabled()
gc.disable()


def imported() -> None:
    """Collect again from now on, and never among what was imported."""
    gc.freeze()
    gc.set_threshold(SELDOM, 20, 20)
    if _WAS_ON:
        gc.enable()
