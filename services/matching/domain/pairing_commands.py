"""What may be asked of a pairing."""

from typing import TypeAlias

from shared.events.matching import EndReason, PairingFormat
from shared.events.vocabulary import Part
from shared.frozen import frozen
from shared.ids import CohortId, EnrollmentId, PairingId, PersonId, ProgramId, RunId


@frozen
class ProposePairing:
    pairing_id: PairingId
    program_id: ProgramId
    cohort_id: CohortId
    mentor: EnrollmentId
    mentee: EnrollmentId
    mentor_person: PersonId
    mentee_person: PersonId
    run_id: RunId | None  # None: paired by hand
    score: int
    cross_functional: bool
    answer_days: int
    trial_days: int
    broken_rules: tuple[str, ...] = ()  # codes of the hard rules that forbid this pair
    format: PairingFormat = PairingFormat.ONE_TO_ONE


@frozen
class AcceptPairing:
    pairing_id: PairingId
    by: Part


@frozen
class DeclinePairing:
    pairing_id: PairingId
    by: Part


@frozen
class ExpirePairing:
    """The time to answer is over."""

    pairing_id: PairingId


@frozen
class ConfirmTrial:
    pairing_id: PairingId
    by: Part


@frozen
class PassTrial:
    """The trial is over and nobody left."""

    pairing_id: PairingId


@frozen
class LeaveTrial:
    pairing_id: PairingId
    by: Part


@frozen
class EndPairing:
    pairing_id: PairingId
    reason: EndReason
    open_reasons: frozenset[EndReason] = frozenset(EndReason)  # what this asker may say


@frozen
class LeavePairing:
    """One side leaves the program: a proposal is declined, a pairing ends."""

    pairing_id: PairingId
    by: Part
    reason: EndReason


PairingCommand: TypeAlias = (
    ProposePairing
    | AcceptPairing
    | DeclinePairing
    | ExpirePairing
    | ConfirmTrial
    | PassTrial
    | LeaveTrial
    | EndPairing
    | LeavePairing
)
