from services.metrics.domain.report import (
    REPORT,
    Disclose,
    GroupsTooSmall,
    PublishReport,
    ReportDiffers,
)
from shared.events.metrics import DisclosureMade, ReportPublished
from shared.ids import ProgramId, derived_id
from shared.testing import NOW, given

QUARTER = derived_id("report", "quarter")
ORCHARD = ProgramId(derived_id("program", "orchard"))
PUBLISH = PublishReport(
    report_id=QUARTER,
    program_id=ORCHARD,
    kind="quarterly_review",
    figures_digest="ab" * 32,
    group_size_min=10,
)
PUBLISHED = ReportPublished(
    report_id=QUARTER,
    program_id=ORCHARD,
    kind="quarterly_review",
    figures_digest="ab" * 32,
    group_size_min=10,
    at=NOW,
)
DISCLOSE = Disclose(disclosure_id=QUARTER, program_id=ORCHARD, measure="access:mentee:function")
DISCLOSED = DisclosureMade(
    disclosure_id=QUARTER, program_id=ORCHARD, measure="access:mentee:function", at=NOW
)


def test_a_report_is_published_with_its_digest() -> None:
    given(REPORT).when(PUBLISH).then(PUBLISHED)


def test_publishing_the_same_again_records_nothing() -> None:
    given(REPORT, PUBLISHED).when(PUBLISH).then()


def test_a_published_report_does_not_change() -> None:
    other = PublishReport(
        report_id=QUARTER,
        program_id=ORCHARD,
        kind="quarterly_review",
        figures_digest="cd" * 32,
        group_size_min=10,
    )
    given(REPORT, PUBLISHED).when(other).then_refused(ReportDiffers)


def test_a_report_of_tiny_groups_is_refused() -> None:
    tiny = PublishReport(
        report_id=QUARTER,
        program_id=ORCHARD,
        kind="quarterly_review",
        figures_digest="ab" * 32,
        group_size_min=4,
    )
    given(REPORT).when(tiny).then_refused(GroupsTooSmall)


def test_a_disclosure_is_recorded_once() -> None:
    given(REPORT).when(DISCLOSE).then(DISCLOSED)
    given(REPORT, DISCLOSED).when(DISCLOSE).then()
