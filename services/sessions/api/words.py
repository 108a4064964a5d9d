"""Words of request bodies: texts, times, days, as people write them."""

from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, StringConstraints

TEXT_CHARACTERS_MAX = 10_000


def _as_text(value: object) -> object:
    """A number is a time to pydantic, in seconds or milliseconds by its size: nobody means that."""
    if not isinstance(value, str | None):
        message = "a time or a day is written as text"
        raise ValueError(message)  # noqa: TRY004  # pydantic turns this kind into a fault
    return value


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        message = "there is no such moment in UTC"
        raise ValueError(message) from error


Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=TEXT_CHARACTERS_MAX),
    Field(description="Plain text; kept sealed, under a key of its author."),
]
Minutes = Annotated[int, Field(ge=15, le=480, strict=True)]
Start = Annotated[AwareDatetime, BeforeValidator(_as_text), AfterValidator(_in_utc)]
Day = Annotated[date, BeforeValidator(_as_text)]
