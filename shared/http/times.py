"""Times in bodies and queries, as people write them: as text, and told in UTC from then on."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BeforeValidator


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


WRITTEN = BeforeValidator(_as_text)
Time = Annotated[AwareDatetime, WRITTEN, AfterValidator(_in_utc)]
