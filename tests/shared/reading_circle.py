"""A small aggregate for tests of the kernel: a goal that is worked on until it is full."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid5

from shared.decider import Decider
from shared.envelope import Cause
from shared.errors import Refused
from shared.events.sessions import GoalAchieved
from shared.eventstore import IdempotencyKey, StoredAnswer
from shared.frozen import frozen
from shared.ids import GoalId, PairingId, TenantId

ORCHARD, HARBOUR = TenantId("orchard"), TenantId("harbour")
NAMES = UUID("1d0c6d51-40b5-4a3c-8a33-57ed8f2d4a10")
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ANSWER = StoredAnswer(status=201, headers={"ETag": '"1"'}, body=b'{"goal":1}')


def cause(tenant: TenantId = ORCHARD) -> Cause:
    return Cause(
        tenant=tenant, actor="ana", right="mentor", correlation_id=NAMES, causation_id=NAMES
    )


def goal(name: object) -> GoalId:
    return GoalId(uuid5(NAMES, str(name)))


def stream(name: object) -> str:
    return f"goal-{goal(name)}"


def achieved(name: object, reached: int = 1) -> GoalAchieved:
    return GoalAchieved(goal_id=goal(name), pairing_id=PairingId(NAMES), reached=reached, at=AT)


@frozen
class Work:
    """Get one step further, at most to the limit."""

    goal_id: GoalId
    limit: int = 1_000_000


class GoalFull(Refused):
    """This goal is reached."""


def decide(reached: int, command: Work, now: datetime) -> Sequence[GoalAchieved]:
    if reached >= command.limit:
        raise GoalFull
    return (
        GoalAchieved(
            goal_id=command.goal_id, pairing_id=PairingId(NAMES), reached=reached + 1, at=now
        ),
    )


GOAL: Decider[int, Work, GoalAchieved] = Decider(
    category="goal",
    key=lambda command: command.goal_id,
    initial=0,
    evolve=lambda _, event: event.reached,
    decide=decide,
)


def key(name: str = "first", fingerprint: str = "f00d", tenant: str = ORCHARD) -> IdempotencyKey:
    return IdempotencyKey(
        tenant=tenant, subject="ana", route="POST /goals", key=name, fingerprint=fingerprint
    )
