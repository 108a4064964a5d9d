"""What goes wrong on its way to a service, at every address that it has."""

import json
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from shared.auth import Role
from shared.frozen import frozen
from shared.ids import new_id
from shared.provisioning import SERVICES
from tests.e2e.house import Caller, House, eventually, granted
from tests.e2e.operations import NOT_IN_THE_STORY, Operation, operations
from tests.e2e.spring import Pair, Spring, accepted, apply, join, met, spring

pytestmark = [pytest.mark.e2e, pytest.mark.integration]

OPERATIONS = operations()
# No place of one tenant: what we measure, and the number that an HR system gives to somebody.
OF_ALL = {("get", "/v1/measures/{code}"), ("put", "/v1/people/{person}")}
WITH_IDS = [
    each for each in OPERATIONS if each.parameters and (each.method, each.path) not in OF_ALL
]
WITH_JSON = [each for each in OPERATIONS if each.content_type == "application/json"]
EVENTS = "SELECT coalesce(string_agg(type, ' ' ORDER BY id), '') FROM log.events WHERE tenant = $1"
MEBIBYTE = 2**20
UPLOAD_MEBIBYTES, MEMORY_MEBIBYTES_MAX = 200, 64  # an upload may not be read as a whole


@frozen
class Places:
    """A tenant with one of everything, and the ids of it by the names that paths give them."""

    story: Spring
    ids: Mapping[str, str]

    @property
    def mighty(self) -> Caller:
        """The manager, with every role there is."""
        manager = self.ids["person_id"]
        return self.story.house.caller(self.story.tenant, manager, *Role)

    def entitled(self, operation: Operation) -> Caller:
        """Who may do such a thing: in sessions one of the pair, elsewhere the manager."""
        mentee = self.story.house.caller(self.story.tenant, self.ids["person"], *Role)
        return mentee if operation.service == "sessions" else self.mighty


@pytest.fixture(scope="module")
def places(house: House) -> Places:
    story = spring(house, f"places-{new_id()}")
    for who in ((story.mentors[0], "mentor"), *((one, "mentee") for one in story.mentees[:2])):
        apply(story, *who)
        join(story, *who)
    pair = paired(story)
    met(story, pair)
    manager = eventually(lambda: granted(story.hr.get("enrollment", "/v1/people"))["items"])[0]
    role = {"code": "lead", "title": "Lead", "description": "?", "competencies": []}
    run = granted(story.manager.post("matching", "/v1/matching-runs", scope(story)))
    found = {
        **scope(story),
        "competency_id": story.listening,
        "role_id": granted(story.manager.post("enrollment", "/v1/target-roles", role))["id"],
        "person_id": manager["person_id"],
        "person": story.mentees[0],
        "enrollment_id": story.enrollments[story.mentees[0]],
        "pairing_id": pair.pairing_id,
        "operation_id": run["operation_id"],
        "run_id": run["operation_id"],
        "stream": f"program-{story.program_id}",
        "part": "mentor",
        "agreement_version": "1",
        "parked_id": "1",
    }
    asked = f"/v1/operations/{found['run_id']}"
    eventually(lambda: granted(story.manager.get("matching", asked))["status"] != "running")
    house.settle()  # no event of all this may come later
    return Places(story=story, ids=found | of_journey(pair))


def scope(story: Spring) -> dict[str, str]:
    return {"program_id": story.program_id, "cohort_id": story.cohort_id}


def paired(story: Spring) -> Pair:
    """Two whom their manager brings together."""
    path = f"/v1/programs/{story.program_id}/matching-policy"
    listed = f"/v1/cohorts/{story.cohort_id}/rosters"
    eventually(lambda: len(story.manager.get("matching", listed).json().get("items", ())) == 3)
    granted(story.manager.put("matching", path, {"reason": "First cohort."}))
    mentor, mentee = (story.enrollments[who] for who in (story.mentors[0], story.mentees[0]))
    both = {"mentor": mentor, "mentee": mentee}
    made = granted(story.manager.post("matching", "/v1/pairings", both))["pairing_id"]
    return accepted(story, granted(story.manager.get("matching", f"/v1/pairings/{made}")))


def of_journey(pair: Pair) -> dict[str, str]:
    names = {"sessions": "session_id", "goals": "goal_id", "milestones": "milestone_id"}
    lists = {
        kind: granted(pair.mentee.get("sessions", f"{pair.path}/{kind}"))["items"] for kind in names
    }
    return {name: lists[kind][0][name] for kind, name in names.items()}


def is_nothing(response: Any) -> bool:  # noqa: ANN401  # a response
    """Whether an answer says that there is nothing: 404, or a list without items."""
    return bool(response.status_code == HTTPStatus.NOT_FOUND or response.json().get("items") == [])


@pytest.fixture
def unchanged(house: House, places: Places) -> Iterator[None]:
    """Nothing happened to the tenant by all this."""
    tenant = places.story.tenant
    before = {service: str(house.value(service, EVENTS, tenant)) for service in SERVICES}
    yield
    for service, told in before.items():
        after = str(house.value(service, EVENTS, tenant))
        assert after.removeprefix(told) == ""


def wrong(answers: Mapping[str, Any]) -> str:
    return "\n".join(
        f"{each}: {answer.status_code} {answer.text[:300]}" for each, answer in answers.items()
    )


def test_ids_of_another_tenant_are_those_of_nothing(
    house: House, places: Places, unchanged: None
) -> None:
    del unchanged
    stranger = house.caller(f"strangers-{new_id()}", new_id(), *Role)
    answers = {str(each): each.ask(stranger, places.ids) for each in WITH_IDS}
    assert len(answers) > 100
    assert wrong({where: told for where, told in answers.items() if not is_nothing(told)}) == ""


def test_there_is_something_at_the_addresses_that_a_stranger_does_not_see(places: Places) -> None:
    mighty = places.mighty
    reads = [each for each in WITH_IDS if each.method == "get" and "events" not in each.path]
    answers = {str(each): each.ask(mighty, places.ids) for each in reads}
    empty = {each for each, answer in answers.items() if answer.status_code == 404}
    assert empty <= NOT_IN_THE_STORY


def test_ids_that_nobody_has_are_those_of_nothing(places: Places, unchanged: None) -> None:
    del unchanged
    made_up = {"part": "mentor", "agreement_version": "1", "parked_id": "999999999"}
    made_up["stream"] = f"program-{new_id()}"
    answers = {str(each): each.ask(places.mighty, made_up) for each in WITH_IDS}
    assert wrong({where: told for where, told in answers.items() if not is_nothing(told)}) == ""


def test_without_a_token_every_address_answers_401(house: House, places: Places) -> None:
    nobody = Caller(addresses=house.system.addresses, token="", http=house.http)
    answers = {str(each): each.ask(nobody, places.ids) for each in OPERATIONS}
    assert wrong({where: told for where, told in answers.items() if told.status_code != 401}) == ""


def test_without_the_role_every_address_that_needs_one_answers_403(
    house: House, places: Places
) -> None:
    roleless = house.caller(places.story.tenant, "a-machine")  # people are employees at least
    answers = {str(each): each.ask(roleless, places.ids) for each in OPERATIONS if each.needs_role}
    assert len(answers) > 50
    assert wrong({where: told for where, told in answers.items() if told.status_code != 403}) == ""
    assert {answer.json()["code"] for answer in answers.values()} == {"role_missing"}


@pytest.mark.parametrize("broken", [b'{"name": ', b"\xff\xfe", b'{"a": 1, "a": 2}', b'{"a": NaN}'])
def test_what_is_no_json_is_told_as_such_everywhere(
    places: Places, unchanged: None, broken: bytes
) -> None:
    del unchanged
    answers = {
        str(each): each.ask(places.entitled(each), places.ids, content=broken) for each in WITH_JSON
    }
    assert wrong({where: told for where, told in answers.items() if told.status_code != 400}) == ""


@pytest.mark.parametrize("body", [[], "text", 7, None])
def test_a_body_of_another_type_is_told_as_such_everywhere(
    places: Places, unchanged: None, body: object
) -> None:
    del unchanged
    raw = json.dumps(body).encode()
    answers = {
        str(each): each.ask(places.entitled(each), places.ids, content=raw)
        for each in WITH_JSON
        if body is not None or each.needs_body  # elsewhere null is as good as nothing
    }
    assert wrong({where: told for where, told in answers.items() if told.status_code != 422}) == ""


def test_a_field_that_nobody_reads_is_pointed_at_everywhere(
    places: Places, unchanged: None
) -> None:
    del unchanged
    for each in WITH_JSON:
        raw = json.dumps({**each.body, "surprise": 1}).encode()
        answer = each.ask(places.entitled(each), places.ids, content=raw)
        assert answer.status_code == 422, f"{each}: {answer.text}"
        assert "/surprise" in [error["pointer"] for error in answer.json()["errors"]], each


def test_a_parameter_that_nobody_reads_is_told_everywhere(places: Places) -> None:
    for each in OPERATIONS:
        if "events" not in each.path:
            answer = each.ask(places.entitled(each), places.ids, params={"surprise": "1"})
            assert answer.status_code == 422, f"{each}: {answer.text}"
            assert [error["code"] for error in answer.json()["errors"]] == ["unknown_parameter"]


def test_a_change_of_what_was_changed_meanwhile_is_refused(places: Places, unchanged: None) -> None:
    del unchanged
    story, ids = places.story, places.ids
    mentee = story.person(story.mentees[0])
    program, journey = f"/v1/programs/{ids['program_id']}", f"/v1/journeys/{ids['pairing_id']}"
    retired = f"/v1/competencies/{ids['competency_id']}/retirement"
    for caller, service, method, path, body in (
        (story.manager, "enrollment", "PUT", f"{program}/training", {"modules": ["other"]}),
        (story.manager, "enrollment", "POST", retired, None),
        (mentee, "matching", "POST", f"/v1/pairings/{ids['pairing_id']}/trial-leave", None),
        (
            mentee,
            "sessions",
            "PUT",
            f"{journey}/cadence",
            {"every_days": 9, "review_every_days": 90},
        ),
    ):
        headers = {"If-Match": '"0"', "Idempotency-Key": str(new_id())}
        more = {} if body is None else {"json": body}
        answer = caller.ask(method, service, path, headers=headers, **more)
        assert (answer.status_code, answer.json().get("code")) == (412, "stale"), (
            f"{path} {answer.text}"
        )


def test_a_key_is_good_for_one_request(places: Places) -> None:
    story, key = places.story, str(new_id())
    first = story.manager.post("enrollment", "/v1/programs", {"name": "Across"}, key)
    again = story.manager.post("enrollment", "/v1/programs", {"name": "Across"}, key)
    other = story.manager.post("enrollment", "/v1/programs", {"name": "Along"}, key)
    assert again.json() == granted(first)
    assert again.headers["idempotent-replayed"] == "true"
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")


def test_of_a_thousand_rows_the_forty_bad_ones_are_explained_and_the_others_applied(
    house: House,
) -> None:
    hr = house.caller(f"rows-{new_id()}", "hr", Role.HR_PLATFORM)
    head = "employee_number,first_name,last_name,work_email,function,level,site,hired_on,time_zone"
    rows = [
        f"E-{n},Ana,Lima,a{n}@example.org,sales,senior,Porto,"
        f"{'soon' if n % 25 == 0 else '2020-01-15'},Europe/Lisbon"
        for n in range(1000)
    ]
    raw = "\n".join((head, *rows)).encode()
    headers = {"Content-Type": "text/csv"}
    answer = hr.ask("POST", "enrollment", "/v1/people/imports", content=raw, headers=headers)
    report = granted(answer)
    assert (report["rows"], report["created"], report["failed"]) == (1000, 960, 40)
    bad = [each for each in report["results"] if each["result"] == "failed"]
    assert [each["row"] for each in bad] == [n + 2 for n in range(0, 1000, 25)]
    assert {(fault["column"], fault["code"]) for each in bad for fault in each["faults"]} == {
        ("hired_on", "not_a_date")
    }


def test_200_megabytes_are_refused_and_never_held(house: House) -> None:
    hr = house.caller("uploads", "hr", Role.HR_PLATFORM)
    process = house.system.processes["enrollment"].pid

    def much() -> Iterator[bytes]:
        for _ in range(UPLOAD_MEBIBYTES):
            yield b" " * MEBIBYTE

    before = memory_peak_mebibytes(process)
    for length in ({"Content-Length": str(UPLOAD_MEBIBYTES * MEBIBYTE)}, {}):
        headers = {"Content-Type": "text/csv", **length}
        path = "/v1/people/imports"
        answer = hr.ask("POST", "enrollment", path, content=much(), headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (413, "content_too_large")
    assert memory_peak_mebibytes(process) - before < MEMORY_MEBIBYTES_MAX
    assert hr.get("enrollment", "/v1/people").is_success


def memory_peak_mebibytes(process: int) -> int:
    """The most memory that a process has ever held, as Linux counts it; 0 elsewhere."""
    status = Path(f"/proc/{process}/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) // 1024 for line in lines if "VmHWM" in line), 0)
