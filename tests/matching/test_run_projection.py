"""However the events of a run come, its rows are the same, and so is what stands in the end."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from services.matching.projections import OWN
from services.matching.projections.runs import run_deadlines, run_overrides, run_results, runs
from services.metrics.projections.matched import runs as figures_of_runs
from shared.envelope import Recorded
from shared.events.matching import MatchingRunPairsRecorded, RunEvent
from shared.ids import EventId, derived_id
from shared.projection import Put
from shared.projection_testing import rows_however_delivered
from shared.provisioning import connected
from shared.testing import NOW
from tests.fresh_databases import FreshDatabase
from tests.matching.cast import BEN, CEM, RUN
from tests.matching.run_story import (
    BEN_WITH_ANA,
    COMPLETED,
    PUBLISHED,
    REQUESTED,
    SOLUTION,
    TOLD,
    WITH_CEM,
    overridden,
    scored,
)
from tests.matching.town import CAUSE


def recorded(events: Sequence[RunEvent]) -> list[Recorded]:
    return [
        Recorded(
            event=event,
            event_id=EventId(derived_id("event", version)),
            tenant=CAUSE.tenant,
            service="matching",
            stream=f"run-{RUN}",
            version=version,
            type=type(event).__name__,
            schema=1,
            recorded_at=NOW,
            cause=CAUSE,
            slot=0,
        )
        for version, event in enumerate(events, start=1)
    ]


@pytest.mark.integration
async def test_a_run_changed_by_hand_and_told_leaves_the_same_rows(
    database: FreshDatabase,
) -> None:
    part = MatchingRunPairsRecorded(
        run_id=RUN, part=1, pairs=SOLUTION.pairs, unserved=WITH_CEM.unserved, at=NOW
    )
    in_parts = replace(COMPLETED, pairs=(), parts=1, pairs_total=1, unserved_total=1)
    moved = overridden((BEN_WITH_ANA,), (scored(CEM, BEN_WITH_ANA.mentor),))
    alone = overridden((replace(BEN_WITH_ANA, mentee=CEM),))
    told = recorded([REQUESTED, part, in_parts, moved, alone, PUBLISHED, TOLD])
    functions = (runs, run_results, run_overrides, run_deadlines)
    async with connected(database.dsn("owner")) as connection:
        rows = await rows_however_delivered(connection, OWN.tables.read_text(), functions, told)
    (run,) = rows["runs"]
    assert (run["state"], run["overrides"], run["pairs"], run["unserved"]) == (
        *("published", 2),
        *(1, 1),
    )
    assert [pair["mentee"] for pair in rows["run_pairs"]] == [BEN]  # as the run found them
    by_mentee = {row["mentee"]: row["mentor"] for row in rows["run_overrides"]}
    assert by_mentee == {BEN: None, CEM: None}
    assert rows["deadlines"] == []


def test_what_was_only_tried_out_is_in_no_figure() -> None:
    (real,) = recorded([REQUESTED])
    (tried,) = recorded([replace(REQUESTED, what_if=True)])
    assert [type(effect) for effect in figures_of_runs(real)] == [Put]
    assert list(figures_of_runs(tried)) == []
