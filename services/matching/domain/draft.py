"""A draft as it stands: what the run found, and what a manager changed by hand."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from services.matching.domain.pairing_refusals import HardRuleBroken
from services.matching.domain.roster import MentorAtCapacity
from services.matching.domain.run_commands import OverrideDraft
from services.matching.domain.run_refusals import MenteeNotInRun
from shared.events.matching import (
    DraftOverridden,
    MatchingRunCompleted,
    MatchingRunPairsRecorded,
    MatchScored,
    NamedPair,
)
from shared.frozen import frozen
from shared.ids import EnrollmentId

Partners = Mapping[EnrollmentId, EnrollmentId | None]  # of every mentee; None: unserved


@frozen
class Draft:
    """Worked out; only the program's managers see it."""

    result: MatchingRunCompleted
    partners: Partners


def completed(result: MatchingRunCompleted, parts: Sequence[MatchingRunPairsRecorded]) -> Draft:
    """The draft of a result that came at once or in parts."""
    partners: dict[EnrollmentId, EnrollmentId | None] = {}
    events: list[MatchingRunPairsRecorded | MatchingRunCompleted] = [*parts, result]
    for told in events:
        partners |= {pair.mentee: pair.mentor for pair in told.pairs}
        partners |= {left.mentee: None for left in told.unserved}
    return Draft(result=result, partners=partners)


def overridden(draft: Draft, event: DraftOverridden) -> Draft:
    """The draft after a change by hand."""
    without: Partners = {pair.mentee: None for pair in event.unpaired}
    made: Partners = {pair.mentee: pair.mentor for pair in event.paired}
    return Draft(result=draft.result, partners={**draft.partners, **without, **made})


def override(draft: Draft, command: OverrideDraft, now: datetime) -> Sequence[DraftOverridden]:
    """Change pairs of a draft: hard rules and seats hold as they do in a run.

    Raises:
        MenteeNotInRun: somebody to be changed was no part of the run.
        HardRuleBroken: two may not be put together.
        MentorAtCapacity: with all changes made, a mentor would have more mentees than seats.
    """
    wanted: dict[EnrollmentId, EnrollmentId | None] = dict.fromkeys(command.unpaired)
    wanted |= {want.pair.mentee: want.pair.mentor for want in command.paired}
    if not wanted.keys() <= draft.partners.keys():
        raise MenteeNotInRun(field="/mentee")
    for want in command.paired:
        if want.broken_rules:
            raise HardRuleBroken(", ".join(want.broken_rules))
    changed = {mentee for mentee, mentor in wanted.items() if draft.partners[mentee] != mentor}
    if not changed:
        return ()
    _assert_seats({**draft.partners, **wanted}, command)
    return (
        DraftOverridden(
            run_id=command.run_id,
            unpaired=tuple(_parted(draft.partners, sorted(changed))),
            paired=tuple(_made(command, changed)),
            overridden_by=command.overridden_by,
            reason=command.reason,
            at=now,
        ),
    )


def _assert_seats(partners: Partners, command: OverrideDraft) -> None:
    loads = Counter(partners.values())
    for want in command.paired:
        if loads[want.pair.mentor] > want.seats:
            raise MentorAtCapacity(field="/mentor")


def _parted(partners: Partners, mentees: Iterable[EnrollmentId]) -> Iterable[NamedPair]:
    for mentee in mentees:
        mentor = partners[mentee]
        if mentor is not None:
            yield NamedPair(mentor=mentor, mentee=mentee)


def _made(command: OverrideDraft, changed: set[EnrollmentId]) -> Iterable[MatchScored]:
    return (want.pair for want in command.paired if want.pair.mentee in changed)
