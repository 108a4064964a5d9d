"""States of streams as last committed, so that a busy stream is not folded from its beginning."""

from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

from shared.decider import Decider
from shared.frozen import frozen

FOLDS_MAX = 10_000


@frozen
class Fold:
    """What the events of a stream up to a version come to."""

    decider: Decider[Any, Any, Any]
    state: Any
    version: int


class Folds:
    """The folds used last; the newer events of a stream are still read each time."""

    def __init__(self, folds_max: int = FOLDS_MAX) -> None:
        self._folds_max = folds_max
        self._folds: OrderedDict[tuple[str, str], Fold] = OrderedDict()

    def get(self, tenant: str, stream: str, decider: Decider[Any, Any, Any]) -> Fold:
        """The fold to go on from: the kept one, or the decider's beginning."""
        kept = self._folds.get((tenant, stream))
        if kept is None or kept.decider is not decider:
            return Fold(decider=decider, state=decider.initial, version=0)
        self._folds.move_to_end((tenant, stream))
        return kept

    def knows_any(self, tenant: str, streams: Iterable[str]) -> bool:
        """Whether one of these streams is kept."""
        return any((tenant, stream) in self._folds for stream in streams)

    def keep(self, tenant: str, stream: str, fold: Fold) -> None:
        """Remember what is committed; the one unused for longest is forgotten."""
        self._folds[tenant, stream] = fold
        self._folds.move_to_end((tenant, stream))
        if len(self._folds) > self._folds_max:
            self._folds.popitem(last=False)
