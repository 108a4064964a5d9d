from services.enrollment.domain.competency import (
    COMPETENCY,
    CompetencyIsRetired,
    CompetencyNotFound,
    DefineCompetency,
    RetireCompetency,
)
from services.enrollment.domain.target_role import TARGET_ROLE, DefineTargetRole
from services.enrollment.domain.terms import TermRepeated, TermRetired, TermUnknown
from shared.events.enrollment import CompetencyDefined, CompetencyRetired, TargetRoleDefined
from shared.testing import NOW, given
from tests.enrollment.story import LISTENING, NEGOTIATION, STENOGRAPHY, TEAM_LEAD, WORDS

DEFINE = DefineCompetency(
    competency_id=LISTENING,
    code="2.A.1.b",
    name="Active Listening",
    category="skills",
    description="Giving full attention to what other people are saying.",
)
DEFINED = CompetencyDefined(
    competency_id=LISTENING,
    code="2.A.1.b",
    name="Active Listening",
    category="skills",
    description="Giving full attention to what other people are saying.",
    at=NOW,
)
RETIRE = RetireCompetency(competency_id=LISTENING)
RETIRED = CompetencyRetired(competency_id=LISTENING, at=NOW)


def lead(*competencies: object) -> DefineTargetRole:
    return DefineTargetRole(
        role_id=TEAM_LEAD,
        code="11-1021.00",
        title="Team lead",
        description="",
        competencies=competencies,  # type: ignore[arg-type]  # competencies, some unknown
        vocabulary=WORDS,
    )


def test_a_competency_can_be_defined() -> None:
    given(COMPETENCY).when(DEFINE).then(DEFINED)


def test_defining_it_the_same_way_again_records_nothing() -> None:
    given(COMPETENCY, DEFINED).when(DEFINE).then()


def test_saying_it_in_other_words_defines_it_anew() -> None:
    reworded = DefineCompetency(
        competency_id=LISTENING, code="2.A.1.b", name="Listening", category="skills", description=""
    )
    given(COMPETENCY, DEFINED).when(reworded).then(
        CompetencyDefined(
            competency_id=LISTENING,
            code="2.A.1.b",
            name="Listening",
            category="skills",
            description="",
            at=NOW,
        )
    )


def test_a_competency_can_be_retired_once() -> None:
    given(COMPETENCY, DEFINED).when(RETIRE).then(RETIRED)
    given(COMPETENCY, DEFINED, RETIRED).when(RETIRE).then()


def test_an_unknown_competency_cannot_be_retired() -> None:
    given(COMPETENCY).when(RETIRE).then_refused(CompetencyNotFound)


def test_a_retired_competency_is_not_defined_again_in_other_words() -> None:
    reworded = DefineCompetency(
        competency_id=LISTENING, code="2.A.1.b", name="Listening", category="skills", description=""
    )
    given(COMPETENCY, DEFINED, RETIRED).when(reworded).then_refused(CompetencyIsRetired)


def test_an_import_that_comes_again_leaves_a_retired_competency_retired() -> None:
    given(COMPETENCY, DEFINED, RETIRED).when(DEFINE).then()


def test_a_target_role_names_the_competencies_it_asks_for() -> None:
    given(TARGET_ROLE).when(lead(LISTENING, NEGOTIATION)).then(
        TargetRoleDefined(
            role_id=TEAM_LEAD,
            code="11-1021.00",
            title="Team lead",
            description="",
            competencies=(LISTENING, NEGOTIATION),
            at=NOW,
        )
    )


def test_defining_a_target_role_twice_records_nothing() -> None:
    given(TARGET_ROLE).and_when(lead(LISTENING)).when(lead(LISTENING)).then()


def test_a_target_role_uses_only_words_of_the_vocabulary() -> None:
    given(TARGET_ROLE).when(lead(TEAM_LEAD)).then_refused(TermUnknown)
    given(TARGET_ROLE).when(lead(STENOGRAPHY)).then_refused(TermRetired)
    given(TARGET_ROLE).when(lead(LISTENING, LISTENING)).then_refused(TermRepeated)
