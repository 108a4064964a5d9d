"""Every measure we tell, with what it means, why it is kept, and which events it rests on."""

from enum import StrEnum

from shared.errors import NotFound
from shared.frozen import frozen


class Unit(StrEnum):
    """What a rate of one thousand per mille stands for."""

    SHARE = "share"  # all of the denominator
    SESSIONS = "sessions"  # one session a period of 30 days
    LEVELS = "levels"  # one competency level
    POINTS = "points"  # one point of 100
    PEOPLE = "people"  # one person
    FUNCTIONS = "functions"  # one function
    STARS = "stars"  # one point of 5
    DAYS = "days"  # one day


@frozen
class Measure:
    """One thing that is counted; a change of meaning is a new version."""

    code: str
    name: str
    definition: str
    purpose: str
    numerator: str
    denominator: str
    unit: Unit
    events: tuple[str, ...]  # what it is counted from, by stored name
    version: int = 1
    of_people: bool = False  # a share of people, so that both sides of it are counts of people


class MeasureUnknown(NotFound):
    """There is no measure of this code."""


PARTICIPATION = Measure(
    code="participation",
    name="Participation",
    definition="How many applications led to enrollment; each application counts once.",
    purpose="Shows whether those who want to take part can.",
    numerator="applications whose person enrolled",
    denominator="applications",
    unit=Unit.SHARE,
    events=("ApplicationSubmitted", "ParticipantEnrolled"),
    of_people=True,
)
MATCHED = Measure(
    code="matched",
    name="Matched",
    definition="How many enrolled mentees have ever been paired.",
    purpose="Shows whether a place in the program becomes a mentor.",
    numerator="enrolled mentees with a pairing that both accepted",
    denominator="enrolled mentees",
    unit=Unit.SHARE,
    events=("ParticipantEnrolled", "ParticipantsPaired"),
    of_people=True,
)
WAITING = Measure(
    code="waiting",
    name="Waiting",
    definition="How many enrolled mentees are on the waiting list now.",
    purpose="Shows where mentors are missing while it can still be mended.",
    numerator="mentees on the waiting list",
    denominator="enrolled mentees",
    unit=Unit.SHARE,
    events=(
        "ParticipantEnrolled",
        "ParticipantWaitlisted",
        "RematchRequested",
        "SeatReserved",
        "ParticipantDelisted",
    ),
    of_people=True,
)
CROSS_FUNCTIONAL = Measure(
    code="cross_functional",
    name="Across functions",
    definition="How many pairings join people of different functions.",
    purpose="Shows whether the program crosses the boundaries it was made to cross.",
    numerator="pairings across functions",
    denominator="pairings that both accepted",
    unit=Unit.SHARE,
    events=("PairingProposed", "ParticipantsPaired"),
    of_people=True,
)
SESSION_FREQUENCY = Measure(
    code="session_frequency",
    name="Session frequency",
    definition="Sessions held for each period of 30 days that a journey has begun.",
    purpose="Shows whether pairs really meet.",
    numerator="sessions held",
    denominator="periods of 30 days begun, over all journeys",
    unit=Unit.SESSIONS,
    events=("JourneyStarted", "SessionHeld", "JourneyCompleted", "JourneyEnded"),
)
JOURNEYS_COMPLETED = Measure(
    code="journeys_completed",
    name="Journeys completed",
    definition="How many of the journeys that began have been completed.",
    purpose="Shows whether pairs reach the end of what they planned.",
    numerator="journeys completed",
    denominator="journeys begun",
    unit=Unit.SHARE,
    events=("JourneyStarted", "JourneyCompleted"),
    of_people=True,
)
MILESTONE_COMPLETION = Measure(
    code="milestone_completion",
    name="Milestones reached",
    definition="How many of the milestones that pairs agreed on have been reached.",
    purpose="Shows whether plans turn into results.",
    numerator="milestones reached",
    denominator="milestones set",
    unit=Unit.SHARE,
    events=("MilestoneSet", "MilestoneReached"),
)
SKILL_GAIN = Measure(
    code="skill_gain",
    name="Skill gained",
    definition="By how many levels mentees rate competencies higher than in their baseline; in all "
    "and by competency.",
    purpose="Shows growth in each competency, as those who grow see it.",
    numerator="sum of levels gained, last self-assessment against baseline",
    denominator="competencies rated both times, each by each mentee",
    unit=Unit.LEVELS,
    events=("BaselineRecorded", "SelfAssessmentRecorded"),
)
CONFIDENCE_GAIN = Measure(
    code="confidence_gain",
    name="Confidence gained",
    definition="By how many points of 100 mentees are more confident than in their baseline.",
    purpose="Shows growth that no single competency names.",
    numerator="sum of points gained, last self-assessment against baseline",
    denominator="mentees with both",
    unit=Unit.POINTS,
    events=("BaselineRecorded", "SelfAssessmentRecorded"),
)
CONTACTS_GAIN = Measure(
    code="contacts_gain",
    name="Contacts gained",
    definition="How many more contacts in other functions mentees count than in their baseline.",
    purpose="Shows networks that outlast the program.",
    numerator="sum of contacts gained, last self-assessment against baseline",
    denominator="mentees with both",
    unit=Unit.PEOPLE,
    events=("BaselineRecorded", "SelfAssessmentRecorded"),
)
BREADTH = Measure(
    code="breadth_of_relations",
    name="Breadth of relations",
    definition="How many functions other than their own participants are connected to by pairings.",
    purpose="Shows whether silos open.",
    numerator="distinct functions of partners, summed over participants",
    denominator="participants who have been paired",
    unit=Unit.FUNCTIONS,
    events=("PersonRegistered", "PersonMoved", "ParticipantsPaired"),
)
CHECK_IN_PROGRESS = Measure(
    code="check_in_progress",
    name="Progress felt",
    definition="Progress from 0 to 100, as felt at check-ins.",
    purpose="Shows early where pairs get stuck.",
    numerator="sum of progress",
    denominator="check-ins",
    unit=Unit.POINTS,
    events=("CheckInRecorded",),
)
FEEDBACK = Measure(
    code="feedback",
    name="Feedback",
    definition="Ratings from 1 to 5 of the partner, the session, or the program.",
    purpose="Shows what participants think of it, without their words.",
    numerator="sum of ratings",
    denominator="ratings",
    unit=Unit.STARS,
    events=("FeedbackGiven",),
)
