"""What metrics itself decides: figures published, and figures shown to somebody in full."""

from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from shared.frozen import light
from shared.ids import ProgramId


@light
class ReportPublished:
    report_id: UUID
    program_id: ProgramId
    kind: str
    figures_digest: str  # SHA-256, hex, of the figures in canonical JSON
    group_size_min: int
    at: datetime


@light
class DisclosureMade:
    """Somebody with the right to it saw figures below the minimum group size."""

    disclosure_id: UUID
    program_id: ProgramId
    measure: str
    at: datetime


ReportEvent: TypeAlias = ReportPublished | DisclosureMade
