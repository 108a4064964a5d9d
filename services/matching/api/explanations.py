"""Reasons of a run over HTTP: why this pair, why not that one, why nobody."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from services.matching.api.explanation_views import (
    PairExplanationView,
    UnservedExplanationView,
    WhyNotView,
)
from services.matching.api.overriding import override_place
from services.matching.api.runs import visible_run
from services.matching.api.texts import opened
from services.matching.domain.reasons import BY_HAND, WhyNot
from services.matching.domain.run_refusals import RunUnknown
from services.matching.queries import explaining, pool, run_changes, runs, waiting
from services.matching.queries.loaded_runs import LOADED, LoadedRun
from services.matching.queries.run_changes import ByHand
from services.matching.queries.run_views import MatchingRunView
from shared import clock
from shared.database import Database
from shared.errors import NotFound
from shared.frozen import frozen
from shared.http import Reads, Routes, problems, vault_of
from shared.ids import EnrollmentId

router = Routes("reasons")

TOLD = frozenset({"published", "publishing"})  # from here on people are told of their own


class NoRecord(NotFound):
    """No record is kept of this run, so that nothing can be said of its reasons: ask for a run."""


class NotInRun(NotFound):
    """This run did not look at this participant: name somebody of its cohort."""


class MenteeUnserved(NotFound):
    """This mentee has no mentor in this run: ask why they are unserved instead."""


class MenteeServed(NotFound):
    """This mentee has a mentor in this run: ask for the explanation of the pair instead."""


@frozen
class _Question:
    """A run that the asker may ask about, and who is asking."""

    run: MatchingRunView
    loaded: LoadedRun
    row: int
    own: bool  # the mentee themselves: of others they see numbers, and no ids
    by_hand: ByHand | None


@router.get(
    "/v1/matching-runs/{run_id}/pairs/{mentee}/explanation",
    response_model=PairExplanationView,
    responses=problems(RunUnknown, NoRecord, NotInRun, MenteeUnserved),
)
async def explain_matching_run_pair(
    run_id: UUID, mentee: UUID, request: Request, reads: Reads
) -> Response:
    """Why a mentee has the mentor they have: points, ranks, and three others with what they cost.

    Managers of the program and auditors see every pair of a run that they see; once it is
    published a mentee sees their own, without other people's ids and scores.
    """

    async def query(db: Database) -> PairExplanationView:
        asked = await _asked(db, reads, run_id, mentee)
        if asked.by_hand is not None:
            words = await _words(db, reads, request, asked)
            return PairExplanationView.by_hand(mentee, asked.by_hand, words)
        reason = explaining.pair_reason(asked.loaded, asked.row)
        if reason is None:
            raise MenteeUnserved
        return PairExplanationView.of(reason, own=asked.own)

    return await reads.one(query)


@router.get(
    "/v1/matching-runs/{run_id}/why-not",
    response_model=WhyNotView,
    responses=problems(RunUnknown, NoRecord, NotInRun),
)
async def explain_matching_run_why_not(
    run_id: UUID, mentee: UUID, mentor: UUID, reads: Reads
) -> Response:
    """Why a mentee has not this mentor: the rule that forbids it, or one number.

    The number is what every way to pair everybody that has the two together falls short by, at
    least. It is read off the prices of seats, without working anything out again.
    """

    async def query(db: Database) -> WhyNotView:
        asked = await _asked(db, reads, run_id, mentee)
        column = asked.loaded.mentors.get(str(mentor))
        if column is None or asked.loaded.gone[column]:
            raise NotInRun
        reason = explaining.why_not(asked.loaded, asked.row, column)
        if asked.by_hand is not None:
            reason = WhyNot(mentee=reason.mentee, mentor=reason.mentor, kind=BY_HAND)
        return WhyNotView.of(reason)

    return await reads.one(query)


@router.get(
    "/v1/matching-runs/{run_id}/unserved/{mentee}/explanation",
    response_model=UnservedExplanationView,
    responses=problems(RunUnknown, NoRecord, NotInRun, MenteeServed),
)
async def explain_matching_run_unserved(run_id: UUID, mentee: UUID, reads: Reads) -> Response:
    """Why a mentee has nobody: which rules remove how many mentors, or how many are before them.

    With the place on the waiting list and, where at least five seats became free lately, how long
    it may take.
    """

    async def query(db: Database) -> UnservedExplanationView:
        asked = await _asked(db, reads, run_id, mentee)
        freed = await waiting.freed_seats(db, asked.run.cohort_id, clock.now())
        wait = await run_changes.wait_of(db, asked.run.cohort_id, mentee, freed)
        if asked.by_hand is not None and asked.by_hand.mentor is None:
            return UnservedExplanationView.by_hand(EnrollmentId(mentee), wait)
        reason = explaining.unserved_reason(asked.loaded, asked.row, wait)
        if reason is None or asked.by_hand is not None:
            raise MenteeServed
        return UnservedExplanationView.of(reason)

    return await reads.one(query)


async def _words(db: Database, reads: Reads, request: Request, asked: _Question) -> str | None:
    """Why a manager changed a pair by hand, for managers of the program."""
    manages = await pool.manages(db, asked.run.program_id, reads.caller.person)
    if asked.by_hand is None or not manages:
        return None
    place = override_place(reads.caller.tenant, asked.run.run_id)
    return await opened(vault_of(request), db, asked.by_hand.reason, place)


async def _asked(db: Database, reads: Reads, run_id: UUID, mentee: UUID) -> _Question:
    """The run with its record, if the caller may ask about this mentee.

    Raises:
        RunUnknown: there is none that they may see.
        NoRecord: none was kept.
        NotInRun: it did not look at this mentee.
    """
    run, own = await _visible(db, reads, run_id, mentee)
    if run.record_digest is None:
        raise NoRecord
    loaded = await LOADED.get(db, reads.caller.tenant, run_id, run.record_digest)
    if loaded is None:
        raise NoRecord
    row = loaded.mentees.get(str(mentee))
    if row is None:
        raise NotInRun
    return _Question(
        run=run,
        loaded=loaded,
        row=row,
        own=own,
        by_hand=await run_changes.by_hand(db, run_id, mentee),
    )


async def _visible(
    db: Database, reads: Reads, run_id: UUID, mentee: UUID
) -> tuple[MatchingRunView, bool]:
    """A run, and whether it is seen only because it is about the caller.

    Raises:
        RunUnknown: there is none, or none yet that they may see.
    """
    try:
        return await visible_run(db, reads.caller, run_id), False
    except RunUnknown:
        run = await runs.run(db, run_id=run_id)
        told = run is not None and run.state in TOLD
        if run is None or not told or not await run_changes.is_own(db, mentee, reads.caller.person):
            raise
        return run, True
