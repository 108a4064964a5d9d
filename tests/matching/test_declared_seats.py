"""A mentor has the seats that were declared and that the ratio allows, whatever is heard first."""

import pytest

from shared.events.matching import LoadLimited, LoadReserved, ParticipantListed, SeatsChanged
from shared.events.vocabulary import Part
from tests.held_up import held_up, others_are_through
from tests.matching.cast import COHORT, OTHER_PAIR, PROGRAM, enrollment, person
from tests.matching.town import THEN, Town, capacity
from tests.matching.voices import pairings_of, waitlisted

pytestmark = pytest.mark.integration


def by_a_ratio_before(seats: int) -> tuple[str, SeatsChanged]:
    """Of ana, whose program has another ratio by now."""
    who = enrollment("ana")
    return f"roster-{who}", SeatsChanged(enrollment_id=who, seats=seats, declared=seats, at=THEN)


async def declares(town: Town, seats: int) -> None:
    await town.tell("enrollment", [(f"profile-{person('ana')}", capacity("ana", seats))])


async def test_a_new_ratio_knows_of_the_last_declaration_before_the_pool_does(town: Town) -> None:
    await town.set_policy(seats_per_mentor_max=2)
    await town.join({"ana": 1}, [])
    async with held_up(town.world, "matching", "pool"):
        await declares(town, 5)
        await others_are_through(town.world, "pool")
        await town.set_policy(seats_per_mentor_max=3, reason="more room")
    assert (await town.roster("ana"))["seats"] == 3


async def test_a_declaration_that_met_an_older_ratio_is_looked_at_again(town: Town) -> None:
    await town.set_policy(seats_per_mentor_max=2)
    await town.join({"ana": 1}, [])
    limited = LoadLimited(person_id=person("ana"), seats=5, hours=10, at=THEN)
    await town.tell("matching", [by_a_ratio_before(1), (f"load-{person('ana')}", limited)])
    await town.world.settle()
    assert (await town.roster("ana"))["seats"] == 2


async def test_a_place_that_met_no_declaration_yet_is_looked_at_again(town: Town) -> None:
    ana = person("ana")
    limited = LoadLimited(person_id=ana, seats=2, hours=10, at=THEN)
    listed = ParticipantListed(
        enrollment_id=enrollment("ana"),
        program_id=PROGRAM,
        cohort_id=COHORT,
        person_id=ana,
        part=Part.MENTOR,
        seats=0,
        at=THEN,
    )
    await town.tell("matching", [(f"load-{ana}", limited)])
    await town.world.settle()
    await town.tell("matching", [(f"roster-{enrollment('ana')}", listed)])
    await town.world.settle()
    assert (await town.roster("ana"))["seats"] == 2


async def test_seats_by_an_older_ratio_are_looked_at_again(town: Town) -> None:
    await town.set_policy(seats_per_mentor_max=2)
    await town.join({"ana": 1}, [])
    await town.tell("matching", [by_a_ratio_before(5)])
    await town.world.settle()
    assert (await town.roster("ana"))["seats"] == 1


async def test_new_seats_are_offered_as_far_as_hours_go_that_are_taken_elsewhere(
    town: Town,
) -> None:
    await town.set_policy()
    await town.join({"ana": 0}, ["ben", "cem"])
    await waitlisted(town)
    elsewhere = LoadReserved(
        person_id=person("ana"),
        pairing_id=OTHER_PAIR,
        program_id=PROGRAM,
        part=Part.MENTEE,
        hours=2,
        at=THEN,
    )
    await town.tell("matching", [(f"load-{person('ana')}", elsewhere)])
    await declares(town, 2)
    await town.world.settle()
    assert (await town.roster("ana"))["seats"] == 2
    assert [each["state"] for each in await pairings_of(town, "ana")] == ["proposed"]
