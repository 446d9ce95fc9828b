"""Tables of spreadsheets: what is written is read again, and what cannot be read is named with row and cure."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import python_calamine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.styles import Font
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.worksheet.formula import ArrayFormula

from tecum.engine import sheets
from tecum.engine.sheets import Problems, Sheet, package, read, to_date, write, writing
from tecum.engine.sheets.cells import exact_number, heading, stored_number
from tecum.engine.sheets.dates import day_number
from tecum.errors import SourceMissing, TableInvalid

Told = list[tuple[str, int, str, str]]
Values = dict[str, tuple[tuple[str, ...], list[tuple[str, ...]]]]
FORMATS = ("csv", "xlsx", "json")
NASTY = [
    "=1+1", "+1 555 0100", "-5", "@office", "'", "''quoted", "'=x", "＝1", "007", "1.50", "1.5", "2019194", "-0", "1e5",
    "NAN", "INF", "1_000", "12345678901234567890", "TRUE", "null", "2018-01-24", "2018-01-24T00:00", "2018-01-24T10:30",
    "2018-01-24T10:30:00", "2018-01-24T10:30:07", "1899-12-31", "9999-12-31T23:59:59", "20180124", "2018-W04-3",
    "2018-01-24T10:30+01:00", "_x0041_", "_x005F_x000D_", '"', '""', 'a"b', "a,b", "a;b\tc|d", "1\r\n2\r3\n4",
    "\ufeffmark", "sep=;", "#REF!", "http://x.example/?a=1", "mailto:a@b.example", '{"a":[1,2]}', "\U0001f600",
]  # fmt: skip
plain_text = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=20)
SPOILT = re.compile("(?:_x[0-9A-Fa-f]{4}){2}_")  # refused in a workbook, see below
texts = st.one_of(
    plain_text, st.sampled_from(NASTY), st.lists(st.sampled_from(NASTY), max_size=3).map("\n".join)
).filter(lambda text: not SPOILT.search(text))
columns = st.lists(
    st.one_of(st.sampled_from(["id", "Served on", "a;b", "=sum", "'x", 'q"', "+1", "straße"]), plain_text).filter(
        heading
    ),
    min_size=1,
    max_size=4,
    unique_by=heading,
)


@st.composite
def tables(draw: st.DrawFn) -> dict[str, tuple[list[str], list[dict[str, str]]]]:
    made = {}
    for name in draw(st.lists(st.sampled_from(["recipients", "events", "awards 2018"]), min_size=1, unique=True)):
        names = draw(columns)
        made[name] = (
            names,
            draw(st.lists(st.fixed_dictionaries({}, optional=dict.fromkeys(names, texts)), max_size=5)),
        )
    return made


def told(cell: str) -> str:
    """What a cell may be expected to hold, said without the code under test."""
    return cell.replace("\r\n", "\n").replace("\r", "\n").strip()


def expected(made: Mapping[str, tuple[Sequence[str], Sequence[Mapping[str, str]]]]) -> Values:
    found: Values = {}
    for name, (names, rows) in made.items():
        cells = [tuple(told(row.get(column, "")) for column in names) for row in rows]
        found[name] = (tuple(heading(column) for column in names), [row for row in cells if any(row)])
    return found


def values(found: Sequence[Sheet]) -> Values:
    return {one.name: (one.columns, [tuple(row.values[c] for c in one.columns) for row in one.rows]) for one in found}


def again(found: Sequence[Sheet]) -> dict[str, tuple[Sequence[str], Sequence[Mapping[str, str]]]]:
    return {one.name: (one.columns, [row.values for row in one.rows]) for one in found}


def put(folder: Path, made: Any, kind: str, **options: Any) -> Path:
    """Write tables into an empty place and return what to read."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    written = write(made, kind, **options)
    if isinstance(written, dict):
        for name, data in written.items():
            (folder / f"{name}.csv").write_bytes(data)
        return folder
    path = folder / f"docket.{kind}"
    path.write_bytes(written)
    return path


def table(path: Path, content: bytes | str) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def workbook(path: Path, fill: Callable[[Any], object], name: str = "Events") -> Path:
    """A workbook of openpyxl's, its sheet filled by ``fill``."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = name
    fill(sheet)
    book.save(path)
    return path


def rows_of(*rows: Sequence[Any]) -> Callable[[Any], None]:
    def fill(sheet: Any) -> None:
        for row in rows:
            sheet.append(row)

    return fill


def refused(path: Path, **options: Any) -> Told:
    """The problems named: place, row, column, and message with cure."""
    with pytest.raises(TableInvalid) as caught:
        read(path, **options)
    for one in caught.value.problems:
        assert set(one) == {"place", "row", "column", "message", "cure"} and one["cure"]
    message = caught.value.message
    assert all(str(one["message"]) in message and str(one["cure"]) in message for one in caught.value.problems[:50])
    return [
        (str(one["place"]), int(one["row"]), str(one["column"]), f"{one['message']}. {one['cure']}")
        for one in caught.value.problems
    ]


def only(problems: Told, place: str, row: int, column: str, *said: str) -> None:
    assert [one[:3] for one in problems] == [(place, row, column)]
    for words in said:
        assert words in problems[0][3]


# -- round trips -----------------------------------------------------------------------------------------


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tables(), st.permutations(FORMATS), st.booleans())
def test_what_is_written_is_read_again_across_formats(tmp_path: Path, made: Any, order: list[str], typed: bool) -> None:
    want = expected(made)
    every = [column for names, _ in made.values() for column in names]
    for number, kind in enumerate([*order, order[0]]):
        typing = {"date_columns": every} if number % 2 else {"number_columns": every}
        found = read(put(tmp_path / kind, made, kind, **(typing if typed else {})))
        got = values(found)
        empty = {name for name, (_, rows) in want.items() if not rows}
        if kind == "json":  # a list without rows has no columns to tell
            got |= {name: want[name] for name in empty & got.keys()}
        assert got == want
        made = {
            name: (names, [dict(zip(names, row, strict=True)) for row in rows]) for name, (names, rows) in got.items()
        }


@pytest.mark.parametrize("kind", FORMATS)
def test_equal_tables_are_equal_bytes(kind: str) -> None:
    made = {"events": (["id", "happened"], [{"id": "1", "happened": "2018-01-24"}, {"id": "2"}])}
    options: Any = {} if kind == "csv" else {"date_columns": {"happened"}}
    assert write(made, kind, **options) == write(made, Path("somewhere") / f"DOCKET.{kind.upper()}", **options)


def test_python_reads_our_csv_and_the_formulas_are_harmless() -> None:
    data = write({"events": (["id", "a;b"], [{"id": "=1", "a;b": "x\r\ny"}, {"id": " ", "a;b": ""}])}, "csv")["events"]
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert rows == [["id", "a;b"], ["'=1", "x\ny"]]
    assert data.endswith(b"\r\n") and b'"a;b"' in data


def test_json_is_pretty_and_stable() -> None:
    data = write({"events": (["B", "a"], [{"a": "é", "B": "1"}])}, "json")
    assert data.decode() == '{\n  "events": [\n    {\n      "b": "1",\n      "a": "é"\n    }\n  ]\n}\n'


def test_openpyxl_and_calamine_read_our_workbook() -> None:
    row = {"id": "007", "happened": "2018-01-24", "seen": "2018-01-24T10:30", "amount": "1234.5", "note": "=1+1"}
    second = {"id": "12", "happened": "1900-01-15", "seen": "2018-01-24T10:30:00", "amount": "NAN", "note": "x"}
    data = write(
        {"events": (list(row), [row, second])}, "xlsx", date_columns={"Happened", "seen"}, number_columns={"amount"}
    )
    book = openpyxl.load_workbook(io.BytesIO(data))
    sheet = book["events"]
    assert [cell.value for cell in sheet[2]] == [
        "007", dt.datetime(2018, 1, 24), dt.datetime(2018, 1, 24, 10, 30), 1234.5, "=1+1",
    ]  # fmt: skip
    assert [cell.data_type for cell in sheet[3]] == ["s"] * 5
    assert sheet["E2"].data_type == "s" and sheet["E2"].quotePrefix
    assert all(cell.font.b for cell in sheet[1])
    assert sheet.freeze_panes == "A2" and sheet.auto_filter.ref == "A1:E3"
    assert b"<f>" not in zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet1.xml")
    calamine = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_name("events").to_python()
    assert calamine[1][:4] == ["007", dt.date(2018, 1, 24), dt.datetime(2018, 1, 24, 10, 30), 1234.5]


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("csv", "x" * 131_072, "too long for CSV"),
        ("xlsx", "\U0001f600" * 16_384, "too long for XLSX"),
        ("xlsx", "a_x0000_x000D_", "cannot stand in a workbook"),
        ("json", "bell \x07", "control character U+0007"),
    ],
)
def test_what_a_format_cannot_hold_is_not_written(tmp_path: Path, kind: Any, text: str, said: str) -> None:
    with pytest.raises(TableInvalid) as caught:
        write({"events": (["id", "note"], [{"id": "1"}, {"note": text}])}, kind)
    assert [(one["row"], one["column"]) for one in caught.value.problems] == [(3, "note")]
    assert said in caught.value.message and "nothing was written" in caught.value.remedy
    if "too long" in said:
        made = {"events": (["id"], [{"id": text[1:]}])}
        assert values(read(put(tmp_path / "fits", made, kind))) == expected(made)


def test_a_table_longer_than_a_sheet_is_not_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "_SHEET_ROWS", 3)
    write({"events": (["id"], [{"id": "1"}, {"id": "2"}, {"id": ""}])}, "xlsx")
    with pytest.raises(TableInvalid, match="larger than a sheet"):
        write({"events": (["id"], [{"id": "1"}, {"id": "2"}, {"id": "3"}])}, "xlsx")


@pytest.mark.parametrize(
    ("made", "kind"),
    [
        ({"events": (["id"], [{"id": "1", "note": "x"}])}, "csv"),
        ({"events": (["id", "ID "], [])}, "csv"),
        ({"events": ([], [])}, "xlsx"),
        ({"../events": (["id"], [])}, "csv"),
        ({"history": (["id"], [])}, "xlsx"),
        ({"events": (["id"], []), "Events": (["id"], [])}, "json"),
        ({"events": (["id"], [])}, "ods"),
    ],
)
def test_what_only_a_program_can_get_wrong_is_a_value_error(made: Any, kind: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        write(made, kind)


# -- CSV -------------------------------------------------------------------------------------------------


def test_csv_as_a_clerk_writes_it(tmp_path: Path) -> None:
    path = table(
        tmp_path / "Recipients.CSV",
        'ID, Full  Name ,phone,"note",\r\n'
        '1, "Smith, Jane",+1 555 0100,"first\r\nsecond"\r\n'
        ",,,\r\n"
        "\r\n"
        "2,O'Hara,-5,'=text,,\r\n"
        "3,\u1680\u00a0@office\u2003\u3000\r\n",
    )
    (sheet,) = read(path)
    assert (sheet.name, sheet.columns, sheet.place, sheet.path, sheet.assumed) == (
        "recipients", ("id", "full_name", "phone", "note"), "Recipients.CSV", path, (),
    )  # fmt: skip
    assert [(row.number, list(row.values.values())) for row in sheet.rows] == [
        (2, ["1", "Smith, Jane", "+1 555 0100", "first\nsecond"]),
        (6, ["2", "O'Hara", "-5", "=text"]),
        (7, ["3", "@office", "", ""]),
    ]


@pytest.mark.parametrize(
    ("content", "encoding", "assumed"),
    [
        ("id;name\n1;Peña, José\n".encode("cp1252"), "cp1252", ("encoding cp1252, as given", "semicolon")),
        ("id\tname\n1\tPeña, José\n".encode("utf-16"), "", ("tab",)),
        (b"\xfe\xff" + "id|name\r1|Peña, José\r".encode("utf-16-be"), "", ("bar",)),
        (b"\xef\xbb\xbf" + 'id,name\n1,"Peña, José"\n'.encode(), "cp1252", ("byte order mark, not cp1252",)),
    ],
)
def test_separators_and_encodings(tmp_path: Path, content: bytes, encoding: str, assumed: tuple[str, ...]) -> None:
    (sheet,) = read(table(tmp_path / "r.csv", content), encoding=encoding)
    assert [row.values for row in sheet.rows] == [{"id": "1", "name": "Peña, José"}]
    assert len(sheet.assumed) == len(assumed)
    assert all(words in said for words, said in zip(assumed, sheet.assumed, strict=True))


@pytest.mark.parametrize(
    ("content", "row", "column", "said"),
    [
        (b"", 0, "", ["is empty", "names of the columns"]),
        (b"\xef\xbb\xbf \r\n\r\n", 0, "", ["is empty"]),
        (b"\r\nid\r\n1\r\n", 1, "", ["the first row is empty"]),
        (b"id,,name\n1,2,3\n", 1, "", ["the column B has no name"]),
        (b"id,Name,NAME \n1,2,3\n", 1, "", ["columns B and C are both named 'name'"]),
        (b"id,na\x00me\n1,2\n", 1, "", ["the column B", "U+0000"]),
        (b"id,name\n1,a\n2,b\x00c\n", 3, "name", ["control character U+0000"]),
        (b"id,name\n\x1f,a\n", 2, "id", ["control character U+001F"]),
        ("id,name\n1,\x85a\n".encode(), 2, "name", ["U+0085"]),
        (b'id,name\n1,"a\nb"\n2,b,c\n', 4, "", ["beyond the 2 columns", "'c'", "double quotes"]),
        (b'id,name\n1,a\n2,"b\n3,c\n4,d\n', 3, "", ["double quote opens", "Close it"]),
        (b'id,name\n1,a\n2,"b"c\n', 3, "", ["after its closing quote", "twice"]),
        (b"id,name\n1,a\n2, =SUM(A1) \n", 3, "name", ["'=SUM(A1)' begins as a formula", "apostrophe"]),
        (b"id,=A1\n", 1, "", ["begins as a formula"]),
        (b"a;b,c\n", 1, "", ["semicolon and comma", "commas alone"]),
        (b"id,name\n1," + b"x" * 131_073 + b"\n", 2, "", ["131,072"]),
        (b"id,name\r\n1,a\r\n2,Pe\xf1a Nieto\r\n3,\xe9\r\n", 3, "",
         ["not UTF-8", "'2,Peña Nieto'", "CSV UTF-8", "--encoding cp1252"]),
        (b"PK\x03\x04rest", 0, "", ["workbook", ".xlsx"]),
        ("id,name\n1,e\n".encode("utf-16-le"), 1, "", ["U+0000"]),
        (b"\xff\xfei\x00\n\x00\x00\xd8\n\x00", 2, "", ["not UTF-16"]),
    ],
)  # fmt: skip
def test_bad_csv_is_named_with_row_and_cure(
    tmp_path: Path, content: bytes, row: int, column: str, said: list[str]
) -> None:
    problems = refused(table(tmp_path / "r.csv", content))
    only(problems[:1], "r.csv", row, column, *said)


def test_an_encoding_that_does_not_fit_is_named(tmp_path: Path) -> None:
    path = table(tmp_path / "r.csv", b"id\n1\n\xf1\n")
    only(refused(path, encoding="ascii"), "r.csv", 3, "", "not ascii")
    only(refused(path, encoding="klingon"), "r.csv", 0, "", "no text encoding 'klingon'")
    only(refused(path, encoding="hex"), "r.csv", 0, "", "no text encoding 'hex'")
    only(refused(path, encoding="undefined"), "r.csv", 1, "", "not undefined")


def test_all_rows_are_named_at_once_the_first_fifty_in_words(tmp_path: Path) -> None:
    path = table(tmp_path / "r.csv", "id,name\n" + "=1,x\n" * 60)
    with pytest.raises(TableInvalid) as caught:
        read(path)
    error = caught.value
    assert [one["row"] for one in error.problems] == list(range(2, 62))
    assert error.message.count("apostrophe") == 50 and error.message.endswith("and 10 more")
    assert (error.code, error.exit_code, error.path, error.line) == ("TABLE_INVALID", 41, str(path), 2)
    assert "nothing was entered" in error.remedy


# -- dates -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "dates", "date"),
    [
        ("2018-01-24", "iso", "2018-01-24"),
        (" 2018-01-24T10:30 ", "iso", "2018-01-24T10:30"),
        ("2018-01-24 10:30:05", "mdy", "2018-01-24T10:30:05"),
        ("2018-01-24T00:00:00", "iso", "2018-01-24T00:00:00"),
        ("1/24/2018", "mdy", "2018-01-24"),
        ("3/4/2018", "mdy", "2018-03-04"),
        ("3/4/2018", "dmy", "2018-04-03"),
        ("24.01.2018", "dmy", "2018-01-24"),
        ("1-24-2018 9:05", "mdy", "2018-01-24T09:05"),
        ("1/24/2018 12:05 am", "mdy", "2018-01-24T00:05"),
        ("1/24/2018, 1:05:09 P.M.", "mdy", "2018-01-24T13:05:09"),
        ("", "iso", ""),
    ],
)
def test_dates_are_read(text: str, dates: str, date: str) -> None:
    assert to_date(text, dates) == date


@pytest.mark.parametrize(
    ("text", "dates", "said", "cure"),
    [
        ("3/4/2018", "iso", "month first it is 2018-03-04, day first it is 2018-04-03",
         "Write 2018-03-04 or 2018-04-03, or give --dates mdy or --dates dmy"),
        ("1/24/2018", "iso", "month first it is 2018-01-24", "Write 2018-01-24, or give --dates mdy"),
        ("24/1/2018", "mdy", "there is no month 24; day first it is 2018-01-24", "2018-01-24, or give --dates dmy"),
        ("4/4/2018", "iso", "2018-04-04", "Write 2018-04-04, or give --dates mdy or --dates dmy"),
        ("2/30/2018", "mdy", "February 2018 has 28 days", "2018-01-24"),
        ("31/31/2018", "iso", "there is no month 31", "2018-01-24"),
        ("1/24/2018 13:00 PM", "mdy", "no 13 o'clock PM", "2018-01-24"),
        ("2018-02-30", "iso", "February 2018 has 28 days", "2018-01-24"),
        ("2018-13-01", "iso", "no month 13", "2018-01-24"),
        ("0000-01-01", "iso", "no year 0", "2018-01-24"),
        ("2018-01-24T24:00", "iso", "no time 24:00:00", "2018-01-24"),
        ("1/24/18", "mdy", "year of two digits", "2018-01-24"),
        ("soon", "iso", "not a date", "2018-01-24"),
        ("2018-1-24", "iso", "not a date", "2018-01-24"),
        ("２０１８-01-24", "iso", "not a date", "2018-01-24"),
    ],
)  # fmt: skip
def test_what_is_no_date_is_named_with_its_readings(text: str, dates: str, said: str, cure: str) -> None:
    with pytest.raises(TableInvalid) as caught:
        to_date(text, dates)
    assert repr(text) in caught.value.message and said in caught.value.message
    assert cure in caught.value.remedy


@given(st.dates(dt.date(1, 1, 1)))
def test_each_local_form_of_a_day_is_that_day(day: dt.date) -> None:
    assert to_date(f"{day.month}/{day.day}/{day.year:04}", "mdy") == day.isoformat() == to_date(day.isoformat())
    assert to_date(f"{day.day:02}.{day.month:02}.{day.year:04}", "dmy") == day.isoformat()


def test_an_unknown_order_of_dates_is_the_programs_fault(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="ymd"):
        to_date("2018-01-24", "ymd")
    with pytest.raises(ValueError, match="ymd"):
        read(tmp_path, dates="ymd")


def test_what_is_no_number_stays_as_it_is_stored() -> None:
    assert [stored_number("x"), day_number("x"), day_number("inf")] == ["x", "x", "inf"]
    assert [exact_number("1e99999999999999999999"), exact_number("1e40"), exact_number("-0e99")] == [
        "1e99999999999999999999", "1e40", "0",
    ]  # fmt: skip


# -- XLSX ------------------------------------------------------------------------------------------------


def test_a_workbook_of_another_program(tmp_path: Path) -> None:
    def fill(sheet: Any) -> None:
        sheet.append(["ID", "Happened", "Seen", "Amount", "Sure", "Note", None])
        sheet.append([7, dt.date(2018, 1, 24), dt.datetime(2018, 1, 24, 10, 30), 2019194.0, True, " two \nlines "])
        sheet.append(["007", dt.datetime(2018, 1, 24, 0, 0), dt.time(10, 30), 1234.56, False, "'quoted"])
        sheet.append([None, None, None])
        sheet.append([12345678901234567, None, dt.timedelta(hours=36), 0.1 + 0.2, None, "1/24/2018"])
        sheet["F5"].font = Font(italic=True)
        sheet.row_dimensions[5].hidden = True
        sheet.column_dimensions["D"].hidden = True

    path = workbook(tmp_path / "docket.xlsx", fill)
    book = openpyxl.load_workbook(path)
    book.create_sheet("Sheet2")
    book.create_chartsheet("Chart")
    other = book.create_sheet("Awards")
    other.append(["number"])
    other.sheet_state = "hidden"
    book.save(path)
    events, awards = read(path)
    assert (events.name, events.place) == ("events", "docket.xlsx, sheet Events")
    assert events.columns == ("id", "happened", "seen", "amount", "sure", "note")
    assert [(row.number, list(row.values.values())) for row in events.rows] == [
        (2, ["7", "2018-01-24", "2018-01-24T10:30", "2019194", "TRUE", "two \nlines"]),
        (3, ["007", "2018-01-24", "10:30", "1234.56", "FALSE", "'quoted"]),
        (5, ["12345678901234570", "", "36:00", "0.3", "", "1/24/2018"]),
    ]
    assert events.assumed == (
        "hidden rows were read: 5",
        "hidden columns were read: amount",
        "numbers of more than 15 digits, which spreadsheet programs round, were read as stored: A5",
    )
    assert (awards.name, awards.columns, awards.rows) == ("awards", ("number",), ())
    assert awards.assumed == ("the hidden sheet was read",)


@pytest.mark.parametrize("epoch_1904", [False, True])
def test_both_date_systems(tmp_path: Path, epoch_1904: bool) -> None:
    days = [
        dt.datetime(1904, 1, 2),
        dt.datetime(2018, 1, 24, 23, 59, 59),
        dt.datetime(2018, 1, 24),
        dt.datetime(9999, 12, 31),
    ]
    book = openpyxl.Workbook()
    if epoch_1904:
        book.epoch = CALENDAR_MAC_1904
    book.active.append(["day"])
    for day in days:
        book.active.append([day])
    book.save(tmp_path / "d.xlsx")
    (sheet,) = read(tmp_path / "d.xlsx")
    assert [row.values["day"] for row in sheet.rows] == [
        "1904-01-02",
        "2018-01-24T23:59:59",
        "2018-01-24",
        "9999-12-31",
    ]
    calamine = python_calamine.CalamineWorkbook.from_path(tmp_path / "d.xlsx").get_sheet_by_index(0).to_python()[1:]
    assert [dt.datetime.combine(day, dt.time()) if type(day) is dt.date else day for (day,) in calamine] == days


@pytest.mark.parametrize(
    ("number", "date"),
    [(1, "1900-01-01"), (59, "1900-02-28"), (60, "1900-02-29"), (61, "1900-03-01"), (0.25, "06:00"), (0, "00:00"),
     (-1, "-1"), (3_000_000, "3000000"), (43124.99999, "2018-01-24T23:59:59")],
)  # fmt: skip
def test_day_numbers(tmp_path: Path, number: float, date: str) -> None:
    def fill(sheet: Any) -> None:
        sheet.append(["day"])
        sheet["A2"] = number
        sheet["A2"].number_format = '[$-409]"on "d mmm yyyy;@'

    assert [row.values["day"] for row in read(workbook(tmp_path / "d.xlsx", fill))[0].rows] == [date]


def test_a_day_that_never_was_is_refused_as_a_date() -> None:
    with pytest.raises(TableInvalid, match="February 1900 has 28 days"):
        to_date("1900-02-29")


@pytest.mark.parametrize("code", ['0.00"days"', "#,##0.00", "0.0E+00", "[Red]0", "General", "@", r"0\d"])
def test_numbers_in_formats_that_only_look_like_dates(tmp_path: Path, code: str) -> None:
    def fill(sheet: Any) -> None:
        sheet.append(["n"])
        sheet["A2"] = 43124.5
        sheet["A2"].number_format = code

    assert read(workbook(tmp_path / "n.xlsx", fill))[0].rows[0].values == {"n": "43124.5"}


@given(st.floats(-1e14, 1e14, allow_nan=False), st.integers(-(10**15) + 1, 10**15 - 1))
def test_numbers_lose_nothing_that_a_spreadsheet_shows(number: float, whole: int) -> None:
    assert stored_number(str(float(whole))) == str(whole)
    assert float(stored_number(repr(number))) == float(f"{number:.15g}")
    assert float(exact_number(repr(number))) == number


def test_formulas_and_errors_are_named_by_address(tmp_path: Path) -> None:
    def fill(sheet: Any) -> None:
        sheet.append(["id", "happened", "note"])
        sheet.append(["1", "=TODAY()", "x"])
        sheet.append(["2", "2018-01-24", "#REF!"])
        sheet.append(["3", "", "y", "=A1"])
        sheet["A6"] = ArrayFormula("A6:A7", "=B2:B3")
        sheet["A7"] = "spilled"

    problems = refused(workbook(tmp_path / "docket.xlsx", fill))
    assert {one[0] for one in problems} == {"docket.xlsx, sheet Events"}
    assert [(row, column, said.split(".")[0]) for _, row, column, said in problems] == [
        (2, "happened", "B2 holds a formula"),
        (3, "note", "C3 holds the error #REF!"),
        (4, "", "D4 holds a formula"),
        (6, "id", "A6 holds a formula"),
        (7, "id", "A7 holds a formula"),
    ]
    assert "Paste it as a value; if text is meant, put an apostrophe before it" in problems[0][3]


@pytest.mark.parametrize(
    ("fill", "row", "column", "said"),
    [
        (rows_of([], ["id"], ["1"]), 1, "", "the first row is empty"),
        (rows_of(["id", None, "x"]), 1, "", "the column B has no name"),
        (rows_of(["id", "x", "Id"]), 1, "", "the columns A and C are both named 'id'"),
        (rows_of(["id"], [1, None, 5]), 2, "", "beyond the 1 columns of the header, such as '5'"),
        (rows_of(), 0, "", "has no sheet with cells"),
    ],
)
def test_bad_sheets_are_named_with_row_and_cure(
    tmp_path: Path, fill: Callable[[Any], object], row: int, column: str, said: str
) -> None:
    place = "docket.xlsx, sheet Events" if row else "docket.xlsx"
    only(refused(workbook(tmp_path / "docket.xlsx", fill)), place, row, column, said)


def test_merged_cells_are_refused(tmp_path: Path) -> None:
    def fill(sheet: Any) -> None:
        for row in (["id", "recipient"], [1, "chicago"], [2, None], [3, None]):
            sheet.append(row)
        sheet.merge_cells("B2:B4")
        sheet.merge_cells("D1:E9")

    only(
        refused(workbook(tmp_path / "d.xlsx", fill)),
        "d.xlsx, sheet Events",
        2,
        "recipient",
        "B2:B4 are merged",
        "Unmerge",
    )


def test_text_that_looks_like_a_formula_is_text_in_a_text_cell(tmp_path: Path) -> None:
    def fill(sheet: Any) -> None:
        sheet.append(["note"])
        sheet["A2"] = "=1+1"
        sheet["A2"].data_type = "s"

    assert read(workbook(tmp_path / "d.xlsx", fill))[0].rows[0].values == {"note": "=1+1"}


def rezipped(path: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    """The workbook with its parts changed; None leaves one out."""
    with zipfile.ZipFile(path) as old:
        parts = {name: change(name, old.read(name)) for name in old.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, data in parts.items():
            if data is not None:
                new.writestr(name, data)
    return path


def test_macro_sheets_are_not_looked_at(tmp_path: Path) -> None:
    made = {"events": (["id"], [{"id": "1"}]), "macros": (["id"], [{"id": "2"}])}

    def change(name: str, data: bytes) -> bytes:
        if name != "xl/_rels/workbook.xml.rels":
            return data
        return re.sub(rb'worksheet("\s+Target="worksheets/sheet2)', rb"xlMacrosheet\1", data)

    path = table(tmp_path / "docket.xlsm", write(made, "xlsx"))
    assert [sheet.name for sheet in read(path)] == ["events", "macros"]
    assert [sheet.name for sheet in read(rezipped(path, change))] == ["events"]


@pytest.mark.parametrize(
    ("part", "old", "new", "said"),
    [
        ("xl/worksheets/sheet1.xml", b"</sheetData>", b"", "is damaged in xl/worksheets/sheet1.xml"),
        (
            "xl/worksheets/sheet1.xml",
            b"<worksheet",
            b'<!DOCTYPE worksheet [<!ENTITY e "1">]><worksheet',
            "declares a DTD",
        ),
        ("xl/worksheets/sheet1.xml", None, None, "xl/worksheets/sheet1.xml is missing"),
        ("xl/sharedStrings.xml", None, None, "is damaged"),
        ("xl/sharedStrings.xml", b"<si>", b"<xx>", "is damaged"),
        ("xl/workbook.xml", None, None, "is damaged"),
    ],
)
def test_damaged_workbooks_are_refused(tmp_path: Path, part: str, old: bytes | None, new: bytes, said: str) -> None:
    path = table(tmp_path / "d.xlsx", write({"events": (["id", "name"], [{"id": "1"}])}, "xlsx"))

    def change(name: str, data: bytes) -> bytes | None:
        if name != part:
            return data
        return None if old is None else data.replace(old, new, 1)

    only(refused(rezipped(path, change)), "d.xlsx", 0, "", said, "save it again as .xlsx")


def test_strings_in_runs_and_strict_prefixes_are_read(tmp_path: Path) -> None:
    """Formatted runs, phonetic readings, escapes, and a cell or row that does not say where it is."""
    rows = (
        b'<row><c t="inlineStr"><is><r><t>i</t></r><r><t>d</t></r><rPh sb="0" eb="1"><t>no</t></rPh></is></c></row>'
        b'<row><c t="str"><v>a_x000A_b</v></c></row><row><c t="d"><v>2018-01-24T00:00:00</v></c></row>'
        b'<row><c t="b"><v>1</v></c></row><row/><row><c><v>1<!-- -->2</v></c></row>'
    )

    def change(name: str, data: bytes) -> bytes:
        if name != "xl/worksheets/sheet1.xml":
            return data
        return data[: data.index(b"<sheetData")] + b"<sheetData>" + rows + b"</sheetData></worksheet>"

    (sheet,) = read(rezipped(workbook(tmp_path / "d.xlsx", rows_of(["x"])), change))
    assert [(row.number, row.values["id"]) for row in sheet.rows] == [
        (2, "a\nb"), (3, "2018-01-24"), (4, "TRUE"), (6, "12"),
    ]  # fmt: skip


def test_a_workbook_that_unpacks_to_more_than_the_limit_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = workbook(tmp_path / "d.xlsx", rows_of(["id"], ["x" * 30_000]))
    assert len(read(path)[0].rows) == 1
    monkeypatch.setattr(package, "_EXPANDED", 30_000)
    only(refused(path), "d.xlsx", 0, "", "unpacks to more than", "Divide")


def test_a_workbook_with_locked_parts_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "d.xlsx", rows_of(["id"], [1]))
    data = bytearray(path.read_bytes())
    for found in re.finditer(rb"PK\x01\x02", bytes(data)):
        data[found.start() + 8] |= 1  # the flag of an encrypted entry
    only(refused(table(path, bytes(data))), "d.xlsx", 0, "", "protected by a password", "Remove the password")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    path = table(tmp_path / "r.csv", "id\n1\n")
    monkeypatch.setattr(Path, "read_bytes", locked)  # as when a spreadsheet program holds it open on Windows
    only(refused(path), "r.csv", 0, "", "cannot be read: Permission denied", "Close it in other programs")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (
            "d.xlsx",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"),
            "password",
        ),
        ("d.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "older Excel workbook"),
        ("d.xlsx", b"id,name\n", "not an Excel workbook"),
        ("d.xlsx", b"PK\x03\x04" + bytes(100), "is damaged"),
        ("d.xls", b"anything", "older Excel workbook"),
        ("d.ods", b"anything", "OpenDocument"),
        ("d.pdf", b"%PDF", "not named as a table"),
    ],
)
def test_other_files_are_refused_with_a_cure(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    problems = refused(table(tmp_path / name, content))
    only(problems, name, 0, "", said)
    assert ".xlsx" in problems[0][3] or "password" in problems[0][3]


# -- JSON ------------------------------------------------------------------------------------------------


def test_json_of_another_program(tmp_path: Path) -> None:
    path = table(
        tmp_path / "docket.json",
        '\ufeff{"Events": [\n'
        ' {"ID": 7, "Sure Thing": true, "amount": 2019194.0, "data": {"a": [1.50, null, "é"], "b": {}}},\n'
        " {},\n"
        ' {"id": "007", "amount": 0.12345678901234567890, "late": -1.5E+3, "data": []}, {"id": null, "late": false}\n'
        '], "awards": []}\n',
    )
    events, awards = read(path)
    assert (events.name, events.place, events.columns) == (
        "events", "docket.json, list Events", ("id", "sure_thing", "amount", "data", "late"),
    )  # fmt: skip
    assert [(row.number, list(row.values.values())) for row in events.rows] == [
        (2, ["7", "TRUE", "2019194", '{"a":[1.50,null,"é"],"b":{}}', ""]),
        (4, ["007", "", "0.1234567890123456789", "[]", "-1500"]),
        (4, ["", "", "", "", "FALSE"]),
    ]
    assert (awards.columns, awards.rows) == ((), ())


@pytest.mark.parametrize(
    ("content", "place", "row", "column", "said"),
    [
        ("", "", 1, "", "one object of lists"),
        ("{}", "", 0, "", "holds no table"),
        ('[{"id": 1}]', "", 1, "", "one object of lists"),
        ('{"events":\n {"id": 1}}', "", 2, "", "'events' must be a list"),
        ('{"events": [\n5]}', ", list events", 2, "", "must be an object"),
        ('{"events": [\n{"id": 1,\n"id": 2}]}', ", list events", 2, "id", "'id' is there more than once"),
        ('{"events": [\n{"id": 1, "ID ": 2}]}', ", list events", 2, "id", "two keys name the column 'id'"),
        ('{"events": [\n{"a": {"b": 1, "b": 2}}]}', ", list events", 2, "a", "holds the key 'b' more than once"),
        ('{"events": [\n\n{"a": NaN}]}', ", list events", 3, "a", "NaN, which is not a number"),
        ('{"events": [\n\n{"a": [-Infinity]}]}', ", list events", 3, "a", "-Infinity"),
        ('{"events": [\n{" ": 1}]}', ", list events", 2, "", "cannot name a column"),
        ('{"events": [\n{"a": "\\u0007"}]}', ", list events", 2, "a", "U+0007"),
        ('{"events": [\n{"a": "\\ud800"}]}', ", list events", 2, "a", "half a character"),
        ('{"events": [],\n"EVENTS": []}', ", list EVENTS", 2, "", "there twice"),
        ('{"events": [\n{"a": 1},\n]}', "", 3, "", "is not JSON"),
        ('{"events": [\n{"a": 1}\n{"a": 2}]}', "", 3, "", "',' or ']' is expected"),
        ('{"events": [\n{"a": 1}]\n} x', "", 3, "", "something follows"),
        ('{"events"\n[]}', "", 2, "", "':' is expected"),
        ("{\n5: []}", "", 2, "", "name in double quotes"),
        ('{"events": [{"a": "x\ny"}]}', "", 1, "", "Invalid control character"),
        ('{"events": [\n{"a": ' + "[" * 100_000, "", 2, "", "nested too deeply"),
        (b'{"events":\n[{"a": "\xf1"}]}', "", 2, "", "is not UTF-8"),
    ],
)
def test_bad_json_is_named_with_line_and_cure(
    tmp_path: Path, content: str | bytes, place: str, row: int, column: str, said: str
) -> None:
    only(refused(table(tmp_path / "d.json", content)), f"d.json{place}", row, column, said)


def test_nesting_inside_a_cell_has_a_limit(tmp_path: Path) -> None:
    for depth in (100, 101):
        data = "[" * depth + "]" * depth
        path = table(tmp_path / "d.json", f'{{"events": [\n{{"a": {data}}}]}}')
        if depth == 100:
            assert read(path)[0].rows[0].values == {"a": data}
        else:
            only(refused(path), "d.json, list events", 2, "a", "nested more than 100 levels deep")


# -- folders ---------------------------------------------------------------------------------------------


def test_a_folder_is_read_by_name_and_says_what_it_left(tmp_path: Path) -> None:
    table(tmp_path / "recipients.csv", "id\n1\n")
    table(tmp_path / "events.json", '{"events": [{"id": 2}]}')
    table(tmp_path / "~$docket.xlsx", b"lock")
    table(tmp_path / ".hidden.csv", b"\xff")
    table(tmp_path / "letter.pdf", b"%PDF")
    (tmp_path / "older").mkdir()
    found = read(tmp_path, dates="dmy")
    assert [one.name for one in found] == ["events", "recipients"]
    assert [one.assumed for one in found] == [
        ("dates such as 3/4/2018 are read day first (--dates dmy)", "not read in the folder: letter.pdf, older"),
    ] * 2  # fmt: skip


def test_a_folder_names_the_problems_of_all_its_files(tmp_path: Path) -> None:
    table(tmp_path / "a.csv", "id\n=1\n")
    table(tmp_path / "b.ods", "")
    table(tmp_path / "c.csv", "")
    table(tmp_path / "d.tsv", "id\n1\n")
    table(tmp_path / "d.json", '{"D": []}')
    problems = refused(tmp_path)
    assert [one[:3] for one in problems] == [("a.csv", 2, "id"), ("b.ods", 0, ""), ("c.csv", 0, ""), ("d.tsv", 0, "")]
    assert "is named 'd' as is d.json, list D" in problems[-1][3]


def test_nothing_there_is_said(tmp_path: Path) -> None:
    only(refused(tmp_path), tmp_path.name, 0, "", "holds no table")
    with pytest.raises(SourceMissing):
        read(tmp_path / "docket.xlsx")


def test_a_file_larger_than_the_limit_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "_LARGEST", 10)
    only(refused(table(tmp_path / "a.csv", "id\n12345678\n")), "a.csv", 0, "", "larger than", "Divide")


# -- problems --------------------------------------------------------------------------------------------


def test_problems_of_a_caller_are_told_as_those_of_reading() -> None:
    problems = Problems(Path("docket/events.csv"))
    problems.done()
    problems.add("events.csv", 7, "recipient", "'chicgo' is not in recipients", "Correct the spelling")
    with pytest.raises(TableInvalid) as caught:
        problems.done()
    assert caught.value.message == (
        "events.csv, row 7, column recipient: 'chicgo' is not in recipients. Correct the spelling."
    )
    assert (len(problems), caught.value.line) == (1, 7)
    assert json.loads(json.dumps(caught.value.problems)) == [
        {"place": "events.csv", "row": 7, "column": "recipient", "message": "'chicgo' is not in recipients",
         "cure": "Correct the spelling"}
    ]  # fmt: skip
