"""What a forger may change in a record, each change by itself; it names whom it concerns."""

from typing import Any

import numpy as np

from services.matching.verifier.reading import read
from services.matching.verifier.scoring import scoring_of
from tests.matching.record.forging import Document, raw


def person(document: Document, side: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(
        who for who in document["input"][side] if who["enrollment_id"] == name
    )
    return found


def free_pair(document: Document) -> dict[str, Any]:
    """One that was not locked."""
    locked = {pair["mentee"] for pair in document["input"]["locked"]}
    found: dict[str, Any] = next(
        pair for pair in document["result"]["pairs"] if pair["mentee"] not in locked
    )
    return found


def repaired(document: Document, pair: dict[str, Any], mentor: str) -> None:
    """Give a pair another mentor, with the score that they have."""
    record = read(raw(document))
    scoring = scoring_of(record)
    rows = [record.mentees.place[pair["mentee"]]]
    columns = [record.mentors.place[mentor]]
    points = scoring.components(np.array(rows), np.array(columns))[0].tolist()
    pair.update(mentor=mentor, score=sum(points), components=points)
    document["result"]["total"] = sum(each["score"] for each in document["result"]["pairs"])


def score(document: Document) -> tuple[str, ...]:
    pair = free_pair(document)
    pair["score"] += 1
    document["result"]["total"] += 1
    return pair["mentee"], pair["mentor"]


def component(document: Document) -> tuple[str, ...]:
    pair = free_pair(document)
    pair["components"][0] += 1
    pair["components"][1] -= 1
    return pair["mentee"], pair["mentor"]


def two_pairs(document: Document) -> tuple[str, ...]:
    """Two mentees change places, with the scores that they have then."""
    record = read(raw(document))
    scoring = scoring_of(record)
    pairs = document["result"]["pairs"]
    for one in pairs:
        for other in pairs:
            rows = slice(*(record.mentees.place[one["mentee"]] + step for step in (0, 1)))
            back = slice(*(record.mentees.place[other["mentee"]] + step for step in (0, 1)))
            there = scoring.rules.allowed(rows)[0, record.mentors.place[other["mentor"]]]
            here = scoring.rules.allowed(back)[0, record.mentors.place[one["mentor"]]]
            locked = {pair["mentee"] for pair in document["input"]["locked"]}
            if (
                one["mentor"] != other["mentor"]
                and there
                and here
                and not locked & {one["mentee"], other["mentee"]}
            ):
                mentors = one["mentor"], other["mentor"]
                repaired(document, one, mentors[1])
                repaired(document, other, mentors[0])
                return ()
    raise AssertionError


def pair_gone(document: Document) -> tuple[str, ...]:
    pair = free_pair(document)
    document["result"]["pairs"].remove(pair)
    document["result"]["unserved"].append({"mentee": pair["mentee"], "kind": "outranked"})
    document["result"]["served"] -= 1
    document["result"]["total"] -= pair["score"]
    return (pair["mentor"],)


def price_up(document: Document) -> tuple[str, ...]:
    prices = document["result"]["tiers"][0]["prices"]
    name = min(prices)
    prices[name] += 1
    return (name,)


def price_down(document: Document) -> tuple[str, ...]:
    prices = document["result"]["tiers"][0]["prices"]
    name = min(prices)
    prices[name] -= 1
    return (name,)


def price_from_nothing(document: Document) -> tuple[str, ...]:
    prices = document["result"]["tiers"][0]["prices"]
    pair = next(each for each in document["result"]["pairs"] if each["mentor"] not in prices)
    prices[pair["mentor"]] = 7
    return (pair["mentor"],)


def seat_less(document: Document) -> tuple[str, ...]:
    closed = {entry["mentor"] for entry in document["result"]["closed_at"]}
    name = next(pair["mentor"] for pair in document["result"]["pairs"] if pair["mentor"] in closed)
    person(document, "mentors", name)["free"] -= 1
    return (name,)


def seat_more(document: Document) -> tuple[str, ...]:
    closed = {entry["mentor"] for entry in document["result"]["closed_at"]}
    name = next(pair["mentor"] for pair in document["result"]["pairs"] if pair["mentor"] in closed)
    person(document, "mentors", name)["free"] += 1
    return (name,)


def order(document: Document) -> tuple[str, ...]:
    """The last of those who were outranked changes places with the first of all."""
    order = document["input"]["order"]
    outranked = max(
        (left["mentee"] for left in document["result"]["unserved"] if left["kind"] == "outranked"),
        key=order.index,
    )
    place = order.index(outranked)
    order[0], order[place] = order[place], order[0]
    return (outranked,)


def order_short(document: Document) -> tuple[str, ...]:
    return (document["input"]["order"].pop(),)


def goals(document: Document) -> tuple[str, ...]:
    pair = max(document["result"]["pairs"], key=lambda each: each["components"][0])
    person(document, "mentees", pair["mentee"])["goals"] = []
    return (pair["mentee"],)


def languages(document: Document) -> tuple[str, ...]:
    pair = free_pair(document)
    person(document, "mentees", pair["mentee"])["languages"] = ["fi"]
    return (pair["mentee"], pair["mentor"])


def bar(document: Document) -> tuple[str, ...]:
    pair = free_pair(document)
    document["input"]["apart"].append({"mentee": pair["mentee"], "mentor": pair["mentor"]})
    return (pair["mentee"], pair["mentor"])


def lock(document: Document) -> tuple[str, ...]:
    left = document["result"]["unserved"][0]["mentee"]
    mentor = document["input"]["mentors"][0]["enrollment_id"]
    document["input"]["locked"].append({"mentee": left, "mentor": mentor})
    return (left, mentor)


def closing(document: Document) -> tuple[str, ...]:
    entry = document["result"]["closed_at"].pop(
        next(
            place
            for place, each in enumerate(document["result"]["closed_at"])
            if person(document, "mentors", each["mentor"])["free"]
        )
    )
    return (entry["mentor"],)


def closed_with_room(document: Document) -> tuple[str, ...]:
    taken = [pair["mentor"] for pair in document["result"]["pairs"]]
    closed = {entry["mentor"] for entry in document["result"]["closed_at"]}
    name = next(
        who["enrollment_id"]
        for who in document["input"]["mentors"]
        if who["free"] > taken.count(who["enrollment_id"]) and who["enrollment_id"] not in closed
    )
    document["result"]["closed_at"].append({"mentor": name, "place": 39})
    return (name,)


def left_out(document: Document) -> tuple[str, ...]:
    return (document["result"]["unserved"].pop()["mentee"],)


def kind(document: Document) -> tuple[str, ...]:
    left = document["result"]["unserved"][0]
    left["kind"] = "none_allowed" if left["kind"] == "outranked" else "outranked"
    return (left["mentee"],)


def total(document: Document) -> tuple[str, ...]:
    document["result"]["total"] += 1
    return ()


def served(document: Document) -> tuple[str, ...]:
    document["result"]["served"] += 1
    return ()


def unique(document: Document) -> tuple[str, ...]:
    document["result"]["unique"] = not document["result"]["unique"]
    return ()


def aim(document: Document) -> tuple[str, ...]:
    del document["result"]["tiers"][0]
    return ()


def penalty(document: Document) -> tuple[str, ...]:
    document["result"]["tiers"][0]["penalty"] = 0
    return ()


def weights(document: Document) -> tuple[str, ...]:
    document["policy"]["weights"]["strengths"] -= 100
    return ()


def seed(document: Document) -> tuple[str, ...]:
    document["lottery"]["seed"] = "ff" * 32
    return ()
