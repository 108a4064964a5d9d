"""The answer that a record gives, as arrays; what it says of people who are not there is noted."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.matching.verifier.classes import Bits
from services.matching.verifier.findings import Notes
from services.matching.verifier.reading import Json, Record

NOBODY = -1
NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Who has whom; rows are mentees, columns mentors, as the record lists them."""

    partners: NDArray[np.int64]  # of each row its column, or NOBODY
    locked: Bits  # rows whose pair was given
    seats: NDArray[np.int64]  # of each column, without those of locked pairs
    taken: NDArray[np.int64]  # of each column, without those of locked pairs
    place: NDArray[np.int64]  # of each row in the order, 0 is first
    closed: NDArray[np.int64]  # the place at which a column closed, or NEVER

    @property
    def served(self) -> Bits:
        """Rows with a partner."""
        served: Bits = self.partners != NOBODY
        return served


def answer_of(record: Record, notes: Notes) -> Answer:
    """The answer, with everything that is not possible whatever the scores are."""
    mentors = record.mentors
    partners = _partners(record, notes)
    locked = _locked(record, partners, notes)
    free = np.array([who.get("free", 0) for who in mentors.people], dtype=np.int64)
    counts = np.bincount(partners[partners != NOBODY], minlength=len(mentors.ids))
    given = np.bincount(partners[locked], minlength=len(mentors.ids))
    known = np.ones(len(mentors.ids), dtype=np.bool_)
    known[list(mentors.erased)] = False
    for column in np.flatnonzero((counts > free) & known).tolist():
        name = mentors.ids[column]
        text = f"mentor {name} has {free[column]} free seats and {counts[column]} mentees"
        notes.add("seats_exceeded", text, (name,))
    _unserved(record, partners, notes)
    return Answer(
        partners=partners,
        locked=locked,
        seats=np.where(known, np.maximum(free - given, 0), counts - given),
        taken=counts - given,
        place=_places(record, notes),
        closed=_closed(record, notes),
    )


def _partners(record: Record, notes: Notes) -> NDArray[np.int64]:
    partners = np.full(len(record.mentees.ids), NOBODY, dtype=np.int64)
    for pair in record.result["pairs"]:
        row = record.mentees.place.get(pair["mentee"])
        column = record.mentors.place.get(pair["mentor"])
        ids = (pair["mentee"], pair["mentor"])
        if row is None or column is None:
            notes.add("pair_unknown", "a pair names somebody whom the run did not look at", ids)
        elif partners[row] != NOBODY:
            notes.add("pair_twice", f"mentee {pair['mentee']} is paired twice", ids)
        else:
            partners[row] = column
    if record.result["served"] != len(record.result["pairs"]):
        count = len(record.result["pairs"])
        text = f"{record.result['served']} are said to be served, and there are {count} pairs"
        notes.add("served_differs", text)
    return partners


def _locked(record: Record, partners: NDArray[np.int64], notes: Notes) -> Bits:
    locked = np.zeros(len(partners), dtype=np.bool_)
    for pair in record.input["locked"]:
        row = record.mentees.place.get(pair["mentee"])
        column = record.mentors.place.get(pair["mentor"])
        if row is not None and partners[row] == (NOBODY - 1 if column is None else column):
            locked[row] = True
        else:
            text = f"the pair of {pair['mentee']} and {pair['mentor']} was locked and is not there"
            notes.add("locked_pair_missing", text, (pair["mentee"], pair["mentor"]))
    return locked


def _unserved(record: Record, partners: NDArray[np.int64], notes: Notes) -> None:
    """Everybody is in a pair or among the unserved, and nobody in both."""
    named = [left["mentee"] for left in record.result["unserved"]]
    without = {record.mentees.ids[row] for row in np.flatnonzero(partners == NOBODY).tolist()}
    for name in sorted(set(named) ^ without):
        text = f"mentee {name} is in no pair and not among the unserved, or in both"
        notes.add("unserved_differs", text, (name,))
    if len(set(named)) != len(named):
        notes.add("unserved_differs", "somebody is named twice among the unserved")


def _places(record: Record, notes: Notes) -> NDArray[np.int64]:
    """The place of each mentee in the order."""
    order = record.input["order"]
    place = np.zeros(len(record.mentees.ids), dtype=np.int64)
    if sorted(order) != sorted(record.mentees.ids):
        odd = sorted(set(order) ^ set(record.mentees.ids))
        notes.add("order_incomplete", "the order does not name every mentee once", odd)
    for at, name in enumerate(order):
        if name in record.mentees.place:
            place[record.mentees.place[name]] = at
    return place


def _closed(record: Record, notes: Notes) -> NDArray[np.int64]:
    closed = np.full(len(record.mentors.ids), NEVER, dtype=np.int64)
    for entry in record.result.get("closed_at", ()):
        column = record.mentors.place.get(entry["mentor"])
        if column is None:
            text = "a mentor whom the run did not look at is said to be full"
            notes.add("closed_unknown", text, (entry["mentor"],))
        else:
            closed[column] = entry["place"]
    return closed


def by_mentor(record: Record, prices: Mapping[str, Json], notes: Notes) -> NDArray[np.int64]:
    """Prices by column; a price that is not told is nothing."""
    found = np.zeros(len(record.mentors.ids), dtype=np.int64)
    for name, price in prices.items():
        column = record.mentors.place.get(name)
        if column is None:
            text = "a price is told of a mentor whom the run did not look at"
            notes.add("price_unknown", text, (name,))
        else:
            found[column] = int(price)
    return found
