"""Why a draft was changed by hand: sealed when it is said, opened for managers."""

from uuid import UUID

from services.matching.api.texts import opened
from services.matching.domain.matching_run import RUN
from services.matching.queries.run_views import RunPairView
from services.matching.queries.runs import ListedRunPair
from shared.database import Database
from shared.ids import TenantId
from shared.vault import Place, Vault


def override_place(tenant: TenantId, run_id: UUID) -> Place:
    """Where the reasons of a run's changes by hand stand."""
    return Place(tenant=tenant, stream=f"{RUN.category}-{run_id}", field="override")


async def with_reason(vault: Vault, db: Database, where: Place, pair: ListedRunPair) -> RunPairView:
    """A pair with the reason for which it was made by hand, if it was."""
    if pair.reason is None:
        return pair.view
    reason = await opened(vault, db, pair.reason, where)
    return pair.view.model_copy(update={"override_reason": reason})
