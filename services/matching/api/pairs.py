"""A pairing as one caller sees it: as one of the two, as a manager, or not at all."""

from typing import Any, TypeAlias
from uuid import UUID

from starlette.responses import Response

from services.matching.api.receipts import receipt_of
from services.matching.api.rights import oversees, side_of
from services.matching.domain.closing import Freed, Sides
from services.matching.domain.pairing import PAIRING
from services.matching.domain.pairing_commands import PairingCommand
from services.matching.domain.pairing_refusals import PairingUnknown
from services.matching.domain.policy import NoPolicy, Policy
from services.matching.domain.seating import decider_of
from services.matching.queries import candidates, pairings, pool
from services.matching.queries.pairings import PairingView
from shared.auth import Principal, Role
from shared.command_handler import Step
from shared.database import Database
from shared.events.matching import Actor, MatchingPolicySet
from shared.events.vocabulary import Part
from shared.frozen import frozen
from shared.http import BoundCommands, BoundReads
from shared.ids import EnrollmentId, PairingId, PersonId

AnyStep: TypeAlias = Step[Any, Any, Any]


@frozen
class Party:
    """Somebody who may act on a pairing, and as whom."""

    pairing: PairingView
    actor: Actor
    person: PersonId
    policy: MatchingPolicySet | None

    @property
    def pairing_id(self) -> PairingId:
        """Which pairing."""
        return PairingId(self.pairing.pairing_id)

    @property
    def part(self) -> Part | None:
        """The side; None for a manager."""
        return None if self.actor is Actor.MANAGER else Part(self.actor.value)

    @property
    def manager(self) -> PersonId | None:
        """Who it is, for a manager."""
        return self.person if self.actor is Actor.MANAGER else None

    @property
    def terms(self) -> Policy:
        """What the program says now."""
        return NoPolicy() if self.policy is None else self.policy


async def visible(
    db: Database, reads: BoundReads, pairing_id: UUID
) -> tuple[PairingView, Part | None]:
    """A pairing that the caller may see, and which side they are, if any.

    Raises:
        PairingUnknown: there is none, or they may not.
    """
    pairing = await pairings.pairing(db, pairing_id=pairing_id)
    if pairing is None:
        raise PairingUnknown
    by = side_of(pairing, reads.caller)
    if by is None and not await oversees(db, reads.caller, pairing.program_id):
        raise PairingUnknown
    return pairing, by


async def own(reads: BoundReads, pairing_id: UUID) -> tuple[PairingView, Part]:
    """A pairing that the caller is one side of, and which.

    Raises:
        PairingUnknown: they are not.
    """
    await reads.wait()
    async with reads.db() as db:
        pairing, by = await visible(db, reads, pairing_id)
    if by is None:
        raise PairingUnknown
    return pairing, by


async def party(reads: BoundReads, pairing_id: UUID) -> Party:
    """Either side of a pairing, or a manager of its program; auditors read, and change nothing.

    Raises:
        PairingUnknown: the caller is neither.
    """
    await reads.wait()
    async with reads.db() as db:
        pairing, part = await visible(db, reads, pairing_id)
        person = reads.caller.person
        if person is None or (part is None and not await _manages(db, reads.caller, pairing)):
            raise PairingUnknown
        policy = await candidates.policy(db, reads.caller.tenant, pairing.program_id)
    actor = Actor.MANAGER if part is None else Actor(part.value)
    return Party(pairing=pairing, actor=actor, person=person, policy=policy)


async def managed(reads: BoundReads, pairing_id: UUID) -> Party:
    """A pairing of a program that the caller manages, whatever side they may be.

    Raises:
        PairingUnknown: they do not.
    """
    found = await party(reads, pairing_id)
    async with reads.db() as db:
        if not await _manages(db, reads.caller, found.pairing):
            raise PairingUnknown
    return Party(
        pairing=found.pairing, actor=Actor.MANAGER, person=found.person, policy=found.policy
    )


async def _manages(db: Database, caller: Principal, pairing: PairingView) -> bool:
    return Role.PROGRAM_MANAGER in caller.roles and await pool.manages(
        db, pairing.program_id, caller.person
    )


def right_of(actor: Actor) -> str:
    """What allows somebody to act, as events tell it."""
    return "manager of the program" if actor is Actor.MANAGER else f"{actor.value} of the pairing"


async def answer(
    commands: BoundCommands, actor: Actor, command: PairingCommand, seats: Freed = ()
) -> Response:
    """Give a command, with what it means for seats, and tell where the pairing stands then."""
    steps: list[AnyStep] = [Step(decider=PAIRING, command=command)]
    steps += [Step(decider=decider_of(seat), command=seat) for seat in seats]
    return await commands.by(right_of(actor)).handle_all(
        steps, show=lambda outcome: receipt_of(outcome.states[0], outcome.versions[0])
    )


def sides(pairing: PairingView) -> Sides:
    """The two of a pairing."""
    return Sides(
        pairing_id=PairingId(pairing.pairing_id),
        mentor=EnrollmentId(pairing.mentor),
        mentee=EnrollmentId(pairing.mentee),
        mentor_person=PersonId(pairing.mentor_person),
        mentee_person=PersonId(pairing.mentee_person),
    )
