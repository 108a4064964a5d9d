"""A program with people, pairs, and sessions, told as events of the three services."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from shared.envelope import Cause, Recorded
from shared.events import enrollment, matching, sessions
from shared.events.vocabulary import CompetencyLevel, Part
from shared.eventstore import slot_of
from shared.ids import (
    CohortId,
    CompetencyId,
    EnrollmentId,
    EventId,
    MilestoneId,
    PairingId,
    PersonId,
    ProgramId,
    RunId,
    SessionId,
    TenantId,
    derived_id,
)

ORCHARD = TenantId("orchard")
BEGAN = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
PROGRAM = ProgramId(derived_id("program"))
SPRING = CohortId(derived_id("cohort", "spring"))
LISTENING = CompetencyId(derived_id("competency", "listening"))
CAUSE = Cause(
    tenant=ORCHARD,
    actor="import:story",
    right="story",
    correlation_id=derived_id("request"),
    causation_id=derived_id("request"),
)


def person(name: str) -> PersonId:
    return PersonId(derived_id("person", name))


def place(name: str, part: Part = Part.MENTEE, cohort: CohortId = SPRING) -> EnrollmentId:
    return EnrollmentId(derived_id("enrollment", name, part, cohort))


def pair(mentor: str, mentee: str) -> PairingId:
    return PairingId(derived_id("pairing", mentor, mentee))


class Story:
    """Tells what happens, each event in its stream, numbered as a sequencer would."""

    def __init__(self) -> None:
        self.now = BEGAN
        self.told: list[Recorded] = []
        self._versions: dict[str, int] = {}
        self._numbers: dict[tuple[str, int], int] = {}

    def tell(self, service: str, stream: str, *events: object) -> "Story":
        for event in events:
            version = self._versions[stream] = self._versions.get(stream, 0) + 1
            slot = slot_of(stream)
            number = self._numbers[service, slot] = self._numbers.get((service, slot), 0) + 1
            self.told.append(
                Recorded(
                    event=event,
                    event_id=EventId(derived_id(stream, version)),
                    tenant=ORCHARD,
                    service=service,
                    stream=stream,
                    version=version,
                    type=type(event).__name__,
                    schema=1,
                    recorded_at=self.now,
                    cause=CAUSE,
                    slot=slot,
                    number=number,
                )
            )
        return self

    def pass_days(self, days: int) -> "Story":
        self.now += timedelta(days=days)
        return self

    def program(self, manager: str = "mara") -> "Story":
        calendar = enrollment.Calendar(
            applications_open_at=self.now,
            applications_close_at=self.now + timedelta(days=14),
            kick_off_at=self.now + timedelta(days=30),
            project_start_at=self.now + timedelta(days=60),
            reflection_at=self.now + timedelta(days=150),
            close_at=self.now + timedelta(days=180),
        )
        self.tell(
            "enrollment",
            f"competency-{LISTENING}",
            enrollment.CompetencyDefined(
                competency_id=LISTENING,
                code="2.A.1.b",
                name="Active listening",
                category="basic",
                description="Gives full attention to what others say.",
                at=self.now,
            ),
        )
        self.tell(
            "enrollment",
            f"program-{PROGRAM}",
            enrollment.ProgramCreated(program_id=PROGRAM, name="Across the house", at=self.now),
            enrollment.GovernanceRoleAssigned(
                program_id=PROGRAM,
                person_id=person(manager),
                role=enrollment.GovernanceRole.PROGRAM_MANAGER,
                function="people",
                decision_rights=(),
                at=self.now,
            ),
            enrollment.ProgramOpened(program_id=PROGRAM, at=self.now),
        )
        return self.tell(
            "enrollment",
            f"cohort-{SPRING}",
            enrollment.CohortScheduled(
                cohort_id=SPRING,
                program_id=PROGRAM,
                name="Spring",
                calendar=calendar,
                at=self.now,
            ),
            enrollment.CohortOpened(cohort_id=SPRING, program_id=PROGRAM, at=self.now),
        )

    def governs(self, name: str, role: enrollment.GovernanceRole) -> "Story":
        return self.tell(
            "enrollment",
            f"program-{PROGRAM}",
            enrollment.GovernanceRoleAssigned(
                program_id=PROGRAM,
                person_id=person(name),
                role=role,
                function="people",
                decision_rights=(),
                at=self.now,
            ),
        )

    def hires(self, names: Iterable[str], function: str, site: str = "riga") -> "Story":
        for name in names:
            position = enrollment.Position(
                function=function,
                level="senior",
                site=site,
                time_zone="Europe/Riga",
                hired_on=date(2020, 1, 1),
            )
            fact = enrollment.PersonRegistered(
                person_id=person(name), position=position, at=self.now
            )
            self.tell("enrollment", f"person-{person(name)}", fact)
        return self

    def applies(self, names: Iterable[str], part: Part = Part.MENTEE) -> "Story":
        for name in names:
            where = place(name, part)
            self.tell(
                "enrollment",
                f"enrollment-{where}",
                enrollment.ApplicationSubmitted(
                    enrollment_id=where,
                    program_id=PROGRAM,
                    cohort_id=SPRING,
                    person_id=person(name),
                    part=part,
                    desired_outcomes=(LISTENING,),
                    at=self.now,
                ),
                enrollment.EligibilityEvaluated(
                    enrollment_id=where, rules_version=1, results=(), eligible=True, at=self.now
                ),
            )
        return self

    def enrolls(self, names: Iterable[str], part: Part = Part.MENTEE, seats: int = 1) -> "Story":
        for name in names:
            where = place(name, part)
            self.tell("enrollment", f"enrollment-{where}", *self._joining(name, where, part))
            self.tell(
                "matching",
                f"roster-{where}",
                matching.ParticipantListed(
                    enrollment_id=where,
                    program_id=PROGRAM,
                    cohort_id=SPRING,
                    person_id=person(name),
                    part=part,
                    seats=seats,
                    at=self.now,
                ),
            )
        return self

    def waits(self, name: str, reason: str = "all_seats_taken") -> "Story":
        fact = matching.ParticipantWaitlisted(
            enrollment_id=place(name),
            run_id=RunId(derived_id("run")),
            reason=reason,
            since=self.now,
            at=self.now,
        )
        return self.tell("matching", f"roster-{place(name)}", fact)

    def pairs(self, mentor: str, mentee: str, *, across: bool = True) -> "Story":
        pairing, sides = pair(mentor, mentee), self._sides(mentor, mentee)
        self.tell(
            "matching",
            f"pairing-{pairing}",
            matching.PairingProposed(
                **sides,
                run_id=None,
                score=700,
                cross_functional=across,
                answer_by=self.now + timedelta(days=7),
                trial_days=30,
                at=self.now,
            ),
            matching.ParticipantsPaired(**sides, cross_functional=across, at=self.now),
            matching.TrialStarted(
                pairing_id=pairing, ends_at=self.now + timedelta(days=30), at=self.now
            ),
        )
        for where in (sides["mentor"], sides["mentee"]):
            reserved = matching.SeatReserved(enrollment_id=where, pairing_id=pairing, at=self.now)
            self.tell("matching", f"roster-{where}", reserved)
        return self.tell(
            "sessions",
            f"journey-{pairing}",
            sessions.JourneyStarted(
                **sides, template="four_sessions", template_version=1, sessions=(), at=self.now
            ),
        )

    def meets(self, mentor: str, mentee: str, session: int) -> "Story":
        pairing = pair(mentor, mentee)
        session_id = SessionId(derived_id(pairing, session))
        return self.tell(
            "sessions",
            f"journey-{pairing}",
            sessions.SessionScheduled(
                pairing_id=pairing,
                session_id=session_id,
                place=session,
                starts_at=self.now,
                minutes=60,
                by=Part.MENTEE,
                at=self.now,
            ),
            sessions.SessionHeld(
                pairing_id=pairing,
                session_id=session_id,
                place=session,
                minutes=60,
                by=Part.MENTOR,
                next_session_by=self.now + timedelta(days=30),
                at=self.now,
            ),
        )

    def grows(self, mentor: str, mentee: str, level: int) -> "Story":
        pairing = pair(mentor, mentee)
        return self.tell(
            "sessions",
            f"journey-{pairing}",
            sessions.SelfAssessmentRecorded(
                pairing_id=pairing,
                enrollment_id=place(mentee),
                skills=(CompetencyLevel(competency_id=LISTENING, level=level),),
                confidence=60,
                cross_functional_contacts=5,
                at=self.now,
            ),
        )

    def plans(self, mentor: str, mentee: str, *, milestones: int, reached: int) -> "Story":
        pairing = pair(mentor, mentee)
        for number in range(milestones):
            milestone = MilestoneId(derived_id(pairing, "milestone", number))
            self.tell(
                "sessions",
                f"roadmap-{pairing}",
                sessions.MilestoneSet(
                    pairing_id=pairing,
                    mentee=place(mentee),
                    milestone_id=milestone,
                    due_on=date(2026, 4, 1),
                    project=False,
                    at=self.now,
                ),
            )
            if number < reached:
                self.tell(
                    "sessions",
                    f"roadmap-{pairing}",
                    sessions.MilestoneReached(
                        pairing_id=pairing,
                        mentee=place(mentee),
                        milestone_id=milestone,
                        on_time=True,
                        confirmed_by=Part.MENTOR,
                        at=self.now,
                    ),
                )
        return self

    def erases(self, name: str) -> "Story":
        fact = enrollment.PersonErased(person_id=person(name), at=self.now)
        return self.tell("enrollment", f"person-{person(name)}", fact)

    def _joining(self, name: str, where: EnrollmentId, part: Part) -> Sequence[Any]:
        accepted = enrollment.ApplicationAccepted(enrollment_id=where, at=self.now)
        baseline = enrollment.BaselineRecorded(
            enrollment_id=where,
            skills=(CompetencyLevel(competency_id=LISTENING, level=1),),
            confidence=40,
            cross_functional_contacts=2,
            at=self.now,
        )
        enrolled = enrollment.ParticipantEnrolled(
            enrollment_id=where,
            program_id=PROGRAM,
            cohort_id=SPRING,
            person_id=person(name),
            part=part,
            at=self.now,
        )
        return (accepted, baseline, enrolled) if part is Part.MENTEE else (accepted, enrolled)

    def _sides(self, mentor: str, mentee: str) -> dict[str, Any]:
        return {
            "pairing_id": pair(mentor, mentee),
            "program_id": PROGRAM,
            "cohort_id": SPRING,
            "mentor": place(mentor, Part.MENTOR),
            "mentee": place(mentee),
            "mentor_person": person(mentor),
            "mentee_person": person(mentee),
        }


def names(prefix: str, count: int) -> list[str]:
    return [f"{prefix}-{number}" for number in range(count)]


def subject_of(recorded: Recorded) -> UUID:
    return UUID(recorded.stream.partition("-")[2])
