"""A program with people, pairs, and sessions, told as events of the three services."""

from datetime import date, timedelta
from typing import Any, Self

from shared.events import matching, sessions
from shared.events.vocabulary import CompetencyLevel, Part
from shared.ids import MilestoneId, RunId, SessionId, derived_id
from tests.metrics.joining import Joining
from tests.metrics.telling import LISTENING, PROGRAM, SPRING, pair, person, place


class Story(Joining):
    """What becomes of them."""

    def waits(self, name: str, reason: str = "all_seats_taken") -> Self:
        fact = matching.ParticipantWaitlisted(
            enrollment_id=place(name),
            run_id=RunId(derived_id("run")),
            reason=reason,
            since=self.now,
            at=self.now,
        )
        return self.tell("matching", f"roster-{place(name)}", fact)

    def pairs(self, mentor: str, mentee: str, *, across: bool = True) -> Self:
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

    def meets(self, mentor: str, mentee: str, session: int) -> Self:
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

    def grows(self, mentor: str, mentee: str, level: int) -> Self:
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

    def plans(self, mentor: str, mentee: str, *, milestones: int, reached: int) -> Self:
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
