"""Kinds of text and numbers that requests may hold."""

from datetime import UTC, date, datetime
from typing import Annotated, Final

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field

_CODE_PATTERN: Final = r"^[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*$"
_LINE_PATTERN: Final = r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$"
_PROSE_PATTERN: Final = r"^[^\x00]*[^\s\x00][^\x00]*$"  # Postgres holds no NUL

_FIRST_YEAR: Final = 2000
_LAST_YEAR: Final = 2199


def _in_utc(moment: datetime) -> datetime:
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        message = f"a day of a calendar lies in the years {_FIRST_YEAR} to {_LAST_YEAR}"
        raise ValueError(message)
    return moment.astimezone(UTC)


def _as_text(value: object) -> object:
    """Refuse a bare number, which pydantic would read as seconds since 1970."""
    if isinstance(value, int | float):
        message = "a day is text, such as 2021-04-12"
        raise ValueError(message)  # noqa: TRY004  # pydantic reports ValueErrors only
    return value


Day = Annotated[AwareDatetime, BeforeValidator(_as_text), AfterValidator(_in_utc)]
PlainDate = Annotated[date, BeforeValidator(_as_text)]
Code = Annotated[str, Field(min_length=1, max_length=64, pattern=_CODE_PATTERN)]
Line = Annotated[str, Field(min_length=1, max_length=200, pattern=_LINE_PATTERN)]
Prose = Annotated[str, Field(min_length=1, max_length=8000, pattern=_PROSE_PATTERN)]
Score = Annotated[int, Field(strict=True, ge=0, le=100)]
MonthlyHours = Annotated[int, Field(strict=True, ge=0, le=200)]
