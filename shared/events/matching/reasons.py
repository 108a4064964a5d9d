"""Why pairings end, and who acts on them."""

from enum import StrEnum


class EndReason(StrEnum):
    """Why a pairing ended; a trial may end with no reason given."""

    NO_REASON_GIVEN = "no_reason_given"
    GOALS_MET = "goals_met"
    NOT_A_FIT = "not_a_fit"
    NO_TIME = "no_time"
    SILENT = "silent"
    PARTNER_LEFT = "partner_left"
    WITHDREW = "withdrew"
    PROGRAM_CLOSED = "program_closed"
    JOURNEY_COMPLETED = "journey_completed"
    TERM_OVER = "term_over"  # its end date came, and nobody extended it
    ROTATED = "rotated"  # the mentee moved on to another mentor
    RE_MATCHED = "re_matched"  # a review or an escalation came to that
    COHORT_CLOSED = "cohort_closed"


class Actor(StrEnum):
    """Who acted on a pairing: one of the two, or a manager of its program."""

    MENTOR = "mentor"
    MENTEE = "mentee"
    MANAGER = "manager"
