"""Whatever is changed in a record is named, also when every digest is taken anew."""

import pytest

from services.matching.verifier import Report, verify
from tests.matching.record import forgeries
from tests.matching.record.forging import Change, changed, document_of, raw, rehashed
from tests.matching.record.harbour import harbour, recorded

DOCUMENT = document_of(recorded(harbour(3, mentors=20)).document)


def name_of(part: object) -> str:
    return getattr(part, "__name__", "")


def forged(change: Change) -> tuple[Report, tuple[str, ...]]:
    document, ids = changed(DOCUMENT, change)
    return verify(raw(rehashed(document))), ids


def scribbled(change: Change) -> tuple[Report, tuple[str, ...]]:
    """Changed without a thought for digests."""
    document, ids = changed(DOCUMENT, change)
    return verify(raw(document)), ids


def codes(report: Report) -> set[str]:
    return {finding.code for finding in report.findings}


def named(report: Report) -> set[str]:
    return {name for finding in report.findings for name in finding.ids}


FORGERIES: list[tuple[Change, set[str]]] = [
    (forgeries.score, {"score_differs"}),
    (forgeries.component, {"component_differs"}),
    (forgeries.two_pairs, {"not_the_best"}),
    (forgeries.pair_gone, {"closed_with_free_seats"}),
    (forgeries.price_up, {"not_the_best", "price_not_lowest"}),
    (forgeries.price_down, {"not_the_best", "price_not_lowest"}),
    (forgeries.price_from_nothing, {"not_the_best", "price_not_lowest", "price_without_demand"}),
    (forgeries.seat_less, {"seats_exceeded"}),
    (forgeries.seat_more, {"closed_with_free_seats"}),
    (forgeries.order, {"passed_over"}),
    (forgeries.order_short, {"order_incomplete"}),
    (forgeries.goals, {"score_differs"}),
    (forgeries.languages, {"pair_not_allowed"}),
    (forgeries.bar, {"pair_not_allowed"}),
    (forgeries.lock, {"locked_pair_missing"}),
    (forgeries.closing, {"way_round_a_full_mentor", "passed_over"}),
    (forgeries.closed_with_room, {"closed_with_free_seats"}),
    (forgeries.left_out, {"unserved_differs"}),
    (forgeries.kind, {"kind_differs"}),
    (forgeries.total, {"total_differs"}),
    (forgeries.served, {"served_differs"}),
    (forgeries.unique, {"unique_differs"}),
    (forgeries.aim, {"aims_differ"}),
    (forgeries.penalty, {"aims_differ"}),
    (forgeries.weights, {"score_differs"}),
]
DIGESTS: list[tuple[Change, str]] = [
    (forgeries.score, "result_differs"),
    (forgeries.two_pairs, "result_differs"),
    (forgeries.price_up, "proof_differs"),
    (forgeries.price_down, "proof_differs"),
    (forgeries.closing, "proof_differs"),
    (forgeries.seat_more, "candidate_differs"),
    (forgeries.goals, "candidate_differs"),
    (forgeries.languages, "candidate_differs"),
    (forgeries.order, "input_differs"),
    (forgeries.lock, "input_differs"),
    (forgeries.bar, "bars_differ"),
    (forgeries.weights, "policy_differs"),
    (forgeries.seed, "lottery_differs"),
    (forgeries.kind, "result_differs"),
]


def test_a_record_that_nobody_changed_holds_whole() -> None:
    report = verify(raw(DOCUMENT))
    assert report.holds, report.findings
    assert report.whole, report.unchecked
    assert report.pairs == len(DOCUMENT["result"]["pairs"]) > 10


@pytest.mark.parametrize(("change", "expected"), FORGERIES, ids=name_of)
def test_a_forger_who_takes_all_digests_anew_is_found_out(
    change: Change, expected: set[str]
) -> None:
    report, ids = forged(change)
    assert expected & codes(report), report.findings
    assert set(ids) <= named(report)


@pytest.mark.parametrize(("change", "expected"), DIGESTS, ids=name_of)
def test_a_change_is_told_by_the_digest_of_its_part(change: Change, expected: str) -> None:
    report, ids = scribbled(change)
    assert expected in codes(report), report.findings
    told = {name for each in report.findings if each.code == expected for name in each.ids}
    assert expected != "candidate_differs" or told == {ids[0]}
