"""One spring of a program: three functions, one of them small, and what becomes of their people."""

from shared.events.enrollment import GovernanceRole
from shared.events.vocabulary import Part
from tests.metrics.story import Story
from tests.metrics.telling import names

MENTORS = names("mentor", 20)
SALES = names("sales", 40)
FINANCE = names("finance", 30)
LEGAL = names("legal", 6)  # too few to be shown


def spring() -> Story:
    """96 people, 61 applicants, 46 mentees and 20 mentors enrolled, 40 pairs, 2 who wait."""
    story = Story().program("mara").governs("sven", GovernanceRole.SPONSOR)
    story.hires(["mara", "sven"], "people")
    story.hires(MENTORS, "engineering").hires(SALES, "sales", "riga")
    story.hires(FINANCE, "finance", "porto").hires(LEGAL, "legal", "porto")
    story.applies(MENTORS, Part.MENTOR).applies(SALES[:30]).applies(FINANCE[:24]).applies(LEGAL)
    story.pass_days(7)
    story.enrolls(MENTORS, Part.MENTOR, seats=2)
    story.enrolls(SALES[:20]).enrolls(FINANCE[:20]).enrolls(LEGAL[:4])
    story.pass_days(10)
    for number, mentee in enumerate([*SALES[:18], *FINANCE[:18], *LEGAL[:2]]):
        story.pairs(MENTORS[number % 20], mentee, across=number % 4 != 0)
    story.waits(SALES[18]).waits(LEGAL[2])
    story.pass_days(14)
    for number, mentee in enumerate([*SALES[:18], *FINANCE[:12]]):
        mentor = MENTORS[number % 20]
        story.meets(mentor, mentee, 1).plans(mentor, mentee, milestones=2, reached=number % 3)
        story.grows(mentor, mentee, 2 + number % 2)
    return story
