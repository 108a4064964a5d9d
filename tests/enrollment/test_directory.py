from collections.abc import Iterator
from datetime import date
from uuid import UUID

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.enrollment.domain.employee import Employee, read_employee
from services.enrollment.domain.intake import Known, Result, plan
from services.enrollment.domain.people_file import (
    BadRow,
    ColumnsMissing,
    FileEmpty,
    FileNotText,
    FileUnreadable,
    MappingUnknown,
    PeopleFile,
    read_file,
)
from services.enrollment.domain.term_file import (
    COMPETENCY_COLUMNS,
    TermFileUnreadable,
    read_terms,
)
from shared.errors import InvalidCommand
from shared.ids import PersonId
from tests.enrollment.story import ANA, BEN

HEADER = "employee_number,first_name,last_name,work_email,function,level,site,hired_on"
ANA_ROW = "E-1,Ana,Ferreira,ana@example.org,sales,junior,Porto,2025-01-15"
BEN_ROW = "E-2,Ben,Okafor,ben@example.org,finance,senior,Lyon,2019-06-01"
MORE = ",manager_employee_number,employment_status"


def table(*rows: str, header: str = HEADER, line_end: str = "\n") -> bytes:
    return line_end.join((header, *rows, "")).encode()


def numbered() -> Iterator[UUID]:
    return (UUID(int=number) for number in range(1_000, 9_000))


def faults(file: PeopleFile) -> list[tuple[int, str, str]]:
    return [(row.number, fault.column, fault.code) for row in file.bad for fault in row.faults]


def as_known(file: PeopleFile, who: PersonId = ANA) -> dict[str, Known]:
    (row,) = file.rows
    known = Known(
        person_id=who,
        content_hash=row.employee.content_hash,
        name_and_mail=row.employee.name_and_mail,
        manager_id=None,
        active=True,
    )
    return {row.employee.number: known}


def results(raw: bytes, known: dict[str, Known] | None = None) -> dict[int, Result]:
    file = read_file(raw, {})
    planned, bad = plan(file.rows, file.bad, known or {}, numbered().__next__)
    found = {row.row: row.result for row in planned}
    return found | {row.number: Result.FAILED for row in bad}


def test_an_employee_is_read_from_a_row() -> None:
    (row,) = read_file(table(ANA_ROW), {}).rows
    assert row.number == 2
    assert row.employee == Employee(
        number="E-1",
        first_name="Ana",
        last_name="Ferreira",
        work_email="ana@example.org",
        function="sales",
        level="junior",
        site="Porto",
        time_zone="Etc/UTC",
        hired_on=date(2025, 1, 15),
        manager_number="",
        employed=True,
    )


@pytest.mark.parametrize(
    "raw",
    [
        table(ANA_ROW, line_end="\r\n"),
        b"\xef\xbb\xbf" + table(ANA_ROW),
        table(ANA_ROW.replace(",", ";"), header=HEADER.replace(",", ";")),
        table(ANA_ROW.replace(",", "\t"), header=HEADER.replace(",", "\t")),
        table('"E-1","Ana","Ferreira","ana@example.org","sales","junior","Porto","2025-01-15"'),
        table(ANA_ROW.replace("2025-01-15", "2025-01-15T00:00:00Z")),
        table("", ANA_ROW + ",,"),
        table(
            ANA_ROW,
            header="Employee Number,First-Name,last_name,E_mail,Department,Title,Location,hired_at",
        ).replace(b"E_mail", b"email"),
    ],
)
def test_a_file_is_understood_however_it_is_written(raw: bytes) -> None:
    (row,) = read_file(raw, {}).rows
    (plain,) = read_file(table(ANA_ROW), {}).rows
    assert row.employee == plain.employee


def test_headers_of_ones_own_can_be_mapped() -> None:
    raw = table(ANA_ROW, header=HEADER.replace("employee_number", "Personalnummer"))
    with pytest.raises(ColumnsMissing, match="employee_number"):
        read_file(raw, {})
    assert len(read_file(raw, {"personalnummer": "employee_number"}).rows) == 1
    with pytest.raises(MappingUnknown):
        read_file(raw, {"Personalnummer": "number"})


def test_columns_that_nobody_asked_for_are_named_and_ignored() -> None:
    file = read_file(table(ANA_ROW + ",blue", header=HEADER + ",Favourite colour"), {})
    assert file.ignored_columns == ("Favourite colour",)
    assert len(file.rows) == 1


@pytest.mark.parametrize(
    ("raw", "refusal"),
    [
        (b"", FileEmpty),
        ("employee_number;Straße".encode("latin-1"), FileNotText),
        (b"name,mail\nAna,ana@example.org\n", ColumnsMissing),
        (table('E-1,"Ana,Ferreira'), FileUnreadable),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_as_a_whole(
    raw: bytes, refusal: type[InvalidCommand]
) -> None:
    with pytest.raises(refusal):
        read_file(raw, {})


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        (ANA_ROW.replace("E-1", ""), "employee_number", "missing"),
        (ANA_ROW.replace("Ana", " ", 1), "first_name", "missing"),
        (ANA_ROW.replace("Ana", "A" * 201, 1), "first_name", "too_long"),
        (ANA_ROW.replace("Ana", '"A\nna"', 1), "first_name", "not_plain_text"),
        (ANA_ROW.replace("ana@example.org", "ana"), "work_email", "not_a_mail_address"),
        (ANA_ROW.replace("2025-01-15", "15.01.2025"), "hired_on", "not_a_date"),
        (ANA_ROW.replace("2025-01-15", "0025-01-15"), "hired_on", "not_a_date"),
        (ANA_ROW + ",blue", "", "wrong_number_of_cells"),
        ("E-1,Ana", "", "wrong_number_of_cells"),
    ],
)
def test_a_bad_row_says_what_is_wrong_where(row: str, column: str, code: str) -> None:
    assert faults(read_file(table(row), {})) == [(2, column, code)]


def test_a_row_tells_all_that_is_wrong_with_it() -> None:
    row = ANA_ROW.replace("ana@example.org", "ana").replace("2025-01-15", "yesterday")
    assert faults(read_file(table(row), {})) == [
        (2, "work_email", "not_a_mail_address"),
        (2, "hired_on", "not_a_date"),
    ]


def test_a_zone_or_a_status_nobody_knows_is_a_fault() -> None:
    header = HEADER + ",time_zone,employment_status"
    file = read_file(table(ANA_ROW + ",Mars/Olympus,resting", header=header), {})
    assert faults(file) == [
        (2, "time_zone", "time_zone_unknown"),
        (2, "employment_status", "status_unknown"),
    ]


def test_a_fault_never_repeats_the_value() -> None:
    (bad,) = read_file(table(ANA_ROW.replace("ana@example.org", "secret")), {}).bad
    assert "secret" not in str(bad.faults)


def test_new_employees_are_created_and_known_ones_left_alone() -> None:
    known = as_known(read_file(table(ANA_ROW), {}))
    assert results(table(ANA_ROW, BEN_ROW), known) == {2: Result.UNCHANGED, 3: Result.CREATED}


def test_a_changed_employee_is_updated() -> None:
    known = as_known(read_file(table(ANA_ROW), {}))
    assert results(table(ANA_ROW.replace("sales", "finance")), known) == {2: Result.UPDATED}


def test_managers_are_found_later_in_the_file() -> None:
    file = read_file(table(ANA_ROW + ",E-2,", BEN_ROW + ",,", header=HEADER + MORE), {})
    planned, bad = plan(file.rows, file.bad, {}, numbered().__next__)
    ana, ben = planned
    assert (ana.manager_id, ben.manager_id, bad) == (ben.person_id, None, [])


def test_managers_are_found_in_the_directory() -> None:
    known = as_known(read_file(table(BEN_ROW), {}), BEN)
    file = read_file(table(ANA_ROW + ",E-2,", header=HEADER + MORE), {})
    (ana,), _ = plan(file.rows, file.bad, known, numbered().__next__)
    assert ana.manager_id == BEN


def test_a_manager_nobody_knows_is_a_fault() -> None:
    assert results(table(ANA_ROW + ",E-9,", header=HEADER + MORE)) == {2: Result.FAILED}
    assert results(table(ANA_ROW + ",E-1,", header=HEADER + MORE)) == {2: Result.FAILED}


def test_a_manager_whose_own_row_is_bad_is_named_when_it_is_mended() -> None:
    bad_ben = BEN_ROW.replace("ben@example.org", "ben")
    file = read_file(table(ANA_ROW + ",E-2,", bad_ben + ",,", header=HEADER + MORE), {})
    (ana,), bad = plan(file.rows, file.bad, {}, numbered().__next__)
    assert (ana.result, ana.manager_id, ana.manager_pending) == (Result.CREATED, None, True)
    assert [row.number for row in bad] == [3]


def test_of_two_rows_with_one_number_the_first_is_taken() -> None:
    assert results(table(ANA_ROW, ANA_ROW)) == {2: Result.CREATED, 3: Result.FAILED}


def test_terminated_employees_leave_if_they_were_here() -> None:
    known = as_known(read_file(table(ANA_ROW), {}))
    raw = table(ANA_ROW + ",,terminated", BEN_ROW + ",,terminated", header=HEADER + MORE)
    assert results(raw, known) == {2: Result.LEFT, 3: Result.UNCHANGED}


def test_of_a_thousand_rows_the_forty_bad_ones_are_explained() -> None:
    rows = [
        f"E-{number},Ana,Ferreira,ana{number}{'@' if number % 25 else ''}example.org,"
        f"sales,junior,Porto,2025-01-15,{f'E-{number // 8}' if number >= 8 else ''},active"
        for number in range(1, 1_001)
    ]
    file = read_file(table(*rows, header=HEADER + MORE), {})
    planned, bad = plan(file.rows, file.bad, {}, numbered().__next__)
    assert (len(planned), len(bad)) == (960, 40)
    assert all(row.faults[0].remedy for row in bad)


@for_all(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    try:
        file = read_file(table(ANA_ROW) + raw, {})
    except InvalidCommand:
        return
    assert all(isinstance(row, BadRow) and row.faults for row in file.bad)


@for_all(st.dictionaries(st.sampled_from(HEADER.split(",")), st.text(max_size=30)))
def test_any_values_make_an_employee_or_faults(values: dict[str, str]) -> None:
    read = read_employee(values)
    assert isinstance(read, Employee) or read


def test_a_table_of_terms_is_read_and_its_bad_rows_told() -> None:
    lines = ("1.A\tskills\tReading\tx", "\tskills\tNo code\tx", "1.A\tskills\tAgain\tx")
    raw = "\n".join(("\t".join(COMPETENCY_COLUMNS), *lines)).encode()
    rows, bad = read_terms(raw, COMPETENCY_COLUMNS)
    assert [row.values for row in rows] == [("1.A", "skills", "Reading", "x")]
    assert [(row.number, row.code) for row in bad] == [(3, "missing"), (4, "code_repeated")]
    for broken in (b"", b"\xff\xfe", b"code\tname\n"):
        with pytest.raises(TermFileUnreadable):
            read_terms(broken, COMPETENCY_COLUMNS)
