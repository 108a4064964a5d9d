"""Reports: figures published once, with a digest; and figures shown in full to somebody named."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias, assert_never
from uuid import UUID

from shared.decider import Decider
from shared.errors import InvalidCommand, Refused
from shared.events.metrics import DisclosureMade, ReportEvent, ReportPublished
from shared.fairness.suppression import GROUP_SIZE_FLOOR
from shared.frozen import frozen
from shared.ids import ProgramId


@frozen
class PublishReport:
    report_id: UUID
    program_id: ProgramId
    kind: str
    figures_digest: str  # SHA-256, hex
    group_size_min: int


@frozen
class Disclose:
    disclosure_id: UUID
    program_id: ProgramId
    measure: str


Command: TypeAlias = PublishReport | Disclose


class GroupsTooSmall(InvalidCommand):
    """A report never shows groups of fewer than five people."""


class ReportDiffers(Refused):
    """This report was published before with other figures; a published report does not change."""


@frozen
class Report:
    figures_digest: str = ""  # empty until it is published
    disclosed: bool = False


def evolve(report: Report, event: ReportEvent) -> Report:
    match event:
        case ReportPublished(figures_digest=digest):
            return Report(figures_digest=digest, disclosed=report.disclosed)
        case DisclosureMade():
            return Report(figures_digest=report.figures_digest, disclosed=True)
        case _:
            assert_never(event)


def decide(report: Report, command: Command, now: datetime) -> Sequence[ReportEvent]:
    match command:
        case PublishReport():
            return _publish(report, command, now)
        case Disclose():
            return _disclose(report, command, now)
        case _:
            assert_never(command)


def _publish(report: Report, command: PublishReport, now: datetime) -> Sequence[ReportEvent]:
    if command.group_size_min < GROUP_SIZE_FLOOR:
        raise GroupsTooSmall
    if report.figures_digest == command.figures_digest:
        return ()
    if report.figures_digest:
        raise ReportDiffers
    return (
        ReportPublished(
            report_id=command.report_id,
            program_id=command.program_id,
            kind=command.kind,
            figures_digest=command.figures_digest,
            group_size_min=command.group_size_min,
            at=now,
        ),
    )


def _disclose(report: Report, command: Disclose, now: datetime) -> Sequence[ReportEvent]:
    if report.disclosed:
        return ()
    return (
        DisclosureMade(
            disclosure_id=command.disclosure_id,
            program_id=command.program_id,
            measure=command.measure,
            at=now,
        ),
    )


def _key(command: Command) -> UUID:
    match command:
        case PublishReport():
            return command.report_id
        case Disclose():
            return command.disclosure_id
        case _:
            assert_never(command)


REPORT = Decider(category="report", key=_key, initial=Report(), evolve=evolve, decide=decide)
