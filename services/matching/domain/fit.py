"""How two people fit, what stands between them, and what of it may be told."""

from collections.abc import Sequence
from dataclasses import replace

from services.matching.domain.compatibility import (
    UNTOLD,
    Rule,
    blocked,
    components,
    components_of,
    field_of,
)
from services.matching.domain.pool import Candidate, RunInput
from shared.events.matching import MatchingPolicySet, PairingFormat, ScoreComponents
from shared.frozen import frozen

LEVELS_UNKNOWN = "levels_unknown"
NOT_A_SPONSOR = "not_a_sponsor"
_BY_LEVEL = frozenset({PairingFormat.REVERSE, PairingFormat.PEER})


@frozen
class Fit:
    """One mentor and one mentee."""

    mentor: Candidate
    mentee: Candidate
    points: tuple[int, ...]  # of each component
    broken: tuple[Rule, ...]

    @property
    def score(self) -> int:
        """0 to 1000."""
        return sum(self.points)

    @property
    def components(self) -> ScoreComponents:
        """The points by their names; they add up to the score."""
        return components_of(self.points)

    @property
    def is_allowed(self) -> bool:
        """Whether no rule forbids this pair."""
        return not self.broken

    @property
    def is_open(self) -> bool:
        """Whether no rule does that is not told."""
        return not any(rule in UNTOLD for rule in self.broken)

    @property
    def told(self) -> tuple[str, ...]:
        """Codes of the rules that forbid it, but for those that are not told."""
        return tuple(rule.value for rule in self.broken if rule not in UNTOLD)

    @property
    def cross_functional(self) -> bool:
        """Whether the two work in different functions."""
        return self.mentor.function != self.mentee.function


def fits(source: RunInput) -> Sequence[Fit]:
    """Every pair of this input, mentee after mentee, mentors in their order."""
    field = field_of(source)
    found: list[Fit] = []
    for row, mentee in enumerate(source.mentees):
        here = slice(row, row + 1)
        points: list[list[int]] = components(field, here)[:, 0].T.tolist()
        forbidden: list[list[bool]] = blocked(field, here)[:, 0].T.tolist()
        found += [
            Fit(mentor=mentor, mentee=mentee, points=tuple(parts), broken=_broken(rules))
            for mentor, parts, rules in zip(source.mentors, points, forbidden, strict=True)
        ]
    return found


def _broken(rules: Sequence[bool]) -> tuple[Rule, ...]:
    if True not in rules:
        return ()
    return tuple(rule for rule, holds in zip(Rule, rules, strict=True) if holds)


def as_asked(policy: MatchingPolicySet, kind: PairingFormat) -> MatchingPolicySet:
    """The policy as it holds for pairings of a kind.

    Reverse mentoring turns the level gap round: the mentor is below the mentee, by one level at
    least. Peers stand on the same level.
    """
    if kind is PairingFormat.PEER:
        return replace(policy, level_gap_min=0, level_gap_max=0)
    if kind is not PairingFormat.REVERSE:
        return policy
    least = max(policy.level_gap_min or 1, 1)
    most = policy.level_gap_max
    return replace(
        policy,
        level_gap_min=None if most is None else -max(most, least),
        level_gap_max=-least,
    )


def forbidding(
    fit: Fit, policy: MatchingPolicySet, kind: PairingFormat, *, by_sponsor: bool
) -> tuple[str, ...]:
    """Codes of all that forbids a pairing of this kind and may be told.

    A rule about levels holds nothing against who has none; but who is the junior, or whether two
    are peers, must be known. Sponsor-led coaching is led by a sponsor of the program.
    """
    codes = fit.told
    if kind in _BY_LEVEL and not {fit.mentor.level, fit.mentee.level} <= set(policy.levels):
        codes = (*codes, LEVELS_UNKNOWN)
    if kind is PairingFormat.SPONSOR_LED and not by_sponsor:
        codes = (*codes, NOT_A_SPONSOR)
    return codes
