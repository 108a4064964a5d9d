"""Bars on their way into events: who is kept from whom is sealed, or named with keys alone."""

from dataclasses import replace
from typing import Final

from services.matching.api.texts import PURPOSE as OF_TEXTS
from services.matching.domain.bar import DeclareBar
from services.matching.domain.bar_target import Target, in_order, written, written_pair
from services.matching.domain.barred_pair import BARRED_PAIR, BarPair
from services.matching.domain.run_commands import RequestRun
from services.matching.queries import run_bars
from services.matching.queries.bars import PEOPLE, REASON, bar_place, pair_place
from services.matching.queries.run_bars import PURPOSE
from shared.database import Database
from shared.frozen import frozen
from shared.http import as_author
from shared.ids import PersonId, ProgramId, TenantId
from shared.vault import Place, Vault

NAME: Final = "bar_id"


@frozen
class PairWish:
    """Two whom a manager wants to keep apart."""

    program_id: ProgramId
    people: tuple[PersonId, PersonId]  # in any order
    by: PersonId
    reason: str


async def ready_wish(
    vault: Vault, db: Database, tenant: TenantId, person: PersonId, target: Target
) -> DeclareBar:
    """A bar under a key of who declares it, by the id that it had if it was declared before.

    Raises:
        AuthorErased: their keys were destroyed.
    """
    text, key = written(target), {"subject": str(person), "purpose": PURPOSE}
    with as_author():
        bar_id = await vault.name(db, text, bar_place(tenant, person, NAME), **key)
        sealed = await vault.seal(db, text, bar_place(tenant, person), **key)
    return DeclareBar(person_id=person, bar_id=bar_id, target=target, sealed=sealed)


async def ready_pair(vault: Vault, db: Database, tenant: TenantId, wish: PairWish) -> BarPair:
    """A pair for the managers' list, with all that is told of it under a key of one of the two.

    It is that of the first by id, whoever is named first: the second is nowhere in clear, and the
    same two are the same bar again.

    Raises:
        SubjectErased: this one's keys were destroyed.
    """
    text, subject = written_pair(wish.people), str(in_order(wish.people)[0])
    key = {"subject": subject, "purpose": PURPOSE}
    program = Place(
        tenant=tenant, stream=f"{BARRED_PAIR.category}-of-{wish.program_id}", field=NAME
    )
    bar_id = await vault.name(db, text, program, **key)
    reason = pair_place(tenant, bar_id, REASON)
    return BarPair(
        bar_id=bar_id,
        program_id=wish.program_id,
        people=wish.people,
        sealed=await vault.seal(db, text, pair_place(tenant, bar_id, PEOPLE), **key),
        by=wish.by,
        reason=await vault.seal(db, wish.reason, reason, subject=subject, purpose=OF_TEXTS),
    )


async def ready_run(
    vault: Vault, db: Database, tenant: TenantId, command: RequestRun
) -> RequestRun:
    """A request for a run with the pairs that it bars as its event may hold them."""
    pairs = command.barred
    if not pairs:
        return command
    people = await run_bars.people_of(db, tenant, pairs)
    subjects = frozenset(people.values())
    await vault.make_keys(db, tenant, subjects, purpose=PURPOSE)
    keys = await vault.namers(db, tenant, subjects, purpose=PURPOSE)
    namers = {who: keys[person] for who, person in people.items() if person in keys}
    where = run_bars.bars_place(tenant, command.run_id)
    return replace(command, barred_unnamed=run_bars.unnamed(where, pairs, namers))
