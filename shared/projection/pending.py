"""What a batch has done to one row so far."""

from typing import Any

from shared.projection.effects import Add, Change, Remove


class Pending:
    """A row that stands anew, or one in the database with what is to change on it."""

    __slots__ = ("amounts", "removed", "row", "values")

    def __init__(self, row: dict[str, Any] | None = None) -> None:
        self.row = row  # as a whole; None: only the database knows it
        self.values: dict[str, Any] = {}
        self.amounts: dict[str, int] = {}
        self.removed = False

    def take(self, effect: Change | Add | Remove, *, deletes: bool = True) -> None:
        """Let an effect meet this row; with `deletes` off somebody else deletes it."""
        if isinstance(effect, Remove):
            self.row = None
            self.values, self.amounts = {}, {}
            self.removed = self.removed or deletes
        elif self.removed:
            return
        elif isinstance(effect, Change):
            (self.values if self.row is None else self.row).update(effect.values)
            if self.amounts:
                for column in effect.values:
                    self.amounts.pop(column, None)
        else:
            self._add(effect)

    def _add(self, effect: Add) -> None:
        row = self.values if self.row is None else self.row
        for column, amount in effect.amounts.items():
            if column not in row:  # only the database knows what stands there
                self.amounts[column] = self.amounts.get(column, 0) + amount
            elif row[column] is not None:  # as in SQL, nothing plus something is nothing
                row[column] += amount
