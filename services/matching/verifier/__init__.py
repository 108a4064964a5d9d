"""Checks a run's record with nothing but the record: numpy, the standard library, and no solver.

It shares no code with what made the record. Who reads the rules of the score here and there reads
them twice, written by different hands.
"""

from services.matching.verifier.findings import Finding, Report
from services.matching.verifier.verifying import verify

__all__ = ["Finding", "Report", "verify"]
