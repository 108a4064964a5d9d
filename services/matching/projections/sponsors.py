"""Sponsors of mentees as rows, and whom mentees were introduced to."""

from collections.abc import Iterator

from shared.envelope import Recorded
from shared.events.matching import ExpertIntroduced, SponsorLinked, SponsorUnlinked
from shared.projection import Effect, Put, Remove, hears


@hears(SponsorLinked, SponsorUnlinked)
def sponsorships(recorded: Recorded) -> Iterator[Effect]:
    """One row for each sponsor a mentee has now."""
    match recorded.event:
        case SponsorLinked() as fact:
            row = {
                "enrollment_id": fact.enrollment_id,
                "sponsor": fact.sponsor,
                "program_id": fact.program_id,
                "linked_by": fact.linked_by,
                "linked_at": fact.at,
            }
            yield Put(table="sponsorships", row=row)
        case SponsorUnlinked(enrollment_id=who, sponsor=sponsor):
            key = {"enrollment_id": who, "sponsor": sponsor}
            yield Remove(table="sponsorships", key=key)
        case _:
            return


@hears(ExpertIntroduced)
def introductions(recorded: Recorded) -> Iterator[Effect]:
    """One row for each introduction."""
    match recorded.event:
        case ExpertIntroduced() as fact:
            row = {
                "introduction_id": fact.introduction_id,
                "enrollment_id": fact.enrollment_id,
                "program_id": fact.program_id,
                "expert": fact.expert,
                "community": fact.community,
                "competency_id": fact.competency_id,
                "introduced_by": fact.introduced_by,
                "introduced_at": fact.at,
            }
            yield Put(table="introductions", row=row)
        case _:
            return
