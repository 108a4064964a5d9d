"""One story over the composed system: from HTTP back to HTTP, replayed, searched, and erased."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import asyncpg
import httpx
import pytest

from shared.auth import Role
from shared.frozen import frozen
from shared.ids import new_id
from shared.provisioning import SERVICES
from tests.e2e.house import House, eventually, granted
from tests.e2e.spring import (
    CANARY,
    MENTEES,
    MENTORS,
    Pair,
    Spring,
    apply,
    join,
    matched,
    met,
    rated,
    spring,
)

pytestmark = [pytest.mark.e2e, pytest.mark.integration]

MAY_NAME = {"enrollment": {"vault.identity"}}  # the one table where names live, until erasure
TABLES = """
SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1
"""
RECORDS = "SELECT event_id::text, record FROM log.events WHERE tenant = $1 ORDER BY id"
FORGED = """
SELECT count(*) FROM log.log AS l JOIN log.events AS e ON e.id = l.event
WHERE l.leaf <> sha256('\\x00'::bytea || e.record)
"""
FORGE = """
UPDATE log.events SET record = set_byte(record, 40, get_byte(record, 40) # 1)
WHERE id = (SELECT max(event) FROM log.log)
"""


@frozen
class Told:
    """A story that is over, with what its last steps answered."""

    spring: Spring
    pairs: Sequence[Pair]
    joined: httpx.Response
    rated: httpx.Response


@pytest.fixture(scope="module")
def told(house: House) -> Told:
    """Import, program, cohort, applications, approvals, pairs, sessions, milestones, feedback."""
    story = spring(house, f"loop-{new_id()}")
    parts = {
        **dict.fromkeys(story.mentors, "mentor"),
        **dict.fromkeys(story.mentees, "mentee"),
    }
    for person_id, part in parts.items():
        apply(story, person_id, part)
    joined = [join(story, person_id, part) for person_id, part in parts.items()]
    pairs = matched(story)
    for pair in pairs:
        met(story, pair)
    return Told(spring=story, pairs=pairs, joined=joined[-1], rated=[rated(p) for p in pairs][-1])


def asked(told: Told, service: str, path: str, **headers: str) -> Any:  # noqa: ANN401  # any JSON
    """What the manager is answered; as a client is told to, asked again while a token waits."""

    def answer() -> httpx.Response | None:
        heard = told.spring.manager.ask("GET", service, path, headers=headers)
        behind = heard.status_code == httpx.codes.CONFLICT
        return None if behind and heard.json()["code"] == "projection_behind" else heard

    found = eventually(answer)
    assert found is not None
    return granted(found)


def figures(told: Told, **headers: str) -> Mapping[str, tuple[int, int]]:
    """What metrics counts, by measure."""
    path = f"/v1/programs/{told.spring.program_id}/figures"
    answer = asked(told, "metrics", path, **headers)
    return {
        item["measure"]: (item["numerator"], item["denominator"])
        for item in answer["items"]
        if item["part"] is None
    }


def everything(house: House, tenant: str) -> Mapping[str, Sequence[tuple[str, bytes]]]:
    """The stored bytes of every event of the story, by service."""

    async def ask(database: asyncpg.Connection) -> list[tuple[str, bytes]]:
        return [(row[0], bytes(row[1])) for row in await database.fetch(RECORDS, tenant)]

    return {service: house.database(service, ask) for service in SERVICES}


def rows_that_tell(house: House, service: str, word: str) -> Sequence[str]:
    """Tables that hold a word in clear: as text, or as bytes of text."""

    async def ask(database: asyncpg.Connection) -> list[str]:
        names = [row[0] for row in await database.fetch(TABLES)]
        assert len(names) > 10
        found = []
        for name in names:
            like = "SELECT count(*) FROM {} AS t WHERE lower(t::text) LIKE ANY ($1)"
            patterns = [f"%{word}%", f"%{word.encode().hex()}%"]
            if await database.fetchval(like.format(name), patterns):
                found.append(name)
        return found

    return house.database(service, ask)


def test_every_mentee_gets_a_mentor_and_nobody_is_given_a_seat_twice(told: Told) -> None:
    assert len({pair.mentee_person for pair in told.pairs}) == len(told.pairs) == MENTEES
    mentors = [pair.mentor_person for pair in told.pairs]
    assert len(set(mentors)) == MENTORS
    assert max(map(mentors.count, mentors)) == 2  # as many as they offered


def test_the_figures_show_what_happened(told: Told) -> None:
    everybody = MENTORS + MENTEES
    happened = {
        "participation": (everybody, everybody),
        "matched": (MENTEES, MENTEES),
        "cross_functional": (MENTEES, MENTEES),
        "session_frequency": (MENTEES, MENTEES),
        "milestone_completion": (MENTEES, MENTEES),
    }
    token = {"Consistency-Token": told.rated.headers["consistency-token"]}
    # It is of one log; what the two others tell comes in its own time.
    eventually(lambda: figures(told, **token).items() >= happened.items())


def test_a_token_of_one_service_is_kept_by_another(told: Told) -> None:
    pair, story = told.pairs[0], told.spring
    before = figures(told)["session_frequency"][0]
    planned = {"starts_at": datetime.now(UTC).isoformat(), "free": True}
    session = granted(pair.mentee.post("sessions", f"{pair.path}/sessions", planned))
    path = f"{pair.path}/sessions/{session['session_id']}/holding"
    held = pair.mentor.post("sessions", path, {})
    granted(held)
    token = {"Consistency-Token": held.headers["consistency-token"]}
    assert figures(told, **token)["session_frequency"][0] == before + 1
    listed = {"Consistency-Token": told.joined.headers["consistency-token"]}
    mine = f"/v1/rosters/{story.enrollments[story.mentees[-1]]}"
    assert asked(told, "matching", mine, **listed)


@pytest.mark.parametrize("service", SERVICES)
def test_a_rebuild_equals_the_live_tables_row_for_row(
    house: House, told: Told, service: str
) -> None:
    assert everything(house, told.spring.tenant)["sessions"]
    assert house.differences(service) == []


@pytest.mark.parametrize("service", SERVICES)
def test_names_and_texts_stand_in_clear_nowhere_but_in_the_table_of_names(
    house: House, told: Told, service: str
) -> None:
    del told  # it was told: that is all
    assert set(rows_that_tell(house, service, CANARY)) == MAY_NAME.get(service, set())
    log = (house.system.logs / f"{service}.log").read_text(errors="replace")
    assert log.count('"event":') > 10
    assert CANARY not in log.lower()


@pytest.mark.parametrize("service", SERVICES[:3])  # metrics has published nothing
def test_every_leaf_is_the_hash_of_its_record_and_one_changed_bit_is_noticed(
    house: House, told: Told, service: str
) -> None:
    del told

    async def ask(database: asyncpg.Connection) -> tuple[int, int]:
        before = await database.fetchval(FORGED)
        forging = database.transaction()
        await forging.start()
        await database.execute("SET LOCAL session_replication_role = replica")  # past all guards
        await database.execute(FORGE)
        after = await database.fetchval(FORGED)
        await forging.rollback()
        return before, after

    assert house.database(service, ask) == (0, 1)


def test_those_who_may_read_the_texts_do(told: Told) -> None:
    pair = told.pairs[0]
    (goal,) = granted(pair.mentor.get("sessions", f"{pair.path}/goals"))["items"]
    assert CANARY in goal["goal"]["text"]
    auditor = told.spring.house.caller(told.spring.tenant, new_id(), Role.AUDITOR)
    (goal,) = granted(auditor.get("sessions", f"{pair.path}/goals"))["items"]
    assert (goal["goal"]["has_text"], goal["goal"]["text"]) == (True, None)


def test_an_erased_person_leaves_nothing_readable_and_no_log_changes(
    house: House, told: Told
) -> None:
    story, pair = told.spring, told.pairs[0]
    erased = pair.mentee_person
    before = everything(house, story.tenant)
    seen = granted(story.hr.get("enrollment", f"/v1/people/{erased}"))
    assert CANARY in seen["identity"]["first_name"]

    granted(story.hr.post("enrollment", f"/v1/people/{erased}/erasure"))
    eventually(lambda: goal_of(pair)["erased"])

    assert goal_of(pair)["text"] is None
    seen = granted(story.hr.get("enrollment", f"/v1/people/{erased}"))
    assert (seen["standing"], seen["identity"]) == ("erased", None)
    needs = {"needs": ["captions"], "note": "Somebody who is gone."}
    gone = pair.mentee.put("enrollment", f"/v1/people/{erased}/accommodations", needs)
    assert gone.status_code == 404, gone.text
    identity = "SELECT count(*) FROM vault.identity WHERE person_id::text = $1"
    keys = "SELECT count(*) FROM vault.subject_keys WHERE subject = $1 AND destroyed_at IS NULL"
    for service, query in (("enrollment", identity), ("enrollment", keys), ("sessions", keys)):
        assert house.value(service, query, erased) == 0
    assert [house.value(service, FORGED) for service in SERVICES] == [0, 0, 0, 0]
    after = everything(house, story.tenant)
    for service, records in before.items():
        assert after[service][: len(records)] == records
    assert [house.differences(service) for service in SERVICES] == [[], [], [], []]


def goal_of(pair: Pair) -> dict[str, Any]:
    (goal,) = granted(pair.mentor.get("sessions", f"{pair.path}/goals"))["items"]
    words: dict[str, Any] = goal["goal"]
    return words
