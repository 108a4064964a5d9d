"""A roadmap: milestones and check-in dates that both of a pair agree on, and what came of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from datetime import date, datetime
from types import MappingProxyType
from typing import assert_never
from uuid import UUID

from services.sessions.domain.journey.commands import MenteeOnly
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
    RemindOfMilestone,
    RoadmapCommand,
    RoadmapUnknown,
    RoadmapVersionSuperseded,
    SubmitEvidence,
)
from services.sessions.domain.timers import Timer, milestone_timer_id, notice_of
from shared.decider import Decider
from shared.events.sessions import (
    MilestoneEvidenceSubmitted,
    MilestoneReached,
    MilestoneSet,
    ReminderIssued,
    ReminderKind,
    RoadmapAccepted,
    RoadmapApproved,
    RoadmapEvent,
    RoadmapProposed,
)
from shared.events.vocabulary import Part
from shared.frozen import frozen
from shared.ids import MilestoneId


@frozen
class Milestone:
    due_on: date
    project: bool
    evidence: MilestoneEvidenceSubmitted | None = None
    reached: bool = False


@frozen
class Roadmap:
    proposed: RoadmapProposed | None = None
    approved_by: frozenset[Part] = frozenset()  # of the version proposed
    accepted_version: int = 0
    milestones: Mapping[MilestoneId, Milestone] = field(
        default_factory=lambda: MappingProxyType({})
    )
    ever_named: frozenset[MilestoneId] = frozenset()
    reminders: frozenset[UUID] = frozenset()


def evolve(roadmap: Roadmap, event: RoadmapEvent) -> Roadmap:
    """The roadmap after one more fact."""
    match event:
        case RoadmapProposed(milestones=milestones):
            named = roadmap.ever_named | {milestone.milestone_id for milestone in milestones}
            return replace(roadmap, proposed=event, approved_by=frozenset(), ever_named=named)
        case RoadmapApproved(by=by):
            return replace(roadmap, approved_by=roadmap.approved_by | {by})
        case RoadmapAccepted(version=version):
            return replace(roadmap, accepted_version=version)
        case MilestoneSet() | MilestoneEvidenceSubmitted() | MilestoneReached():
            return _evolve_milestone(roadmap, event)
        case ReminderIssued(reminder_id=reminder_id):
            return replace(roadmap, reminders=roadmap.reminders | {reminder_id})
        case _:
            assert_never(event)


def _evolve_milestone(
    roadmap: Roadmap, event: MilestoneSet | MilestoneEvidenceSubmitted | MilestoneReached
) -> Roadmap:
    before = roadmap.milestones.get(event.milestone_id)
    match event:
        case MilestoneSet(due_on=due_on, project=project):
            evidence = before.evidence if before else None
            after = Milestone(due_on=due_on, project=project, evidence=evidence)
        case MilestoneEvidenceSubmitted():
            after = replace(roadmap.milestones[event.milestone_id], evidence=event)
        case MilestoneReached():
            after = replace(roadmap.milestones[event.milestone_id], reached=True)
        case _:
            assert_never(event)
    milestones = {**roadmap.milestones, event.milestone_id: after}
    return replace(roadmap, milestones=MappingProxyType(milestones))


def decide(roadmap: Roadmap, command: RoadmapCommand, now: datetime) -> Sequence[RoadmapEvent]:
    """The facts that follow from a command."""
    match command:
        case ProposeRoadmap():
            return _propose(roadmap, command, now)
        case ApproveRoadmap():
            return _approve(roadmap, command, now)
        case SubmitEvidence():
            return _submit_evidence(roadmap, command, now)
        case ConfirmMilestone():
            return _confirm(roadmap, command, now)
        case RemindOfMilestone():
            return _remind(roadmap, command, now)
        case _:
            assert_never(command)


def _propose(roadmap: Roadmap, command: ProposeRoadmap, now: datetime) -> Sequence[RoadmapEvent]:
    _check_milestones(roadmap, command, now)
    before = roadmap.proposed
    version = before.version + 1 if before else 1
    proposed = RoadmapProposed(
        pairing_id=command.pairing_id,
        version=version,
        milestones=command.milestones,
        check_in_dates=tuple(sorted(set(command.check_in_dates))),
        expectations=command.expectations,
        by=command.by,
        at=now,
    )
    if before and replace(before, version=version, at=now) == proposed:
        return ()
    where, by = command.pairing_id, command.by
    return (proposed, RoadmapApproved(pairing_id=where, version=version, by=by, at=now))


def _check_milestones(roadmap: Roadmap, command: ProposeRoadmap, now: datetime) -> None:
    named = [milestone.milestone_id for milestone in command.milestones]
    if len(set(named)) < len(named):
        raise MilestoneRepeated(field="/milestones")
    if not roadmap.ever_named.issuperset(command.known):
        raise MilestoneUnknown(field="/milestones")
    agreed = {key for key, milestone in roadmap.milestones.items() if not milestone.reached}
    if not agreed.issubset(named):
        raise MilestoneLeftOut(field="/milestones")
    for index, milestone in enumerate(command.milestones):
        before = roadmap.milestones.get(milestone.milestone_id)
        unmoved = before is not None and before.due_on == milestone.due_on
        if milestone.due_on <= now.date() and not unmoved:
            raise MilestoneDueInThePast(field=f"/milestones/{index}/due_on")


def _approve(roadmap: Roadmap, command: ApproveRoadmap, now: datetime) -> Sequence[RoadmapEvent]:
    proposed = roadmap.proposed
    if proposed is None or command.version > proposed.version:
        raise RoadmapUnknown
    if command.version < proposed.version:
        raise RoadmapVersionSuperseded
    where, version, by = command.pairing_id, command.version, command.by
    if by in roadmap.approved_by:
        return ()
    approved = RoadmapApproved(pairing_id=where, version=version, by=by, at=now)
    if roadmap.approved_by | {by} != frozenset(Part):
        return (approved,)
    accepted = RoadmapAccepted(pairing_id=where, version=version, at=now)
    return (approved, accepted, *_milestones_set(roadmap, proposed, command, now))


def _milestones_set(
    roadmap: Roadmap, proposed: RoadmapProposed, command: ApproveRoadmap, now: datetime
) -> Iterator[MilestoneSet]:
    """What is new or other than agreed before; a milestone that was reached stays as it is."""
    for milestone in proposed.milestones:
        before = roadmap.milestones.get(milestone.milestone_id)
        agreed = before and (before.due_on, before.project) == (
            milestone.due_on,
            milestone.project,
        )
        if agreed or (before and before.reached):
            continue
        yield MilestoneSet(
            pairing_id=command.pairing_id,
            mentee=command.mentee,
            milestone_id=milestone.milestone_id,
            due_on=milestone.due_on,
            project=milestone.project,
            at=now,
        )


def _submit_evidence(
    roadmap: Roadmap, command: SubmitEvidence, now: datetime
) -> Sequence[RoadmapEvent]:
    milestone = _milestone(roadmap, command.milestone_id)
    if command.by is not Part.MENTEE:
        raise MenteeOnly
    if milestone.reached:
        raise MilestoneAlreadyReached
    evidence = MilestoneEvidenceSubmitted(
        pairing_id=command.pairing_id,
        milestone_id=command.milestone_id,
        deliverable=command.deliverable,
        link_sealed=command.link,
        at=now,
    )
    if milestone.evidence and replace(milestone.evidence, at=now) == evidence:
        return ()
    return (evidence,)


def _confirm(roadmap: Roadmap, command: ConfirmMilestone, now: datetime) -> Sequence[RoadmapEvent]:
    milestone = _milestone(roadmap, command.milestone_id)
    if command.by is not Part.MENTOR:
        raise MentorConfirms
    if milestone.reached:
        return ()
    evidence = milestone.evidence
    if milestone.project and evidence is None:
        raise EvidenceMissing
    # A mentor who takes time to look does not make the mentee late.
    done_at = evidence.at if evidence else now
    return (
        MilestoneReached(
            pairing_id=command.pairing_id,
            mentee=command.mentee,
            milestone_id=command.milestone_id,
            on_time=done_at.date() <= milestone.due_on,
            confirmed_by=command.by,
            at=now,
        ),
    )


def _remind(roadmap: Roadmap, command: RemindOfMilestone, now: datetime) -> Sequence[RoadmapEvent]:
    milestone = roadmap.milestones.get(command.milestone_id)
    if milestone is None or milestone.reached:
        return ()
    timer = Timer(
        deadline_id=milestone_timer_id(command.pairing_id, command.milestone_id),
        kind=ReminderKind.MILESTONE_DUE,
        subject=command.milestone_id,
        due_at=command.due_at,
    )
    moved = notice_of(milestone.due_on) != command.due_at
    if moved or timer.reminder_id in roadmap.reminders:
        return ()
    return (timer.issued(command.pairing_id, command.to, now),)


def _milestone(roadmap: Roadmap, milestone_id: MilestoneId) -> Milestone:
    try:
        return roadmap.milestones[milestone_id]
    except KeyError as unknown:
        raise MilestoneUnknown from unknown


ROADMAP: Decider[Roadmap, RoadmapCommand, RoadmapEvent] = Decider(
    category="roadmap",
    key=lambda command: command.pairing_id,
    initial=Roadmap(),
    evolve=evolve,
    decide=decide,
)
