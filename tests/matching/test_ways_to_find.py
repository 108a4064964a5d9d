"""Whom somebody finds, and whom a manager is advised: what is shown, and what is not."""

from dataclasses import replace

from services.matching.domain.compatibility import Rule
from services.matching.domain.fit import Fit, as_asked, fits, forbidding
from services.matching.domain.partner_search import Band, Wanted, band_of, points_max, search
from services.matching.domain.pool import Apart, RunInput
from services.matching.domain.suggestion import suggestions
from shared.events.matching import PairingFormat, ScoreWeights
from shared.events.vocabulary import Part
from tests.matching.cast import (
    FACILITATION,
    POLICY_SET,
    STATISTICS,
    candidate,
    enrollment,
    run_input,
)

BEN = candidate("ben", goals=(FACILITATION,), managers=("mia",))
NAMES = ("ana", "eva", "fay", "gus", "hal", "ivo")
FREE = {enrollment(name): 1 for name in NAMES}
WEIGHTS = POLICY_SET.weights


def pool(*, apart: str = "") -> RunInput:
    """Ben among six mentors, from strong to weak in what he wants; Ivo is his manager's report."""
    mentors = [
        candidate(name, function="law", levels={FACILITATION: 5 - place, STATISTICS: place})
        for place, name in enumerate(NAMES[:-1])
    ]
    mentors.append(candidate("ivo", function="law", managers=("mia",)))
    bars = (Apart(mentor=enrollment(apart), mentee=enrollment("ben")),) if apart else ()
    return replace(run_input([BEN], mentors), apart=bars)


def found(source: RunInput) -> list[Fit]:
    return list(fits(source))


def test_the_best_come_first_and_the_lower_half_is_not_shown() -> None:
    told = suggestions(found(pool()), Part.MENTEE, FREE, 10)
    assert [each.fit.mentor.enrollment_id for each in told.best] == [
        enrollment(name) for name in ("ana", "eva", "fay")
    ]
    assert (told.considered, told.allowed, told.without_seat) == (6, 5, 0)
    assert told.by_rule == {"reporting_line": 1}


def test_who_has_no_seat_is_counted_and_not_advised() -> None:
    told = suggestions(found(pool()), Part.MENTEE, {**FREE, enrollment("ana"): 0}, 1)
    assert [each.fit.mentor.enrollment_id for each in told.best] == [enrollment("eva")]
    assert told.without_seat == 1


def test_a_bar_is_kept_and_no_figure_tells_of_it() -> None:
    plain = suggestions(found(pool()), Part.MENTEE, FREE, 10)
    barred = suggestions(found(pool(apart="ana")), Part.MENTEE, FREE, 10)
    assert enrollment("ana") not in {each.fit.mentor.enrollment_id for each in barred.best}
    assert (barred.considered, barred.allowed, barred.without_seat, barred.by_rule) == (
        plain.considered,
        plain.allowed,
        plain.without_seat,
        plain.by_rule,
    )
    assert len(barred.best) == len(plain.best)


def test_components_of_a_suggestion_add_up_to_its_score() -> None:
    for each in suggestions(found(pool()), Part.MENTEE, FREE, 10).best:
        points = each.fit.components
        names = type(points).__struct_fields__  # type: ignore[attr-defined]  # a light record
        assert sum(getattr(points, name) for name in names) == each.fit.score


def test_a_search_finds_whom_no_rule_forbids_and_no_bar() -> None:
    wanted = Wanted()
    everybody = search(found(pool()), Part.MENTEE, FREE, wanted, WEIGHTS)
    assert {each.who.enrollment_id for each in everybody} == {
        enrollment(name) for name in NAMES[:-1]
    }
    fewer = search(found(pool(apart="eva")), Part.MENTEE, FREE, wanted, WEIGHTS)
    assert [each for each in everybody if each.who.enrollment_id != enrollment("eva")] == fewer


def test_a_search_is_by_band_and_for_each_who_looks_in_another_order() -> None:
    shown = search(found(pool()), Part.MENTEE, FREE, Wanted(), WEIGHTS)
    bands = [[*Band].index(each.band) for each in shown]
    assert bands == sorted(bands)
    assert len({each.token for each in shown}) == len(shown)
    other = replace(pool(), mentees=(candidate("cem", goals=(FACILITATION,)),))
    theirs = {each.token for each in search(found(other), Part.MENTEE, FREE, Wanted(), WEIGHTS)}
    assert not theirs & {each.token for each in shown}


def test_filters_narrow_a_search() -> None:
    def names(wanted: Wanted) -> set[str]:
        shown = search(found(pool()), Part.MENTEE, FREE, wanted, WEIGHTS)
        known = {enrollment(name): name for name in NAMES}
        return {known[each.who.enrollment_id] for each in shown}

    assert names(Wanted(competency=STATISTICS)) == {"gus", "hal"}
    assert names(Wanted(function="finance")) == set()
    assert names(Wanted(language="en-GB")) == set(NAMES[:-1])
    assert names(Wanted(language="pt")) == set()
    assert names(Wanted(level="senior")) == set()


def test_who_is_full_is_found_only_when_asked_for() -> None:
    none_free = dict.fromkeys(FREE, 0)
    assert not search(found(pool()), Part.MENTEE, none_free, Wanted(), WEIGHTS)
    assert search(found(pool()), Part.MENTEE, none_free, Wanted(full_too=True), WEIGHTS)


def test_bands_are_parts_of_what_the_weights_could_give() -> None:
    most = points_max(ScoreWeights())
    assert most == 1000
    assert [band_of(score, most) for score in (650, 649, 400, 399)] == [
        Band.GREAT,
        Band.GOOD,
        Band.GOOD,
        Band.SOME,
    ]


def test_reverse_mentoring_turns_the_level_gap_round() -> None:
    policy = replace(POLICY_SET, levels=("junior", "senior", "lead"), level_gap_min=1)
    junior = replace(candidate("ana", function="law"), level="junior")
    senior = replace(BEN, level="senior")
    ordinary = found(run_input([senior], [junior], policy=policy))[0]
    assert ordinary.broken == (Rule.LEVEL_GAP,)
    turned = as_asked(policy, PairingFormat.REVERSE)
    reverse = found(run_input([senior], [junior], policy=turned))[0]
    assert reverse.broken == ()
    above = found(run_input([junior], [senior], policy=turned))[0]
    assert above.broken == (Rule.LEVEL_GAP,)


def test_in_reverse_mentoring_it_must_be_known_who_is_the_junior() -> None:
    turned = as_asked(POLICY_SET, PairingFormat.REVERSE)
    fit = found(run_input([BEN], [candidate("ana", function="law")], policy=turned))[0]
    codes = forbidding(fit, turned, PairingFormat.REVERSE, by_sponsor=False)
    assert codes == ("levels_unknown",)
    assert forbidding(fit, POLICY_SET, PairingFormat.ONE_TO_ONE, by_sponsor=False) == ()


def test_peers_stand_on_the_same_level() -> None:
    policy = replace(POLICY_SET, levels=("junior", "senior"), level_gap_min=1)
    held = as_asked(policy, PairingFormat.PEER)
    senior = replace(BEN, level="senior")
    for level, broken in (("senior", ()), ("junior", (Rule.LEVEL_GAP,))):
        mentor = replace(candidate("ana", function="law"), level=level)
        fit = found(run_input([senior], [mentor], policy=held))[0]
        assert fit.broken == broken
    unknown = found(run_input([senior], [candidate("ana", function="law")], policy=held))[0]
    codes = forbidding(unknown, policy, PairingFormat.PEER, by_sponsor=False)
    assert codes == ("levels_unknown",)


def test_sponsor_led_coaching_is_led_by_a_sponsor() -> None:
    fit = found(run_input([BEN], [candidate("ana", function="law")]))[0]
    kind = PairingFormat.SPONSOR_LED
    assert forbidding(fit, POLICY_SET, kind, by_sponsor=False) == ("not_a_sponsor",)
    assert forbidding(fit, POLICY_SET, kind, by_sponsor=True) == ()
