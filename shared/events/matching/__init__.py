"""What happens in matching, as stored and as published: add, never rename, never remove."""

from typing import TypeAlias

from shared.events.matching.appeals import (
    AppealDecided,
    AppealEvent,
    AppealFiled,
    AppealGround,
    AppealOutcome,
    AppealOverdue,
    AppealSubject,
    AppealWithdrawn,
)
from shared.events.matching.bars import (
    BarDeclared,
    BarEvent,
    BarredPairEvent,
    BarWithdrawn,
    PairBarred,
    PairUnbarred,
)
from shared.events.matching.circles import (
    CircleClosed,
    CircleEvent,
    CircleFormed,
    CircleJoined,
    CircleLeft,
    CircleMember,
    DrawnPair,
    ExpertIntroduced,
    GroupClosed,
    GroupEvent,
    GroupFormed,
    GroupJoined,
    GroupLeft,
    RouletteDrawn,
    RouletteEvent,
    RouletteJoined,
    RouletteLeft,
    SponsorEvent,
    SponsorLinked,
    SponsorUnlinked,
)
from shared.events.matching.cohort_ends import (
    CohortEndAdvanced,
    CohortEndBegun,
    CohortEndCompleted,
    CohortEndEvent,
)
from shared.events.matching.courses import (
    Adjustment,
    ContinuityRequested,
    CourseEvent,
    EscalationGround,
    EscalationOutcome,
    EscalationOverdue,
    EscalationRaised,
    EscalationResolved,
    ExitQuestion,
    ExitSurveyAnswered,
    MatchAdjusted,
    MatchReviewDue,
    MatchRotated,
    PairingApproved,
    PairingExtended,
    PairingPaused,
    PairingResumed,
    ReviewOutcome,
    SurveyAnswer,
)
from shared.events.matching.formats import PairingFormat
from shared.events.matching.loads import (
    CircleReleased,
    CircleReserved,
    LoadEvent,
    LoadLimited,
    LoadReleased,
    LoadReserved,
    MentorOverloadDetected,
    MentorOverloadEnded,
)
from shared.events.matching.pairings import (
    PairingAccepted,
    PairingConfirmed,
    PairingDeclined,
    PairingEnded,
    PairingEvent,
    PairingExpired,
    PairingProposed,
    ParticipantDelisted,
    ParticipantListed,
    ParticipantsPaired,
    ParticipantWaitlisted,
    RematchRequested,
    RosterEvent,
    SeatReleased,
    SeatReserved,
    SeatsChanged,
    TrialConfirmed,
    TrialEnded,
    TrialStarted,
)
from shared.events.matching.places import (
    AwayDatesSet,
    OrphanStep,
    OrphanStepTaken,
    ParticipantPaused,
    ParticipantResumed,
    PlaceEvent,
    PriorityGranted,
    SeatOffered,
    SeatsLimited,
)
from shared.events.matching.policies import (
    Approver,
    CrossFunctionRule,
    ExitCriterion,
    MatchingPolicySet,
    Objective,
    PolicyEvent,
    ScoreWeights,
)
from shared.events.matching.reasons import Actor, EndReason
from shared.events.matching.requests import (
    Choice,
    ChoiceAsked,
    ChoicePassed,
    CloseReason,
    DeskEvent,
    PartnerShortlisted,
    PassReason,
    RequestAccepted,
    RequestClosed,
    RequestEvent,
    RequestMade,
    RequestReceived,
    RequestSent,
    RequestSettled,
    ShortlistEvent,
    ShortlistingRemoved,
)
from shared.events.matching.runs import (
    DraftOverridden,
    LogPosition,
    MatchingRunCancelled,
    MatchingRunCompleted,
    MatchingRunDiscarded,
    MatchingRunFailed,
    MatchingRunPairsRecorded,
    MatchingRunPublished,
    MatchingRunRejected,
    MatchingRunRequested,
    MatchScored,
    NamedPair,
    PairLeftOut,
    PublicationCompleted,
    RuleCount,
    RunEmphasis,
    RunEvent,
    RunTurnEnded,
    RunTurnEvent,
    RunTurnTaken,
    ScoreComponents,
    Turn,
    UnnamedPair,
    Unserved,
)
from shared.events.matching.silences import (
    PairMet,
    SilenceBegun,
    SilenceCounted,
    SilenceEnded,
    SilenceEnding,
    SilenceEvent,
    SilenceStep,
    SilenceStepTaken,
)

Fact: TypeAlias = (
    PolicyEvent
    | RunEvent
    | RunTurnEvent
    | RosterEvent
    | PairingEvent
    | LoadEvent
    | AppealEvent
    | CohortEndEvent
    | CircleEvent
    | GroupEvent
    | RouletteEvent
    | SponsorEvent
    | RequestEvent
    | DeskEvent
    | ShortlistEvent
    | BarEvent
    | BarredPairEvent
)

# A name a line would be longer than all there is to read here.
# fmt: off
__all__ = [
    "Actor", "Adjustment", "AppealDecided", "AppealEvent", "AppealFiled", "AppealGround",
    "AppealOutcome", "AppealOverdue", "AppealSubject", "AppealWithdrawn", "Approver",
    "AwayDatesSet", "BarDeclared", "BarEvent", "BarWithdrawn", "BarredPairEvent", "Choice",
    "ChoiceAsked", "ChoicePassed", "CircleClosed", "CircleEvent", "CircleFormed", "CircleJoined",
    "CircleLeft", "CircleMember", "CircleReleased", "CircleReserved", "CloseReason",
    "CohortEndAdvanced", "CohortEndBegun", "CohortEndCompleted", "CohortEndEvent",
    "ContinuityRequested", "CourseEvent", "CrossFunctionRule", "DeskEvent", "DraftOverridden",
    "DrawnPair", "EndReason", "EscalationGround", "EscalationOutcome", "EscalationOverdue",
    "EscalationRaised", "EscalationResolved", "ExitCriterion", "ExitQuestion", "ExitSurveyAnswered",
    "ExpertIntroduced", "Fact", "GroupClosed", "GroupEvent", "GroupFormed", "GroupJoined",
    "GroupLeft", "LoadEvent", "LoadLimited", "LoadReleased", "LoadReserved", "LogPosition",
    "MatchAdjusted", "MatchReviewDue", "MatchRotated", "MatchScored", "MatchingPolicySet",
    "MatchingRunCancelled", "MatchingRunCompleted", "MatchingRunDiscarded", "MatchingRunFailed",
    "MatchingRunPairsRecorded", "MatchingRunPublished", "MatchingRunRejected",
    "MatchingRunRequested", "MentorOverloadDetected", "MentorOverloadEnded", "NamedPair",
    "Objective", "OrphanStep", "OrphanStepTaken", "PairBarred", "PairLeftOut", "PairMet",
    "PairUnbarred", "PairingAccepted", "PairingApproved", "PairingConfirmed", "PairingDeclined",
    "PairingEnded", "PairingEvent", "PairingExpired", "PairingExtended", "PairingFormat",
    "PairingPaused", "PairingProposed", "PairingResumed", "ParticipantDelisted",
    "ParticipantListed", "ParticipantPaused", "ParticipantResumed", "ParticipantWaitlisted",
    "ParticipantsPaired", "PartnerShortlisted", "PassReason", "PlaceEvent", "PolicyEvent",
    "PriorityGranted", "PublicationCompleted", "RematchRequested", "RequestAccepted",
    "RequestClosed", "RequestEvent", "RequestMade", "RequestReceived", "RequestSent",
    "RequestSettled", "ReviewOutcome", "RosterEvent", "RouletteDrawn", "RouletteEvent",
    "RouletteJoined", "RouletteLeft", "RuleCount", "RunEmphasis", "RunEvent", "RunTurnEnded",
    "RunTurnEvent", "RunTurnTaken", "ScoreComponents", "ScoreWeights", "SeatOffered",
    "SeatReleased", "SeatReserved", "SeatsChanged", "SeatsLimited", "ShortlistEvent",
    "ShortlistingRemoved", "SilenceBegun", "SilenceCounted", "SilenceEnded", "SilenceEnding",
    "SilenceEvent", "SilenceStep", "SilenceStepTaken", "SponsorEvent", "SponsorLinked",
    "SponsorUnlinked", "SurveyAnswer", "TrialConfirmed", "TrialEnded", "TrialStarted", "Turn",
    "UnnamedPair", "Unserved",
]
# fmt: on
