"""What a run may know of people: from the facts of enrollment to the frozen input."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from services.matching.domain.pool import Apart, Candidate, Parted, RunInput
from services.matching.queries import candidates
from shared.events.enrollment import (
    AccommodationDeclared,
    ApplicationsClosed,
    CohortClosed,
    CohortScheduled,
    CohortStage,
    MentorCapacityDeclared,
    PersonRegistered,
)
from shared.events.matching import (
    ContinuityRequested,
    EndReason,
    LoadReserved,
    MatchingPolicySet,
    MatchingRunRequested,
    PairingEnded,
    ParticipantsPaired,
)
from shared.events.vocabulary import Part, Period
from shared.ids import CohortId, PairingId, ProgramId, TenantId, derived_id, new_id
from shared.vault_at_hand import lay_out
from tests.matching.cast import (
    COHORT,
    POLICY_SET,
    PROGRAM,
    PROPOSED,
    RUN,
    enrollment,
    person,
)
from tests.matching.town import PIA, THEN, Town, joined, position, program
from tests.world import TENANT

pytestmark = pytest.mark.integration

LAST_YEAR = CohortId(derived_id("the cohort before"))
ELSEWHERE = ProgramId(derived_id("another program"))
AT = THEN + timedelta(days=1)


async def frozen(town: Town, policy: MatchingPolicySet = POLICY_SET, seed: bytes = b"") -> RunInput:
    request = MatchingRunRequested(
        run_id=RUN, program_id=PROGRAM, cohort_id=COHORT, policy_version=1, requested_by=PIA, at=AT
    )
    await town.world.settle()
    lay_out(town.world.apps["matching"].state.ports.vault)
    database = town.world.connections["matching"]
    return await candidates.run_input(database, TenantId(TENANT), request, policy, seed=seed)


def named(people: tuple[Candidate, ...], name: str) -> Candidate:
    return next(who for who in people if who.enrollment_id == enrollment(name))


def capacity(name: str, **said: Any) -> tuple[str, MentorCapacityDeclared]:  # noqa: ANN401  # any of it
    told: dict[str, Any] = {"seats": 3, "hours_per_month": 8, "periods": tuple(Period), **said}
    return f"profile-{person(name)}", MentorCapacityDeclared(
        person_id=person(name), at=THEN, **told
    )


def paired_before(cohort: CohortId, mentor: str, mentee: str) -> list[tuple[str, Any]]:
    """Two who were proposed, paired and ended in a cohort."""
    where = PairingId(derived_id("pairing", cohort, mentor, mentee))
    ids: dict[str, Any] = {
        "pairing_id": where,
        "program_id": PROGRAM,
        "cohort_id": cohort,
        "mentor": enrollment(mentor),
        "mentee": enrollment(mentee),
    }
    people: dict[str, Any] = {"mentor_person": person(mentor), "mentee_person": person(mentee)}
    proposed = replace(PROPOSED, **ids, **people)
    paired = ParticipantsPaired(**ids, **people, cross_functional=True, at=THEN)
    ended = PairingEnded(**ids, reason=EndReason.GOALS_MET, in_trial=False, at=THEN)
    return [(f"pairing-{where}", fact) for fact in (proposed, paired, ended)]


async def test_a_run_knows_levels_sites_tenure_and_needs_in_codes(town: Town) -> None:
    needs = AccommodationDeclared(
        person_id=person("ben"),
        remote_only=True,
        needs=("captions",),
        unavailable=(Period.MORNING,),
        at=THEN,
    )
    grown = replace(position(Part.MENTOR), level="lead", site="Lima", hired_on=date(2016, 3, 4))
    await town.join({"ana": 2}, ["ben"], settle=False)
    moved = PersonRegistered(person_id=person("ana"), position=grown, at=THEN)
    await town.tell(
        "enrollment",
        [
            (f"profile-{person('ben')}", needs),
            (f"person-{person('ana')}", moved),
            capacity("ana", seats=2, supports=("captions", "step-free")),
        ],
    )
    found = await frozen(town)
    ana, ben = named(found.mentors, "ana"), named(found.mentees, "ben")
    assert (ana.level, ana.site, ana.tenure_years) == ("lead", "Lima", 9)  # ten tomorrow
    assert ana.supports == ("captions", "step-free")
    assert (ana.seats, ana.free, ana.recent_pairings) == (2, 2, 0)
    assert (ben.level, ben.site, ben.needs) == ("senior", "Porto", ("captions",))
    assert Period.MORNING not in ben.periods
    assert (ana.needs, ben.supports) == ((), ())


async def test_one_load_counts_in_every_program(town: Town) -> None:
    await town.join({"ana": 3, "eva": 3, "fay": 3, "gus": 1}, ["ben"])
    busy = LoadReserved(
        person_id=person("ana"),
        pairing_id=PairingId(derived_id("elsewhere")),
        program_id=ELSEWHERE,
        part=Part.MENTOR,
        hours=5,
        at=THEN,
    )
    learning = replace(busy, person_id=person("gus"), part=Part.MENTEE, hours=3)
    await town.tell(
        "enrollment",
        [
            capacity("ana"),
            capacity("eva", hours_per_month=3),
            capacity("fay", seats=0),
            capacity("gus", hours_per_month=4),
        ],
    )
    await town.world.settle()  # what was declared limits the same loads
    await town.tell("matching", [(f"load-{fact.person_id}", fact) for fact in (busy, learning)])
    found = await frozen(town)
    free = {
        name: (named(found.mentors, name).seats, named(found.mentors, name).free)
        for name in ("ana", "eva", "fay", "gus")
    }
    assert free == {
        "ana": (3, 1),  # five of eight hours are taken elsewhere
        "eva": (1, 1),  # three hours are enough for one
        "fay": (0, 0),
        "gus": (2, 0),  # what they spend as a mentee is spent
    }
    alone = await frozen(town, replace(POLICY_SET, programs_max=1))
    assert named(alone.mentors, "ana").free == 0
    assert named(alone.mentors, "eva").free == 1


async def test_who_was_together_is_counted_in_cohorts_by_their_calendar(town: Town) -> None:
    await town.join({"ana": 3, "eva": 3}, ["ben", "cem"])
    told = {stream: fact for stream, fact in program() if isinstance(fact, CohortScheduled)}
    (scheduled,) = told.values()
    year = timedelta(days=365)
    earlier = replace(
        scheduled,
        cohort_id=LAST_YEAR,
        calendar=replace(scheduled.calendar, kick_off_at=scheduled.calendar.kick_off_at - year),
    )
    await town.tell("enrollment", [(f"cohort-{LAST_YEAR}", earlier)])
    again = [
        (stream, ContinuityRequested(pairing_id=fact.pairing_id, by=by, agreed=agreed, at=THEN))
        for stream, fact in paired_before(LAST_YEAR, "ana", "cem")[:1]
        for by, agreed in ((Part.MENTEE, False), (Part.MENTOR, True))
    ]
    await town.tell(
        "matching",
        [
            *paired_before(LAST_YEAR, "ana", "cem"),
            *again,
            *paired_before(LAST_YEAR, "ana", "ben"),
            *paired_before(COHORT, "eva", "ben"),
            *paired_before(LAST_YEAR, "zoe", "ben"),  # who is not in this pool
        ],
    )
    found = await frozen(town)
    ana, eva, ben, cem = (person(name) for name in ("ana", "eva", "ben", "cem"))
    assert set(found.parted) == {
        Parted(mentor=ana, mentee=ben, cycles_ago=1),
        Parted(mentor=eva, mentee=ben, cycles_ago=0),
        Parted(mentor=ana, mentee=cem, cycles_ago=1, continuing=True),
    }
    assert named(found.mentors, "ana").recent_pairings == 2


async def test_bars_arrive_as_pairs_and_the_order_as_the_seed_draws_it(town: Town) -> None:
    names = ["ben", "cem", "dia", "eli", "fay"]
    await town.join({"ana": 3}, names)
    async with town.client(person("ben")) as client:
        bar = await client.post(
            f"/v1/people/{person('ben')}/bars",
            json={"against": str(person("ana"))},
            headers={"Idempotency-Key": str(new_id())},
        )
    assert bar.status_code == 201, bar.text
    one, two = await frozen(town, seed=b"one"), await frozen(town, seed=b"two")
    assert one.apart == (Apart(mentor=enrollment("ana"), mentee=enrollment("ben")),)
    assert sorted(one.order) == sorted(two.order) == sorted(map(enrollment, names))
    assert one == replace(await frozen(town, seed=b"one"), mentees=one.mentees)
    assert await stage_of_cohort(town) == CohortStage.SCHEDULED
    facts = (ApplicationsClosed, CohortClosed)
    await town.tell(
        "enrollment",
        [
            (f"cohort-{COHORT}", fact(cohort_id=COHORT, program_id=PROGRAM, at=THEN))
            for fact in facts
        ],
    )
    await town.world.settle()
    assert await stage_of_cohort(town) == CohortStage.CLOSED


async def stage_of_cohort(town: Town) -> str:
    query = "SELECT stage FROM pool.cohorts WHERE cohort_id = $1"
    return str(await town.world.connections["matching"].fetchval(query, COHORT))


async def test_nobody_is_in_the_pool_before_enrollment_says_that_all_is_done(town: Town) -> None:
    """Approval, training, agreement and opt-in are conditions of being enrolled, told in one."""
    await town.join({"ana": 1}, ["ben"], settle=False)
    almost = [fact for fact in joined("cem", Part.MENTEE, 0) if not told_enrolled(fact[1])]
    await town.tell("enrollment", almost)
    found = await frozen(town)
    assert [who.enrollment_id for who in found.mentees] == [enrollment("ben")]


def told_enrolled(fact: object) -> bool:
    return type(fact).__name__ == "ParticipantEnrolled"
