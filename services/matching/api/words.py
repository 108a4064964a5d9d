"""Words of request bodies and queries: codes as tables hold them."""

from typing import Annotated

from pydantic import Field

Code = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")]
