"""A small story for tests of consuming: pairs agree on a roadmap, achieve goals, drop one."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias
from uuid import UUID, uuid5

from shared.bus import Message
from shared.bus.cloudevents import headers_of
from shared.codec import encode
from shared.envelope import Cause, Recorded
from shared.events.sessions import GoalAchieved, GoalDropped, RoadmapAccepted
from shared.eventstore import slot_of
from shared.ids import EventId, GoalId, PairingId, TenantId
from shared.projection import Add, Change, Effect, Projection, Put, Remove

SessionsEvent: TypeAlias = RoadmapAccepted | GoalAchieved | GoalDropped
Told: TypeAlias = tuple[object, SessionsEvent]  # whose stream, and what happened

ORCHARD, HARBOUR = TenantId("orchard"), TenantId("harbour")
SOURCE = "sessions"
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NAMES = UUID("5b3d5a44-6a1c-4f9e-8d67-0d0c0ffee000")
CAUSE = Cause(tenant=ORCHARD, actor="ana", right="mentor", correlation_id=NAMES, causation_id=NAMES)
TABLES = """
CREATE TABLE progress (
    tenant text NOT NULL,
    pairing_id uuid NOT NULL,
    version integer NOT NULL,
    reached bigint NOT NULL DEFAULT 0 CHECK (reached < 1000000),
    dropped text,
    at timestamptz NOT NULL,
    PRIMARY KEY (tenant, pairing_id)
);
CREATE TABLE achievements (
    tenant text NOT NULL,
    pairing_id uuid NOT NULL,
    goal_id uuid NOT NULL,
    tags jsonb NOT NULL DEFAULT '[]',
    PRIMARY KEY (tenant, pairing_id, goal_id)
);
"""
POISON = "poison"  # a reason that the projection cannot bear until it is cured


def pair(name: object) -> PairingId:
    """The same pair for the same name."""
    return PairingId(uuid5(NAMES, str(name)))


def stream(name: object) -> str:
    return f"roadmap-{pair(name)}"


def agreed(name: object, version: int = 1) -> RoadmapAccepted:
    return RoadmapAccepted(pairing_id=pair(name), version=version, at=AT)


def achieved(name: object, reached: int, goal: int = 0) -> GoalAchieved:
    goal_id = GoalId(uuid5(pair(name), str(goal)))
    return GoalAchieved(goal_id=goal_id, pairing_id=pair(name), reached=reached, at=AT)


def dropped(name: object, reason: str = "moved on") -> GoalDropped:
    goal_id = GoalId(uuid5(pair(name), "0"))
    return GoalDropped(goal_id=goal_id, pairing_id=pair(name), reason=reason, at=AT)


class Progress:
    """The projection of the story; `cured` lets it bear what it could not."""

    def __init__(self) -> None:
        self.cured = False

    def progress(self, recorded: Recorded) -> Iterable[Effect]:
        match recorded.event:
            case RoadmapAccepted(pairing_id=pairing, version=version, at=at):
                yield Put(
                    table="progress",
                    row={"pairing_id": pairing, "version": version, "at": at, "reached": 0},
                )
            case GoalAchieved(pairing_id=pairing, reached=reached):
                yield Add(
                    table="progress", key={"pairing_id": pairing}, amounts={"reached": reached}
                )
            case GoalDropped(pairing_id=pairing, reason=reason):
                if reason == POISON and not self.cured:
                    raise ZeroDivisionError(reason)
                yield Change(
                    table="progress", key={"pairing_id": pairing}, values={"dropped": reason}
                )
            case _:
                pass

    def achievements(self, recorded: Recorded) -> Iterable[Effect]:
        match recorded.event:
            case GoalAchieved(pairing_id=pairing, goal_id=goal, reached=reached):
                yield Put(
                    table="achievements",
                    row={"pairing_id": pairing, "goal_id": goal, "tags": ["goal", str(reached)]},
                )
            case GoalDropped(pairing_id=pairing):
                yield Remove(table="achievements", key={"pairing_id": pairing})
            case _:
                pass


def projection(progress: Progress, folder: Path, name: str = "progress") -> Projection:
    """The story's tables in a schema of this name."""
    tables = folder / "tables.sql"
    tables.write_text(TABLES)
    return Projection(
        name=name,
        sources=frozenset({SOURCE}),
        schema=name,
        tables=tables,
        functions=(progress.progress, progress.achievements),
    )


class Log:
    """Numbers events as a sequencer does, without a database."""

    def __init__(self) -> None:
        self._numbers: dict[int, int] = {}
        self._versions: dict[str, int] = {}

    def record(self, name: object, event: SessionsEvent) -> Recorded:
        where = stream(name)
        slot = slot_of(where)
        number = self._numbers[slot] = self._numbers.get(slot, 0) + 1
        version = self._versions[where] = self._versions.get(where, 0) + 1
        return Recorded(
            event=event,
            event_id=EventId(uuid5(NAMES, f"{where} {version}")),
            tenant=ORCHARD,
            service=SOURCE,
            stream=where,
            version=version,
            type=type(event).__name__,
            schema=1,
            recorded_at=AT,
            cause=CAUSE,
            slot=slot,
            number=number,
        )

    def messages(self, *events: Told) -> Sequence[Message]:
        return [as_message(self.record(name, event)) for name, event in events]


def as_message(recorded: Recorded, value: bytes | None = None) -> Message:
    """A recorded event on its way; `value` stands for bytes that went wrong."""
    record = encode(recorded)
    number = recorded.number or 0
    return Message(
        source=recorded.service,
        slot=recorded.slot,
        number=number,
        key=recorded.stream,
        headers=headers_of(record, number),
        value=record if value is None else value,
    )


def long_story(pairs: int, goals: int) -> Iterator[Told]:
    """Every pair agrees, achieves each goal in turn, and every third drops one in between."""
    for name in range(pairs):
        yield name, agreed(name)
    for goal in range(goals):
        for name in range(pairs):
            yield name, achieved(name, goal + 1, goal)
            if name % 3 == 0 and goal == goals // 2:
                yield name, dropped(name)
