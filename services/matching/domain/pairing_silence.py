"""Two who do not meet: counted, warned, offered a way out, and parted if the program says so.

What sessions tells has its place in the journey's stream, and only what stands behind the newest
that was heard counts: told twice, late, or in another order, it changes nothing.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.matching.domain.pairing_commands import BreakSilence, NoteMeeting, NoteMiss
from services.matching.domain.pairing_end import ended, going_on
from services.matching.domain.pairing_refusals import (
    PairingNotUnderWay,
    ReMatchNotOffered,
    SilenceStepNotDue,
)
from services.matching.domain.pairing_state import (
    Closed,
    Open,
    Paired,
    Paused,
    Proposed,
)
from services.matching.domain.silence import Ladder
from shared.events.matching import (
    Actor,
    EndReason,
    PairingEnded,
    PairingEvent,
    PairMet,
    SilenceBegun,
    SilenceCounted,
    SilenceEnded,
    SilenceEnding,
    SilenceStep,
    SilenceStepTaken,
)
from shared.events.vocabulary import Part
from shared.ids import PairingId

Next = tuple[SilenceStep | None, datetime | None]


def note_miss(pairing: Open | Closed, command: NoteMiss, now: datetime) -> Sequence[PairingEvent]:
    """One more in a row, and with enough of them the first step."""
    if isinstance(pairing, Proposed | Closed) or command.warn_after is None:
        return ()
    silence = pairing.course.silence
    if command.told <= silence.told:
        return ()
    misses = silence.misses + 1 if _counts(pairing, command) else 0
    where = command.pairing_id
    counted = SilenceCounted(
        pairing_id=where, told=command.told, misses=misses, due_at=command.due_at, at=now
    )
    if silence.ladder is not None or misses < command.warn_after:
        return (counted,)
    return (counted, _begun(command, misses, now))


def note_meeting(
    pairing: Open | Closed, command: NoteMeeting, now: datetime
) -> Sequence[PairingEvent]:
    """They have met: nothing follows from what was missed before."""
    if isinstance(pairing, Proposed | Closed) or command.told <= pairing.course.silence.told:
        return ()
    met = PairMet(pairing_id=command.pairing_id, told=command.told, at=now)
    return (met, *off_the_ladder(pairing, SilenceEnding.MET, now))


def break_silence(
    pairing: Open | Closed, command: BreakSilence, now: datetime
) -> Sequence[PairingEvent]:
    """One of the two is away; a silence that began after they went is another one."""
    if isinstance(pairing, Proposed | Closed):
        return ()
    ladder = pairing.course.silence.ladder
    if ladder is None or ladder.begun.at > command.since:
        return ()
    return off_the_ladder(pairing, SilenceEnding.AWAY, now)


def off_the_ladder(pairing: Paired, by: SilenceEnding, now: datetime) -> Sequence[PairingEvent]:
    """No further step, if there was one to come."""
    if pairing.course.silence.ladder is None:
        return ()
    return (SilenceEnded(pairing_id=pairing.terms.pairing_id, by=by, at=now),)


def take_step(pairing: Open | Closed, now: datetime) -> Sequence[PairingEvent]:
    """The way out is offered, once it is due; nothing where the two are off the ladder."""
    ladder = None if isinstance(pairing, Proposed | Closed) else pairing.course.silence.ladder
    if ladder is None or ladder.next_step is not SilenceStep.OFFERED:
        return ()
    where, _ = _due(ladder, now)
    following, at = _end(ladder.begun, now)
    offered = SilenceStep.OFFERED
    return (
        SilenceStepTaken(pairing_id=where, step=offered, next_step=following, next_at=at, at=now),
    )


def end_by_silence(pairing: Open | Closed, now: datetime) -> Sequence[PairingEvent]:
    """The last step: nobody was heard of, and the program does not wait any longer."""
    if isinstance(pairing, Closed):
        return ()
    going = going_on(pairing)
    ladder = going.course.silence.ladder
    if ladder is None or ladder.next_step is not SilenceStep.ENDED:
        raise SilenceStepNotDue
    _due(ladder, now)
    return ended(going, EndReason.SILENT, now)


def take_re_match(pairing: Open | Closed, by: Part, now: datetime) -> Sequence[PairingEvent]:
    """One side takes the way out that both were offered."""
    if isinstance(pairing, Closed) and _parted_in_silence(pairing):
        return ()
    if isinstance(pairing, Proposed | Closed):
        raise PairingNotUnderWay
    ladder = pairing.course.silence.ladder
    if ladder is None or ladder.step is not SilenceStep.OFFERED:
        raise ReMatchNotOffered
    return ended(pairing, EndReason.SILENT, now, by=Actor(by.value))


def _counts(pairing: Paired, command: NoteMiss) -> bool:
    """Whether both could have met all that time."""
    resumed_at = pairing.course.resumed_at
    if command.excused or isinstance(pairing, Paused):
        return False
    return resumed_at is None or command.since >= resumed_at


def _begun(command: NoteMiss, misses: int, now: datetime) -> SilenceBegun:
    following, at = _first(command, now)
    return SilenceBegun(
        pairing_id=command.pairing_id,
        misses=misses,
        offer_days=command.offer_days,
        end_days=command.end_days,
        next_step=following,
        next_at=at,
        at=now,
    )


def _first(command: NoteMiss, now: datetime) -> Next:
    if command.offer_days is not None:
        return SilenceStep.OFFERED, now + timedelta(days=command.offer_days)
    if command.end_days is not None:
        return SilenceStep.ENDED, now + timedelta(days=command.end_days)
    return None, None


def _end(begun: SilenceBegun, now: datetime) -> Next:
    """As long after the offer as the program says, also where the offer came late."""
    if begun.end_days is None or begun.offer_days is None:
        return None, None
    return SilenceStep.ENDED, now + timedelta(days=begun.end_days - begun.offer_days)


def _due(ladder: Ladder, now: datetime) -> tuple[PairingId, datetime]:
    if ladder.next_at is None or now < ladder.next_at:
        raise SilenceStepNotDue
    return ladder.begun.pairing_id, ladder.next_at


def _parted_in_silence(pairing: Closed) -> bool:
    last = pairing.last
    return isinstance(last, PairingEnded) and last.reason is EndReason.SILENT
