"""The proposal of a pair: what the program's policy says about it, put together in one place."""

from dataclasses import replace

from services.matching.domain.fit import Fit, forbidding
from services.matching.domain.pairing_commands import ProposePairing
from services.matching.domain.rules import Rule
from shared.events.matching import MatchingPolicySet, PairingFormat
from shared.frozen import frozen
from shared.ids import CohortId, PairingId, RunId


@frozen
class Way:
    """How a pair came about."""

    pairing_id: PairingId
    cohort_id: CohortId
    format: PairingFormat = PairingFormat.ONE_TO_ONE
    run_id: RunId | None = None  # None: by hand, by request, or by lot
    by_sponsor: bool = False  # whether the mentor is a sponsor of the program
    by_hand: bool = False  # a manager may put together who were together before


def proposal(fit: Fit, policy: MatchingPolicySet, way: Way) -> ProposePairing:
    """The command that proposes a pair; it carries the rules that stand in its way."""
    if way.by_hand:
        fit = replace(fit, broken=tuple(r for r in fit.broken if r is not Rule.PAIRED_BEFORE))
    flash = way.format is PairingFormat.FLASH
    return ProposePairing(
        pairing_id=way.pairing_id,
        program_id=policy.program_id,
        cohort_id=way.cohort_id,
        mentor=fit.mentor.enrollment_id,
        mentee=fit.mentee.enrollment_id,
        mentor_person=fit.mentor.person_id,
        mentee_person=fit.mentee.person_id,
        run_id=way.run_id,
        score=fit.score,
        cross_functional=fit.cross_functional,
        answer_days=policy.answer_days,
        trial_days=policy.trial_days,
        approvals=policy.approvals,
        approvals_in_order=policy.approvals_in_order,
        review_days=None if flash else policy.review_days,
        pairing_days=policy.flash_days if flash else policy.pairing_days_default,
        hours=policy.hours_per_pair,
        programs_max=policy.programs_max,
        broken_rules=forbidding(fit, policy, way.format, by_sponsor=way.by_sponsor),
        is_open=fit.is_open,
        format=way.format,
    )
