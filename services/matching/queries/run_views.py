"""What is shown of a run."""

from typing import Any
from uuid import UUID

from pydantic import Field

from shared.http import Moment, View


class NamedPairView(View):
    mentor: UUID
    mentee: UUID


class EmphasisView(View):
    competencies: list[UUID]
    weight: int = Field(description="Points at most.")
    target_role: UUID | None


class RuleCountView(View):
    rule: str = Field(examples=["no_common_language"])
    pairs: int = Field(description="Pairs of a mentee and a mentor that this rule alone forbids.")


class LeftOutView(View):
    mentor: UUID
    mentee: UUID
    code: str = Field(examples=["mentor_at_capacity", "mentee_already_paired", "not_listed"])


class LogPositionView(View):
    service: str
    slot: int
    number: int


class MatchingRunView(View):
    run_id: UUID
    program_id: UUID
    cohort_id: UUID
    policy_version: int
    what_if: bool = Field(description="Tried out: it is never published.")
    objective: str | None = Field(examples=["most_served"])
    tried: dict[str, Any] | None = Field(
        description="The policy's terms as this run alone has them; null: as the version says."
    )
    lock: list[NamedPairView] = Field(description="Pairs that stood, whatever else was found.")
    bar: list[NamedPairView] = Field(
        description="Pairs that managers barred, shown to managers of the program as long as"
        " neither of the two is erased."
    )
    barred: int = Field(description="How many pairs managers barred for this run.")
    basis: UUID | None = Field(description="The run whose locks and bars were taken over.")
    emphasis: EmphasisView | None
    asked_because: str | None
    state: str = Field(
        examples=[
            "computing",
            "draft",
            "publishing",
            "published",
            "failed",
            "cancelled",
            "discarded",
            "rejected",
        ]
    )
    requested_by: UUID
    requested_at: Moment
    finished_at: Moment | None
    input_digest: str | None = Field(description="SHA-256 of the frozen input, hex.")
    result_digest: str | None = Field(description="SHA-256 of pairs and unserved, hex.")
    record_digest: str | None = Field(description="SHA-256 of the run's record, hex.")
    as_of: list[LogPositionView] = Field(
        description="How far each log had been read when the pool was frozen."
    )
    lottery_commitment: str | None = Field(
        description="SHA-256 of the seed, hex, told before anything was known."
    )
    lottery_seed: str | None = Field(description="Hex; null until it has been drawn.")
    is_unique: bool | None = Field(description="No lottery was needed.")
    mentees: int | None
    mentors: int | None
    seats: int | None
    pairs: int | None = Field(description="As the run found them, before any change by hand.")
    unserved: int | None
    total_score: int | None
    worst_score: int | None
    cross_functional_pairs: int | None
    overrides: int = Field(description="How often the draft was changed by hand.")
    reason: str | None = Field(description="Why it failed, or was cancelled or discarded.")
    rules: list[RuleCountView] = Field(description="What forbade the pairs of a failed run.")
    published_at: Moment | None
    told_at: Moment | None = Field(description="When everybody in it had been told.")
    proposed: int | None
    waitlisted: int | None
    left_out: list[LeftOutView]
    version: int


class ComponentsView(View):
    """Points of each component; they add up to the score."""

    strengths: int
    other_function: int
    target_roles: int
    style: int
    hours: int
    spare_load: int
    title: int = 0  # from here on 0 in runs that did not know of it
    tenure: int = 0
    same_function: int = 0
    proximity: int = 0
    rotation: int = 0
    emphasis: int = 0


class RunPairView(View):
    mentee: UUID
    mentor: UUID
    score: int = Field(description="0 to 1000; the components add up to it.")
    components: ComponentsView
    cross_functional: bool
    overridden: bool = Field(description="A manager made this pair by hand.")
    override_reason: str | None = Field(
        description="Why; for managers, and null once it can no longer be read."
    )
    pairing_id: UUID | None = Field(description="Null while it has not been proposed.")
    state: str | None = Field(examples=["proposed", "on_trial"])


class UnservedView(View):
    mentee: UUID
    reason: str = Field(examples=["no_allowed_mentor", "all_seats_taken", "left_by_manager"])
