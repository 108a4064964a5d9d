"""Facts of one moment are heard in any order, or read before one another: what follows is one."""

import pytest

from shared.events.enrollment import PersonErased
from shared.events.vocabulary import Part
from tests.matching.cast import enrollment, person
from tests.matching.town import THEN, Town, joined

pytestmark = pytest.mark.integration


async def test_who_is_erased_before_they_are_listed_holds_nobody_up(town: Town) -> None:
    known, *enrolled = joined("ben", Part.MENTEE, 0)
    erased = PersonErased(person_id=person("ben"), at=THEN)
    await town.tell("enrollment", [known, (known[0], erased)])
    await town.world.settle()
    await town.tell("enrollment", enrolled)
    await town.world.settle()
    assert (await town.get(f"/v1/rosters/{enrollment('ben')}")).status_code == 404
