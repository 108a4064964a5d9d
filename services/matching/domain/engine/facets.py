"""What only depends on a few things about a mentee: worked out once for each that occurs.

Each facet is a table with a row for every way to be in that respect. It is filled by the plain
form of the score, so that it cannot differ from it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.matching.domain.components import PARTS, parts, weight_of
from services.matching.domain.field import Field
from services.matching.domain.people_tables import People, chosen
from services.matching.domain.rules import Rule, forbidden
from shared.frozen import frozen

FORBIDDEN = 4096  # added to the score of a pair by each rule that forbids it

_TABLE_BYTES_MAX = 1 << 26  # beyond it, rows are worked out when they are needed
_MERGED_BYTES_MAX = 1 << 23


@frozen
class Aspect:
    """Something about a mentee, and what it decides."""

    about: Callable[[People], NDArray[Any]]  # people x anything
    components: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()


@frozen
class Facet:
    """One table, and which of its rows is whose."""

    keys: NDArray[np.int64]  # of each mentee
    table: NDArray[np.int16]  # ways to be x mentors: points, and FORBIDDEN for each broken rule


ASPECTS: Mapping[str, Aspect] = MappingProxyType(
    {
        "nothing": Aspect(
            about=lambda people: np.zeros(len(people.person), dtype=np.int8),
            components=("spare_load", "rotation"),
        ),
        "function": Aspect(
            about=lambda people: people.function,
            components=("other_function", "same_function"),
            rules=(Rule.SAME_FUNCTION,),
        ),
        "level": Aspect(
            about=lambda people: people.level, components=("title",), rules=(Rule.LEVEL_GAP,)
        ),
        "styles": Aspect(
            about=lambda people: np.stack([people.learning_style, people.work_style], axis=1),
            components=("style",),
        ),
        "tenure": Aspect(about=lambda people: people.tenure, components=("tenure",)),
        "place": Aspect(
            about=lambda people: np.stack([people.site, people.utc_offset], axis=1),
            components=("proximity",),
            rules=(Rule.TIME_ZONES_APART,),
        ),
        "hours": Aspect(
            about=lambda people: people.quarters > 0,
            components=("hours",),
            rules=(Rule.NO_COMMON_HOURS,),
        ),
        "languages": Aspect(
            about=lambda people: people.languages > 0, rules=(Rule.NO_COMMON_LANGUAGE,)
        ),
        "needs": Aspect(about=lambda people: people.needs > 0, rules=(Rule.NEEDS_UNSUPPORTED,)),
    }
)


def facets(field: Field) -> tuple[list[Facet], list[Aspect]]:
    """Tables for all that can be had so, and the aspects that are too many for one."""
    tables, wide = [], []
    for aspect in ASPECTS.values():
        first, keys = _ways(aspect.about(field.mentees))
        if first.size * len(field.mentors.person) * 2 > _TABLE_BYTES_MAX:
            wide.append(aspect)
            continue
        some = replace(field, mentees=chosen(field.mentees, first))
        table = points(some, slice(0, first.size), aspect)
        if table.any():
            tables.append(Facet(keys=keys, table=table))
    return list(_merged(tables)), wide


def points(field: Field, rows: slice, aspect: Aspect) -> NDArray[np.int16]:
    """What an aspect comes to, mentees of `rows` x mentors."""
    total = np.zeros((rows.stop - rows.start, len(field.mentors.person)), dtype=np.int16)
    for name in aspect.components:
        weight = weight_of(field, name)
        if weight:
            total += (weight * parts(field, rows, name) // PARTS).astype(np.int16)
    for rule in aspect.rules:
        total += FORBIDDEN * forbidden(field, rows, rule).astype(np.int16)
    return total


def _ways(about: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """A mentee for each way to be, and whose way is which."""
    if about.dtype == np.bool_:
        about = np.packbits(about, axis=1)
    flat = np.ascontiguousarray(about.reshape(len(about), -1))
    if not flat.shape[1]:
        flat = np.zeros((len(flat), 1), dtype=np.int8)
    whole = flat.view(np.dtype((np.void, flat.dtype.itemsize * flat.shape[1]))).ravel()
    _, first, keys = np.unique(whole, return_index=True, return_inverse=True)
    return first.astype(np.int64), keys.astype(np.int64)


def _merged(tables: list[Facet]) -> Iterator[Facet]:
    """Fewer tables, as long as they stay small: each is read once for every pair."""
    waiting = sorted(tables, key=lambda facet: len(facet.table))
    while waiting:
        one, *others = waiting
        waiting = []
        for other in others:
            both = one.keys * len(other.table) + other.keys
            ways, keys = np.unique(both, return_inverse=True)
            if ways.size * one.table.shape[1] * 2 > _MERGED_BYTES_MAX:
                waiting.append(other)
                continue
            own, its = np.divmod(ways, len(other.table))
            one = Facet(keys=keys, table=one.table[own] + other.table[its])
        yield one
