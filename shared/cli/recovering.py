"""`fairlead rebase` and `fairlead keys`: after a restore, and when the master key is another."""

from collections.abc import Sequence
from typing import Annotated

import typer

from shared import settings
from shared.cli.output import console
from shared.cli.reaching import OneService, OnlyService, chosen_from, with_databases
from shared.errors import Refused
from shared.eventstore import sequencer
from shared.provisioning import Databases, connected
from shared.vault import SealBroken, Vault, chosen_epoch_keys

keys = typer.Typer(no_args_is_help=True, help="The keys that people's texts are sealed with.")

_OTHERS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND usename LIKE 'fairlead\\_%' AND pid <> pg_backend_pid()
"""
_TENANTS = "SELECT DISTINCT tenant FROM vault.subject_keys WHERE wrapped_key IS NOT NULL"


class StillInUse(Refused):
    """Processes of Fairlead are connected to this database: stop its API and its workers first."""


class MasterKeyMissing(Refused):
    """Keys are wrapped under a key that FAIRLEAD_VAULT__MASTER_KEY lacks: add it after a comma."""


def rebase(
    service: OneService,
    *,
    restored: Annotated[
        bool,
        typer.Option("--restored", help="Yes: this database was restored into another cluster."),
    ] = False,
) -> None:
    """After a restore: have events numbered on from what the restored log holds.

    Events that were stored but not numbered when the backup was taken get their numbers now.
    Needs an administrator of the server, and nobody who appends.
    """
    if not restored:
        message = "it changes marks that are right everywhere else; say --restored if it was"
        raise typer.BadParameter(message, param_hint="--restored")

    count = with_databases(lambda databases: rebased(databases, service))
    console.print(f"{service} goes on from its numbers; {count} events had none and have one now.")


@keys.command("rewrap")
def rewrap(*, service: OnlyService = None) -> None:
    """Wrap every key under the first master key, so that the older ones can be destroyed.

    Safe to run again, and while requests are answered; a second run that wraps none is the proof.
    """
    vault = Vault(chosen_epoch_keys(settings.load().vault))

    count = with_databases(lambda databases: rewrapped(databases, chosen_from(service), vault))
    console.print(f"{count} keys wrapped under the first master key.")


async def rebased(databases: Databases, service: str) -> int:
    """Start numbering again from the numbers of a restored log.

    Returns:
        How many events had no number yet and have one now.

    Raises:
        StillInUse: somebody is there who may append.
    """
    async with connected(databases.administrator(service, databases.name(service))) as connection:
        if await connection.fetchval(_OTHERS):
            raise StillInUse
        return await sequencer.rebase(connection)


async def rewrapped(databases: Databases, services: Sequence[str], vault: Vault) -> int:
    """Wrap the keys of every tenant under the vault's current epoch key, a tenant at a time.

    Returns:
        How many were under another.

    Raises:
        MasterKeyMissing: the vault does not know under which.
    """
    count = 0
    for service in services:
        async with connected(databases.dsn(service, "worker")) as connection:
            for row in await connection.fetch(_TENANTS):
                try:
                    async with connection.transaction():
                        count += await vault.rewrap(connection, row["tenant"])
                except SealBroken as reason:
                    raise MasterKeyMissing from reason
    return count
