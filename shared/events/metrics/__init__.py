"""What happens in metrics, as stored and as published: add, never rename, never remove."""

from typing import TypeAlias

from shared.events.metrics.reports import DisclosureMade, ReportEvent, ReportPublished

Fact: TypeAlias = ReportEvent

__all__ = ["DisclosureMade", "Fact", "ReportEvent", "ReportPublished"]
