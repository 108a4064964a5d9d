"""One measurement in a process of its own: what, of how many mentees and mentors."""

import json
import resource
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.matching.domain.engine.kernel import KernelScorer, scorer_for
from services.matching.domain.engine.optimising import optimise
from services.matching.domain.engine.terms import Terms
from services.matching.domain.field import Field
from shared.events.matching import Objective
from tests.matching.engine.population import population, wanted

NEVER = -1e6  # what a pair is worth to the dense solver that may not be made
_BLOCK_ROWS = 64


def ours(field: Field) -> Mapping[str, float]:
    """Scores, who is served, flow, prices, proof and lottery."""
    terms = wanted(field)
    begun = time.process_time()
    found = optimise(scorer_for(field), terms)
    return {
        "seconds": time.process_time() - begun,
        "served": found.served,
        "total": found.total,
    }


def worst_off(field: Field) -> Mapping[str, float]:
    """The worst off first, by an order."""
    return _worst_off(wanted(field), field)


def worst_off_unordered(field: Field) -> Mapping[str, float]:
    """The worst off first, as many as can be without an order."""
    return _worst_off(replace(wanted(field), order=None), field)


def _worst_off(terms: Terms, field: Field) -> Mapping[str, float]:
    terms = replace(terms, objective=Objective.WORST_OFF_FIRST, weak_below=0)
    begun = time.process_time()
    found = optimise(scorer_for(field), terms)
    seconds = time.process_time() - begun
    return {"seconds": seconds, "served": found.served, "steps": len(found.tiers)}


def scoring(field: Field) -> Mapping[str, float]:
    """All pairs scored once."""
    mentees, scorer = len(field.mentees.person), KernelScorer(field)
    scorer.block(slice(0, 1))  # the loops are read from their cache
    begun = time.process_time()
    for start in range(0, mentees, _BLOCK_ROWS):
        scorer.block(slice(start, start + _BLOCK_ROWS))
    return {"seconds": time.process_time() - begun}


def scipy(field: Field) -> Mapping[str, float]:
    """SciPy's dense solver alone, a column a seat, on scores that are there already."""
    matrix = dense(field, np.arange(len(field.mentees.person)))
    solve = _dense_solver()
    begun = time.process_time()
    rows, columns = solve(matrix, maximize=True)
    seconds = time.process_time() - begun
    made = matrix[rows, columns]
    return {
        "seconds": seconds,
        "served": int((made != NEVER).sum()),
        "total": int(made[made != NEVER].sum()),
    }


def lost(field: Field) -> Mapping[str, float]:
    """What we fall short of the dense optimum: people over everybody, points over the served."""
    found = optimise(scorer_for(field), wanted(field))
    everybody = dense(field, np.arange(len(field.mentees.person)))
    everybody[everybody != NEVER] = 1
    most = int((everybody[_dense_solver()(everybody, maximize=True)] == 1).sum())
    matrix = dense(field, np.flatnonzero(found.partners >= 0))
    penalty = 1000 * found.served + 1
    weak = (matrix != NEVER) & (matrix < wanted(field).weak_below)
    weighed = np.where(matrix == NEVER, -penalty * (found.served + 2.0), matrix - penalty * weak)
    best = _dense_solver()(weighed, maximize=True)
    return {"people": most - found.served, "points": int(matrix[best].sum()) - found.total}


def dense(field: Field, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Some mentees x seats: scores, NEVER where a pair is not allowed."""
    scorer, seats = KernelScorer(field), field.mentors.free
    matrix = np.empty((len(rows), int(seats.sum())))
    for place, row in enumerate(rows):
        scores, allowed = scorer.block(slice(int(row), int(row) + 1))
        matrix[place] = np.repeat(np.where(allowed[0], scores[0], NEVER), seats)
    return matrix


def _dense_solver() -> Any:  # noqa: ANN401  # it has no types
    """Only where it is asked for: what it takes to import is not ours."""
    return import_module("scipy.optimize").linear_sum_assignment


WHO: Mapping[str, Callable[[Field], Mapping[str, float]]] = {
    "ours": ours,
    "worst_off": worst_off,
    "worst_off_unordered": worst_off_unordered,
    "scoring": scoring,
    "scipy": scipy,
    "lost": lost,
}

if __name__ == "__main__":
    who, mentees, mentors = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    measured = dict(WHO[who](population(mentees, mentors)))
    measured["megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps(measured) + "\n")
