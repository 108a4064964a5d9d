"""A row of the pool as a candidate: codes and whole numbers, at one moment."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from services.matching.domain.bandwidth import NO_LOAD, Declared, Load, free_in, seats_in
from services.matching.domain.pool import Candidate
from shared.events.matching import MatchingPolicySet
from shared.events.vocabulary import CompetencyLevel, Part, Period
from shared.frozen import frozen
from shared.ids import CompetencyId, EnrollmentId, PersonId


@frozen
class Known:
    """What is known besides the rows of the candidates themselves."""

    at: datetime
    policy: MatchingPolicySet
    managers: Mapping[PersonId, tuple[PersonId, ...]]
    roles: Mapping[UUID, tuple[CompetencyId, ...]]
    loads: Mapping[PersonId, Load]
    recent: Mapping[PersonId, int]


def candidate(row: Mapping[str, Any], person: PersonId, known: Known) -> Candidate:
    seats, free = _seats(row, person, known)
    wanted = (*ids(row["desired_outcomes"]), *ids(row["growth_goals"]))
    asked = (skill for role in ids(row["target_roles"]) for skill in known.roles.get(role, ()))
    return Candidate(
        enrollment_id=EnrollmentId(plain(row["enrollment_id"])),
        person_id=person,
        function=row["function"],
        utc_offset_minutes=offset_minutes(row["time_zone"], known.at),
        managers=known.managers.get(person, ()),
        languages=_texts(row["languages"]) or ("en",),
        expertise=_levels(row["expertise"]),
        goals=tuple(dict.fromkeys(wanted)),
        role_competencies=tuple(dict.fromkeys(asked)),
        interests=_texts(row["interests"]),
        learning_style=row["learning_style"],
        work_style=row["work_style"],
        periods=_periods(row["periods"], row["unavailable"]),
        seats=seats,
        free=free,
        level=row["level"],
        site=row["site"],
        tenure_years=_years(row["hired_on"], known.at),
        needs=_texts(row["needs"]) if row["part"] == Part.MENTEE else (),
        supports=_texts(row["supports"]) if row["part"] == Part.MENTOR else (),
        recent_pairings=known.recent.get(person, 0) if row["part"] == Part.MENTOR else 0,
    )


def _seats(row: Mapping[str, Any], person: PersonId, known: Known) -> tuple[int, int]:
    """Seats and how many can be given now; a mentor's load in other programs counts too."""
    if row["part"] == Part.MENTEE:
        return row["seats"], max(0, row["seats"] - row["taken"])
    if row["declared"] is None:
        return 0, 0
    declared = Declared(seats=row["declared"], hours=row["hours_per_month"])
    seats = seats_in(known.policy, declared)
    if row["seats_limit"] is not None:
        seats = min(seats, row["seats_limit"])
    load = known.loads.get(person, NO_LOAD)
    return seats, free_in(known.policy, declared, load, seats=seats, taken=row["taken"])


def _years(since: date, at: datetime) -> int:
    """Whole years between a day and a moment."""
    day = at.astimezone(UTC).date()
    return max(0, day.year - since.year - ((day.month, day.day) < (since.month, since.day)))


def _periods(offered: str | None, unavailable: str | None) -> tuple[Period, ...]:
    """When somebody can meet; who has not said it offers the whole working day."""
    chosen = _texts(offered) or tuple(Period)
    without = _texts(unavailable)
    return tuple(period for period in Period if period in chosen and period not in without)


def offset_minutes(time_zone: str, at: datetime) -> int:
    """How far a place is ahead of UTC at a moment, in minutes."""
    zone = _zone(time_zone)
    offset = at.astimezone(zone).utcoffset() if zone is not None else None
    return 0 if offset is None else round(offset.total_seconds() / 60)


@lru_cache(maxsize=1024)
def _zone(time_zone: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return None  # not one that this machine knows: as if in UTC


def plain(value: UUID) -> UUID:
    """A plain one: the driver's own kind does not travel to another process."""
    return UUID(int=value.int)


def ids(text: str | None) -> tuple[Any, ...]:
    return () if text is None else msgspec.json.decode(text, type=tuple[UUID, ...])


def _texts(text: str | None) -> tuple[str, ...]:
    return () if text is None else msgspec.json.decode(text, type=tuple[str, ...])


def _levels(text: str | None) -> tuple[CompetencyLevel, ...]:
    return () if text is None else msgspec.json.decode(text, type=tuple[CompetencyLevel, ...])
