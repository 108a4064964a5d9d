"""Why a matching run is not worked out, changed, or published."""

from shared.errors import InvalidCommand, NotFound, Refused


class NoMatchingPolicy(Refused):
    """The program has no matching policy yet: set one before asking for a run."""


class RunUnknown(NotFound):
    """There is no such matching run that you may see."""


class RunNotReady(Refused):
    """This run is still being worked out, or it came to nothing: wait, or ask for a new one."""


class RunDiscarded(Refused):
    """This run was discarded: ask for a new one."""


class RunPublished(Refused):
    """This run was published: its pairs have been told."""


class RunNotComputing(Refused):
    """This run is no longer being worked out: a draft is discarded instead."""


class WhatIfNeverPublished(Refused):
    """This run only tried something out: set the policy so, and ask for a run that counts."""


class DraftStale(Refused):
    """The pool has moved since this draft was made: ask for a new run, or accept the changes."""


class RunUnderWay(Refused):
    """Another run of this cohort is being worked out: wait until it is done, or cancel it."""


class PublicationUnderWay(Refused):
    """A run of this cohort is being published: wait until everybody in it has been told."""


class CohortIsClosed(Refused):
    """This cohort is closed: nobody is paired in it any more."""


class NobodyToPair(Refused):
    """Nobody here can be paired: a run needs a mentee without a mentor, and a mentor."""


class PersonNotInPool(InvalidCommand):
    """This enrollment cannot be paired in this cohort now: take it out of the list."""


class LocksConflict(InvalidCommand):
    """This mentee is locked to two mentors: keep one of the two locks."""


class LocksExceedSeats(InvalidCommand):
    """More mentees are locked to this mentor than the mentor has free seats: drop some locks."""


class LockBreaksRule(InvalidCommand):
    """This lock joins two whom a hard rule forbids: drop the lock, or change the policy."""


class LockedAndBarred(InvalidCommand):
    """This pair is locked and barred at the same time: decide for one."""


class CompetencyUnknown(InvalidCommand):
    """There is no such competency in the catalogue: name one that is."""


class TargetRoleUnknown(InvalidCommand):
    """There is no such target role: define it first, or name its competencies one by one."""


class BasisUnknown(InvalidCommand):
    """There is no such run of this cohort whose locks and bars could be taken over."""


class MenteeNotInRun(InvalidCommand):
    """This mentee is not part of the run: ask for a new one that includes them."""


class MentorNotInRun(InvalidCommand):
    """This mentor is not part of the run: ask for a new one that includes them."""
