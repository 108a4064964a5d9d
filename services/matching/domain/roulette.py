"""Pairs by lot, among those who asked for it: anybody can draw them again from the seed.

Mentees come in the order of SHA-256 of the seed and their id; each gets, of the mentors with a seat
left who may be paired with them, the one whose SHA-256 of the seed and both ids is lowest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import TypeAlias, assert_never
from uuid import UUID

from shared.decider import Decider
from shared.errors import Conflict, Refused
from shared.events.matching import (
    DrawnPair,
    RouletteDrawn,
    RouletteEvent,
    RouletteJoined,
    RouletteLeft,
)
from shared.frozen import frozen
from shared.ids import CohortId, EnrollmentId, PairingId, PersonId, derived_id


@frozen
class JoinRoulette:
    cohort_id: CohortId
    enrollment_id: EnrollmentId


@frozen
class LeaveRoulette:
    cohort_id: CohortId
    enrollment_id: EnrollmentId


@frozen
class DrawRoulette:
    cohort_id: CohortId
    draw_id: UUID
    seed: str  # hex
    players: tuple[EnrollmentId, ...]  # who could be drawn
    pairs: tuple[DrawnPair, ...]
    drawn_by: PersonId


RouletteCommand: TypeAlias = JoinRoulette | LeaveRoulette | DrawRoulette


class NobodyToDraw(Refused):
    """No two of those who asked to be drawn can be paired now: wait for more to join."""


class PlayersChanged(Conflict):
    """Somebody joined or left while the lots were drawn; read again and retry."""


@frozen
class Roulette:
    players: frozenset[EnrollmentId] = frozenset()
    draws: frozenset[UUID] = frozenset()


def evolve(roulette: Roulette, event: RouletteEvent) -> Roulette:
    match event:
        case RouletteJoined(enrollment_id=who):
            return replace(roulette, players=roulette.players | {who})
        case RouletteLeft(enrollment_id=who):
            return replace(roulette, players=roulette.players - {who})
        case RouletteDrawn(draw_id=draw_id, pairs=pairs):
            drawn = {who for pair in pairs for who in (pair.mentor, pair.mentee)}
            return Roulette(players=roulette.players - drawn, draws=roulette.draws | {draw_id})
        case _:
            assert_never(event)


def decide(roulette: Roulette, command: RouletteCommand, now: datetime) -> Sequence[RouletteEvent]:
    match command:
        case JoinRoulette(cohort_id=where, enrollment_id=who):
            if who in roulette.players:
                return ()
            return (RouletteJoined(cohort_id=where, enrollment_id=who, at=now),)
        case LeaveRoulette(cohort_id=where, enrollment_id=who):
            if who not in roulette.players:
                return ()
            return (RouletteLeft(cohort_id=where, enrollment_id=who, at=now),)
        case DrawRoulette():
            return _draw(roulette, command, now)
        case _:
            assert_never(command)


def drawn(
    seed: str,
    free: Mapping[EnrollmentId, int],
    allowed: Mapping[EnrollmentId, Sequence[EnrollmentId]],
) -> tuple[DrawnPair, ...]:
    """The pairs that this seed draws.

    Args:
        seed: hex.
        free: seats left with each mentor.
        allowed: for each mentee the mentors whom they may be paired with.
    """
    left = dict(free)
    pairs: list[DrawnPair] = []
    for mentee in sorted(allowed, key=lambda who: _lot(seed, who)):
        open_here = [mentor for mentor in allowed[mentee] if left.get(mentor, 0) > 0]
        if not open_here:
            continue
        mentor = min(open_here, key=lambda who: _lot(seed, mentee, who))
        left[mentor] -= 1
        pairing_id = PairingId(derived_id("roulette", seed, mentor, mentee))
        pairs.append(DrawnPair(mentor=mentor, mentee=mentee, pairing_id=pairing_id))
    return tuple(pairs)


def _lot(seed: str, *who: EnrollmentId) -> bytes:
    return sha256(bytes.fromhex(seed) + b"".join(each.bytes for each in who)).digest()


def _draw(roulette: Roulette, command: DrawRoulette, now: datetime) -> Sequence[RouletteEvent]:
    if command.draw_id in roulette.draws:
        return ()
    if not command.pairs:
        raise NobodyToDraw
    if not roulette.players.issuperset(command.players):
        raise PlayersChanged
    return (
        RouletteDrawn(
            cohort_id=command.cohort_id,
            draw_id=command.draw_id,
            seed=command.seed,
            players=command.players,
            pairs=command.pairs,
            drawn_by=command.drawn_by,
            at=now,
        ),
    )


ROULETTE: Decider[Roulette, RouletteCommand, RouletteEvent] = Decider(
    category="roulette",
    key=lambda command: command.cohort_id,
    initial=Roulette(),
    evolve=evolve,
    decide=decide,
)
