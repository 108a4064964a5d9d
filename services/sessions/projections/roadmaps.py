"""Roadmaps and their milestones, as rows."""

from collections.abc import Iterator
from uuid import UUID

from shared.envelope import Recorded
from shared.events.sessions import (
    MilestoneEvidenceSubmitted,
    MilestoneReached,
    MilestoneSet,
    RoadmapAccepted,
    RoadmapApproved,
    RoadmapProposed,
)
from shared.projection import Change, Effect, Put, hears


def roadmaps(recorded: Recorded) -> Iterator[Effect]:
    """One row a proposal, each with the version of the pair's stream."""
    if not recorded.stream.startswith("roadmap-"):
        return
    event = recorded.event
    match event:
        case RoadmapProposed():
            yield _proposed(event, recorded.version)
        case RoadmapApproved(version=proposal, by=by, at=at):
            key = {"pairing_id": event.pairing_id, "proposal": proposal}
            yield Change(table="roadmaps", key=key, values={f"{by.value}_approved_at": at})
        case RoadmapAccepted(version=proposal, at=at):
            key = {"pairing_id": event.pairing_id, "proposal": proposal}
            yield Change(table="roadmaps", key=key, values={"accepted_at": at})
        case _:
            pass
    pair = {"pairing_id": event.pairing_id}
    yield Change(table="roadmaps", key=pair, values={"version": recorded.version})


@hears(MilestoneSet, MilestoneReached)
def milestones(recorded: Recorded) -> Iterator[Effect]:
    """One row a milestone that both agreed on."""
    event = recorded.event
    match event:
        case MilestoneSet(due_on=due_on, project=project, at=at):
            values = {"due_on": due_on, "project": project, "agreed_at": at}
            yield Put(table="milestones", row={**_key(event), **values})
        case MilestoneReached(on_time=on_time, at=at):
            values = {"on_time": on_time, "reached_at": at}
            yield Change(table="milestones", key=_key(event), values=values)
        case _:
            return


@hears(MilestoneEvidenceSubmitted)
def evidence(recorded: Recorded) -> Iterator[Effect]:
    """One row a milestone, with the evidence submitted last."""
    event = recorded.event
    if isinstance(event, MilestoneEvidenceSubmitted):
        values = {
            "deliverable": event.deliverable,
            "link": event.link_sealed,
            "submitted_at": event.at,
        }
        yield Put(table="evidence", row={**_key(event), **values})


def _proposed(event: RoadmapProposed, version: int) -> Put:
    return Put(
        table="roadmaps",
        row={
            "pairing_id": event.pairing_id,
            "proposal": event.version,
            "milestones": event.milestones,
            "check_in_dates": event.check_in_dates,
            "sealed": event.expectations,
            "proposed_by": event.by,
            "proposed_at": event.at,
            "version": version,
        },
    )


def _key(event: MilestoneSet | MilestoneEvidenceSubmitted | MilestoneReached) -> dict[str, UUID]:
    return {"pairing_id": event.pairing_id, "milestone_id": event.milestone_id}
