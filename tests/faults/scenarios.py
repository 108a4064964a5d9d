"""Every scenario by name: what breaks, and on which stage."""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from shared.frozen import frozen
from tests.faults import (
    broker_faults,
    database_faults,
    delivery_faults,
    erasure_faults,
    process_faults,
)
from tests.faults.small_disk import small_disk
from tests.faults.stage import Stage, raised
from tests.faults.trials import Fault

SEED, SEED_LONG = 1, 2  # of the tests
SEEDS_LONG = (1, 2, 3)  # of a run of its own
AT_LENGTH_ONLY = {
    "joining-and-leaving",
    "two-of-each",
    "delayed",
    "upgrade",
    "repeated",
    "slow-database",
    "acknowledgements-lost",
    "broker-disk-full",
    "slow-broker",
    "published-again",
    "repeated-by-broker",
}
DATABASE_MEGABYTES, BROKER_MEGABYTES = 500, 150


@frozen
class Scenario:
    """Something that breaks while people live."""

    name: str
    fault: Fault

    @property
    def is_brief(self) -> bool:
        """Whether the usual tests try it, too: what it breaks is broken by nothing else there."""
        return self.name not in AT_LENGTH_ONLY


@frozen
class Group:
    """Scenarios that can share a stage."""

    raised: Callable[[], AbstractContextManager[Stage]]
    scenarios: Sequence[Scenario]


@contextmanager
def _with_broker() -> Iterator[Stage]:
    with (
        tempfile.TemporaryDirectory(prefix="faults-broker-") as folder,
        raised(broker_disk=Path(folder)) as stage,
    ):
        yield stage


@contextmanager
def _on_small_disks() -> Iterator[Stage]:
    with (
        small_disk(DATABASE_MEGABYTES) as disk,
        small_disk(BROKER_MEGABYTES) as broker_disk,
        raised(disk=disk, broker_disk=broker_disk) as stage,
    ):
        yield stage


def _named(faults: Mapping[str, Fault]) -> Sequence[Scenario]:
    return tuple(Scenario(name=name, fault=fault) for name, fault in faults.items())


PROCESSES = Group(
    raised=raised,
    scenarios=_named(
        {
            "killed": process_faults.kill,
            "crash-points": process_faults.crash,
            "paused": process_faults.hold,
            "joining-and-leaving": process_faults.join_and_leave,
            "two-of-each": process_faults.two_of_each,
            "upgrade": delivery_faults.upgrade,
            "erasure": erasure_faults.erase_amid_matching,
        }
    ),
)
WAYS = Group(
    raised=raised,
    scenarios=_named(
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
    ),
)
BROKER = Group(
    raised=_with_broker,
    scenarios=_named(
        {
            "broker-killed": broker_faults.kill_broker,
            "broker-wiped": broker_faults.wipe_broker,
            "broker-cut-off": broker_faults.cut_broker_off,
            "slow-broker": broker_faults.slow_broker,
            "acknowledgements-lost": broker_faults.lose_acknowledgements,
            "published-again": broker_faults.publish_again,
            "relay-crash-points": process_faults.crash_relay,
            "repeated-by-broker": delivery_faults.repeat,
        }
    ),
)
DISKS = Group(
    raised=_on_small_disks,
    scenarios=_named(
        {
            "database-disk-full": database_faults.fill_disk,
            "broker-disk-full": broker_faults.fill_broker,
        }
    ),
)
GROUPS: Mapping[str, Group] = {
    "processes": PROCESSES,
    "ways": WAYS,
    "broker": BROKER,
    "disks": DISKS,
}
