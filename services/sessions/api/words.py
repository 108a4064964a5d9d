"""Words of request bodies: texts and days, as people write them."""

from datetime import date
from typing import Annotated

from pydantic import Field, StringConstraints

from shared.http.times import WRITTEN

TEXT_CHARACTERS_MAX = 10_000

Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=TEXT_CHARACTERS_MAX),
    Field(description="Plain text; kept sealed, under a key of its author."),
]
Minutes = Annotated[int, Field(ge=15, le=480, strict=True)]
Day = Annotated[date, WRITTEN]
