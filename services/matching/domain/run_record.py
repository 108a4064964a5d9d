"""All that a run looked at, found, and proved, as one document that anybody can check.

It is canonical JSON in whole numbers. Parts of it are hashed by themselves, so that what somebody
may not see, or what is erased, can be left out and the digests still hold:

- `policy_sha256`: of `policy`.
- `apart_sha256`: of `[salt, apart]`; without the salt nobody can try who may be barred from whom.
- `input.digests`: of each candidate as it stands there.
- `input_sha256`: of `input` without the candidates, `apart`, and `salt`.
- `result.proof_sha256`: of `closed_at` and `tiers`.
- `result_sha256`: of `result` without those two.
- `record_sha256`: of all these digests with run, program, cohort, positions, and lottery.

The engine's name stands outside of all of them: any exact engine finds the same bytes.
"""

import gzip
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.matching.domain.compatibility import Field
from services.matching.domain.engine.terms import Optimum, ProvedTier
from services.matching.domain.pool import Candidate, RunInput
from services.matching.domain.run_result import RunResult, points_of, result_of
from shared.codec import INTEGER_MAX, canonical
from shared.events.matching import LogPosition, MatchingPolicySet, MatchScored
from shared.frozen import frozen
from shared.ids import RunId

SIDES = ("mentees", "mentors")
FORMAT = "fairlead.matching-run/1"
POLICY_FIELDS = (  # those that decide which pairs are allowed and what they score
    "version",
    "objective",
    "seats_per_mentor_max",
    "cross_function",
    "weights",
    "weak_below",
    "standing_cap",
    "levels",
    "level_gap_min",
    "level_gap_max",
    "common_minutes_min",
    "time_zone_hours_max",
    "needs_supported",
    "rest_cycles",
)

_HALF = 2**64 - 1
_PRIVATE_INPUT = frozenset({"apart", "salt"})
_PROOF = frozenset({"closed_at", "tiers"})
EFFORT = 4  # of compression: a third of the time of the usual 9, a twentieth more bytes


@frozen
class About:
    """Which run it is, and the chance it was given."""

    run_id: RunId
    as_of: Sequence[LogPosition]  # how far each log had been heard
    seed: bytes  # of the lottery; its SHA-256 was published when the run was asked for
    salt: bytes  # of the list of who is kept apart; never shown where that list is not
    engine: Mapping[str, str]  # name and version


@frozen
class RunRecord:
    document: bytes  # canonical JSON, gzip
    record_sha256: str
    input_sha256: str
    result_sha256: str
    result: RunResult

    @property
    def opened(self) -> bytes:
        """The document as JSON."""
        return gzip.decompress(self.document)


def in_order(source: RunInput) -> RunInput:
    """The same input with every list sorted by id, but for the order of who is served first."""
    return replace(
        source,
        mentees=_by_id(source.mentees),
        mentors=_by_id(source.mentors),
        parted=tuple(sorted(source.parted, key=lambda pair: (pair.mentor, pair.mentee))),
        apart=tuple(sorted(source.apart, key=lambda pair: (pair.mentor, pair.mentee))),
        locked=tuple(sorted(source.locked, key=lambda pair: (pair.mentor, pair.mentee))),
    )


def names_of(candidates: Sequence[Candidate]) -> NDArray[np.uint64]:
    """64 bits that name each in the lottery: the halves of the id, one exclusive or the other."""
    halves = ((who.enrollment_id.int >> 64) ^ (who.enrollment_id.int & _HALF) for who in candidates)
    return np.fromiter(halves, dtype=np.uint64, count=len(candidates))


def build(about: About, source: RunInput, field: Field, optimum: Optimum) -> RunRecord:
    """The record of a run; `source` is in order, its rows and columns are the optimum's."""
    result = result_of(source, field, optimum)
    policy, taken = _policy(source.policy), _input(about, source)
    found = _result(source, optimum, result)
    lottery = {
        "commitment": sha256(about.seed).hexdigest(),
        "seed": about.seed.hex(),
        "counter": optimum.lottery_counter,
    }
    head = {
        "format": canonical(FORMAT),
        "run_id": canonical(about.run_id),
        "program_id": canonical(source.program_id),
        "cohort_id": canonical(source.cohort_id),
        "policy_sha256": _digest(policy),
        "as_of": canonical(_heard(about.as_of)),
        "input_sha256": taken.digest,
        "lottery": canonical(lottery),
        "result_sha256": found.digest,
    }
    whole = {
        **head,
        "policy": policy,
        "input": taken.text,
        "result": found.text,
        "record_sha256": _digest(_members(head)),
        "engine": canonical(about.engine),
    }
    return RunRecord(
        document=gzip.compress(_members(whole), EFFORT, mtime=0),
        record_sha256=_said(whole["record_sha256"]),
        input_sha256=_said(taken.digest),
        result_sha256=_said(found.digest),
        result=result,
    )


def without_bars(document: Mapping[str, Any]) -> dict[str, Any]:
    """A record without who is kept apart, and without the prices: with them it could be found out.

    Its digests hold: of what is left out only they are left.
    """
    taken = {name: part for name, part in document["input"].items() if name not in _PRIVATE_INPUT}
    found = {name: part for name, part in document["result"].items() if name not in _PROOF}
    return {**document, "input": taken, "result": found}


def without_people(document: Mapping[str, Any], people: frozenset[str]) -> dict[str, Any]:
    """A record without what it knows of some people; their digests stay, their pairs, and seats.

    Who is kept apart is left out as soon as one of them is among those: it has one digest only.

    Args:
        document: the whole record.
        people: ids of persons.
    """
    sides = {
        side: [
            {"enrollment_id": who["enrollment_id"], "erased": True, "free": who["free"]}
            if who.get("person_id") in people
            else who
            for who in document["input"][side]
        ]
        for side in SIDES
    }
    taken = {**document["input"], **sides}
    erased = {who["enrollment_id"] for side in SIDES for who in sides[side] if "erased" in who}
    if any({pair["mentor"], pair["mentee"]} & erased for pair in taken.get("apart", ())):
        taken = {name: part for name, part in taken.items() if name not in _PRIVATE_INPUT}
    return {**document, "input": taken}


def erased_in(document: Mapping[str, Any]) -> int:
    """How many people were taken out of a record."""
    return sum("erased" in who for side in SIDES for who in document["input"][side])


@frozen
class _Part:
    """A part of the document as it stands in it, and its digest."""

    text: bytes
    digest: bytes  # hex, in quotes


def _input(about: About, source: RunInput) -> _Part:
    mentees = [canonical(who) for who in source.mentees]
    mentors = [canonical(who) for who in source.mentors]
    salt = canonical(about.salt.hex())
    apart = canonical(source.apart)
    rest = {
        "parted": canonical(source.parted),
        "order": canonical(source.order),
        "locked": canonical(source.locked),
        "emphasis": canonical(source.emphasis),
        "apart_sha256": _digest(_list((salt, apart))),
    }
    digests = {"mentees": _list(map(_digest, mentees)), "mentors": _list(map(_digest, mentors))}
    hashed = {**rest, "digests": _members(digests)}
    shown = {
        **hashed,
        "mentees": _list(mentees),
        "mentors": _list(mentors),
        "apart": apart,
        "salt": salt,
    }
    return _Part(text=_members(shown), digest=_digest(_members(hashed)))


def _result(source: RunInput, optimum: Optimum, result: RunResult) -> _Part:
    closed_at = [
        {"mentor": who.enrollment_id, "place": int(place)}
        for who, place in zip(source.mentors, optimum.served_before, strict=True)
        if place >= 0  # else somebody always found a way round
    ]
    tiers = [_tier(source.mentors, tier) for tier in optimum.tiers]
    proof = {"closed_at": canonical(closed_at), "tiers": canonical(tiers)}
    rest = {
        "pairs": canonical([_pair(pair) for pair in result.pairs]),
        "unserved": canonical(result.unserved),
        "served": canonical(len(result.pairs)),
        "total": canonical(sum(pair.score for pair in result.pairs)),
        "unique": canonical(bool(optimum.unique)),
        "proof_sha256": _digest(_members(proof)),
    }
    return _Part(text=_members({**rest, **proof}), digest=_digest(_members(rest)))


def _pair(pair: MatchScored) -> Mapping[str, object]:
    return {
        "mentee": pair.mentee,
        "mentor": pair.mentor,
        "score": pair.score,
        "components": points_of(pair.components),
    }


def _tier(mentors: Sequence[Candidate], tier: ProvedTier) -> Mapping[str, object]:
    """An aim with its prices, those of nothing left out, and what its weights are made from."""
    prices = {
        str(who.enrollment_id): _exact(int(price))
        for who, price in zip(mentors, tier.prices, strict=True)
        if price
    }
    return {
        "kind": str(tier.kind),
        "prices": prices,
        "penalty": _exact(int(tier.penalty)),
        "omitted": [int(level) for level in tier.omitted],
        "levels": [int(level) for level in tier.levels],
        "base": int(tier.base),
    }


def _exact(number: int) -> int | str:
    """As text, where some JSON readers would not hold it exactly."""
    return number if -INTEGER_MAX <= number <= INTEGER_MAX else str(number)


def _heard(positions: Iterable[LogPosition]) -> Mapping[str, Mapping[str, int]]:
    """Service -> slot -> number."""
    heard: dict[str, dict[str, int]] = {}
    for position in positions:
        heard.setdefault(position.service, {})[str(position.slot)] = position.number
    return heard


def _policy(policy: MatchingPolicySet) -> bytes:
    return canonical({name: getattr(policy, name) for name in POLICY_FIELDS})


def _by_id(candidates: Iterable[Candidate]) -> tuple[Candidate, ...]:
    return tuple(sorted(candidates, key=lambda who: who.enrollment_id))


def _members(members: Mapping[str, bytes]) -> bytes:
    """The canonical object of members that are canonical already."""
    spelt = (b'"%s":%s' % (name.encode(), members[name]) for name in sorted(members))
    return b"{" + b",".join(spelt) + b"}"


def _list(parts: Iterable[bytes]) -> bytes:
    return b"[" + b",".join(parts) + b"]"


def _digest(text: bytes) -> bytes:
    return b'"' + sha256(text).hexdigest().encode() + b'"'


def _said(digest: bytes) -> str:
    return digest.decode().strip('"')
