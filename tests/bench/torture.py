"""Everything unusual at once, long: what each reader lost, saw twice, or saw out of order."""

import asyncio
from collections.abc import Sequence

import asyncpg

from shared.eventstore.sequencer import Sequencer
from tests.bench.figures import Figure, Report
from tests.bench.servers import durable_server, fresh_databases
from tests.fresh_databases import FreshDatabase
from tests.shared.readers import UnfencedSequencer
from tests.shared.torture import Plan, Verdict, torture
from tests.shared.torture import Report as Run

SECONDS = 15.0
SEEDS = (1, 2, 3, 4)
GUARDS = ("log_number", "log_slot_number", "log_event")  # they would stop what is to be shown
OURS = "ours"
UNFENCED = "ours, sequencers without the row lock"
COUNTS = ("delivered", "lost", "doubled", "out of order")


async def _tortured(server: str, plan: Plan, sequencer: type[Sequencer]) -> Run:
    async with fresh_databases(server) as databases:
        database = FreshDatabase(server=server, name=databases.name("sessions"))
        if sequencer is not Sequencer:
            owner = await asyncpg.connect(database.dsn("owner"))
            for guard in GUARDS:
                await owner.execute(f"ALTER TABLE log.log DROP CONSTRAINT {guard}")
            await owner.close()
        return await torture(database, plan, sequencer)


async def _measure(
    server: str, seeds: Sequence[int], seconds: float
) -> tuple[list[Run], list[Run]]:
    fenced: list[Run] = []
    unfenced: list[Run] = []
    for seed in seeds:
        plan = Plan(seconds=seconds, seed=seed)
        fenced.append(await _tortured(server, plan, Sequencer))
        plan = Plan(seconds=seconds / 3, seed=seed, sequencers=3)
        unfenced.append(await _tortured(server, plan, UnfencedSequencer))
    return fenced, unfenced


def measure(*, small: bool = False) -> list[Report]:
    """Counts of each reader, a run a seed; ours must be 0, the controls must not."""
    seeds, seconds = (SEEDS[:1], 1.5) if small else (SEEDS, SECONDS)
    with durable_server() as server:
        fenced, unfenced = asyncio.run(_measure(server, seeds, seconds))
    found = {name: [run.verdicts[name] for run in fenced] for name in fenced[0].verdicts}
    found[UNFENCED] = [run.verdicts[OURS] for run in unfenced]
    figures = [
        Figure(
            name=f"{name}: {count}",
            unit="events",
            runs=[_counts(each)[place] for each in verdicts],
        )
        for name, verdicts in found.items()
        for place, count in enumerate(COUNTS)
    ]
    targets = {f"{OURS}: {count}": "0" for count in COUNTS[1:]}
    committed = sum(each.committed for each in found[OURS])
    crashes, gaps = (sum(getattr(run, what) for run in fenced) for what in ("crashes", "gaps"))
    unfenced_gaps = sum(run.gaps for run in unfenced)
    notes = (
        f"{committed:,} events committed in {len(seeds)} runs, {crashes} sequencer crashes.",
        f"Gaps in the numbers: {gaps}; by sequencers without the row lock: {unfenced_gaps}.",
        *(_sum(name, verdicts) for name, verdicts in found.items()),
    )
    title = "Torture: 24 writers, rollbacks, savepoints, long transactions, sequencer kills"
    return [Report(title=title, figures=figures, targets=targets, notes=notes)]


def _counts(verdict: Verdict) -> tuple[int, ...]:
    delivered = verdict.committed - verdict.lost + verdict.invented
    return (delivered, verdict.lost, verdict.twice, verdict.disordered)


def _sum(name: str, verdicts: Sequence[Verdict]) -> str:
    lost, doubled, disordered = (
        sum(_counts(each)[place] for each in verdicts) for place in (1, 2, 3)
    )
    return f"{name}: lost {lost:,}, doubled {doubled:,}, out of order {disordered:,}"
