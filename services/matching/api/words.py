"""Words of request bodies and queries: times as people write them, codes as tables hold them."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field


def _as_text(value: object) -> object:
    """A number is a time to pydantic, in seconds or milliseconds by its size: nobody means that."""
    if not isinstance(value, str | None):
        message = "a time is written as text"
        raise ValueError(message)  # noqa: TRY004  # pydantic turns this kind into a fault
    return value


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        message = "there is no such moment in UTC"
        raise ValueError(message) from error


Time = Annotated[AwareDatetime, BeforeValidator(_as_text), AfterValidator(_in_utc)]
Code = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")]
