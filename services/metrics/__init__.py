"""Metrics: counts what the others tell, for those who may know it, and never more than that.

Owns: reports published, figures disclosed, and what people declare of themselves.
Hears: enrollment, matching, and sessions. Tells: `ReportPublished`, `DisclosureMade`.
"""
