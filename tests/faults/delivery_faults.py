"""What a bus may do to messages, and what messages may do to those who hear them."""

import time
from collections.abc import Callable, Sequence

import asyncpg
import httpx
import msgspec

from shared.auth import Role
from shared.ids import new_id
from shared.provisioning import SERVICES
from tests.faults.disturbed import ENTRY, VARIABLE, Disturbance
from tests.faults.lives import Company, hired
from tests.faults.programs import SERVE
from tests.faults.stage import Stage, pause, sooner_or_later
from tests.faults.trials import Scene
from tests.patience import PATIENCE_SECONDS

HEARING = SERVICES[1:]
GROWTH_BYTES_MAX = 60_000_000

_LAST_OF_TYPE = """
SELECT e.id, e.stream, e.record FROM log.events AS e
WHERE e.tenant = $1 AND e.type = $2 ORDER BY e.id DESC LIMIT 1
"""
_WRITE_RECORD = "UPDATE log.events SET record = $2 WHERE id = $1"
_WRITE_PARKED = "UPDATE log.parked SET message = $2 WHERE stream = $1 AND NOT waiting"


def repeat(scene: Scene) -> None:
    """Every message comes up to five times, and slots overtake each other."""
    wrong = Disturbance(seed=scene.random.getrandbits(32), copies_max=5, shuffled=True)
    _restarted(scene.stage, SERVICES, wrong)
    pause(scene.seconds(4, 60))
    _restarted(scene.stage, SERVICES)


def delay(scene: Scene) -> None:
    """What one service tells comes long after what others have made of it."""
    late = {"enrollment": scene.seconds(4, 30)}
    wrong = Disturbance(seed=scene.random.getrandbits(32), late_seconds=late, shuffled=True)
    _restarted(scene.stage, ("metrics", "sessions"), wrong)
    pause(scene.seconds(5, 40))
    _restarted(scene.stage, ("metrics", "sessions"))


def overwhelm(scene: Scene) -> None:
    """Far more comes than metrics can take: it falls behind, says so, and does not grow."""
    wrong = Disturbance(batch_events_max=10, batch_seconds=0.2)
    _restarted(scene.stage, ("metrics",), wrong)
    program = scene.stage.programs["metrics"]
    before = program.memory_bytes()
    people = 20_000 if scene.long else 1_000
    try:
        scene.play.do(lambda company: _many(company, people))
        pause(2)
        assert _lag(scene) > people // 10, "nobody fell behind"
        assert program.memory_bytes() < before + GROWTH_BYTES_MAX
    finally:
        _restarted(scene.stage, ("metrics",))


def poison(scene: Scene) -> None:
    """One event that nobody can read holds its own stream, and only that; then it is cured."""
    stage, tenant = scene.stage, scene.play.tenant
    for service in HEARING:
        stage.programs[service].pause()
    scene.play.do(_word)

    async def spoil(database: asyncpg.Connection) -> asyncpg.Record:
        row = await database.fetchrow(_LAST_OF_TYPE, tenant, "CompetencyDefined")
        await database.execute("SET session_replication_role = replica")  # past all guards
        await database.execute(_WRITE_RECORD, row["id"], b"\xff" + row["record"][1:])
        return row

    spoilt = stage.ask("enrollment", spoil)
    for service in HEARING:
        stage.programs[service].resume()
    pause(scene.seconds(3, 20))
    sooner_or_later(lambda: all(parked(stage, service) for service in HEARING))

    async def cure(database: asyncpg.Connection) -> None:
        await database.execute("SET session_replication_role = replica")
        await database.execute(_WRITE_RECORD, spoilt["id"], spoilt["record"])

    def mend() -> None:
        for service in SERVICES:  # enrollment hears itself, and may have been as late as we
            stage.ask(
                service, lambda db: db.execute(_WRITE_PARKED, spoilt["stream"], spoilt["record"])
            )

    stage.ask("enrollment", cure)
    release(scene, mend)


def upgrade(scene: Scene) -> None:
    """Old code meets an event that it does not know; new code takes over, service by service."""
    stage = scene.stage
    _restarted(stage, ("metrics", "sessions"), Disturbance(unknown=("CompetencyDefined",)))
    scene.play.do(_word)
    pause(scene.seconds(2, 10))
    sooner_or_later(lambda: all(parked(stage, service) for service in ("metrics", "sessions")))
    for service in SERVICES:
        _restarted(stage, (service,))
    release(scene)


def parked(stage: Stage, service: str) -> int:
    """How many messages wait there, for whatever reason."""
    return int(str(stage.value(service, "SELECT count(*) FROM log.parked")))


def release(scene: Scene, mend: Callable[[], None] = lambda: None) -> None:
    """Have everything that is parked tried again, as an operator does it, and wait until it was.

    Args:
        scene: where that is.
        mend: what helps it; done before each time.

    Raises:
        TimeoutError: some of it is still parked.
    """
    stage = scene.stage
    token = stage.issuer.mint(scene.play.tenant, str(new_id()), (Role.OPERATOR,))
    headers = {"Authorization": f"Bearer {token}"}
    until = time.monotonic() + PATIENCE_SECONDS
    with httpx.Client(headers=headers, timeout=PATIENCE_SECONDS) as http:
        while waiting := [service for service in SERVICES if parked(stage, service)]:
            mend()
            for service in waiting:
                address = f"{stage.programs[service].address}/v1/ops/parked"
                for each in http.get(address).raise_for_status().json()["items"]:
                    http.put(f"{address}/{each['id']}/release")
            if time.monotonic() > until:
                message = f"still parked: {waiting}"
                raise TimeoutError(message)
            pause(0.5)


async def _many(company: Company, people: int) -> None:
    await hired(company.client, company.founded.hr, people)


async def _word(company: Company) -> None:
    """A new competency, which no other stream needs."""
    word = {"code": f"9.{new_id().hex[-6:]}", "name": "Weaving", "category": "basic"}
    manager = company.founded.manager
    await company.client.post(manager, "enrollment", "/v1/competencies", word)


def _lag(scene: Scene) -> int:
    address = scene.stage.programs["metrics"].address
    token = scene.stage.issuer.mint(scene.play.tenant, str(new_id()), (Role.OPERATOR,))
    headers = {"Authorization": f"Bearer {token}"}
    shown = httpx.get(f"{address}/v1/ops/lag", headers=headers, timeout=PATIENCE_SECONDS).json()
    return int(max(each["behind"] for each in shown["items"]))


def _restarted(stage: Stage, services: Sequence[str], wrong: Disturbance | None = None) -> None:
    for service in services:
        stage.programs[service].tell_to_end()
    for service in services:
        if wrong is None:
            stage.programs[service].restart(SERVE)
        else:
            told = {VARIABLE: msgspec.json.encode(wrong).decode()}
            stage.programs[service].restart(ENTRY, **told)
    stage.keeper.wait_until_ready()
