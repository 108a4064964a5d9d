"""A mentee moves on to a mentor in another function; the earlier relation stays on record."""

from uuid import UUID

from pydantic import Field
from starlette.responses import Response

from services.matching.api import pairs
from services.matching.api.pairs import AnyStep, Party
from services.matching.api.receipts import PairingReceipt, receipt_of
from services.matching.domain import closing
from services.matching.domain.load import MentorInTooManyPrograms, MentorOverloaded
from services.matching.domain.pairing_commands import ProposePairing, RotatePairing
from services.matching.domain.pairing_refusals import (
    HardRuleBroken,
    PairingNotUnderWay,
    PairingUnknown,
    PairNotOpen,
    RotationSameFunction,
    RotationToSameMentor,
)
from services.matching.domain.proposal import Way, proposal
from services.matching.domain.roster import (
    MentorAtCapacity,
    NotListed,
    ParticipantOnPause,
    RosterUnknown,
)
from services.matching.domain.run_refusals import NoMatchingPolicy
from services.matching.domain.seating import decider_of, proposing
from services.matching.queries import fits
from shared.auth import Role
from shared.command_handler import Step
from shared.database import Database
from shared.events.matching import Actor
from shared.http import Commands, Reads, Request, Routes, problems, require
from shared.ids import CohortId, EnrollmentId, PairingId, TenantId, new_id

router = Routes("pairings")


class RotationBody(Request):
    mentor: UUID = Field(description="The next mentor's enrollment in the same cohort.")
    continuing: bool = Field(
        default=False, description="Whether the earlier relation stays on record as going on."
    )


@router.post(
    "/v1/pairings/{pairing_id}/rotation",
    status_code=201,
    response_model=PairingReceipt,
    responses=problems(
        PairingUnknown,
        PairingNotUnderWay,
        RotationSameFunction,
        RotationToSameMentor,
        HardRuleBroken,
        PairNotOpen,
        MentorAtCapacity,
        MentorOverloaded,
        MentorInTooManyPrograms,
        ParticipantOnPause,
        NotListed,
        NoMatchingPolicy,
        RosterUnknown,
    ),
    dependencies=[require(Role.PROGRAM_MANAGER)],
)
async def rotate_pairing(
    pairing_id: UUID, body: RotationBody, commands: Commands, reads: Reads
) -> Response:
    """Move a mentee to a mentor in another function: one pairing ends as the next is proposed.

    Seats of all three move together, or nothing does. The answer is the new pairing; if it is
    declined, the mentee is first in line for another.
    """
    party = await pairs.managed(reads, pairing_id)
    async with reads.db() as db:
        proposed, same_function = await _proposed(db, reads.caller.tenant, party, body.mentor)
    rotate = RotatePairing(
        pairing_id=party.pairing_id,
        next_pairing=proposed.pairing_id,
        next_mentor=proposed.mentor,
        continuing=body.continuing,
        same_function=same_function,
        manager=party.person,
    )
    freed = closing.after_rotation(pairs.sides(party.pairing))
    commanded = (rotate, *freed, *proposing(proposed))
    steps: list[AnyStep] = [Step(decider=decider_of(each), command=each) for each in commanded]
    place = 1 + len(freed)  # of the new pairing among the steps
    return await commands.by(pairs.right_of(Actor.MANAGER)).handle_all(
        steps,
        show=lambda outcome: receipt_of(outcome.states[place], outcome.versions[place]),
        location=f"/v1/pairings/{proposed.pairing_id}",
    )


async def _proposed(
    db: Database, tenant: TenantId, party: Party, mentor: UUID
) -> tuple[ProposePairing, bool]:
    """The next pairing, and whether its mentor works where the present one does."""
    policy, pairing = party.policy, party.pairing
    if policy is None:
        raise NoMatchingPolicy
    cohort_id = CohortId(pairing.cohort_id)
    both = [EnrollmentId(mentor), EnrollmentId(pairing.mentor)]
    source = await fits.source(db, tenant, policy, cohort_id, ([pairing.mentee], both))
    functions = {who.enrollment_id: who.function for who in source.mentors}
    fit = await fits.fit(db, tenant, policy, cohort_id, (mentor, pairing.mentee))
    if fit is None:
        raise RosterUnknown(field="/mentor")
    way = Way(pairing_id=PairingId(new_id()), cohort_id=cohort_id)
    same = functions.get(both[0]) == functions.get(both[1])
    return proposal(fit, policy, way), same
