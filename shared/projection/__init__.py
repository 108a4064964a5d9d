"""Events to rows: what a projection yields, and the read tables that it is written to."""

from shared.projection.effects import (
    Add,
    Change,
    Effect,
    Projection,
    ProjectionFunction,
    Put,
    Remove,
    heard_by,
    hears,
)
from shared.projection.statements import UnknownColumn
from shared.projection.tables import (
    INLINE_SCHEMA,
    NEXT_SUFFIX,
    ReadTables,
    apply,
    are_as_in,
    create_tables,
    shapes_of,
)

__all__ = [
    "INLINE_SCHEMA",
    "NEXT_SUFFIX",
    "Add",
    "Change",
    "Effect",
    "Projection",
    "ProjectionFunction",
    "Put",
    "ReadTables",
    "Remove",
    "UnknownColumn",
    "apply",
    "are_as_in",
    "create_tables",
    "heard_by",
    "hears",
    "shapes_of",
]
