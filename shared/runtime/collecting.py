"""How often a process that handles events looks for garbage in cycles."""

import gc

# Batches of events are many objects that live shortly: looking for cycles among them each 700
# allocations, as is the default, doubles what decoding costs.
COLLECT_AFTER = (20_000, 20, 50)


def collect_seldom() -> None:
    """Look seldom, and never at what stands now: what is imported stays."""
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
