"""What people may say of themselves, so that fair access can be counted for groups they name."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from shared.errors import InvalidCommand


class Dimension(StrEnum):
    """What access is compared by."""

    FUNCTION = "function"
    LEVEL = "level"
    SITE = "site"
    GENDER = "gender"
    AGE_BAND = "age_band"
    ETHNICITY = "ethnicity"
    DISABILITY = "disability"
    CAREGIVING = "caregiving"


ORGANISATIONAL = frozenset({Dimension.FUNCTION, Dimension.LEVEL, Dimension.SITE})

# Short lists: a rare answer would name a person, whatever is suppressed afterwards.
CHOICES: Mapping[Dimension, frozenset[str]] = MappingProxyType(
    {
        Dimension.GENDER: frozenset({"woman", "man", "non_binary", "self_described"}),
        Dimension.AGE_BAND: frozenset({"under_30", "30_to_44", "45_to_59", "60_and_over"}),
        Dimension.ETHNICITY: frozenset({"majority", "minority", "several"}),
        Dimension.DISABILITY: frozenset({"yes", "no"}),
        Dimension.CAREGIVING: frozenset({"yes", "no"}),
    }
)


class ConsentMissing(InvalidCommand):
    """What you say of yourself is counted only with your consent: set `consent` to true."""


class NoSuchGroup(InvalidCommand):
    """This is not one of the answers that can be counted."""


def check_declarations(groups: Mapping[Dimension, str], *, consent: bool) -> None:
    """Refuse what may not be kept.

    Raises:
        ConsentMissing: the person has not agreed.
        NoSuchGroup: a dimension or an answer is not on the list.
    """
    if not consent:
        raise ConsentMissing(field="/consent")
    for dimension, value in groups.items():
        if value not in CHOICES.get(dimension, frozenset()):
            raise NoSuchGroup(field=f"/groups/{dimension}")
