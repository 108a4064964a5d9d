from hypothesis import given as for_all
from hypothesis import strategies as st

from services.matching.domain.comparison import (
    UNKNOWN,
    DraftFacts,
    Made,
    Person,
    access,
    bands,
    difference,
    loads,
)
from shared.fairness.rate import Rate
from tests.matching.cast import RUN, enrollment


def draft(
    pairs: dict[str, str],
    unserved: tuple[str, ...] = (),
    *,
    functions: dict[str, str] | None = None,
    mentors: tuple[str, ...] = ("ana", "eva"),
    scores: dict[str, int] | None = None,
) -> DraftFacts:
    people = (*pairs, *unserved)
    return DraftFacts(
        run_id=RUN,
        pairs=[
            Made(
                mentor=enrollment(mentor),
                mentee=enrollment(mentee),
                score=(scores or {}).get(mentee, 500),
                cross_functional=True,
            )
            for mentee, mentor in pairs.items()
        ],
        unserved=frozenset(map(enrollment, unserved)),
        mentees={
            enrollment(name): Person(
                function=(functions or {}).get(name, "finance"), level="", site=""
            )
            for name in people
        },
        mentors=dict.fromkeys(map(enrollment, mentors), 2),
    )


def test_pairs_are_counted_by_their_score() -> None:
    scores = {"ben": 0, "cem": 199, "dia": 200, "eli": 1000}
    assert bands(draft(dict.fromkeys(scores, "ana"), scores=scores)) == [2, 1, 0, 0, 1]


def test_mentors_without_anybody_count_in_the_load_too() -> None:
    assert loads(draft({"ben": "ana", "cem": "ana"})) == {0: 1, 2: 1}


def test_who_fares_otherwise_is_told_one_by_one() -> None:
    first = draft({"ben": "ana", "cem": "ana", "dia": "eva"}, ("eli",))
    second = draft({"ben": "eva", "dia": "eva", "eli": "ana"}, ("cem",))
    found = difference(first, second)
    assert found.moved == {enrollment("ben"): (enrollment("ana"), enrollment("eva"))}
    assert found.newly_served == {enrollment("eli"): enrollment("ana")}
    assert found.newly_unserved == {enrollment("cem"): enrollment("ana")}
    assert (found.only_first, found.only_second) == (frozenset(), frozenset())


def test_whom_only_one_draft_knows_has_neither_won_nor_lost() -> None:
    found = difference(draft({"ben": "ana"}), draft({"cem": "ana"}))
    assert (found.newly_served, found.newly_unserved) == ({}, {})
    assert found.only_first == {enrollment("ben")}
    assert found.only_second == {enrollment("cem")}


def test_access_is_a_share_beside_that_of_the_group_that_fares_best() -> None:
    finance, law = [f"f{n}" for n in range(40)], [f"l{n}" for n in range(40)]
    served = dict.fromkeys([*finance[:30], *law[:20]], "ana")
    functions = dict.fromkeys(finance, "finance") | dict.fromkeys(law, "law")
    first, second = access(
        draft(served, (*finance[30:], *law[20:]), functions=functions), "function"
    )
    assert (first.group, first.rate, first.ratio_per_mille) == (
        "finance",
        Rate(numerator=30, denominator=40),
        1000,
    )
    assert (second.group, second.ratio_per_mille, second.below_four_fifths) == ("law", 667, True)


def test_people_of_no_known_site_are_a_group_and_no_measure() -> None:
    (alone,) = access(draft(dict.fromkeys([f"f{n}" for n in range(30)], "ana")), "site")
    assert (alone.group, alone.rate, alone.ratio_per_mille) == (
        UNKNOWN,
        Rate(numerator=30, denominator=30),
        None,
    )


@for_all(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=60))
def test_no_group_is_told_by_a_number_that_too_few_stand_behind(
    people: list[tuple[str, bool]],
) -> None:
    names = {f"p{n}": who for n, who in enumerate(people)}
    served = {name: "ana" for name, (_, lucky) in names.items() if lucky}
    left = tuple(name for name, (_, lucky) in names.items() if not lucky)
    functions = {name: group for name, (group, _) in names.items()}
    for group in access(draft(served, left, functions=functions), "function"):
        if group.rate is not None:
            assert group.rate.denominator >= 10
            assert group.rate.numerator == 0 or group.rate.numerator >= 10
