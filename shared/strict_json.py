"""JSON read so that no two readers can understand it differently."""

import json
from collections import Counter
from typing import Any


class NotStrictJson(ValueError):
    """This is not JSON, or JSON that some readers understand otherwise than others."""


def strict_json(raw: bytes) -> Any:  # noqa: ANN401  # any JSON value
    """The value: UTF-8 without a byte order mark, no NaN, no member twice, no half surrogates.

    Raises:
        NotStrictJson: it is anything else, or nested too deeply.
    """
    try:
        text = raw.decode("utf-8")
        value = json.loads(text, object_pairs_hook=_members, parse_constant=_no_constant)
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode("utf-8")  # half a surrogate cannot be
    except (
        ValueError,
        RecursionError,
    ) as error:  # UnicodeError and JSONDecodeError are ValueErrors
        raise NotStrictJson from error
    return value


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        ((name, _),) = Counter(name for name, _ in pairs).most_common(1)
        message = f"{name!r} is there twice."
        raise NotStrictJson(message)
    return members


def _no_constant(name: str) -> None:
    message = f"{name} is no number."
    raise NotStrictJson(message)
