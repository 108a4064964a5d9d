from dataclasses import replace

import pytest

from services.enrollment.domain.eligibility import RuleIncomplete, RuleRepeated
from services.enrollment.domain.program import (
    PROGRAM,
    AdmitParticipation,
    AssignGovernanceRole,
    CloseProgram,
    CreateProgram,
    NotYourProgram,
    ObjectivesMissing,
    OpenProgram,
    ProgramExists,
    ProgramIsClosed,
    ProgramNotFound,
    ProgramNotOpen,
)
from services.enrollment.domain.publications import (
    ModuleNotOffered,
    ModuleRepeated,
    ObjectiveRepeated,
    PublishAgreement,
    PublishCharter,
    PublishEligibility,
    PublishRubric,
    PublishTraining,
)
from services.enrollment.domain.rubric import CriterionRepeated, RankAlone
from shared.events.enrollment import (
    AgreementPublished,
    CharterPublished,
    Criterion,
    EligibilityPublished,
    EligibilityRule,
    GovernanceRole,
    GovernanceRoleAssigned,
    Objective,
    Part,
    ProgramClosed,
    ProgramCreated,
    ProgramOpened,
    RubricCriterion,
    RubricPublished,
    TrainingPublished,
)
from shared.testing import NOW, given
from tests.enrollment.story import ACROSS, ANA, BEN, CRITERIA

CREATE = CreateProgram(program_id=ACROSS, name="Across", created_by=ANA, function="people")
CREATED = ProgramCreated(program_id=ACROSS, name="Across", at=NOW)
ANA_MANAGES = GovernanceRoleAssigned(
    program_id=ACROSS,
    person_id=ANA,
    role=GovernanceRole.PROGRAM_MANAGER,
    function="people",
    decision_rights=("everything",),
    at=NOW,
)
OBJECTIVE = Objective(code="break-silos", text="Sales knows whom to ask.", priority="growth")
CHARTER = PublishCharter(
    program_id=ACROSS,
    objectives=(OBJECTIVE,),
    expected_hours_per_month=4,
    escalation_path="Ana, then the sponsor",
)
CHARTERED = CharterPublished(
    program_id=ACROSS,
    version=1,
    objectives=(OBJECTIVE,),
    expected_hours_per_month=4,
    escalation_path="Ana, then the sponsor",
    at=NOW,
)
OPEN = OpenProgram(program_id=ACROSS)
OPENED = ProgramOpened(program_id=ACROSS, at=NOW)
CLOSED = ProgramClosed(program_id=ACROSS, reason="done", at=NOW)
ADMIT = AdmitParticipation(program_id=ACROSS)
SPONSOR = AssignGovernanceRole(
    program_id=ACROSS,
    person_id=BEN,
    role=GovernanceRole.SPONSOR,
    function="finance",
    decision_rights=("budget",),
)
TENURE = EligibilityRule(
    rule_id="half-a-year", part=Part.MENTEE, criterion=Criterion.TENURE_MONTHS, minimum=6
)
SITES = EligibilityRule(
    rule_id="sites", part=Part.MENTEE, criterion=Criterion.SITE, values=("Porto",)
)


def test_whoever_creates_a_program_is_its_first_program_manager() -> None:
    given(PROGRAM).when(CREATE).then(CREATED, ANA_MANAGES)


def test_creating_twice_records_nothing() -> None:
    given(PROGRAM, CREATED, ANA_MANAGES).when(CREATE).then()


def test_another_program_under_the_same_id_is_refused() -> None:
    given(PROGRAM, CREATED).when(replace(CREATE, name="Down")).then_refused(ProgramExists)


def test_nothing_can_be_done_to_a_program_that_does_not_exist() -> None:
    for command in (CHARTER, OPEN, ADMIT, SPONSOR, CloseProgram(program_id=ACROSS, reason="x")):
        given(PROGRAM).when(command).then_refused(ProgramNotFound)


def test_a_charter_gets_a_new_version_when_it_says_something_new() -> None:
    later = replace(CHARTER, expected_hours_per_month=6)
    story = given(PROGRAM, CREATED)
    story.when(CHARTER).then(CHARTERED)
    story.and_when(CHARTER).when(CHARTER).then()
    story.and_when(CHARTER).when(later).then(
        replace(CHARTERED, version=2, expected_hours_per_month=6)
    )


def test_two_objectives_of_one_code_are_refused() -> None:
    twice = replace(CHARTER, objectives=(OBJECTIVE, OBJECTIVE))
    given(PROGRAM, CREATED).when(twice).then_refused(ObjectiveRepeated)


def test_a_program_without_objectives_cannot_be_opened() -> None:
    draft = replace(CHARTERED, objectives=())
    given(PROGRAM, CREATED).when(OPEN).then_refused(ObjectivesMissing)
    given(PROGRAM, CREATED, draft).when(OPEN).then_refused(ObjectivesMissing)


def test_a_program_with_a_charter_opens_once() -> None:
    given(PROGRAM, CREATED, CHARTERED).when(OPEN).then(OPENED)
    given(PROGRAM, CREATED, CHARTERED, OPENED).when(OPEN).then()


def test_governance_roles_are_recorded_with_their_decision_rights() -> None:
    assigned = GovernanceRoleAssigned(
        program_id=ACROSS,
        person_id=BEN,
        role=GovernanceRole.SPONSOR,
        function="finance",
        decision_rights=("budget",),
        at=NOW,
    )
    given(PROGRAM, CREATED).when(SPONSOR).then(assigned)
    given(PROGRAM, CREATED, assigned).when(SPONSOR).then()


def test_only_a_program_manager_of_this_program_passes_its_check() -> None:
    program = PROGRAM.fold([CREATED, ANA_MANAGES])
    program.require_manager(ANA)
    for stranger in (BEN, None):
        with pytest.raises(NotYourProgram):
            program.require_manager(stranger)
    with pytest.raises(ProgramNotFound):
        PROGRAM.initial.require_manager(ANA)


def test_eligibility_rules_are_published_in_versions() -> None:
    publish = PublishEligibility(program_id=ACROSS, rules=(TENURE, SITES))
    story = given(PROGRAM, CREATED)
    story.when(publish).then(
        EligibilityPublished(program_id=ACROSS, version=1, rules=(TENURE, SITES), at=NOW)
    )
    story.and_when(publish).when(publish).then()
    story.and_when(publish).when(replace(publish, rules=())).then(
        EligibilityPublished(program_id=ACROSS, version=2, rules=(), at=NOW)
    )


@pytest.mark.parametrize(
    "rule",
    [
        replace(TENURE, minimum=None),
        replace(TENURE, values=("long",)),
        replace(SITES, values=()),
        replace(SITES, minimum=3),
    ],
)
def test_a_rule_that_cannot_be_evaluated_is_refused(rule: EligibilityRule) -> None:
    publish = PublishEligibility(program_id=ACROSS, rules=(rule,))
    given(PROGRAM, CREATED).when(publish).then_refused(RuleIncomplete)


def test_two_rules_of_one_id_are_refused() -> None:
    publish = PublishEligibility(program_id=ACROSS, rules=(TENURE, TENURE))
    given(PROGRAM, CREATED).when(publish).then_refused(RuleRepeated)


def test_a_rubric_is_published_in_versions() -> None:
    publish = PublishRubric(program_id=ACROSS, criteria=CRITERIA, accept_from=55)
    published = RubricPublished(
        program_id=ACROSS, version=1, criteria=CRITERIA, accept_from=55, at=NOW
    )
    given(PROGRAM, CREATED).when(publish).then(published)
    given(PROGRAM, CREATED, published).when(publish).then()


def test_job_grade_and_tenure_cannot_be_all_that_counts() -> None:
    rank = (RubricCriterion(code="grade", weight=60), RubricCriterion(code="tenure", weight=40))
    publish = PublishRubric(program_id=ACROSS, criteria=rank, accept_from=50)
    given(PROGRAM, CREATED).when(publish).then_refused(RankAlone)


def test_a_criterion_is_weighed_once() -> None:
    publish = PublishRubric(program_id=ACROSS, criteria=CRITERIA[:1] * 2, accept_from=50)
    given(PROGRAM, CREATED).when(publish).then_refused(CriterionRepeated)


def test_each_part_has_its_own_agreement_versions() -> None:
    for_mentors = PublishAgreement(
        program_id=ACROSS, part=Part.MENTOR, text="We listen.", hours_per_month=4
    )
    for_mentees = replace(for_mentors, part=Part.MENTEE)
    published = AgreementPublished(
        program_id=ACROSS,
        part=Part.MENTOR,
        version=1,
        text="We listen.",
        hours_per_month=4,
        at=NOW,
    )
    given(PROGRAM, CREATED).when(for_mentors).then(published)
    given(PROGRAM, CREATED, published).when(for_mentors).then()
    given(PROGRAM, CREATED, published).when(for_mentees).then(replace(published, part=Part.MENTEE))
    given(PROGRAM, CREATED, published).when(replace(for_mentors, text="We talk.")).then(
        replace(published, version=2, text="We talk.")
    )


def test_training_requires_only_what_it_offers() -> None:
    publish = PublishTraining(
        program_id=ACROSS, modules=("coaching", "feedback"), required=("coaching",)
    )
    published = TrainingPublished(
        program_id=ACROSS, modules=("coaching", "feedback"), required=("coaching",), at=NOW
    )
    given(PROGRAM, CREATED).when(publish).then(published)
    given(PROGRAM, CREATED, published).when(publish).then()
    given(PROGRAM, CREATED).when(replace(publish, required=("law",))).then_refused(ModuleNotOffered)
    given(PROGRAM, CREATED).when(replace(publish, modules=("coaching",) * 2)).then_refused(
        ModuleRepeated
    )


def test_people_take_part_only_in_an_open_program() -> None:
    given(PROGRAM, CREATED).when(ADMIT).then_refused(ProgramNotOpen)
    given(PROGRAM, CREATED, CHARTERED, OPENED).when(ADMIT).then()
    given(PROGRAM, CREATED, CHARTERED, OPENED, CLOSED).when(ADMIT).then_refused(ProgramIsClosed)


def test_nothing_changes_in_a_closed_program() -> None:
    close = CloseProgram(program_id=ACROSS, reason="done")
    given(PROGRAM, CREATED).when(close).then(CLOSED)
    for command in (CHARTER, SPONSOR, OPEN):
        given(PROGRAM, CREATED, CLOSED).when(command).then_refused(ProgramIsClosed)
    given(PROGRAM, CREATED, CLOSED).when(close).then()
