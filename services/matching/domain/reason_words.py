"""The words in which reasons are told."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

COMPONENT_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "strengths": "strengths of the mentor in what the mentee wants to grow",
        "other_function": "a view from another function",
        "target_roles": "what the target roles ask for and interests in common",
        "style": "how the two learn and work",
        "hours": "hours in which both can meet",
        "spare_load": "how much room the mentor has",
        "title": "nearness of levels",
        "tenure": "years that the mentor has been here longer",
        "same_function": "the same function",
        "proximity": "the same site or the same hour of the day",
        "rotation": "how few pairings the mentor began lately",
        "emphasis": "what this run sought in particular",
    }
)
RULE_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "same_person": "mentor and mentee are the same person",
        "reporting_line": "one of the two reports to the other, or both to the same manager",
        "same_function": "both work in the same function, which this program does not pair",
        "no_common_language": "there is no language that both speak",
        "no_common_hours": "there are too few hours in which both can meet",
        "time_zones_apart": "their time zones are further apart than the program allows",
        "level_gap": "their levels are too close or too far apart for this program",
        "needs_unsupported": "the mentor does not offer the support that is needed",
        "paired_before": "the two were paired before, not long enough ago",
    }
)


# Told as few: that nobody at all has a mentor's seats would tell that something else, which is
# not told, stands in the way.
FEW = 3


def told(people: int | None) -> int | None:
    """How many people, if it is not so few that it stays untold."""
    return people if people is not None and people >= FEW else None


def people(number: int) -> str:
    """How many people, in words."""
    return (
        f"fewer than {FEW} people" if told(number) is None else counted(number, "people", "people")
    )


def counted(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun: "1 seat", "3 seats"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}".replace(",", " ")


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th, …, 11th, …, 21st."""
    teen = number // 10 % 10 == 1
    end = "th" if teen else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{end}"


def listed(parts: Sequence[str]) -> str:
    """One, two and three."""
    if len(parts) < 2:  # noqa: PLR2004  # two are the first that need a word between them
        return "".join(parts)
    return ", ".join(parts[:-1]) + " and " + parts[-1]
