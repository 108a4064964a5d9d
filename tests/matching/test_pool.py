"""What a run may know of people: from the facts of enrollment to the frozen input."""

import gzip
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import asyncpg
import pytest

from services.matching.domain.pool import Apart, Candidate, Parted, RunInput
from services.matching.queries import candidates, pool
from shared.codec import canonical
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
    BarDeclared,
    EndReason,
    LoadReserved,
    MatchingPolicySet,
    MatchingRunRequested,
    PairingEnded,
    ParticipantsPaired,
)
from shared.events.vocabulary import Part, Period
from shared.frozen import light
from shared.ids import CohortId, PairingId, ProgramId, TenantId, derived_id, new_id
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
    people = {"mentor_person": person(mentor), "mentee_person": person(mentee)}
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
    await town.tell(
        "matching",
        [
            *paired_before(LAST_YEAR, "ana", "ben"),
            *paired_before(COHORT, "eva", "ben"),
            *paired_before(LAST_YEAR, "zoe", "ben"),  # who is not in this pool
        ],
    )
    found = await frozen(town)
    ana, eva, ben = person("ana"), person("eva"), person("ben")
    assert set(found.parted) == {
        Parted(mentor=ana, mentee=ben, cycles_ago=1),
        Parted(mentor=eva, mentee=ben, cycles_ago=0),
    }
    assert named(found.mentors, "ana").recent_pairings == 1


async def test_bars_arrive_as_pairs_and_the_order_as_the_seed_draws_it(town: Town) -> None:
    names = ["ben", "cem", "dia", "eli", "fay"]
    await town.join({"ana": 3}, names)
    bar = BarDeclared(
        bar_id=new_id(), person_id=person("ben"), against=person("ana"), function=None, at=THEN
    )
    await town.tell("matching", [(f"bar-{person('ben')}", bar)])
    one, two = await frozen(town, seed=b"one"), await frozen(town, seed=b"two")
    assert one.apart == (Apart(mentor=enrollment("ana"), mentee=enrollment("ben")),)
    assert sorted(one.order) == sorted(two.order) == sorted(map(enrollment, names))
    assert one == replace(await frozen(town, seed=b"one"), mentees=one.mentees)
    stage = await pool.stage_of(town.world.connections["matching"], COHORT)
    assert stage is CohortStage.SCHEDULED
    facts = (ApplicationsClosed, CohortClosed)
    await town.tell(
        "enrollment",
        [
            (f"cohort-{COHORT}", fact(cohort_id=COHORT, program_id=PROGRAM, at=THEN))
            for fact in facts
        ],
    )
    await town.world.settle()
    stage = await pool.stage_of(town.world.connections["matching"], COHORT)
    assert stage is CohortStage.CLOSED


async def test_nobody_is_in_the_pool_before_enrollment_says_that_all_is_done(town: Town) -> None:
    """Approval, training, agreement and opt-in are conditions of being enrolled, told in one."""
    await town.join({"ana": 1}, ["ben"], settle=False)
    almost = [fact for fact in joined("cem", Part.MENTEE, 0) if not told_enrolled(fact[1])]
    await town.tell("enrollment", almost)
    found = await frozen(town)
    assert [who.enrollment_id for who in found.mentees] == [enrollment("ben")]


def told_enrolled(fact: object) -> bool:
    return type(fact).__name__ == "ParticipantEnrolled"


CANARIES = {
    "gender": "canary-gender",
    "ethnicity": "canary-ethnicity",
    "date_of_birth": "canary-birthday",
    "self_declared_group": "canary-group",
}


def tainted(fact: Any) -> Any:  # noqa: ANN401  # any event
    """The same fact, told by somebody who says more than they should."""

    class Tainted:
        gender: str
        ethnicity: str
        date_of_birth: str
        self_declared_group: str

    hints = {**type(fact).__annotations__, **Tainted.__annotations__}
    kind = type(type(fact).__name__, (), {"__annotations__": hints, "__module__": __name__})
    kept = {name: getattr(fact, name) for name in type(fact).__struct_fields__}
    if "position" in kept:
        kept["position"] = tainted(kept["position"])
    return light(kind)(**kept, **CANARIES)


async def test_protected_attributes_never_arrive(town: Town) -> None:
    """Planted where people are told of, they are in no table, no run input, and no record."""
    await town.set_policy()
    facts = [*joined("ana", Part.MENTOR, 2), *joined("ben", Part.MENTEE, 0)]
    await town.tell("enrollment", [(stream, tainted(fact)) for stream, fact in facts])
    found = await frozen(town)
    assert (len(found.mentors), len(found.mentees)) == (1, 1), "the facts were heard"
    assert b"canary" not in canonical(found)
    body = {"program_id": str(PROGRAM), "cohort_id": str(COHORT)}
    async with town.pia() as pia:
        asked = await pia.post(
            "/v1/matching-runs", json=body, headers={"Idempotency-Key": str(new_id())}
        )
    assert asked.status_code == 202, asked.text
    await town.world.settle()
    told = await everything(town, "enrollment")
    assert b"canary-gender" in told, "they were planted"
    assert b"canary" not in await everything(town, "matching")


async def everything(town: Town, service: str) -> bytes:
    """All that the database of a service holds, with what is packed unpacked."""
    databases = town.world.databases
    everywhere = databases.administrator(service, databases.name(service))  # past row security
    connection = await asyncpg.connect(everywhere)
    try:
        tables = await connection.fetch(
            "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables"
            " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        )
        kept = [
            value
            for table in tables
            for row in await connection.fetch(f"SELECT * FROM {table['name']}")
            for value in row.values()
        ]
    finally:
        await connection.close()
    return b"\n".join(_bytes(value) for value in kept)


def _bytes(value: object) -> bytes:
    if isinstance(value, bytes):
        return gzip.decompress(value) if value[:2] == b"\x1f\x8b" else value
    return str(value).encode()
