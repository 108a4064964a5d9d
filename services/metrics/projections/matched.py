"""Rows from matching: rosters with the waiting list, runs, and pairings with their moments."""

from collections.abc import Iterator

from shared.envelope import Recorded
from shared.events import matching as told
from shared.projection import Change, Effect, Put, Remove, hears


@hears(
    told.ParticipantListed,
    told.SeatsChanged,
    told.ParticipantWaitlisted,
    told.RematchRequested,
    told.SeatReserved,
    told.ParticipantDelisted,
)
def roster(recorded: Recorded) -> Iterator[Effect]:
    """Who can be paired, and since when somebody waits."""
    match recorded.event:
        case told.ParticipantListed() as fact:
            row = {
                "enrollment_id": fact.enrollment_id,
                "program_id": fact.program_id,
                "cohort_id": fact.cohort_id,
                "person_id": fact.person_id,
                "part": fact.part,
                "seats": fact.seats,
                "listed_at": fact.at,
            }
            yield Put(table="roster", row=row)
        case told.SeatsChanged() as fact:
            yield _listed(fact, seats=fact.seats)
        case told.ParticipantWaitlisted() as fact:
            yield _listed(fact, waiting_since=fact.since, waiting_reason=fact.reason)
        case told.RematchRequested() as fact:
            yield _listed(
                fact, waiting_since=fact.at, waiting_reason="rematch", priority=fact.priority
            )
        case told.SeatReserved() as fact:
            yield _listed(fact, waiting_since=None, waiting_reason=None, priority=False)
        case told.ParticipantDelisted() as fact:
            yield _listed(fact, delisted_at=fact.at, waiting_since=None, waiting_reason=None)
        case _:
            return


@hears(told.SeatReserved, told.SeatReleased)
def seats(recorded: Recorded) -> Iterator[Effect]:
    """Seats that are taken, by pairing."""
    match recorded.event:
        case told.SeatReserved() as fact:
            row = {
                "enrollment_id": fact.enrollment_id,
                "pairing_id": fact.pairing_id,
                "reserved_at": fact.at,
            }
            yield Put(table="seats", row=row)
        case told.SeatReleased() as fact:
            key = {"enrollment_id": fact.enrollment_id, "pairing_id": fact.pairing_id}
            yield Remove(table="seats", key=key)
        case _:
            return


@hears(
    told.MatchingRunRequested,
    told.MatchingRunCompleted,
    told.MatchingRunFailed,
    told.MatchingRunCancelled,
    told.MatchingRunPublished,
    told.MatchingRunDiscarded,
)
def runs(recorded: Recorded) -> Iterator[Effect]:
    """Matching runs with what came out, in numbers; what was only tried out is none."""
    match recorded.event:
        case told.MatchingRunRequested(what_if=False) as fact:
            row = {
                "run_id": fact.run_id,
                "program_id": fact.program_id,
                "cohort_id": fact.cohort_id,
                "state": "requested",
                "requested_at": fact.at,
            }
            yield Put(table="runs", row=row)
        case told.MatchingRunCompleted() as fact:
            yield _run(
                fact,
                state="draft",
                mentees=fact.mentees,
                mentors=fact.mentors,
                seats=fact.seats,
                pairs=len(fact.pairs) if fact.pairs_total is None else fact.pairs_total,
                unserved=len(fact.unserved) if fact.unserved_total is None else fact.unserved_total,
                cross_functional_pairs=fact.cross_functional_pairs,
            )
        case told.MatchingRunFailed() as fact:
            yield _run(fact, state="failed")
        case told.MatchingRunCancelled() as fact:
            yield _run(fact, state="cancelled")
        case told.MatchingRunPublished() as fact:
            yield _run(fact, state="published")
        case told.MatchingRunDiscarded() as fact:
            yield _run(fact, state="discarded")
        case _:
            return


@hears(
    told.PairingProposed,
    told.PairingDeclined,
    told.PairingExpired,
    told.ParticipantsPaired,
    told.TrialStarted,
    told.PairingConfirmed,
    told.PairingEnded,
)
def pairings(recorded: Recorded) -> Iterator[Effect]:
    """Each pairing with its state and the moments that led there."""
    match recorded.event:
        case told.PairingProposed() as fact:
            yield Put(table="pairings", row=_proposal(fact))
        case told.PairingDeclined() as fact:
            yield _paired(fact, state="declined", ended_at=fact.at)
        case told.PairingExpired() as fact:
            yield _paired(fact, state="expired", ended_at=fact.at)
        case told.ParticipantsPaired() as fact:
            yield _paired(fact, state="paired", paired_at=fact.at)
        case told.TrialStarted() as fact:
            yield _paired(fact, state="trial", trial_ends_at=fact.ends_at)
        case told.PairingConfirmed() as fact:
            yield _paired(fact, state="confirmed", confirmed_at=fact.at)
        case told.PairingEnded() as fact:
            yield _paired(
                fact,
                state="ended",
                ended_at=fact.at,
                end_reason=fact.reason,
                in_trial=fact.in_trial,
            )
        case _:
            return


def _proposal(fact: told.PairingProposed) -> dict[str, object]:
    return {
        "pairing_id": fact.pairing_id,
        "program_id": fact.program_id,
        "cohort_id": fact.cohort_id,
        "mentor": fact.mentor,
        "mentee": fact.mentee,
        "mentor_person": fact.mentor_person,
        "mentee_person": fact.mentee_person,
        "run_id": fact.run_id,
        "score": fact.score,
        "cross_functional": fact.cross_functional,
        "state": "proposed",
        "proposed_at": fact.at,
        "answer_by": fact.answer_by,
    }


def _listed(fact: told.RosterEvent, **values: object) -> Effect:
    return Change(table="roster", key={"enrollment_id": fact.enrollment_id}, values=values)


def _run(fact: told.RunEvent, **values: object) -> Effect:
    return Change(table="runs", key={"run_id": fact.run_id}, values=values)


def _paired(fact: told.PairingEvent, **values: object) -> Effect:
    return Change(table="pairings", key={"pairing_id": fact.pairing_id}, values=values)
