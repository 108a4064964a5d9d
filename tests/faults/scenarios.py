"""Every scenario by name: what breaks, and on which stage."""

from collections.abc import Mapping, Sequence

from shared.frozen import frozen
from tests.faults import database_faults, delivery_faults, erasure_faults, process_faults
from tests.faults.trials import Fault

SEED = 1
SEEDS_LONG = (1, 2, 3)


@frozen
class Scenario:
    """Something that breaks while people live."""

    name: str
    fault: Fault


def _named(faults: Mapping[str, Fault]) -> Sequence[Scenario]:
    return tuple(Scenario(name=name, fault=fault) for name, fault in faults.items())


# Both halves run on the services as they are by default, each on one system of its own.
PROCESSES = _named(
    {
        "killed": process_faults.kill,
        "crash-points": process_faults.crash,
        "paused": process_faults.hold,
        "joining-and-leaving": process_faults.join_and_leave,
        "two-of-each": process_faults.two_of_each,
        "upgrade": delivery_faults.upgrade,
        "erasure": erasure_faults.erase_amid_matching,
    }
)
WAYS = _named(
    {
        "backend-killed": database_faults.kill_backends,
        "database-away": database_faults.stop_at_once,
        "database-cut-off": database_faults.cut_off,
        "slow-database": database_faults.slow_down,
        "answers-lost": database_faults.lose_answers,
        "repeated": delivery_faults.repeat,
        "delayed": delivery_faults.delay,
        "overwhelmed": delivery_faults.overwhelm,
        "poison": delivery_faults.poison,
    }
)
