"""An employee as the directory of the organisation writes them: values read, or faults named."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import date
from functools import cache
from hashlib import sha256
from types import MappingProxyType
from typing import Final
from zoneinfo import available_timezones

from shared.frozen import frozen

REQUIRED: Final = (
    "employee_number",
    "first_name",
    "last_name",
    "work_email",
    "function",
    "level",
    "site",
    "hired_on",
)
OPTIONAL: Final[Mapping[str, str]] = MappingProxyType(
    {"time_zone": "Etc/UTC", "manager_employee_number": "", "employment_status": "active"}
)  # with what an empty cell means
_NUMBER_MAX = 64
_NAME_MAX = 200
_CODE_MAX = 100
_MAIL_MAX = 254
_EARLIEST = date(1900, 1, 1)
_MAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_EMPLOYED = MappingProxyType(
    {
        **dict.fromkeys(("active", "employed", "leave", "on leave", "on_leave"), True),
        **dict.fromkeys(("terminated", "inactive", "left", "leaver"), False),
    }
)


@frozen
class Employee:
    number: str
    first_name: str
    last_name: str
    work_email: str
    function: str
    level: str
    site: str
    time_zone: str
    hired_on: date
    manager_number: str  # empty if nobody
    employed: bool

    @property
    def content_hash(self) -> str:
        """The same for the same employee, so that an import that comes again changes nothing."""
        values = {field.name: str(getattr(self, field.name)) for field in fields(self)}
        return sha256(json.dumps(values).encode()).hexdigest()

    @property
    def name_and_mail(self) -> tuple[str, str, str]:
        """What the identity table holds besides the number."""
        return (self.first_name, self.last_name, self.work_email)


@frozen
class Fault:
    """What is wrong with one value and what to do; the value itself may be personal: not here."""

    column: str
    code: str
    detail: str
    remedy: str


class Unfit(ValueError):
    """A value does not fit its column."""

    def __init__(self, *, code: str, detail: str, remedy: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.remedy = remedy


def read_employee(values: Mapping[str, str]) -> Employee | tuple[Fault, ...]:
    """The employee that these values describe, or every fault found; missing ones are empty."""
    read: dict[str, object] = {}
    faults: list[Fault] = []
    for column, reader in _READERS.items():
        text = values.get(column, "").strip() or OPTIONAL.get(column, "")
        try:
            read[column] = reader(text) if text or column in REQUIRED else text
        except Unfit as unfit:
            faults.append(
                Fault(column=column, code=unfit.code, detail=unfit.detail, remedy=unfit.remedy)
            )
    if faults:
        return tuple(faults)
    return _employee(read)


def _employee(read: Mapping[str, object]) -> Employee:
    names = {"employee_number": "number", "manager_employee_number": "manager_number"}
    names["employment_status"] = "employed"
    return Employee(**{names.get(column, column): value for column, value in read.items()})  # type: ignore[arg-type]  # each reader gives its field's type


def _text(longest: int) -> Callable[[str], str]:
    def read(text: str) -> str:
        if not text:
            raise Unfit(code="missing", detail="This value is empty.", remedy="Fill it in.")
        if len(text) > longest:
            detail = f"This value has over {longest} characters."
            raise Unfit(code="too_long", detail=detail, remedy="Shorten it.")
        if _CONTROL.search(text):
            raise Unfit(
                code="not_plain_text",
                detail="This value holds a line break or another control character.",
                remedy="Take it out; often a quotation mark is not closed.",
            )
        return text

    return read


def _mail(text: str) -> str:
    address = _text(_MAIL_MAX)(text)
    if not _MAIL.fullmatch(address):
        raise Unfit(
            code="not_a_mail_address",
            detail="This is no mail address.",
            remedy="Write it like name@example.org.",
        )
    return address


def _date(text: str) -> date:
    day = _text(_NAME_MAX)(text)
    if day[10:11] in {"T", " "}:
        day = day[:10]  # HR systems write midnight behind the day
    try:
        read = date.fromisoformat(day)
    except ValueError as error:
        raise _NO_DATE from error
    if read < _EARLIEST:
        raise _NO_DATE
    return read


_NO_DATE: Final = Unfit(
    code="not_a_date",
    detail="This is no date since 1900.",
    remedy="Write it as YYYY-MM-DD, such as 2024-03-31.",
)


def _time_zone(text: str) -> str:
    if text not in _time_zones():
        raise Unfit(
            code="time_zone_unknown",
            detail="This is no time zone of the IANA database.",
            remedy="Write it like Europe/Berlin.",
        )
    return text


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _employed(text: str) -> bool:
    try:
        return _EMPLOYED[text.casefold()]
    except KeyError as error:
        raise Unfit(
            code="status_unknown",
            detail="This employment status is not known.",
            remedy=f"Write one of: {', '.join(_EMPLOYED)}.",
        ) from error


_READERS: Final[Mapping[str, Callable[[str], object]]] = MappingProxyType(
    {
        "employee_number": _text(_NUMBER_MAX),
        "first_name": _text(_NAME_MAX),
        "last_name": _text(_NAME_MAX),
        "work_email": _mail,
        "function": _text(_CODE_MAX),
        "level": _text(_CODE_MAX),
        "site": _text(_CODE_MAX),
        "time_zone": _time_zone,
        "hired_on": _date,
        "manager_employee_number": _text(_NUMBER_MAX),
        "employment_status": _employed,
    }
)
