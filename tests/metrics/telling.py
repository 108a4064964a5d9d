"""Who and what a story is about, and how it is told: events in streams, numbered."""

from datetime import UTC, datetime, timedelta
from typing import Self

from shared.envelope import Cause, Recorded
from shared.events.vocabulary import Part
from shared.eventstore import slot_of
from shared.ids import (
    CohortId,
    CompetencyId,
    EnrollmentId,
    EventId,
    PairingId,
    PersonId,
    ProgramId,
    TenantId,
    derived_id,
)

ORCHARD = TenantId("orchard")
BEGAN = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
PROGRAM = ProgramId(derived_id("program"))
SPRING = CohortId(derived_id("cohort", "spring"))
LISTENING = CompetencyId(derived_id("competency", "listening"))
CAUSE = Cause(
    tenant=ORCHARD,
    actor="import:story",
    right="story",
    correlation_id=derived_id("request"),
    causation_id=derived_id("request"),
)


def person(name: str) -> PersonId:
    return PersonId(derived_id("person", name))


def place(name: str, part: Part = Part.MENTEE, cohort: CohortId = SPRING) -> EnrollmentId:
    return EnrollmentId(derived_id("enrollment", name, part, cohort))


def pair(mentor: str, mentee: str) -> PairingId:
    return PairingId(derived_id("pairing", mentor, mentee))


class Telling:
    """Tells what happens, each event in its stream, numbered as a sequencer would."""

    def __init__(self) -> None:
        self.now = BEGAN
        self.told: list[Recorded] = []
        self._versions: dict[str, int] = {}
        self._numbers: dict[tuple[str, int], int] = {}

    def tell(self, service: str, stream: str, *events: object) -> Self:
        for event in events:
            version = self._versions[stream] = self._versions.get(stream, 0) + 1
            slot = slot_of(stream)
            number = self._numbers[service, slot] = self._numbers.get((service, slot), 0) + 1
            self.told.append(
                Recorded(
                    event=event,
                    event_id=EventId(derived_id(stream, version)),
                    tenant=ORCHARD,
                    service=service,
                    stream=stream,
                    version=version,
                    type=type(event).__name__,
                    schema=1,
                    recorded_at=self.now,
                    cause=CAUSE,
                    slot=slot,
                    number=number,
                )
            )
        return self

    def pass_days(self, days: int) -> Self:
        self.now += timedelta(days=days)
        return self


def names(prefix: str, count: int) -> list[str]:
    return [f"{prefix}-{number}" for number in range(count)]
