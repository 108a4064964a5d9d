"""Who reads what a pair writes: the two as they chose, nobody else, and nobody once erased."""

from uuid import UUID

import pytest

from shared import clock
from shared.auth import Role
from shared.events.enrollment import PersonErased
from shared.ids import PersonId
from tests.sessions.companions import Company, Couple, get, post, put, session_held

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="package")]

FEAR = "Between us: I am afraid of the board."
IN_A_YEAR = "2099-06-01"


async def reflected(couple: Couple, visibility: str) -> UUID:
    """A session on which Ana reflected, and Ben did not."""
    session_id = await session_held(couple)
    body = {"visibility": visibility, "usefulness": 4, "text": FEAR}
    path = f"{couple.path}/sessions/{session_id}/reflections"
    answer = await post(couple.ana, path, body, 201)
    assert answer["has_text"] is True
    assert "text" not in answer
    return session_id


async def test_an_author_reads_what_they_wrote(fairlead: Company) -> None:
    couple = await fairlead.paired()
    session_id = await reflected(couple, "private")
    path = f"{couple.path}/reflections?session_id={session_id}"
    (reflection,) = (await get(couple.ana, path))["items"]
    assert reflection["reflection"] == {"has_text": True, "text": FEAR, "erased": False}
    assert reflection["usefulness"] == 4


async def test_a_partner_reads_what_is_for_both(fairlead: Company) -> None:
    couple = await fairlead.paired()
    await reflected(couple, "partner")
    (reflection,) = (await get(couple.ben, f"{couple.path}/reflections"))["items"]
    assert reflection["reflection"]["text"] == FEAR


@pytest.mark.parametrize("visibility", ["private", "anonymous"])
async def test_a_partner_sees_only_that_the_rest_exists(fairlead: Company, visibility: str) -> None:
    couple = await fairlead.paired()
    await reflected(couple, visibility)
    (reflection,) = (await get(couple.ben, f"{couple.path}/reflections"))["items"]
    assert reflection["reflection"] == {"has_text": True, "text": None, "erased": False}
    assert reflection["usefulness"] is None


async def test_staff_see_that_texts_exist_and_nothing_of_them(fairlead: Company) -> None:
    couple = await fairlead.paired()
    session_id = await reflected(couple, "partner")
    await everything_written(fairlead, couple, session_id)
    for onlooker in (fairlead.mia, fairlead.ed):
        for room in ("reflections", "check-ins", "feedback", "goals", "milestones"):
            response = await onlooker.get(f"{couple.path}/{room}")
            assert response.json()["items"], room
            assert FEAR not in response.text
            assert '"has_text":true' in response.text.replace(" ", "")
        roadmap = await get(onlooker, f"{couple.path}/roadmap")
        assert roadmap["expectations"] == {"has_text": True, "text": None, "erased": False}
        (assessment,) = (await get(onlooker, f"{couple.path}/self-assessments"))["items"]
        assert assessment["confidence"] is None
        (check_in,) = (await get(onlooker, f"{couple.path}/check-ins"))["items"]
        assert (check_in["progress"], check_in["roadblocks"]) == (None, [])


async def test_the_two_read_all_that_they_share(fairlead: Company) -> None:
    couple = await fairlead.paired()
    session_id = await reflected(couple, "partner")
    await everything_written(fairlead, couple, session_id)
    for person in (couple.ana, couple.ben):
        (check_in,) = (await get(person, f"{couple.path}/check-ins"))["items"]
        assert check_in["what_changes"]["text"] == FEAR
        assert check_in["roadblocks"][0]["description"]["text"] == FEAR
        (goal,) = (await get(person, f"{couple.path}/goals"))["items"]
        assert goal["goal"]["text"] == FEAR
        (milestone,) = (await get(person, f"{couple.path}/milestones"))["items"]
        assert milestone["title"]["text"] == FEAR
        assert milestone["deliverable"]["text"] == FEAR
        assert milestone["link"]["has_text"] is False
        roadmap = await get(person, f"{couple.path}/roadmap")
        assert roadmap["milestones"][0]["title"]["text"] == FEAR
        assert roadmap["approved_by"] == ["mentor", "mentee"]


async def test_feedback_on_the_program_is_not_for_the_partner(fairlead: Company) -> None:
    couple = await fairlead.paired()
    for about in ("program", "partner"):
        body = {"about": about, "rating": 2, "text": FEAR}
        await post(couple.ana, f"{couple.path}/feedback", body, 201)
    of_program, of_partner = (await get(couple.ben, f"{couple.path}/feedback"))["items"]
    assert (of_program["feedback"]["text"], of_program["rating"]) == (None, None)
    assert (of_partner["feedback"]["text"], of_partner["rating"]) == (FEAR, 2)


async def test_no_text_stands_in_clear_anywhere(fairlead: Company) -> None:
    couple = await fairlead.paired()
    session_id = await reflected(couple, "partner")
    await everything_written(fairlead, couple, session_id)
    db = fairlead.world.connections["sessions"]
    tables = await db.fetch(
        "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables"
        " WHERE schemaname IN ('log', 'read', 'vault', 'programs')"
        " AND has_table_privilege(format('%I.%I', schemaname, tablename), 'SELECT')"
    )
    assert len(tables) > 10
    hidden = FEAR.encode()
    for table in tables:
        for row in await db.fetch(f"SELECT t::text AS row FROM {table['name']} AS t"):
            assert FEAR not in row["row"]
            assert hidden.hex() not in row["row"]


async def test_what_an_erased_person_wrote_reads_as_erased(fairlead: Company) -> None:
    couple = await fairlead.paired()
    session_id = await reflected(couple, "partner")
    await everything_written(fairlead, couple, session_id)
    ana = couple.pairing.mentee_person
    erased = PersonErased(person_id=PersonId(ana), at=clock.now())
    await fairlead.tell("enrollment", f"person-{ana}", erased)
    gone = {"has_text": True, "text": None, "erased": True}
    (reflection,) = (await get(couple.ben, f"{couple.path}/reflections"))["items"]
    assert reflection["reflection"] == gone
    (goal,) = (await get(couple.ben, f"{couple.path}/goals"))["items"]
    assert goal["goal"] == gone
    body = {"about": "partner", "rating": 5, "text": FEAR}
    refused = await post(couple.ana, f"{couple.path}/feedback", body, 409)
    assert refused["code"] == "author_erased"
    still = {"visibility": "partner", "usefulness": 5, "text": "Ben's own words."}
    await post(couple.ben, f"{couple.path}/sessions/{session_id}/reflections", still, 201)
    reflections = (await get(couple.ben, f"{couple.path}/reflections"))["items"]
    assert reflections[1]["reflection"]["text"] == "Ben's own words."


async def test_a_reflection_is_filed_once(fairlead: Company) -> None:
    couple = await fairlead.paired()
    session_id = await reflected(couple, "private")
    body = {"visibility": "private", "usefulness": 1}
    path = f"{couple.path}/sessions/{session_id}/reflections"
    assert (await post(couple.ana, path, body, 409))["code"] == "reflection_already_filed"
    sessions = (await get(couple.ana, f"{couple.path}/sessions"))["items"]
    assert sessions[0]["reflected"] == ["mentee"]


async def test_a_self_assessment_uses_competencies_in_use(fairlead: Company) -> None:
    couple = await fairlead.paired()
    body = {
        "skills": [{"competency_id": str(fairlead.shouting), "level": 2}],
        "confidence": 50,
        "cross_functional_contacts": 3,
    }
    path = f"{couple.path}/self-assessments"
    assert (await post(couple.ana, path, body, 422))["code"] == "competency_unknown"
    body["skills"] = [{"competency_id": str(fairlead.listening), "level": 2}]
    assert (await post(couple.ben, path, body, 403))["code"] == "mentee_only"
    await post(couple.ana, path, body, 201)
    later = {**body, "confidence": 70}
    await post(couple.ana, path, later, 201)
    stock = (await get(couple.ben, path))["items"]
    assert [taken["confidence"] for taken in stock] == [50, 70]


async def test_an_auditor_of_another_tenant_sees_nothing(fairlead: Company) -> None:
    couple = await fairlead.paired()
    await reflected(couple, "partner")
    auditor = await fairlead.client("ed", Role.AUDITOR, tenant="vineyard")
    await get(auditor, f"{couple.path}/reflections", 404)


async def everything_written(fairlead: Company, couple: Couple, session_id: UUID) -> None:
    """All kinds of texts that a pair can write, by Ana."""
    at = couple.path
    roadblock = {"code": "time", "text": FEAR}
    check_in = {"progress": 40, "what_changes": FEAR, "roadblocks": [roadblock]}
    await post(couple.ana, f"{at}/check-ins", check_in, 201)
    feedback = {"about": "session", "session_id": str(session_id), "rating": 5, "text": FEAR}
    await post(couple.ana, f"{at}/feedback", feedback, 201)
    skills = [{"competency_id": str(fairlead.listening), "level": 2}]
    stock = {"skills": skills, "confidence": 50, "cross_functional_contacts": 3}
    await post(couple.ana, f"{at}/self-assessments", stock, 201)
    measure = {"unit": "people", "start": 0, "target": 5}
    goal = {"text": FEAR, "measure": measure, "due_on": IN_A_YEAR}
    await post(couple.ana, f"{at}/goals", goal, 201)
    milestone = {"title": FEAR, "due_on": IN_A_YEAR, "project": True}
    roadmap = {"milestones": [milestone], "expectations": FEAR}
    proposed = await put(couple.ana, f"{at}/roadmap", roadmap)
    await post(couple.ben, f"{at}/roadmap/approval", {"proposal": 1})
    (milestone_id,) = proposed["milestone_ids"]
    evidence = {"deliverable": FEAR}
    await post(couple.ana, f"{at}/milestones/{milestone_id}/evidence", evidence)
