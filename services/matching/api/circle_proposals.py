"""Circles proposed from volunteers, over HTTP."""

from uuid import UUID

from pydantic import Field
from starlette.responses import Response

from services.matching.api.gathering import gathering, managed_policy
from services.matching.api.rights import ProgramUnknown
from services.matching.domain.circle_proposals import CircleRules, propose_circles
from services.matching.domain.roster import RosterUnknown
from services.matching.domain.run_refusals import NoMatchingPolicy
from services.matching.queries.circles import CircleMemberView, member_views
from shared.auth import Role
from shared.database import Database
from shared.http import Reads, Request, Routes, View, problems, require

router = Routes("circles")

PEOPLE_MAX = 500


class VolunteersBody(Request):
    volunteers: list[UUID] = Field(max_length=PEOPLE_MAX, description="Enrollments of the cohort.")


class CircleProposalsView(View):
    rule: str = Field(description="How circles are put together.")
    circles: list[list[CircleMemberView]]
    left_over: list[CircleMemberView] = Field(description="For whom there is no circle now.")


RULE = (
    "As few circles as their largest size allows, all of nearly one size. The functions with most "
    "volunteers are dealt out first; everybody goes to the circle with the fewest people of their "
    "function, of these to the smallest, of these to the first. A circle below the smallest size "
    "or with too few functions is not proposed."
)


@router.post(
    "/v1/cohorts/{cohort_id}/circle-proposals",
    response_model=CircleProposalsView,
    responses=problems(ProgramUnknown, RosterUnknown, NoMatchingPolicy),
    dependencies=[require(Role.PROGRAM_MANAGER)],
)
async def propose_circles_of(cohort_id: UUID, body: VolunteersBody, reads: Reads) -> Response:
    """Propose circles of these volunteers; nobody is told, and nothing is kept."""

    async def query(db: Database) -> CircleProposalsView:
        policy = await managed_policy(db, reads.caller, cohort_id)
        people = await gathering(db, reads.caller.tenant, policy, cohort_id, body.volunteers)
        rules = CircleRules(
            size_min=policy.circle_size_min,
            size_max=policy.circle_size_max,
            functions_min=policy.circle_functions_min,
        )
        told = propose_circles(people.members, rules, people.together)
        return CircleProposalsView(
            rule=RULE,
            circles=[member_views(circle) for circle in told.circles],
            left_over=member_views(told.left_over),
        )

    return await reads.one(query)
