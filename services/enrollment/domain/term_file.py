"""Tables of competencies and occupations as O*NET publishes them: tab-separated, one a line."""

from collections.abc import Sequence
from typing import Final

from shared.errors import InvalidCommand
from shared.frozen import frozen

COMPETENCY_COLUMNS: Final = ("element_id", "kind", "name", "description")
ROLE_COLUMNS: Final = ("onetsoc_code", "title", "description")
_CODE_MAX = 64
_TEXT_MAX = 8000


class TermFileUnreadable(InvalidCommand):
    """This file is not a tab-separated UTF-8 table with the columns that are asked for."""


@frozen
class TermRow:
    number: int  # the header is row 1
    values: tuple[str, ...]  # in the order of the columns asked for


@frozen
class BadTerm:
    number: int
    code: str
    detail: str


def read_terms(raw: bytes, columns: Sequence[str]) -> tuple[Sequence[TermRow], Sequence[BadTerm]]:
    """The rows of a table, and those that cannot be taken; other columns do not matter.

    Raises:
        TermFileUnreadable: it is no such table.
    """
    try:
        header, *lines = raw.decode("utf-8-sig").splitlines()
        places = [header.split("\t").index(column) for column in columns]
    except ValueError as error:  # UnicodeDecodeError is one
        message = f"The first line names the columns {', '.join(columns)}, with tabs between them."
        raise TermFileUnreadable(message) from error
    rows: list[TermRow] = []
    bad: list[BadTerm] = []
    seen: dict[str, int] = {}
    for number, line in enumerate(lines, start=2):
        if not line.strip():
            continue
        cells = [cell.strip() for cell in line.split("\t")]
        values = tuple(cells[place] if place < len(cells) else "" for place in places)
        fault = _fault(values, seen)
        if fault:
            bad.append(BadTerm(number=number, code=fault[0], detail=fault[1]))
        else:
            seen[values[0]] = number
            rows.append(TermRow(number=number, values=values))
    return rows, bad


def _fault(values: Sequence[str], seen: dict[str, int]) -> tuple[str, str] | None:
    code, *names, _ = values
    if not code or not all(names):
        return "missing", "A term needs a code and a name."
    if len(code) > _CODE_MAX or any(len(value) > _TEXT_MAX for value in values):
        return "too_long", f"A code has up to {_CODE_MAX} characters, a text up to {_TEXT_MAX}."
    if any("\x00" in value for value in values):
        return "not_plain_text", "A value holds a control character."
    if code in seen:
        return "code_repeated", f"Row {seen[code]} has the same code and was taken."
    return None
