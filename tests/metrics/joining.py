"""The part of a story that enrollment tells: a program, people, and how they join it."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any, Self

from shared.events import enrollment, matching
from shared.events.vocabulary import CompetencyLevel, Part
from shared.ids import EnrollmentId
from tests.metrics.telling import LISTENING, PROGRAM, SPRING, Telling, person, place


class Joining(Telling):
    """People come to a program."""

    def program(self, manager: str = "mara") -> Self:
        created = enrollment.ProgramCreated(
            program_id=PROGRAM, name="Across the house", at=self.now
        )
        self.tell("enrollment", f"program-{PROGRAM}", created)
        self.governs(manager, enrollment.GovernanceRole.PROGRAM_MANAGER)
        opened = enrollment.ProgramOpened(program_id=PROGRAM, at=self.now)
        self.tell("enrollment", f"program-{PROGRAM}", opened)
        defined = enrollment.CompetencyDefined(
            competency_id=LISTENING,
            code="2.A.1.b",
            name="Active listening",
            category="basic",
            description="Gives full attention to what others say.",
            at=self.now,
        )
        return self.tell("enrollment", f"competency-{LISTENING}", defined)._cohort()

    def _cohort(self) -> Self:
        calendar = enrollment.Calendar(
            applications_open_at=self.now,
            applications_close_at=self.now + timedelta(days=14),
            kick_off_at=self.now + timedelta(days=30),
            project_start_at=self.now + timedelta(days=60),
            reflection_at=self.now + timedelta(days=150),
            close_at=self.now + timedelta(days=180),
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

    def governs(self, name: str, role: enrollment.GovernanceRole) -> Self:
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

    def hires(self, names: Iterable[str], function: str, site: str = "riga") -> Self:
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

    def applies(self, names: Iterable[str], part: Part = Part.MENTEE) -> Self:
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

    def enrolls(self, names: Iterable[str], part: Part = Part.MENTEE, seats: int = 1) -> Self:
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

    def erases(self, name: str) -> Self:
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
