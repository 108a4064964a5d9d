"""What a batch has done to one row so far."""

from collections.abc import Mapping
from typing import Any

import msgspec

from shared.projection.effects import Add, Change, Remove


class Pending(msgspec.Struct, gc=False):
    """A row that stands anew, or one in the database with what is to change on it."""

    where: Mapping[str, Any]  # its key is among these
    row: dict[str, Any] | None = None  # as a whole; None: only the database knows it
    values: dict[str, Any] | None = None
    amounts: dict[str, int] | None = None
    removed: bool = False

    def take(self, effect: Change | Add | Remove, *, deletes: bool = True) -> None:
        """Let an effect meet this row; with `deletes` off somebody else deletes it."""
        if isinstance(effect, Remove):
            self.row = self.values = self.amounts = None
            self.removed = self.removed or deletes
        elif self.removed:
            return
        elif isinstance(effect, Add):
            self._add(effect)
        else:
            self._known().update(effect.values)
            if self.amounts:
                for column in effect.values:
                    self.amounts.pop(column, None)

    def _known(self) -> dict[str, Any]:
        """What is known of the row: all of it, or what was set."""
        if self.row is not None:
            return self.row
        if self.values is None:
            self.values = {}
        return self.values

    def _add(self, effect: Add) -> None:
        row = self._known()
        for column, amount in effect.amounts.items():
            if column not in row:  # only the database knows what stands there
                self.amounts = self.amounts or {}
                self.amounts[column] = self.amounts.get(column, 0) + amount
            elif row[column] is not None:  # as in SQL, nothing plus something is nothing
                row[column] += amount
