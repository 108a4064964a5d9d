"""What metrics shows, as it goes out."""

from uuid import UUID

from pydantic import Field

from services.metrics.domain.declaration import Dimension
from services.metrics.domain.measure import Unit
from services.metrics.queries.sight import Detail
from shared.events.vocabulary import Part
from shared.http import Moment, View


class MeasureView(View):
    """What a measure means, why it is kept, and what it is counted from."""

    code: str
    name: str
    definition: str
    purpose: str
    numerator: str = Field(description="What is above the line.")
    denominator: str = Field(description="What is below the line.")
    unit: Unit = Field(description="What 1000 per mille of the rate stand for.")
    events: list[str] = Field(description="The events it is counted from.")
    version: int = Field(description="Rises when the meaning changes.")


class IntervalView(View):
    """A 95 percent interval, in per mille."""

    low: int
    high: int


class CountedView(View):
    """Two counts and their rate; all null where too few people stand behind them."""

    suppressed: bool
    numerator: int | None
    denominator: int | None
    per_mille: int | None = Field(description="The rate in thousandths; null if none was counted.")
    interval: IntervalView | None = Field(description="Of shares of people only.")


class FigureView(CountedView):
    """One figure of a program."""

    measure: str
    measure_version: int
    name: str
    unit: Unit
    part: str | None = Field(
        description="Of what: a competency's id, or what feedback is about; null for the whole."
    )
    part_name: str | None


class FiguresView(View):
    """The figures of a program, each with the version of its definition."""

    program_id: UUID
    cohort_id: UUID | None
    function: str | None
    detail: Detail
    group_size_min: int
    as_of: str = Field(description="Position in the logs; the event stream can begin after it.")
    counted_at: Moment
    items: list[FigureView]


class GroupView(CountedView):
    """How one group fares in one step."""

    group: str = Field(description="A code, or `unknown` for people whose group is not known.")
    ratio_per_mille: int | None = Field(
        description="The rate against that of the best-served group shown; 1000 is as well."
    )
    below_four_fifths: bool | None


class AccessMeasureView(View):
    """One step of access, group by group."""

    measure: str
    measure_version: int
    name: str
    unit: Unit
    total: CountedView
    groups: list[GroupView]


class WaitingTimeView(View):
    """How long one group waits for a partner."""

    group: str
    suppressed: bool
    median_days: int | None = Field(
        description="Null if hidden, or while fewer than half have been paired."
    )


class AccessView(View):
    """Who gets how far in a program, by group."""

    program_id: UUID
    dimension: Dimension
    part: Part
    group_size_min: int
    as_of: str
    counted_at: Moment
    items: list[AccessMeasureView]
    waiting: list[WaitingTimeView]


class StageView(View):
    """How many came so far."""

    code: str
    name: str
    suppressed: bool
    mentees: int | None
    mentors: int | None


class FunnelView(View):
    """The way from application to completed journey, in counts."""

    program_id: UUID
    program_name: str
    cohort_id: UUID | None
    as_of: str
    counted_at: Moment
    items: list[StageView]


class PairingView(View):
    """One pairing by pseudonyms."""

    pairing_id: UUID
    cohort_id: UUID
    mentor_person: UUID
    mentor_function: str | None
    mentee_person: UUID
    mentee_function: str | None
    cross_functional: bool
    score: int
    by_hand: bool
    state: str
    proposed_at: Moment
    paired_at: Moment | None
    ended_at: Moment | None
    end_reason: str | None
    sessions_held: int
    sessions_planned: int | None
    next_session_by: Moment | None
    milestones_set: int
    milestones_reached: int


class WaitingView(View):
    """One mentee who waits, by pseudonym."""

    enrollment_id: UUID
    person_id: UUID
    function: str | None
    cohort_id: UUID
    since: Moment
    reason: str | None
    priority: bool


class RunView(View):
    """One matching run, in numbers."""

    run_id: UUID
    cohort_id: UUID
    state: str
    requested_at: Moment
    mentees: int | None
    mentors: int | None
    seats: int | None
    pairs: int | None
    unserved: int | None
    cross_functional_pairs: int | None


class ProgramView(View):
    """A program that the caller may look at."""

    program_id: UUID
    name: str
    state: str
    cohorts: list["CohortView"]


class CohortView(View):
    """A cohort of a program."""

    cohort_id: UUID
    name: str
    stage: str
    kick_off_at: Moment
    close_at: Moment


class ProgramEventView(View):
    """That something happened; what it was about is asked of the service that told it."""

    event_id: UUID
    type: str
    service: str
    stream: str
    version: int
    recorded_at: Moment


class TicketView(View):
    """Lets a browser open one event stream, once."""

    ticket: str
    expires_at: Moment


class ReportView(View):
    """A report that was published: its digest proves what it showed."""

    report_id: UUID
    program_id: UUID
    kind: str
    figures_digest: str
    group_size_min: int
    published_at: Moment
    version: int


class PublishedView(View):
    """A report as it is published, with the figures that its digest stands for."""

    report_id: UUID
    figures_digest: str = Field(description="SHA-256 of `figures` in canonical JSON (RFC 8785).")
    figures: FiguresView


class DisclosureView(View):
    """That somebody saw figures in full."""

    disclosure_id: UUID
    program_id: UUID
    measure: str
    made_by: str
    made_at: Moment


class DisclosedView(View):
    """Access figures in full, shown to somebody named in the log."""

    disclosure_id: UUID
    access: AccessView


class DeclarationsView(View):
    """What somebody has said of themselves; nobody but them ever sees it."""

    person_id: UUID
    groups: dict[Dimension, str]
    consented_at: Moment | None
