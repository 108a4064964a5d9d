"""Files as they are sent: as the body itself, or as one part of a form."""

from collections.abc import Collection
from typing import Any, Final

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from shared.errors import InvalidCommand
from shared.http.idempotency import content_is
from shared.http.protocol_errors import ContentTypeUnsupported, Malformed

_FORM: Final = "multipart/form-data"


class FileMissing(InvalidCommand):
    """The form has no part named `file` that holds a file."""


async def uploaded(request: Request, media_types: Collection[str]) -> bytes:
    """The bytes of the file.

    Raises:
        ContentTypeUnsupported: it comes as something else than these media types or a form.
        FileMissing: the form does not hold it.
        Malformed: the form cannot be read.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type in media_types:
        return await request.body()
    if media_type != _FORM:
        raise ContentTypeUnsupported
    try:
        async with request.form(max_files=1, max_fields=20) as form:
            file = form.get("file")
            if not isinstance(file, UploadFile):
                raise FileMissing(field="/file")
            content = await file.read()
            content_is(request, content)  # a form has another boundary each time it is sent
            return content
    except HTTPException as error:
        raise Malformed from error


def file_body(media_type: str, example: str) -> dict[str, Any]:
    """How OpenAPI describes such a body."""
    form = {
        "type": "object",
        "required": ["file"],
        "properties": {"file": {"type": "string", "format": "binary"}},
    }
    content = {
        media_type: {"schema": {"type": "string"}, "example": example},
        _FORM: {"schema": form},
    }
    return {"requestBody": {"required": True, "content": content}}
