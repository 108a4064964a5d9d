"""Appeals over HTTP: a participant contests, somebody who had no part in it decides by a day."""

from functools import partial
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from fastapi import Query
from pydantic import Field
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from services.matching.api.appealing import NothingToContest, assert_decides, contested
from services.matching.api.pairs import AnyStep
from services.matching.api.rights import CallerIsNobody, ProgramUnknown, oversees
from services.matching.api.texts import Text, sealed
from services.matching.domain.appeal import (
    APPEAL,
    Appeal,
    AppealClosed,
    AppealFiledBefore,
    AppealUnknown,
    DecideAppeal,
    DecidedAppeal,
    DeciderInvolved,
    FileAppeal,
    NotFiled,
    OpenAppeal,
    WithdrawAppeal,
)
from services.matching.domain.roster import ROSTER, NotListed, RosterUnknown
from services.matching.domain.roster_commands import GrantPriority
from services.matching.queries import appeals as queries
from services.matching.queries import candidates, pool
from services.matching.queries.appeals import AppealQuestion, AppealView
from shared.command_handler import Step
from shared.database import Database
from shared.events.matching import AppealGround, AppealOutcome, AppealSubject
from shared.http import (
    AuthorErased,
    Commands,
    Moment,
    PageOf,
    PageRequest,
    Reads,
    Request,
    Routes,
    View,
    problems,
    vault_of,
)
from shared.ids import EnrollmentId, derived_id

router = Routes("appeals")

APPEAL_DAYS = 14  # where a program has said nothing
State: TypeAlias = Literal["open", "overdue", "decided", "withdrawn"]
States = Annotated[list[State] | None, Query()]


class FileAppealBody(Request):
    enrollment_id: UUID = Field(description="Your own.")
    subject: AppealSubject
    about: UUID = Field(description="The pairing that was declined or ended, or the run.")
    ground: AppealGround
    text: Text | None = None


class DecideAppealBody(Request):
    outcome: AppealOutcome
    text: Text | None = None


class AppealReceipt(View):
    appeal_id: UUID
    state: str = Field(examples=["open", "overdue", "decided", "withdrawn"])
    due_at: Moment
    outcome: AppealOutcome | None
    version: int


@router.post(
    "/v1/appeals",
    status_code=201,
    response_model=AppealReceipt,
    responses=problems(
        RosterUnknown, NothingToContest, AppealFiledBefore, CallerIsNobody, AuthorErased
    ),
)
async def file_appeal(
    body: FileAppealBody, request: HttpRequest, commands: Commands, reads: Reads
) -> Response:
    """Contest that you were declined, left without a partner, or that your pairing was ended.

    Somebody who had no part in it decides, by the day that the answer names.
    """
    await reads.wait()
    appeal_id = derived_id("appeal", body.enrollment_id, body.about)
    words = queries.text_place(reads.caller.tenant, appeal_id)
    async with commands.db() as db:
        who, involved = await contested(
            db, reads.caller, body.enrollment_id, body.subject, body.about
        )
        policy = await candidates.policy(db, reads.caller.tenant, who.program_id)
        text = await sealed(vault_of(request), db, body.text, words, who.person_id)
    command = FileAppeal(
        appeal_id=appeal_id,
        program_id=who.program_id,
        cohort_id=who.cohort_id,
        enrollment_id=who.enrollment_id,
        person_id=who.person_id,
        subject=body.subject,
        about=body.about,
        ground=body.ground,
        involved=involved,
        days=APPEAL_DAYS if policy is None else policy.appeal_days,
        text=text,
    )
    return await commands.by("participant").handle_all(
        [Step(decider=APPEAL, command=command)],
        show=lambda outcome: _receipt(outcome.states[0], outcome.versions[0]),
        location=f"/v1/appeals/{appeal_id}",
    )


@router.post(
    "/v1/appeals/{appeal_id}/decision",
    response_model=AppealReceipt,
    responses=problems(AppealUnknown, AppealClosed, DeciderInvolved, NotListed, AuthorErased),
)
async def decide_appeal(
    appeal_id: UUID, body: DecideAppealBody, request: HttpRequest, commands: Commands, reads: Reads
) -> Response:
    """Decide an appeal as one of the program's governance who had no part in what is contested.

    `upheld_priority` puts the participant first in the list; `upheld_re_run` tells the program's
    managers that the cohort is to be matched anew.
    """
    await reads.wait()
    words = queries.decision_place(reads.caller.tenant, appeal_id)
    async with commands.db() as db:
        view, person = await assert_decides(db, reads.caller, appeal_id, vault_of(request))
        text = await sealed(vault_of(request), db, body.text, words, person)
    command = DecideAppeal(appeal_id=appeal_id, outcome=body.outcome, by=person, text=text)
    steps: list[AnyStep] = [Step(decider=APPEAL, command=command)]
    if body.outcome is AppealOutcome.UPHELD_PRIORITY:
        grant = GrantPriority(enrollment_id=EnrollmentId(view.enrollment_id), ground="appeal")
        steps.append(Step(decider=ROSTER, command=grant))
    return await commands.by("governance of the program").handle_all(
        steps, show=lambda outcome: _receipt(outcome.states[0], outcome.versions[0])
    )


@router.post(
    "/v1/appeals/{appeal_id}/withdrawal",
    response_model=AppealReceipt,
    responses=problems(AppealUnknown, AppealClosed),
)
async def withdraw_appeal(appeal_id: UUID, commands: Commands) -> Response:
    """Take your own appeal back before it is decided."""

    def own(appeal: Appeal) -> None:
        if isinstance(appeal, NotFiled) or appeal.terms.person_id != commands.caller.person:
            raise AppealUnknown

    step = Step(decider=APPEAL, command=WithdrawAppeal(appeal_id=appeal_id), check=own)
    return await commands.by("participant").handle_all(
        [step], show=lambda outcome: _receipt(outcome.states[0], outcome.versions[0])
    )


@router.get("/v1/appeals/{appeal_id}", response_model=AppealView, responses=problems(AppealUnknown))
async def show_appeal(appeal_id: UUID, request: HttpRequest, reads: Reads) -> Response:
    """One appeal, for who filed it, the governance of its program, and auditors without words."""

    async def query(db: Database) -> AppealView:
        view = await queries.appeal(db, reads.caller, appeal_id=appeal_id, vault=vault_of(request))
        if view is None or not await _may_see(db, reads, view):
            raise AppealUnknown
        return view

    return await reads.one(query)


@router.get(
    "/v1/programs/{program_id}/appeals",
    response_model=PageOf[AppealView],
    responses=problems(ProgramUnknown),
)
async def list_appeals(
    program_id: UUID, request: HttpRequest, reads: Reads, state: States = None
) -> Response:
    """Appeals of a program, the latest first; `state=overdue` are those past their day."""
    question = AppealQuestion(program_id=program_id, states=None if state is None else list(state))

    async def query(db: Database, page: PageRequest) -> PageOf[AppealView]:
        members = {who for who, _ in await pool.governance_of(db, program_id)}
        if reads.caller.person not in members and not await oversees(db, reads.caller, program_id):
            raise ProgramUnknown
        vault = vault_of(request)
        return await queries.appeals(db, page, reads.caller, question=question, vault=vault)

    return await reads.page(query)


@router.get(
    "/v1/people/{person_id}/appeals",
    response_model=PageOf[AppealView],
    responses=problems(AppealUnknown),
)
async def list_own_appeals(person_id: UUID, request: HttpRequest, reads: Reads) -> Response:
    """Your own appeals, the latest first."""
    if person_id != reads.caller.person:
        raise AppealUnknown
    question = AppealQuestion(person_id=person_id)
    return await reads.page(partial(_own, reads=reads, question=question, request=request))


async def _own(
    db: Database, page: PageRequest, *, reads: Reads, question: AppealQuestion, request: HttpRequest
) -> PageOf[AppealView]:
    vault = vault_of(request)
    return await queries.appeals(db, page, reads.caller, question=question, vault=vault)


async def _may_see(db: Database, reads: Reads, view: AppealView) -> bool:
    person = reads.caller.person
    if person is not None and person == view.person_id:
        return True
    members = {who for who, _ in await pool.governance_of(db, view.program_id)}
    return person in members or await oversees(db, reads.caller, view.program_id)


def _receipt(appeal: Appeal, version: int) -> AppealReceipt:
    if isinstance(appeal, NotFiled):
        raise AppealUnknown
    outcome = appeal.decision.outcome if isinstance(appeal, DecidedAppeal) else None
    return AppealReceipt(
        appeal_id=appeal.terms.appeal_id,
        state=_state(appeal),
        due_at=appeal.terms.due_at,
        outcome=outcome,
        version=version,
    )


def _state(appeal: Appeal) -> str:
    if isinstance(appeal, OpenAppeal):
        return "overdue" if appeal.overdue else "open"
    return "decided" if isinstance(appeal, DecidedAppeal) else "withdrawn"
