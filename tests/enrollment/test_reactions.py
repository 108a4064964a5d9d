import asyncio
from datetime import timedelta
from uuid import UUID

import asyncpg
import httpx
import pytest

from services.enrollment.main import SERVICE
from shared import clock
from shared.envelope import Cause
from shared.events.enrollment import ApplicationSubmitted, PersonLeft
from shared.events.sessions import JourneyCompleted
from shared.events.vocabulary import Part
from shared.eventstore import Append
from shared.eventstore.postgres import PostgresEventStore
from shared.eventstore.sequencer import Sequencer
from shared.ids import CohortId, EnrollmentId, PairingId, PersonId, ProgramId, TenantId, new_id
from shared.runtime.rebuilding import rebuilt
from tests.enrollment.office import Office, granted
from tests.enrollment.spring import enrolled_mentee, enrolled_mentor, spring
from tests.patience import PATIENCE_SECONDS

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="session")]


async def tell(office: Office, event: JourneyCompleted) -> None:
    """Sessions tells something."""
    databases = office.world.databases
    cause = cause_in(office)
    async with (
        asyncpg.create_pool(databases.dsn("sessions", "app"), min_size=1, max_size=2) as app,
        asyncpg.create_pool(databases.dsn("sessions", "worker"), min_size=1, max_size=2) as worker,
    ):
        store = PostgresEventStore(app, "sessions")
        async with store.transaction(cause) as transaction:
            stream = f"journey-{event.pairing_id}"
            await transaction.append([Append(stream=stream, expected_version=0, events=[event])])
        await store.close()
        await Sequencer(worker).run_once()


def cause_in(office: Office) -> Cause:
    return Cause(
        tenant=TenantId(office.tenant),
        actor="ana",
        right="participant",
        correlation_id=new_id(),
        causation_id=new_id(),
    )


async def wait_for_stage(client: httpx.AsyncClient, enrollment: str, stage: str) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while granted(await client.get(f"/v1/enrollments/{enrollment}"))["stage"] != stage:  # noqa: ASYNC110  # seen from outside
            await asyncio.sleep(0.02)


async def test_a_completed_journey_is_a_graduation_of_both(office: Office) -> None:
    story = await spring(office)
    mentee, mentor = await enrolled_mentee(story), await enrolled_mentor(story)
    event = JourneyCompleted(
        pairing_id=PairingId(new_id()),
        program_id=ProgramId(new_id()),
        cohort_id=CohortId(UUID(story.cohort)),
        mentor=EnrollmentId(UUID(mentor)),
        mentee=EnrollmentId(UUID(mentee)),
        sessions_held=4,
        at=clock.now(),
    )
    await tell(office, event)
    for enrollment in (mentee, mentor):
        await wait_for_stage(story.manager, enrollment, "graduated")


async def test_who_applies_while_they_leave_is_withdrawn(office: Office) -> None:
    """Whichever of the two is written last: neither has seen the other."""
    story = await spring(office)
    granted(await office.hr.post(f"/v1/people/{story.ana_id}/departure"))
    applied = ApplicationSubmitted(
        enrollment_id=EnrollmentId(new_id()),
        program_id=ProgramId(new_id()),
        cohort_id=CohortId(UUID(story.cohort)),
        person_id=PersonId(UUID(story.ana_id)),
        part=Part.MENTEE,
        desired_outcomes=(),
        at=clock.now(),
    )
    await record(office, f"enrollment-{applied.enrollment_id}", 0, applied)
    bens = (await story.apply(story.ben, "mentee"))["enrollment_id"]
    left = PersonLeft(person_id=PersonId(UUID(story.ben_id)), at=clock.now())
    await record(office, f"person-{story.ben_id}", 1, left)
    await office.world.settle()
    withdrawn = "SELECT count(*) FROM read.enrollments WHERE stage = 'withdrawn' AND tenant = $1"
    assert await office.database.fetchval(withdrawn, office.tenant) == 2
    await wait_for_stage(story.manager, bens, "withdrawn")


async def record(office: Office, stream: str, after: int, event: object) -> None:
    """Enrollment writes something down that it decided by what it had read before."""
    store = office.world.apps["enrollment"].state.ports.store
    async with store.transaction(cause_in(office)) as transaction:
        await transaction.append([Append(stream=stream, expected_version=after, events=[event])])


async def test_read_tables_made_anew_from_the_log_are_the_same(office: Office) -> None:
    story = await spring(office)
    await enrolled_mentee(story)
    await enrolled_mentor(story)
    granted(await office.hr.post(f"/v1/people/{story.ana_id}/erasure"))
    await office.world.pass_time(timedelta(days=20))
    reports = [report async for report in rebuilt(SERVICE, office.world.databases, switch=False)]
    assert [report.differences for report in reports] == [[]]
    assert all(report.events for report in reports)
