"""Rows from metrics' own events: reports and disclosures."""

from collections.abc import Iterator

from shared.envelope import Recorded
from shared.events.metrics import DisclosureMade, ReportPublished
from shared.projection import Effect, Put, hears


@hears(ReportPublished)
def reports(recorded: Recorded) -> Iterator[Effect]:
    """Reports with the digest of what they showed."""
    match recorded.event:
        case ReportPublished() as fact:
            row = {
                "report_id": fact.report_id,
                "program_id": fact.program_id,
                "kind": fact.kind,
                "figures_digest": fact.figures_digest,
                "group_size_min": fact.group_size_min,
                "published_at": fact.at,
                "version": recorded.version,
            }
            yield Put(table="reports", row=row)
        case _:
            return


@hears(DisclosureMade)
def disclosures(recorded: Recorded) -> Iterator[Effect]:
    """Who saw which figures in full."""
    match recorded.event:
        case DisclosureMade() as fact:
            row = {
                "disclosure_id": fact.disclosure_id,
                "program_id": fact.program_id,
                "measure": fact.measure,
                "made_by": recorded.cause.actor,
                "made_at": fact.at,
            }
            yield Put(table="disclosures", row=row)
        case _:
            return
