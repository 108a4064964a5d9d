"""After a restore numbers go on, unless somebody is there; and an old master key can go."""

import pytest

from shared.cli.recovering import MasterKeyMissing, StillInUse, rebased, rewrapped
from shared.eventstore import Append
from shared.eventstore.postgres import tenant_transaction
from shared.eventstore.sequencer import Sequencer
from shared.ids import TenantId
from shared.provisioning import Databases, connected
from shared.vault import Place, SealBroken, Vault
from tests.consuming import eventually
from tests.fresh_databases import FreshDatabase
from tests.shared.reading_circle import ORCHARD, achieved, cause, stream
from tests.shared.stores import pool_of, store_on

pytestmark = pytest.mark.integration

OLD, NEW, LOST = b"o" * 32, b"n" * 32, b"l" * 32
HARBOUR = TenantId("harbour")
TEXT = "I would like to speak up more."
OTHERS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
FROM_ELSEWHERE = """
UPDATE log.events SET xid = '99999999999';
UPDATE log.sequencer SET mark = '99999999990:99999999990:'
"""


def sessions(databases: Databases) -> FreshDatabase:
    return FreshDatabase(server=databases.server, name=databases.name("sessions"))


async def numbered(databases: Databases) -> int:
    async with pool_of(sessions(databases), "worker") as worker:
        sequencer = Sequencer(worker)
        count = await sequencer.run_once()
        await sequencer.close()
        return count


async def everybody_has_left(databases: Databases) -> None:
    """A server takes a moment to notice that a connection was closed."""
    name = databases.name("sessions")
    async with connected(databases.administrator("sessions", name)) as administrator:

        async def nobody_is_there() -> bool:
            return not await administrator.fetchval(OTHERS)

        await eventually(nobody_is_there)


async def achieve(databases: Databases, goal: int) -> None:
    async with (
        store_on(sessions(databases)) as store,
        store.transaction(cause()) as transaction,
    ):
        goals = [Append(stream=stream(goal), expected_version=0, events=[achieved(goal)])]
        await transaction.append(goals)


async def test_after_a_restore_events_are_numbered_on(databases: Databases) -> None:
    await achieve(databases, 1)
    assert await numbered(databases) == 1
    await achieve(databases, 2)
    name = databases.name("sessions")
    async with connected(databases.administrator("sessions", name)) as administrator:
        await administrator.execute(FROM_ELSEWHERE)
    assert await numbered(databases) == 0
    await everybody_has_left(databases)
    assert await rebased(databases, "sessions") == 1
    await achieve(databases, 3)
    assert await numbered(databases) == 1


async def test_nothing_is_rebased_while_somebody_is_connected(databases: Databases) -> None:
    async with connected(databases.dsn("sessions", "app")):
        with pytest.raises(StillInUse):
            await rebased(databases, "sessions")
    await everybody_has_left(databases)
    assert await rebased(databases, "sessions") == 0


async def sealed_by(databases: Databases, tenant: TenantId, vault: Vault) -> None:
    place = Place(tenant=tenant, stream="journey-1", field="notes")
    async with (
        pool_of(sessions(databases), "app") as pool,
        tenant_transaction(pool, tenant) as db,
    ):
        what = await vault.seal(db, TEXT, place, subject="ana", purpose="session")
        assert await vault.open(db, what, place) == TEXT


async def test_every_key_of_every_tenant_goes_under_the_new_one(databases: Databases) -> None:
    await sealed_by(databases, ORCHARD, Vault([OLD]))
    await sealed_by(databases, HARBOUR, Vault([OLD]))
    assert await rewrapped(databases, ["sessions", "metrics"], Vault([NEW, OLD])) == 2
    assert await rewrapped(databases, ["sessions", "metrics"], Vault([NEW, OLD])) == 0
    await sealed_by(databases, HARBOUR, Vault([NEW]))
    with pytest.raises(SealBroken):
        await sealed_by(databases, ORCHARD, Vault([OLD]))


async def test_a_master_key_that_is_missing_is_asked_for(databases: Databases) -> None:
    await sealed_by(databases, ORCHARD, Vault([LOST]))
    with pytest.raises(MasterKeyMissing, match="MASTER_KEY"):
        await rewrapped(databases, ["sessions"], Vault([NEW, OLD]))
