"""The measures of fair access: how far each group gets, step by step."""

from collections.abc import Mapping
from types import MappingProxyType

from services.metrics.domain import measure
from services.metrics.domain.measure import Measure, Unit

ACCESS_APPLICATION = Measure(
    code="access_application",
    name="Applying",
    definition="How many people of a group have applied.",
    purpose="Shows whom the program reaches at all.",
    numerator="people who applied",
    denominator="people of the organisation",
    unit=Unit.SHARE,
    events=("PersonRegistered", "PersonMoved", "PersonLeft", "ApplicationSubmitted"),
    of_people=True,
)
ACCESS_ACCEPTANCE = Measure(
    code="access_acceptance",
    name="Being accepted",
    definition="How many applicants of a group were accepted.",
    purpose="Shows whether selection treats groups alike.",
    numerator="people accepted",
    denominator="people who applied",
    unit=Unit.SHARE,
    events=("ApplicationSubmitted", "ApplicationAccepted", "MentorApproved"),
    of_people=True,
)
ACCESS_ENROLLMENT = Measure(
    code="access_enrollment",
    name="Enrolling",
    definition="How many accepted people of a group enrolled.",
    purpose="Shows whether the steps after acceptance keep a group out.",
    numerator="people enrolled",
    denominator="people accepted",
    unit=Unit.SHARE,
    events=("ApplicationAccepted", "MentorApproved", "ParticipantEnrolled"),
    of_people=True,
)
ACCESS_MATCH = Measure(
    code="access_match",
    name="Being matched",
    definition="How many enrolled people of a group have ever been paired.",
    purpose="Shows whether matching serves groups alike.",
    numerator="people paired",
    denominator="people enrolled",
    unit=Unit.SHARE,
    events=("ParticipantEnrolled", "ParticipantsPaired"),
    of_people=True,
)
ACCESS_MEETING = Measure(
    code="access_meeting",
    name="Meeting",
    definition="How many paired people of a group have held at least one session.",
    purpose="Shows whether a pairing becomes a relation.",
    numerator="people with a session held",
    denominator="people paired",
    unit=Unit.SHARE,
    events=("ParticipantsPaired", "SessionHeld"),
    of_people=True,
)
ACCESS_SESSIONS = Measure(
    code="access_sessions",
    name="Sessions",
    definition="How many sessions paired people of a group have held.",
    purpose="Shows whether some are given less time than others.",
    numerator="sessions held",
    denominator="people paired",
    unit=Unit.SESSIONS,
    events=("ParticipantsPaired", "SessionHeld"),
)
ACCESS_WAITING = Measure(
    code="access_waiting",
    name="Waiting time",
    definition="After how many days half of the enrolled people of a group have been paired; "
    "those still waiting are counted as waiting at least so long.",
    purpose="Shows whether some wait longer than others.",
    numerator="median days from enrollment to the first pairing (Kaplan-Meier)",
    denominator="one",
    unit=Unit.DAYS,
    events=("ParticipantEnrolled", "ParticipantsPaired", "ParticipantWithdrew"),
)

# The steps of access: each counts some of those that the step before counted.
STEPS = (
    ACCESS_APPLICATION,
    ACCESS_ACCEPTANCE,
    ACCESS_ENROLLMENT,
    ACCESS_MATCH,
    ACCESS_MEETING,
)

# What a program's figures show, in this order.
PROGRAM_MEASURES = (
    measure.PARTICIPATION,
    measure.MATCHED,
    measure.WAITING,
    measure.CROSS_FUNCTIONAL,
    measure.SESSION_FREQUENCY,
    measure.JOURNEYS_COMPLETED,
    measure.MILESTONE_COMPLETION,
    measure.SKILL_GAIN,
    measure.CONFIDENCE_GAIN,
    measure.CONTACTS_GAIN,
    measure.BREADTH,
    measure.CHECK_IN_PROGRESS,
    measure.FEEDBACK,
)

MEASURES: Mapping[str, Measure] = MappingProxyType(
    {known.code: known for known in (*PROGRAM_MEASURES, *STEPS, ACCESS_SESSIONS, ACCESS_WAITING)}
)
