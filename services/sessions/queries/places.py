"""Where each sealed text stands: it opens there and nowhere else."""

from uuid import UUID

from shared.events.vocabulary import Part
from shared.ids import GoalId, MilestoneId, PairingId, SessionId, TenantId
from shared.vault import Place


def reflection(tenant: TenantId, pairing_id: PairingId, session_id: SessionId, part: Part) -> Place:
    return _in_journey(tenant, pairing_id, f"reflection {session_id} {part}")


def what_changes(tenant: TenantId, pairing_id: PairingId, check_in_id: UUID) -> Place:
    return _in_journey(tenant, pairing_id, f"check-in {check_in_id}")


def roadblock(tenant: TenantId, pairing_id: PairingId, check_in_id: UUID, code: str) -> Place:
    return _in_journey(tenant, pairing_id, f"roadblock {check_in_id} {code}")


def feedback(tenant: TenantId, pairing_id: PairingId, feedback_id: UUID) -> Place:
    return _in_journey(tenant, pairing_id, f"feedback {feedback_id}")


def goal(tenant: TenantId, goal_id: GoalId) -> Place:
    return Place(tenant=tenant, stream=f"goal-{goal_id}", field="text")


def expectations(tenant: TenantId, pairing_id: PairingId) -> Place:
    return _in_roadmap(tenant, pairing_id, "expectations")


def milestone(tenant: TenantId, pairing_id: PairingId, milestone_id: MilestoneId) -> Place:
    return _in_roadmap(tenant, pairing_id, f"milestone {milestone_id}")


def deliverable(tenant: TenantId, pairing_id: PairingId, milestone_id: MilestoneId) -> Place:
    return _in_roadmap(tenant, pairing_id, f"deliverable {milestone_id}")


def link(tenant: TenantId, pairing_id: PairingId, milestone_id: MilestoneId) -> Place:
    return _in_roadmap(tenant, pairing_id, f"link {milestone_id}")


def _in_journey(tenant: TenantId, pairing_id: PairingId, field: str) -> Place:
    return Place(tenant=tenant, stream=f"journey-{pairing_id}", field=field)


def _in_roadmap(tenant: TenantId, pairing_id: PairingId, field: str) -> Place:
    return Place(tenant=tenant, stream=f"roadmap-{pairing_id}", field=field)
