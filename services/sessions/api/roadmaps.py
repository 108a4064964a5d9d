"""Roadmaps and milestones over HTTP."""

from collections.abc import Callable
from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field
from starlette.responses import Response

from services.sessions.api.pairs import Author, Reader, Writer
from services.sessions.api.words import Day, Text
from services.sessions.domain.journey.commands import JourneyOver, JourneyUnknown, MenteeOnly
from services.sessions.domain.roadmap import ROADMAP, Roadmap
from services.sessions.domain.roadmap.commands import (
    ApproveRoadmap,
    ConfirmMilestone,
    EvidenceMissing,
    MentorConfirms,
    MilestoneAlreadyReached,
    MilestoneDueInThePast,
    MilestoneLeftOut,
    MilestoneRepeated,
    MilestoneUnknown,
    ProposeRoadmap,
    RoadmapUnknown,
    RoadmapVersionSuperseded,
    SubmitEvidence,
)
from services.sessions.queries import places
from services.sessions.queries import roadmaps as queries
from services.sessions.queries.sight import NotOfThisPair
from shared.events.sessions import RoadmapMilestone
from shared.events.vocabulary import Part
from shared.http import AuthorErased, PageOf, Request, Routes, View, problems
from shared.ids import MilestoneId, new_id

router = Routes("roadmaps")

_ROADMAP = "/v1/journeys/{pairing_id}/roadmap"
_MILESTONES = "/v1/journeys/{pairing_id}/milestones"
_WRITING = (JourneyUnknown, NotOfThisPair, JourneyOver)


class MilestoneBody(Request):
    milestone_id: UUID | None = Field(None, description="One that was there before; else null.")
    title: Text
    due_on: Day
    project: bool = Field(
        default=False, strict=True, description="In a real project, with evidence."
    )


class RoadmapBody(Request):
    milestones: Annotated[list[MilestoneBody], Field(min_length=1, max_length=30)]
    check_in_dates: Annotated[tuple[Day, ...], Field(max_length=60)] = ()
    expectations: Text | None = None


class ApprovalBody(Request):
    proposal: int = Field(ge=1, strict=True, description="Which proposal you have read.")


class EvidenceBody(Request):
    deliverable: Text
    link: Text | None = None


class RoadmapStateView(View):
    """A roadmap after a change to it."""

    pairing_id: UUID
    proposal: int
    milestone_ids: list[UUID] = Field(description="In the order of the proposal.")
    approved_by: list[Part]
    accepted_proposal: int | None


class MilestoneStateView(View):
    """A milestone after a change to it."""

    milestone_id: UUID
    pairing_id: UUID
    due_on: date
    project: bool
    has_evidence: bool
    reached: bool


@router.get(
    _ROADMAP,
    response_model=queries.RoadmapView,
    responses=problems(JourneyUnknown, RoadmapUnknown),
)
async def show_roadmap(reader: Reader) -> Response:
    """The roadmap as it was put forward last, and who agrees to it."""
    return await reader.one(queries.roadmap)


@router.put(
    _ROADMAP,
    response_model=RoadmapStateView,
    responses=problems(
        *_WRITING,
        AuthorErased,
        MilestoneUnknown,
        MilestoneRepeated,
        MilestoneLeftOut,
        MilestoneDueInThePast,
    ),
)
async def propose_roadmap(body: RoadmapBody, writer: Writer) -> Response:
    """Put a roadmap to the other one; you agree to it by that.

    A milestone that both agreed on before can be given another date, but not left out.
    """
    pair = writer.pair
    pair.check_not_ended()
    place = places.expectations(pair.tenant, pair.pairing_id)
    named = {each.milestone_id for each in body.milestones if each.milestone_id is not None}
    command = ProposeRoadmap(
        pairing_id=pair.pairing_id,
        mentee=pair.mentee,
        milestones=tuple([await _sealed(writer, milestone) for milestone in body.milestones]),
        check_in_dates=body.check_in_dates,
        expectations=await writer.seal_any(body.expectations, place, "goal"),
        known=frozenset(map(MilestoneId, named)),
        by=writer.part,
    )
    return await writer.commands.handle(ROADMAP, command, show=_roadmap(pair.pairing_id))


@router.post(
    _ROADMAP + "/approval",
    response_model=RoadmapStateView,
    responses=problems(*_WRITING, RoadmapUnknown, RoadmapVersionSuperseded),
)
async def approve_roadmap(body: ApprovalBody, writer: Writer) -> Response:
    """Agree to the proposal; once both have, its milestones are set."""
    pair = writer.pair
    pair.check_not_ended()
    command = ApproveRoadmap(
        pairing_id=pair.pairing_id, mentee=pair.mentee, version=body.proposal, by=writer.part
    )
    return await writer.commands.handle(ROADMAP, command, show=_roadmap(pair.pairing_id))


@router.get(
    _MILESTONES,
    response_model=PageOf[queries.MilestoneView],
    responses=problems(JourneyUnknown),
)
async def list_milestones(reader: Reader) -> Response:
    """Milestones that both agreed on, the next one due first."""
    return await reader.page(queries.milestones)


@router.post(
    _MILESTONES + "/{milestone_id}/evidence",
    response_model=MilestoneStateView,
    responses=problems(
        *_WRITING, AuthorErased, MilestoneUnknown, MenteeOnly, MilestoneAlreadyReached
    ),
)
async def submit_evidence(milestone_id: UUID, body: EvidenceBody, writer: Writer) -> Response:
    """Show what was made in a real project; what was shown before is replaced."""
    milestone, pair = MilestoneId(milestone_id), writer.pair
    pair.check_not_ended()
    where = pair.tenant, pair.pairing_id, milestone
    command = SubmitEvidence(
        pairing_id=pair.pairing_id,
        milestone_id=milestone,
        deliverable=await writer.seal(body.deliverable, places.deliverable(*where), "goal"),
        link=await writer.seal_any(body.link, places.link(*where), "goal"),
        by=writer.part,
    )
    show = _milestone(pair.pairing_id, milestone)
    return await writer.commands.handle(ROADMAP, command, show=show)


@router.post(
    _MILESTONES + "/{milestone_id}/confirmation",
    response_model=MilestoneStateView,
    responses=problems(*_WRITING, MilestoneUnknown, MentorConfirms, EvidenceMissing),
)
async def confirm_milestone(milestone_id: UUID, writer: Writer) -> Response:
    """As mentor, say that the mentee reached a milestone; in a project there must be evidence."""
    milestone, pair = MilestoneId(milestone_id), writer.pair
    pair.check_not_ended()
    command = ConfirmMilestone(
        pairing_id=pair.pairing_id, mentee=pair.mentee, milestone_id=milestone, by=writer.part
    )
    show = _milestone(pair.pairing_id, milestone)
    return await writer.commands.handle(ROADMAP, command, show=show)


async def _sealed(writer: Author, body: MilestoneBody) -> RoadmapMilestone:
    milestone_id = MilestoneId(body.milestone_id or new_id())
    place = places.milestone(writer.pair.tenant, writer.pairing_id, milestone_id)
    return RoadmapMilestone(
        milestone_id=milestone_id,
        title=await writer.seal(body.title, place, "goal"),
        due_on=body.due_on,
        project=body.project,
    )


def _roadmap(pairing_id: UUID) -> Callable[[Roadmap], RoadmapStateView]:
    def show(roadmap: Roadmap) -> RoadmapStateView:
        proposed = roadmap.proposed
        if proposed is None:
            raise RoadmapUnknown
        return RoadmapStateView(
            pairing_id=pairing_id,
            proposal=proposed.version,
            milestone_ids=[milestone.milestone_id for milestone in proposed.milestones],
            approved_by=sorted(roadmap.approved_by),
            accepted_proposal=roadmap.accepted_version or None,
        )

    return show


def _milestone(
    pairing_id: UUID, milestone_id: MilestoneId
) -> Callable[[Roadmap], MilestoneStateView]:
    def show(roadmap: Roadmap) -> MilestoneStateView:
        milestone = roadmap.milestones[milestone_id]
        return MilestoneStateView(
            milestone_id=milestone_id,
            pairing_id=pairing_id,
            due_on=milestone.due_on,
            project=milestone.project,
            has_evidence=milestone.evidence is not None,
            reached=milestone.reached,
        )

    return show
