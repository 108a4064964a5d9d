"""What a pair agreed to reach, and how far it is."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from pydantic import Field

from services.sessions.queries import places
from services.sessions.queries.sight import Sight, WritingView
from shared.events.sessions import RoadmapMilestone
from shared.events.vocabulary import Part
from shared.http import Moment, PageOf, PageRequest, View


class ProposedMilestoneView(View):
    milestone_id: UUID
    title: WritingView
    due_on: date
    project: bool = Field(description="Whether it needs a real project, with evidence.")


class RoadmapView(View):
    """The newest proposal, and whether both agree to it."""

    pairing_id: UUID
    proposal: int
    milestones: list[ProposedMilestoneView]
    check_in_dates: list[date]
    expectations: WritingView
    proposed_by: Part
    proposed_at: Moment
    approved_by: list[Part]
    accepted_at: Moment | None
    accepted_proposal: int | None = Field(description="The newest one that both agreed to.")
    version: int


class MilestoneView(View):
    milestone_id: UUID
    pairing_id: UUID
    title: WritingView
    due_on: date
    project: bool
    agreed_at: Moment
    deliverable: WritingView
    link: WritingView
    evidence_at: Moment | None
    reached_at: Moment | None
    on_time: bool | None


_ROADMAP = """
SELECT pairing_id, proposal, milestones::text AS milestones, check_in_dates::text
       AS check_in_dates, sealed::text AS sealed, proposed_by, proposed_at, mentor_approved_at,
       mentee_approved_at, accepted_at, version, (
           SELECT max(proposal) FROM read.roadmaps
           WHERE pairing_id = $1 AND accepted_at IS NOT NULL
       ) AS accepted_proposal
FROM read.roadmaps WHERE pairing_id = $1 ORDER BY proposal DESC LIMIT 1
"""
_MILESTONES = """
SELECT m.milestone_id, m.pairing_id, due_on, project, agreed_at, on_time, reached_at,
       deliverable::text AS deliverable, link::text AS link, submitted_at AS evidence_at, (
           SELECT named -> 'title' FROM read.roadmaps AS r,
                  jsonb_array_elements(r.milestones) AS named
           WHERE r.pairing_id = $1 AND r.accepted_at IS NOT NULL
             AND named ->> 'milestone_id' = m.milestone_id::text
           ORDER BY r.proposal DESC LIMIT 1
       )::text AS title
FROM read.milestones AS m LEFT JOIN read.evidence USING (tenant, pairing_id, milestone_id)
WHERE m.pairing_id = $1 AND ($2::date IS NULL OR (due_on, m.milestone_id) > ($2, $3::uuid))
ORDER BY due_on, m.milestone_id LIMIT $4
"""


async def roadmap(sight: Sight) -> RoadmapView | None:
    """The roadmap as it was put forward last."""
    row = await sight.db.fetchrow(_ROADMAP, sight.pair.pairing_id)
    if row is None:
        return None
    pair = sight.pair
    place = places.expectations(pair.tenant, pair.pairing_id)
    approvals = ((part, row[f"{part.value}_approved_at"]) for part in Part)
    return RoadmapView(
        pairing_id=row["pairing_id"],
        proposal=row["proposal"],
        milestones=[
            await _proposed(sight, milestone)
            for milestone in msgspec.json.decode(row["milestones"], type=list[RoadmapMilestone])
        ],
        check_in_dates=msgspec.json.decode(row["check_in_dates"], type=list[date]),
        expectations=await sight.writing(row["sealed"], place),
        proposed_by=row["proposed_by"],
        proposed_at=row["proposed_at"],
        approved_by=[part for part, approved_at in approvals if approved_at is not None],
        accepted_at=row["accepted_at"],
        accepted_proposal=row["accepted_proposal"],
        version=row["version"],
    )


async def milestones(sight: Sight, page: PageRequest) -> PageOf[MilestoneView]:
    """Milestones that both agreed on, the next one due first."""
    after = page.after or (None, None)
    rows = await sight.db.fetch(_MILESTONES, sight.pair.pairing_id, *after, page.rows)
    items = [await _milestone(sight, row) for row in rows]
    return page.of(items, lambda item: (item.due_on, item.milestone_id))


async def _proposed(sight: Sight, milestone: RoadmapMilestone) -> ProposedMilestoneView:
    pair = sight.pair
    place = places.milestone(pair.tenant, pair.pairing_id, milestone.milestone_id)
    return ProposedMilestoneView(
        milestone_id=milestone.milestone_id,
        title=await sight.opened(milestone.title, place),
        due_on=milestone.due_on,
        project=milestone.project,
    )


async def _milestone(sight: Sight, row: Mapping[str, Any]) -> MilestoneView:
    where = sight.pair.tenant, sight.pair.pairing_id, row["milestone_id"]
    return MilestoneView(
        milestone_id=row["milestone_id"],
        pairing_id=row["pairing_id"],
        title=await sight.writing(row["title"], places.milestone(*where)),
        due_on=row["due_on"],
        project=row["project"],
        agreed_at=row["agreed_at"],
        deliverable=await sight.writing(row["deliverable"], places.deliverable(*where)),
        link=await sight.writing(row["link"], places.link(*where)),
        evidence_at=row["evidence_at"],
        reached_at=row["reached_at"],
        on_time=row["on_time"],
    )
