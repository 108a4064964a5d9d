"""What came of the story, as the metrics service tells it, and whether a replay tells the same."""

import asyncio
from collections.abc import Iterable, Sequence
from statistics import quantiles
from typing import Any

from rich.console import Console
from rich.table import Table

from shared.cli.demo.proving import Proof, proved
from shared.cli.demo.stage import OPERATOR, SERVICES, Stage
from shared.frozen import frozen
from shared.provisioning import DatabaseAway, DatabaseRefuses, Databases, answering
from shared.runtime import service_named
from shared.runtime.rebuilding import rebuilt

DIMENSIONS = ("function", "site", "gender", "caregiving")
ACCESS_MEASURES = ("access_acceptance", "access_match", "access_meeting")
SKILL_MEASURE = "skill_gain"
SKILLS_SHOWN = 5
HIDDEN = "too few"


@frozen
class Replay:
    """Read tables rebuilt from the log, beside the live ones."""

    service: str
    tables: str
    events: int
    seconds: float
    differences: tuple[str, ...]


@frozen
class Summary:
    """Everything that is told at the end."""

    counts: dict[str, int]
    funnel: Sequence[dict[str, Any]]
    figures: Sequence[dict[str, Any]]
    access: dict[str, dict[str, Any]]  # by dimension
    events: int
    parked: int
    proofs: Sequence[Proof]
    replays: Sequence[Replay]
    unchecked: str = ""  # why nothing was replayed

    @property
    def is_good(self) -> bool:
        """Whether the replay gives the same, every run is proved, and nothing is parked."""
        return self.is_replayed and self.is_proved and not self.parked

    @property
    def is_proved(self) -> bool:
        """Whether every matching run holds by its record alone."""
        return bool(self.proofs) and all(proof.holds for proof in self.proofs)

    @property
    def is_replayed(self) -> bool:
        """Whether nothing that was rebuilt differs; what could not be looked at is told so."""
        differs = any(replay.differences for replay in self.replays)
        return not differs and bool(self.replays or self.unchecked)


async def gathered(stage: Stage, databases: Databases | None) -> Summary:
    """Ask metrics, and rebuild every read table of all services from the logs to compare."""
    await stage.settled()
    path = f"/programs/{stage.program_id}"
    figures = await stage.apis.get(stage.manager, "metrics", f"{path}/figures")
    funnel = await stage.apis.get(stage.manager, "metrics", f"{path}/funnel")
    access = {
        dimension: await stage.apis.get(
            stage.manager, "metrics", f"{path}/access", dimension=dimension
        )
        for dimension in DIMENSIONS
    }
    parked = 0
    for service in SERVICES:
        parked += len((await stage.apis.get(OPERATOR, service, "/ops/parked"))["items"])
    replays, unchecked = await replayed(stage, databases)
    own = {replay.service: replay.events for replay in reversed(replays)}  # its first is its own
    return Summary(
        counts=dict(stage.tally.counts),
        funnel=funnel["items"],
        figures=figures["items"],
        access=access,
        events=sum(own.values()),
        parked=parked,
        proofs=await proved(stage),
        replays=replays,
        unchecked=unchecked,
    )


async def replayed(stage: Stage, databases: Databases | None) -> tuple[Sequence[Replay], str]:
    """The check of every service; none, and why, where their databases cannot be reached."""
    if databases is None:
        return (), "nobody said where the databases are (--database)"
    try:
        await answering(databases, SERVICES, seconds=0, as_administrator=False)
    except (DatabaseAway, DatabaseRefuses) as reason:
        return (), str(reason)
    checks = [checked(stage, service, databases) for service in SERVICES]
    found = await asyncio.gather(*checks)
    return [replay for replays in found for replay in replays], ""


async def checked(stage: Stage, service: str, databases: Databases) -> list[Replay]:
    """Rebuild the read tables of one service beside the live ones, compare, and drop them."""
    found: list[Replay] = []

    async def check() -> None:
        async for report in rebuilt(service_named(service), databases, switch=False):
            differences = tuple(f"{each.table}: {each.difference}" for each in report.differences)
            found.append(
                Replay(
                    service=service,
                    tables=report.projection,
                    events=report.events,
                    seconds=report.seconds,
                    differences=differences,
                )
            )

    await stage.everybody(f"replaying the log of {service}", [check])
    return found


def show(summary: Summary, console: Console) -> None:
    """Draw the summary for people."""
    console.print()
    for table in (
        _funnel(summary.funnel),
        _figures(summary.figures),
        *(_access(dimension, told) for dimension, told in summary.access.items()),
        *([_replay(summary.replays)] if summary.replays else []),
    ):
        console.print(table)
        console.print()
    happened = ", ".join(f"{count} {what}" for what, count in summary.counts.items())
    console.print(f"What happened: {happened}.", soft_wrap=True)
    console.print(_told(summary.proofs))
    if summary.unchecked:
        console.print(f"[bold yellow]Not checked: the replay.[/] {summary.unchecked}")
    elif summary.is_replayed:
        console.print(
            f"[bold green]The replay gives the same figures:[/] {summary.events} events, "
            "every rebuilt table equals the live one row for row."
        )
    else:
        console.print("[bold red]The replay differs from the live tables.[/]")
    if summary.parked:
        console.print(f"[bold red]{summary.parked} messages are parked.[/] See /console.")


def _told(proofs: Sequence[Proof]) -> str:
    wrong = [f"{proof.run_id}: {each}" for proof in proofs for each in proof.findings]
    if wrong or not all(proof.holds for proof in proofs):
        return f"[bold red]A matching run does not hold.[/] {'; '.join(wrong)}"
    pairs, allowed = (sum(getattr(proof, of) for proof in proofs) for of in ("pairs", "allowed"))
    return (
        f"[bold green]Every matching run is proved from its record, without a solver:[/] "
        f"{len(proofs)} runs, {pairs} pairs of {allowed:,} possible ones, none better."
    )


def pace(seconds: Sequence[float], took: float) -> str:
    """How many requests there were and how fast they were answered."""
    cuts = quantiles(seconds, n=100)
    return (
        f"{len(seconds):,} requests in {took:.0f} s; half were answered within "
        f"{cuts[49] * 1_000:.0f} ms, 99 of 100 within {cuts[98] * 1_000:.0f} ms"
    )


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for place, column in enumerate(columns):
        table.add_column(column, justify="left" if place == 0 else "right", header_style="dim")
    return table


def _funnel(stages: Iterable[dict[str, Any]]) -> Table:
    table = _table("From application to journey", "stage", "mentees", "mentors")
    for stage in stages:
        numbers = (stage["mentees"], stage["mentors"])
        table.add_row(stage["name"], *("" if number is None else str(number) for number in numbers))
    return table


def _figures(figures: Iterable[dict[str, Any]]) -> Table:
    table = _table("What came of it", "figure", "value", "counted", "95 % interval")
    skills: list[dict[str, Any]] = []
    for figure in figures:
        if figure["part"] is None:
            table.add_row(figure["name"], *_values(figure))
        elif figure["measure"] == SKILL_MEASURE:
            skills.append(figure)
        else:
            name = f"{figure['name']}: {figure['part_name'] or figure['part']}"
            table.add_row(name, *_values(figure))
    known = [figure for figure in skills if figure["numerator"] is not None]
    known.sort(key=lambda figure: (-figure["denominator"], figure["part_name"]))
    for figure in known[:SKILLS_SHOWN]:
        table.add_row(f"{figure['name']}: {figure['part_name']}", *_values(figure))
    return table


def _values(figure: dict[str, Any]) -> tuple[str, str, str]:
    if figure["suppressed"] or figure["per_mille"] is None:
        return (HIDDEN if figure["suppressed"] else "none", "", "")
    share = figure["unit"] == "share"
    rate = figure["per_mille"]
    value = f"{rate / 10:.1f} %" if share else f"{rate / 1_000:.2f} {figure['unit']}"
    counted = f"{figure['numerator']} / {figure['denominator']}"
    interval = figure["interval"]
    if not interval:
        return (value, counted, "")
    return (value, counted, f"{interval['low'] / 10:.0f} to {interval['high'] / 10:.0f} %")


def _access(dimension: str, told: dict[str, Any]) -> Table:
    """One row a group, one column a measure; groups that are too small stay hidden."""
    measures = [item for item in told["items"] if item["measure"] in ACCESS_MEASURES]
    names = [item["name"] for item in measures]
    table = _table(f"Access of mentees by {dimension}", dimension, *names)
    groups = [group["group"] for group in measures[0]["groups"]] if measures else []
    for place, group in enumerate(groups):
        cells = [_rate(item["groups"][place]) for item in measures]
        table.add_row("not declared" if group is None else str(group), *cells)
    return table


def _rate(figure: dict[str, Any]) -> str:
    if figure["suppressed"]:
        return HIDDEN
    if figure["per_mille"] is None:
        return "none"
    return f"{figure['per_mille'] / 10:.1f} % of {figure['denominator']}"


def _replay(replays: Iterable[Replay]) -> Table:
    table = _table("Rebuilt from the log", "read tables", "events", "seconds", "differs")
    for replay in replays:
        table.add_row(
            f"{replay.service} {replay.tables}",
            str(replay.events),
            f"{replay.seconds:.1f}",
            ", ".join(replay.differences) or "nothing",
        )
    return table
