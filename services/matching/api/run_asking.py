"""A request for a run as a command: the policy it goes by, and what is known of all it names."""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from uuid import UUID

from services.matching.api.run_body import EmphasisBody, PairBody, RequestRunBody
from services.matching.domain.policy_checks import check_policy
from services.matching.domain.run_commands import RequestRun
from services.matching.domain.run_refusals import (
    BasisUnknown,
    CompetencyUnknown,
    PersonNotInPool,
    TargetRoleUnknown,
)
from services.matching.domain.run_request import weights_fault
from services.matching.queries import candidates, run_asking, run_bars, runs
from shared.database import Database
from shared.errors import InvalidCommand
from shared.events.matching import MatchingPolicySet, NamedPair, RunEmphasis
from shared.events.vocabulary import Part
from shared.frozen import frozen
from shared.ids import (
    CohortId,
    CompetencyId,
    EnrollmentId,
    PersonId,
    ProgramId,
    RunId,
    TenantId,
)

SEED_BYTES = 32


class EmphasisAmbiguous(InvalidCommand):
    """An emphasis names either competencies or a target role: leave out one of the two."""


@frozen
class Asked:
    """A run that is asked for, and what its lottery will be drawn from."""

    command: RequestRun
    seed: bytes
    fault: InvalidCommand | None  # weights above a cap: recorded, and then told


async def asked(
    db: Database, tenant: TenantId, asker: PersonId, run_id: RunId, body: RequestRunBody
) -> Asked:
    """The command of a request, with all that its rules have to know.

    Raises:
        InvalidCommand: something named is not there, or the terms to try out are none.
    """
    current = await candidates.policy(db, tenant, body.program_id)
    policy = None if current is None else _tried(current, body)
    emphasis = await _emphasis(db, body.emphasis)
    if policy is not None and body.what_if is not None:
        _assert_sound(policy, emphasis)
    locked, barred = await _named(db, tenant, body)
    standing = await run_asking.cohort_standing(db, body.cohort_id)
    seed = secrets.token_bytes(SEED_BYTES)
    command = RequestRun(
        run_id=run_id,
        program_id=ProgramId(body.program_id),
        cohort_id=CohortId(body.cohort_id),
        policy_version=0 if current is None else current.version,
        requested_by=asker,
        policy=policy,
        changed=policy != current,
        what_if=body.what_if is not None,
        locked=()
        if policy is None or not locked
        else await run_asking.locks(db, tenant, policy, body.cohort_id, locked),
        barred=barred,
        basis=None if body.basis is None else RunId(body.basis),
        emphasis=emphasis,
        reason=body.reason or "",
        lottery_commitment=sha256(seed).hexdigest(),
        cohort_closed=standing.closed,
        anybody=standing.anybody,
    )
    fault = None if policy is None else weights_fault(policy, emphasis)
    return Asked(command=command, seed=seed, fault=None if fault is None else _placed(fault, body))


def _tried(policy: MatchingPolicySet, body: RequestRunBody) -> MatchingPolicySet:
    """The policy as this run alone has it."""
    if body.objective is not None:
        policy = replace(policy, objective=body.objective)
    if body.what_if is None:
        return policy
    said = body.what_if.model_dump(exclude_unset=True)
    weights = said.pop("weights", None) or {}
    changes = {name: value for name, value in weights.items() if value is not None}
    nullable = ("level_gap_min", "level_gap_max", "time_zone_hours_max", "rest_cycles")
    kept = {
        name: value
        for name, value in said.items()
        if value is not None or name in (*nullable, "programs_max")
    }
    levels: list[str] | None = body.what_if.levels
    if levels is not None:
        kept["levels"] = tuple(levels)
    return replace(policy, weights=replace(policy.weights, **changes), **kept)


def _assert_sound(policy: MatchingPolicySet, emphasis: RunEmphasis | None) -> None:
    """Terms to try out keep to what a policy keeps to; weights above a cap are told later."""
    if weights_fault(policy, emphasis) is not None:
        return
    try:
        check_policy(policy)
    except InvalidCommand as fault:
        raise type(fault)(str(fault), field=f"/what_if{fault.field or ''}") from fault


def _placed(fault: InvalidCommand, body: RequestRunBody) -> InvalidCommand:
    """Where in the request the weights stand that are too high."""
    if (fault.field or "").startswith("/emphasis"):
        return fault
    if body.what_if is None:
        message = f"{fault} The program's policy says so since before this cap: set it anew."
        return type(fault)(message, field="/program_id")
    return type(fault)(str(fault), field=f"/what_if{fault.field or ''}")


async def _emphasis(db: Database, body: EmphasisBody | None) -> RunEmphasis | None:
    if body is None:
        return None
    if (body.competencies is None) == (body.target_role is None):
        raise EmphasisAmbiguous(field="/emphasis")
    if body.target_role is not None:
        of_role = await run_asking.role_competencies(db, body.target_role)
        if of_role is None:
            raise TargetRoleUnknown(field="/emphasis/target_role")
        return RunEmphasis(competencies=of_role, weight=body.weight, target_role=body.target_role)
    named = tuple(dict.fromkeys(body.competencies or ()))
    known = await run_asking.known_competencies(db, named)
    for place, competency in enumerate(body.competencies or ()):
        if competency not in known:
            raise CompetencyUnknown(field=f"/emphasis/competencies/{place}")
    return RunEmphasis(competencies=tuple(map(CompetencyId, named)), weight=body.weight)


async def _named(
    db: Database, tenant: TenantId, body: RequestRunBody
) -> tuple[tuple[NamedPair, ...], tuple[NamedPair, ...]]:
    """Locks and bars, with those of the run that this one is based on after its own."""
    locked, barred = _pairs(body.lock), _pairs(body.bar)
    await _assert_barred_known(db, body)
    if body.basis is None:
        return locked, barred
    basis = await runs.request_of(db, tenant, body.basis)
    if basis is None or basis.cohort_id != body.cohort_id:
        raise BasisUnknown(field="/basis")
    mine = set(locked) | set(barred)
    own = {pair.mentee for pair in locked}
    # What is asked for now has the last word over what was asked for then.
    kept = (pair for pair in basis.locked if pair not in mine and pair.mentee not in own)
    still = (pair for pair in await run_bars.barred(db, tenant, basis) if pair not in mine)
    return (*locked, *kept), (*barred, *still)


async def _assert_barred_known(db: Database, body: RequestRunBody) -> None:
    people = [who for pair in body.bar for who in (pair.mentor, pair.mentee)]
    if not people:
        return
    parts = await run_asking.in_pool(db, body.cohort_id, people)
    for place, pair in enumerate(body.bar):
        for side, part in (("mentor", Part.MENTOR), ("mentee", Part.MENTEE)):
            who: UUID = getattr(pair, side)
            if parts.get(who) != part:
                raise PersonNotInPool(field=f"/bar/{place}/{side}")


def _pairs(bodies: Sequence[PairBody]) -> tuple[NamedPair, ...]:
    return tuple(
        dict.fromkeys(
            NamedPair(mentor=EnrollmentId(pair.mentor), mentee=EnrollmentId(pair.mentee))
            for pair in bodies
        )
    )
