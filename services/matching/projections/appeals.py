"""Appeals as rows, and the day by which each is to be decided."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

import msgspec

from services.matching.projections.timers import answered, due
from shared.envelope import Recorded
from shared.events.matching import AppealDecided, AppealFiled, AppealOverdue, AppealWithdrawn
from shared.projection import Change, Effect, Put, hears
from shared.sealed import Sealed

APPEAL_TIMER = "appeal_due"


@hears(AppealFiled, AppealDecided, AppealWithdrawn, AppealOverdue)
def appeals(recorded: Recorded) -> Iterator[Effect]:
    """One row for each appeal."""
    match recorded.event:
        case AppealFiled() as fact:
            yield Put(table="appeals", row=_filed(recorded, fact))
        case AppealDecided() as fact:
            values = {
                "state": "decided",
                "outcome": fact.outcome.value,
                "decided_by": fact.by,
                "decided_at": fact.at,
                "decision_text": _plain(fact.text),
            }
            yield _change(recorded, fact.appeal_id, values)
        case AppealWithdrawn(appeal_id=which):
            yield _change(recorded, which, {"state": "withdrawn"})
        case AppealOverdue(appeal_id=which):
            yield _change(recorded, which, {"state": "overdue"})
        case _:
            return


@hears(AppealFiled, AppealDecided, AppealWithdrawn, AppealOverdue)
def appeal_deadlines(recorded: Recorded) -> Iterator[Effect]:
    """An appeal that nobody decides by its day is overdue, once."""
    match recorded.event:
        case AppealFiled(appeal_id=which, due_at=due_at):
            yield due(APPEAL_TIMER, which, due_at)
        case (
            AppealDecided(appeal_id=which)
            | AppealWithdrawn(appeal_id=which)
            | AppealOverdue(appeal_id=which)
        ):
            yield answered(APPEAL_TIMER, which)
        case _:
            return


def _filed(recorded: Recorded, fact: AppealFiled) -> Mapping[str, Any]:
    return {
        "appeal_id": fact.appeal_id,
        "program_id": fact.program_id,
        "cohort_id": fact.cohort_id,
        "enrollment_id": fact.enrollment_id,
        "person_id": fact.person_id,
        "subject": fact.subject.value,
        "about": fact.about,
        "ground": fact.ground.value,
        "involved": list(fact.involved),
        "state": "open",
        "filed_at": fact.at,
        "due_at": fact.due_at,
        "text": _plain(fact.text),
        "version": recorded.version,
    }


def _change(recorded: Recorded, which: UUID, values: Mapping[str, Any]) -> Effect:
    key = {"appeal_id": which}
    return Change(table="appeals", key=key, values={**values, "version": recorded.version})


def _plain(text: Sealed | None) -> Any:  # noqa: ANN401  # JSON, as a table holds it
    return None if text is None else msgspec.to_builtins(text)
