"""Carries out what an intake of employees comes to: people, identities, and leavers."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from services.enrollment.domain.enrollment import ENROLLMENT
from services.enrollment.domain.enrollment.joining import WithdrawLeaver
from services.enrollment.domain.intake import Planned, Result
from services.enrollment.domain.person import PERSON, RecordDeparture, RecordPerson
from services.enrollment.queries import enrollments
from services.enrollment.queries.people import SOURCE
from shared.command_handler import Outcome, Step
from shared.database import Database
from shared.errors import Conflict, MentorshipError
from shared.eventstore import Transaction
from shared.http import BoundCommands, Ports
from shared.ids import EnrollmentId, PersonId

_KEEP: Final = """
WITH i AS (
    SELECT * FROM unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                         $9::boolean[], $10::text[])
        AS i (person_id, number, first_name, last_name, work_email, content_hash, is_new, made_from)
), added AS (
    INSERT INTO vault.identity (tenant, person_id, source, employee_number, first_name,
                                last_name, work_email, content_hash)
    SELECT $1, i.person_id, $2, i.number, i.first_name, i.last_name, i.work_email, i.content_hash
    FROM i WHERE i.is_new
    ON CONFLICT (tenant, source, employee_number) DO NOTHING RETURNING 1
), changed AS (
    UPDATE vault.identity AS v
    SET first_name = i.first_name, last_name = i.last_name, work_email = i.work_email,
        content_hash = i.content_hash, updated_at = now()
    FROM i
    WHERE NOT i.is_new AND v.tenant = $1 AND v.source = $2 AND v.employee_number = i.number
      AND v.person_id = i.person_id
      AND (i.made_from = '' OR v.content_hash IN (i.made_from, i.content_hash)) RETURNING 1
)
SELECT (SELECT count(*) FROM added) + (SELECT count(*) FROM changed)
"""

AnyStep: TypeAlias = Step[Any, Any, Any]


class RecordedMeanwhile(Conflict):
    """Another request recorded some of these employees at the same moment; send it again."""


def departure(person_id: PersonId, enrollment_ids: Iterable[EnrollmentId]) -> list[AnyStep]:
    """The steps of a departure: the person leaves, and all that they take part in ends."""
    withdrawals = [
        Step(decider=ENROLLMENT, command=WithdrawLeaver(enrollment_id=each))
        for each in enrollment_ids
    ]
    return [Step(decider=PERSON, command=RecordDeparture(person_id=person_id)), *withdrawals]


async def carry_out(
    ports: Ports, commands: BoundCommands, planned: Sequence[Planned]
) -> Mapping[int, MentorshipError]:
    """Record joiners, movers, and leavers; a row takes effect as a whole or is refused.

    Returns:
        By row, why it was refused after all.
    """
    recorded = [row for row in planned if row.result in {Result.CREATED, Result.UPDATED}]
    steps = {recording(row).stream: row for row in recorded}

    async def also(
        transaction: Transaction, results: Sequence[tuple[AnyStep, Outcome | MentorshipError]]
    ) -> None:
        rows = [steps[step.stream] for step, result in results if isinstance(result, Outcome)]
        await keep_identities(transaction, rows)

    results = await ports.commands.execute_each(
        commands.cause, [recording(row) for row in recorded], also=also
    )
    await _let_go(ports, commands, [row for row in planned if row.result is Result.LEFT])
    return {
        row.row: result
        for row, result in zip(recorded, results, strict=True)
        if isinstance(result, MentorshipError)
    }


def recording(row: Planned) -> AnyStep:
    """The step that records where an employee stands."""
    command = RecordPerson(
        person_id=row.known_as(), position=row.position, identity_changed=row.identity_changed
    )
    return Step(decider=PERSON, command=command)


async def keep_identities(transaction: Transaction, rows: Sequence[Planned]) -> None:
    """Write down who these people are, in the transaction that records them.

    Who was known and is no more was erased: they do not come back with an unchanged row.

    Raises:
        RecordedMeanwhile: one of their numbers belongs to another pseudonym by now, or to nobody;
            or a part was changed of what is no longer so.
    """
    kept = await transaction.db().fetchval(
        _KEEP,
        transaction.cause.tenant,
        SOURCE,
        [row.known_as() for row in rows],
        [row.employee.number for row in rows],
        [row.employee.first_name for row in rows],
        [row.employee.last_name for row in rows],
        [row.employee.work_email for row in rows],
        [row.employee.content_hash for row in rows],
        [row.is_new for row in rows],
        [row.made_from for row in rows],
    )
    if kept != len(rows):
        raise RecordedMeanwhile


async def _let_go(ports: Ports, commands: BoundCommands, leavers: Sequence[Planned]) -> None:
    people = [row.known_as() for row in leavers]
    async with commands.db() as db:
        unfinished = await enrollments.unfinished(db, person_ids=people)
    for person_id in people:
        steps = departure(person_id, unfinished.get(person_id, ()))
        await ports.commands.execute(commands.cause, steps)


async def forget(db: Database, tenant: str, person_id: PersonId) -> None:
    """Delete who somebody is; nothing else here knows."""
    await db.execute(
        "DELETE FROM vault.identity WHERE tenant = $1 AND person_id = $2", tenant, person_id
    )
