from services.matching.domain.run_refusals import PublicationUnderWay, RunUnderWay
from services.matching.domain.run_turn import RUN_TURN, EndTurn, TakeTurn
from shared.events.matching import RunTurnEnded, RunTurnTaken, Turn
from shared.ids import RunId, derived_id
from shared.testing import NOW, given
from tests.matching.cast import COHORT, RUN

OTHER = RunId(derived_id("another run"))
COMPUTE = TakeTurn(cohort_id=COHORT, run_id=RUN, turn=Turn.COMPUTING)
COMPUTING = RunTurnTaken(cohort_id=COHORT, run_id=RUN, turn=Turn.COMPUTING, at=NOW)
PUBLISH = TakeTurn(cohort_id=COHORT, run_id=OTHER, turn=Turn.PUBLISHING)
PUBLISHING = RunTurnTaken(cohort_id=COHORT, run_id=OTHER, turn=Turn.PUBLISHING, at=NOW)
ENDED = RunTurnEnded(cohort_id=COHORT, run_id=RUN, at=NOW)


def test_one_run_at_a_time_is_worked_out_in_a_cohort() -> None:
    given(RUN_TURN).when(COMPUTE).then(COMPUTING)
    given(RUN_TURN, COMPUTING).when(COMPUTE).then()
    given(RUN_TURN, COMPUTING).when(PUBLISH).then_refused(RunUnderWay)
    given(RUN_TURN, PUBLISHING).when(COMPUTE).then_refused(PublicationUnderWay)


def test_the_turn_is_given_back_by_who_has_it_and_by_nobody_else() -> None:
    end = EndTurn(cohort_id=COHORT, run_id=RUN)
    given(RUN_TURN, COMPUTING).when(end).then(ENDED)
    given(RUN_TURN, PUBLISHING).when(end).then()
    given(RUN_TURN, COMPUTING, ENDED).when(end).then()
    given(RUN_TURN, COMPUTING, ENDED).when(PUBLISH).then(PUBLISHING)
