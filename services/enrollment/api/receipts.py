"""What is told after a command about an enrollment."""

from collections.abc import Sequence
from uuid import UUID

from pydantic import Field

from services.enrollment.domain.enrollment.state import Condition, Enrollment, Stage
from shared.command_handler import Outcome
from shared.errors import MentorshipError
from shared.events.enrollment import Part
from shared.http import ItemProblem, View, item_problem


class EnrollmentReceipt(View):
    """An enrollment as a command left it."""

    enrollment_id: UUID
    program_id: UUID
    cohort_id: UUID
    person_id: UUID
    part: Part
    stage: Stage
    missing: list[Condition] = Field(description="What must still happen before enrollment.")
    version: int


class BatchItem(View):
    index: int
    status: int = Field(examples=[200, 409])
    enrollment_id: UUID
    stage: Stage | None = Field(description="Null if this item was refused.")
    problem: ItemProblem | None


class BatchView(View):
    """What each item of a batch came to, in the order of the request."""

    items: list[BatchItem]


def receipt(enrollment_id: UUID, outcome: Outcome) -> EnrollmentReceipt:
    """The receipt of a command whose first step was about the enrollment."""
    state: Enrollment = outcome.states[0]
    application = state.submitted()
    waits = state.stage in {Stage.SUBMITTED, Stage.ADMITTED}
    return EnrollmentReceipt(
        enrollment_id=enrollment_id,
        program_id=application.program_id,
        cohort_id=application.cohort_id,
        person_id=application.person_id,
        part=application.part,
        stage=state.stage,
        missing=list(state.missing()) if waits else [],
        version=outcome.versions[0],
    )


def batch(
    enrollment_ids: Sequence[UUID], results: Sequence[Outcome | MentorshipError]
) -> BatchView:
    """What each item came to."""
    pairs = zip(enrollment_ids, results, strict=True)
    return BatchView(items=[_item(index, *pair) for index, pair in enumerate(pairs)])


def _item(index: int, enrollment_id: UUID, result: Outcome | MentorshipError) -> BatchItem:
    if isinstance(result, MentorshipError):
        problem = item_problem(result)
        return BatchItem(
            index=index,
            status=problem.status,
            enrollment_id=enrollment_id,
            stage=None,
            problem=problem,
        )
    stage = result.states[0].stage
    return BatchItem(
        index=index, status=200, enrollment_id=enrollment_id, stage=stage, problem=None
    )
