"""Run records taken apart for questions, the last few kept, so that an answer takes no time.

They are taken apart by the verifier's tables: what somebody is told comes from the record alone,
by other code than what made it.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import TypeAlias
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from services.matching.queries import records
from services.matching.verifier.aims import Aim, aims_of
from services.matching.verifier.answer import Answer, answer_of
from services.matching.verifier.findings import Notes
from services.matching.verifier.reading import Record, read
from services.matching.verifier.scoring import COMPONENTS, Scoring, scoring_of
from shared.database import Database
from shared.frozen import frozen
from shared.ids import TenantId

PEOPLE_MAX = 60_000  # of all records that are kept; the oldest go first


@frozen
class LoadedRun:
    """What questions about a run are answered from; rows are mentees, columns mentors."""

    mentees: Mapping[str, int]  # enrollment -> row
    mentors: Mapping[str, int]
    mentee_ids: Sequence[str]
    mentor_ids: Sequence[str]
    objective: str
    weak_below: int
    points_max: Mapping[str, int]  # by component
    points: NDArray[np.int64]  # of each row's own pair, rows x components
    gone: NDArray[np.bool_]  # columns whose mentor was erased since
    scoring: Scoring
    answer: Answer
    aims: Sequence[Aim]
    levels: Sequence[Sequence[int]]  # of each aim that is about levels, lowest first
    bases: Sequence[int]  # of each aim; 0: it is not about levels
    penalty: int
    taken_before: NDArray[np.int64]  # seats of each column that somebody had before the run
    in_run: NDArray[np.int64]  # people whom the run gave each column
    outranked: NDArray[np.int64]  # places in the order of those who were left, ascending

    @property
    def people(self) -> int:
        """How many are in it."""
        return len(self.mentees) + len(self.mentors)


_Key: TypeAlias = tuple[TenantId, UUID, str]  # tenant, run, digest of its record


@frozen
class _Kept:
    run: LoadedRun
    rewrites: int  # of the record when it was read


class LoadedRuns:
    """The runs that were asked about last."""

    def __init__(self, people_max: int = PEOPLE_MAX) -> None:
        self._people_max = people_max
        self._kept: OrderedDict[_Key, _Kept] = OrderedDict()

    async def get(
        self, db: Database, tenant: TenantId, run_id: UUID, digest: str
    ) -> LoadedRun | None:
        """A run by its record's digest, as the record stands; None if no record is kept."""
        key = (tenant, run_id, digest)
        found = self._kept.get(key)
        # The digest stays when somebody is taken out of a record: only this tells.
        if found is not None and found.rewrites == await records.rewrites(db, *key):
            self._kept.move_to_end(key)
            return found.run
        self._kept.pop(key, None)
        standing = await records.as_it_stands(db, *key)
        if standing is None:
            return None
        document, rewrites = standing
        # It takes a second for ten thousand people: other requests go on meanwhile.
        run = await asyncio.to_thread(taken_apart, document)
        self._keep(key, _Kept(run=run, rewrites=rewrites))
        return run

    def _keep(self, key: _Key, kept: _Kept) -> None:
        self._kept[key] = kept
        people = sum(each.run.people for each in self._kept.values())
        while people > self._people_max and len(self._kept) > 1:
            _, oldest = self._kept.popitem(last=False)
            people -= oldest.run.people


def taken_apart(document: bytes) -> LoadedRun:
    """A record as questions need it; what it says of people is not kept, only tables of it."""
    record = read(document)
    notes = Notes()
    answer = answer_of(record, notes)
    erased = frozenset(record.mentees.erased)
    points = np.zeros((len(record.mentees.ids), len(COMPONENTS)), dtype=np.int64)
    for pair in record.result["pairs"]:
        points[record.mentees.place[pair["mentee"]]] = pair["components"]
    gone = np.zeros(len(record.mentors.ids), dtype=np.bool_)
    gone[list(record.mentors.erased)] = True
    here = {name: row for name, row in record.mentees.place.items() if row not in erased}
    tiers = record.result["tiers"]
    mentors = record.mentors.people
    seats = np.array([who.get("seats", 0) for who in mentors], dtype=np.int64)
    free = np.array([who.get("free", 0) for who in mentors], dtype=np.int64)
    emphasis = record.input["emphasis"]
    return LoadedRun(
        mentees=here,
        mentors=record.mentors.place,
        mentee_ids=record.mentees.ids,
        mentor_ids=record.mentors.ids,
        objective=record.policy["objective"],
        weak_below=record.policy["weak_below"],
        points_max={
            **record.policy["weights"],
            "emphasis": emphasis["weight"] if emphasis else 0,
        },
        points=points,
        gone=gone,
        scoring=scoring_of(record),
        answer=answer,
        aims=aims_of(record, answer, points.sum(axis=1), notes),
        levels=[tier["levels"] for tier in tiers],
        bases=[int(tier["base"]) for tier in tiers],
        penalty=max((int(tier["penalty"]) for tier in tiers), default=0),
        taken_before=np.maximum(seats - np.maximum(free, 0), 0),
        in_run=np.bincount(answer.partners[answer.served], minlength=len(mentors)),
        outranked=_outranked(record, answer),
    )


def _outranked(record: Record, answer: Answer) -> NDArray[np.int64]:
    rows = [
        record.mentees.place[left["mentee"]]
        for left in record.result["unserved"]
        if left["kind"] == "outranked"
    ]
    return np.sort(answer.place[rows])


LOADED = LoadedRuns()
