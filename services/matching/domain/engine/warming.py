"""All loops translated before anybody has to wait for them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numba.core import config
from numba.core.registry import cpu_target

from services.matching.domain.compatibility import field_of
from services.matching.domain.engine import loops
from services.matching.domain.engine.kernel import KernelScorer
from services.matching.domain.engine.optimising import optimise
from services.matching.domain.engine.terms import Terms
from services.matching.domain.pool import Candidate, RunInput
from shared.errors import Unavailable
from shared.events.matching import (
    CrossFunctionRule,
    MatchingPolicySet,
    Objective,
    ScoreWeights,
)
from shared.frozen import frozen
from shared.ids import CohortId, EnrollmentId, PersonId, ProgramId, derived_id

_ROWS, _COLUMNS = 6, 4  # alike, so that a lottery is drawn, too
_config: Any = config  # members of both are made at run time
_target: Any = cpu_target.target_context


class CacheNotWritable(Unavailable):
    """No folder can be written in which translated loops would be found again."""


@frozen
class Warmed:
    """Loops that the next process finds translated."""

    forms: int  # of all loops that are kept there
    processor: str  # the only kind that the code is for, as LLVM calls it
    folder: Path


def warm(folder: Path | None = None) -> Warmed:
    """Translate every loop in every form that a run needs, or find it translated.

    Args:
        folder: where to keep them; None: where this user's runs do. It has a say only in a process
            that has read none of the loops so far.

    Raises:
        CacheNotWritable: nobody would have anything of it.
    """
    if folder is not None:
        _config.CACHE_DIR = str(folder)
    field = field_of(_market())
    with _all_compiled():
        for objective in Objective:
            optimise(KernelScorer(field), _terms(objective))
    kept = Path(_config.CACHE_DIR)
    forms = len(list(kept.glob("*/*.nbc")))
    if not forms:
        raise CacheNotWritable
    processor = _target.codegen().magic_tuple()[1]
    return Warmed(forms=forms, processor=processor, folder=kept)


@contextmanager
def _all_compiled() -> Iterator[None]:
    """Small fields are worth it, for once."""
    usual = loops.COMPILED_FROM
    loops.COMPILED_FROM = 0
    try:
        yield
    finally:
        loops.COMPILED_FROM = usual


def _market() -> RunInput:
    """Some who are all alike."""
    nobody = PersonId(derived_id("nobody"))
    now = datetime(1970, 1, 1, tzinfo=UTC)
    program = ProgramId(derived_id("nowhere"))
    policy = MatchingPolicySet(
        program_id=program,
        version=1,
        seats_per_mentor_max=1,
        cross_function=CrossFunctionRule.PREFERRED,
        weights=ScoreWeights(),
        trial_days=1,
        answer_days=1,
        exit_criteria=(),
        author=nobody,
        reason="",
        at=now,
    )
    return RunInput(
        program_id=program,
        cohort_id=CohortId(derived_id("never")),
        policy=policy,
        mentees=tuple(_someone("mentee", place) for place in range(_ROWS)),
        mentors=tuple(_someone("mentor", place) for place in range(_COLUMNS)),
    )


def _someone(part: str, place: int) -> Candidate:
    return Candidate(
        enrollment_id=EnrollmentId(derived_id(part, place)),
        person_id=PersonId(derived_id("person", part, place)),
        function=part,
        utc_offset_minutes=0,
    )


def _terms(objective: Objective) -> Terms:
    return Terms(
        objective=objective,
        seats=np.ones(_COLUMNS, dtype=np.int64),
        order=np.arange(_ROWS),
        row_names=np.arange(_ROWS, dtype=np.uint64),
        column_names=np.arange(_COLUMNS, dtype=np.uint64),
        seed=bytes(32),
    )
