"""What benchmarks write down: single facts, and a history of people who take part."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any

from shared.clock import now
from shared.envelope import Cause
from shared.events import enrollment as told
from shared.eventstore import Append
from shared.ids import (
    CohortId,
    CompetencyId,
    EnrollmentId,
    PairingId,
    PersonId,
    ProgramId,
    TenantId,
    new_id,
)

TENANT = TenantId("bench")
BEGUN = datetime(2026, 1, 5, 9, tzinfo=UTC)


def cause() -> Cause:
    """Somebody's command."""
    return Cause(
        tenant=TENANT,
        actor="bench",
        right="program_manager",
        correlation_id=new_id(),
        causation_id=new_id(),
    )


def competency_defined() -> Append:
    """One event of a stream of its own."""
    identity = CompetencyId(new_id())
    event = told.CompetencyDefined(
        competency_id=identity,
        code=identity.hex,
        name="Social perceptiveness",
        category="skills",
        description="Being aware of others' reactions.",
        at=now(),
    )
    return Append(stream=f"competency-{identity}", expected_version=0, events=[event])


def history(people: int) -> Iterator[Append]:
    """For each person an event of their own, and seven of the way from application to the end."""
    program, cohort = ProgramId(new_id()), CohortId(new_id())
    skills = tuple(CompetencyId(new_id()) for _ in range(3))
    for _ in range(people):
        person, enrollment = PersonId(new_id()), EnrollmentId(new_id())
        yield _whole(f"person-{person}", [_registered(person)])
        ours: dict[str, Any] = {"enrollment_id": enrollment, "at": BEGUN}
        place: dict[str, Any] = {"program_id": program, "cohort_id": cohort, "person_id": person}
        part = told.Part.MENTEE
        yield _whole(
            f"enrollment-{enrollment}",
            [
                told.ApplicationSubmitted(**ours, **place, part=part, desired_outcomes=skills),
                told.EligibilityEvaluated(**ours, rules_version=1, results=(), eligible=True),
                told.ApplicationAssessed(**ours, rubric_version=1, scores=(), total=80),
                told.ApplicationAccepted(**ours),
                _baseline(skills, ours),
                told.ParticipantEnrolled(**ours, **place, part=part),
                told.ParticipantGraduated(**ours, pairing_id=PairingId(new_id())),
            ],
        )


def _whole(stream: str, events: Sequence[told.Fact]) -> Append:
    return Append(stream=stream, expected_version=0, events=events)


def _registered(person: PersonId) -> told.PersonRegistered:
    position = told.Position(
        function="engineering",
        level="senior",
        site="lisbon",
        time_zone="Europe/Lisbon",
        hired_on=date(2020, 1, 1),
    )
    return told.PersonRegistered(person_id=person, position=position, at=BEGUN)


def _baseline(skills: Sequence[CompetencyId], ours: dict[str, Any]) -> told.BaselineRecorded:
    levels = tuple(told.CompetencyLevel(competency_id=skill, level=2) for skill in skills)
    return told.BaselineRecorded(**ours, skills=levels, confidence=40, cross_functional_contacts=2)
