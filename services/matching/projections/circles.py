"""Circles and groups as rows with their members, and who plays for a draw by lot."""

from collections.abc import Iterator

from shared.envelope import Recorded
from shared.events.matching import (
    CircleClosed,
    CircleFormed,
    CircleJoined,
    CircleLeft,
    CircleMember,
    GroupClosed,
    GroupFormed,
    GroupJoined,
    GroupLeft,
    RouletteDrawn,
    RouletteJoined,
    RouletteLeft,
)
from shared.ids import CircleId
from shared.projection import Change, Effect, Put, Remove, hears


@hears(CircleFormed, CircleJoined, CircleLeft, CircleClosed)
def circles(recorded: Recorded) -> Iterator[Effect]:
    """One row for each circle that was ever formed."""
    match recorded.event:
        case CircleFormed() as fact:
            row = {
                "circle_id": fact.circle_id,
                "program_id": fact.program_id,
                "cohort_id": fact.cohort_id,
                "size_min": fact.size_min,
                "size_max": fact.size_max,
                "functions_min": fact.functions_min,
                "formed_at": fact.at,
                "version": recorded.version,
            }
            yield Put(table="circles", row=row)
        case CircleClosed(circle_id=where, reason=reason, at=at):
            closed = {"closed_at": at, "reason": reason, "version": recorded.version}
            yield Change(table="circles", key={"circle_id": where}, values=closed)
        case CircleJoined(circle_id=where) | CircleLeft(circle_id=where):
            version = {"version": recorded.version}
            yield Change(table="circles", key={"circle_id": where}, values=version)
        case _:
            return


@hears(CircleFormed, CircleJoined, CircleLeft)
def circle_members(recorded: Recorded) -> Iterator[Effect]:
    """One row for each member a circle has now."""
    match recorded.event:
        case CircleFormed(circle_id=where, members=members):
            yield from (_member(where, member) for member in members)
        case CircleJoined(circle_id=where, member=member):
            yield _member(where, member)
        case CircleLeft(circle_id=where, enrollment_id=who):
            key = {"circle_id": where, "enrollment_id": who}
            yield Remove(table="circle_members", key=key)
        case _:
            return


@hears(GroupFormed, GroupJoined, GroupLeft, GroupClosed)
def groups(recorded: Recorded) -> Iterator[Effect]:
    """One row for each group that was ever formed."""
    match recorded.event:
        case GroupFormed() as fact:
            row = {
                "group_id": fact.group_id,
                "program_id": fact.program_id,
                "cohort_id": fact.cohort_id,
                "mentor": fact.mentor,
                "mentor_person": fact.mentor_person,
                "size_max": fact.size_max,
                "formed_at": fact.at,
                "version": recorded.version,
            }
            yield Put(table="groups", row=row)
        case GroupClosed(group_id=where, at=at):
            closed = {"closed_at": at, "version": recorded.version}
            yield Change(table="groups", key={"group_id": where}, values=closed)
        case GroupJoined(group_id=where) | GroupLeft(group_id=where):
            version = {"version": recorded.version}
            yield Change(table="groups", key={"group_id": where}, values=version)
        case _:
            return


@hears(GroupJoined, GroupLeft)
def group_members(recorded: Recorded) -> Iterator[Effect]:
    """One row for each mentee a group has now, with the pairing that is theirs."""
    match recorded.event:
        case GroupJoined() as fact:
            row = {
                "group_id": fact.group_id,
                "mentee": fact.mentee,
                "mentee_person": fact.mentee_person,
                "pairing_id": fact.pairing_id,
            }
            yield Put(table="group_members", row=row)
        case GroupLeft(group_id=where, mentee=mentee):
            yield Remove(table="group_members", key={"group_id": where, "mentee": mentee})
        case _:
            return


@hears(RouletteJoined, RouletteLeft, RouletteDrawn)
def roulette_players(recorded: Recorded) -> Iterator[Effect]:
    """One row for everybody who waits to be drawn."""
    match recorded.event:
        case RouletteJoined(cohort_id=where, enrollment_id=who, at=at):
            row = {"cohort_id": where, "enrollment_id": who, "at": at}
            yield Put(table="roulette_players", row=row)
        case RouletteLeft(cohort_id=where, enrollment_id=who):
            key = {"cohort_id": where, "enrollment_id": who}
            yield Remove(table="roulette_players", key=key)
        case RouletteDrawn(cohort_id=where, pairs=pairs):
            for pair in pairs:
                for who in (pair.mentor, pair.mentee):
                    key = {"cohort_id": where, "enrollment_id": who}
                    yield Remove(table="roulette_players", key=key)
        case _:
            return


@hears(RouletteDrawn)
def roulette_draws(recorded: Recorded) -> Iterator[Effect]:
    """One row for each draw, with what it takes to draw it again."""
    match recorded.event:
        case RouletteDrawn() as fact:
            row = {
                "draw_id": fact.draw_id,
                "cohort_id": fact.cohort_id,
                "seed": fact.seed,
                "players": list(fact.players),
                "pairs": [
                    {
                        "mentor": pair.mentor,
                        "mentee": pair.mentee,
                        "pairing_id": pair.pairing_id,
                    }
                    for pair in fact.pairs
                ],
                "drawn_by": fact.drawn_by,
                "at": fact.at,
            }
            yield Put(table="roulette_draws", row=row)
        case _:
            return


def _member(where: CircleId, member: CircleMember) -> Effect:
    row = {
        "circle_id": where,
        "enrollment_id": member.enrollment_id,
        "person_id": member.person_id,
        "function": member.function,
    }
    return Put(table="circle_members", row=row)
