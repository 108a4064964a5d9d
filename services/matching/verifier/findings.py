"""What a check has to say: what is wrong, with whom, and what could not be looked at."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

SAID_MAX = 20  # of one kind: a record that is wrong all over is told in examples


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that does not hold."""

    code: str  # such as "score_differs"
    text: str  # the same in words
    ids: tuple[str, ...] = ()  # of the people concerned


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was found in a record, and what had been looked at."""

    findings: tuple[Finding, ...]
    checked: tuple[str, ...]  # in words
    unchecked: tuple[str, ...]  # in words, with the reason
    remarks: tuple[str, ...]  # in words: what only a rerun can show
    erased: int  # people whose part of the input is gone
    pairs: int
    allowed: int  # pairs that might have been chosen
    record_sha256: str

    @property
    def holds(self) -> bool:
        """Whether nothing that was looked at is wrong."""
        return not self.findings

    @property
    def whole(self) -> bool:
        """Whether everything could be looked at."""
        return not self.unchecked


@dataclass(slots=True)
class Notes:
    """Where checks write down what they find."""

    findings: list[Finding] = field(default_factory=list)
    _counts: dict[str, int] = field(default_factory=dict)

    def add(self, code: str, text: str, ids: Iterable[str] = ()) -> None:
        """Note a fault; after `SAID_MAX` of a kind they are only counted."""
        count = self._counts.get(code, 0) + 1
        self._counts[code] = count
        if count <= SAID_MAX:
            self.findings.append(Finding(code=code, text=text, ids=tuple(ids)))

    def all(self) -> Sequence[Finding]:
        """What was noted, with how many more there are of a kind."""
        more = [
            Finding(code=code, text=f"and {count - SAID_MAX} more of this kind")
            for code, count in self._counts.items()
            if count > SAID_MAX
        ]
        return [*self.findings, *more]
