"""Load files: what is written reads back, and whatever vendors send is read to its end."""

from __future__ import annotations

import io
import random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tecum.fields import profile
from tecum.loadfile import (
    DatReader,
    EdrmReader,
    LfpReader,
    OptReader,
    PageLine,
    write_dat,
    write_opt,
)

DEFAULT = profile("default")
THORN = "\u00fe"


def written(rows: list[dict[str, str | list[str]]]) -> tuple[bytes, list[tuple[str, str]]]:
    out = io.BytesIO()
    replaced = write_dat(out, DEFAULT, rows)
    return out.getvalue(), [(one.sign, one.written) for one in replaced]


def read(data: bytes) -> tuple[DatReader, list[list[str]]]:
    reader = DatReader(io.BytesIO(data))
    return reader, [row.values for row in reader]


def codes(reader: DatReader) -> list[tuple[str, int]]:
    return [(one.code, one.line) for one in reader.anomalies if not one.note]


# --- writing ------------------------------------------------------------------------------------------------


def test_the_written_form() -> None:
    data, replaced = written([{"BEGBATES": "A0001", "TO": ["Doe; Jane <j@x.example>", "b"], "SUBJECT": "a\r\nb\nc"}])
    assert data.startswith(b"\xef\xbb\xbf\xc3\xbeBEGBATES\xc3\xbe\x14\xc3\xbeENDBATES\xc3\xbe\x14")
    assert data.endswith(b"\xc3\xbe\r\n")
    assert data.count(b"\r\n") == 2
    assert b"Doe, Jane <j@x.example>;b" in data
    assert "a\u00aeb\u00aec".encode() in data
    assert replaced == [("U+003B", ",")]


def test_what_cannot_be_carried_is_replaced_and_logged() -> None:
    data, replaced = written([{"BEGBATES": "A1", "SUBJECT": "\u00feorn \u00ae \x14 \x00 \x07 \t \ud800"}])
    assert b"thorn (R) " in data
    assert [sign for sign, _ in replaced] == [
        "U+00FE", "U+00AE", "U+0014", "U+0000", "U+0007", "U+0009", "U+D800",
    ]  # fmt: skip


def test_only_known_fields_and_fitting_values_are_written() -> None:
    with pytest.raises(KeyError):
        written([{"IMAGELINK": "x"}])
    with pytest.raises(ValueError):
        written([{"SUBJECT": ["a", "b"]}])


VALUES = st.text(st.characters(), max_size=30)
ROWS = st.lists(
    st.fixed_dictionaries(
        {"BEGBATES": st.from_regex(r"A[0-9]{4}", fullmatch=True)},
        optional={"SUBJECT": VALUES, "TITLE": VALUES, "CC": st.lists(VALUES, max_size=3), "PATH": VALUES},
    ),
    max_size=6,
)


@settings(max_examples=150, deadline=None)
@given(ROWS)
@example([{"BEGBATES": "A0001", "SUBJECT": "\u00fe\x14\u00fe", "TITLE": '"', "PATH": "^|^,;\t"}])
@example([{"BEGBATES": "A0001", "SUBJECT": "\u0085\u2028\ufeff\ufffd"}])
def test_write_read_write_is_stable_and_loses_only_what_is_logged(
    rows: list[dict[str, str | list[str]]],
) -> None:
    data, replaced = written(rows)
    reader, read_rows = read(data)
    assert codes(reader) == []
    assert reader.columns == list(DEFAULT.headers)
    again = [{key: value for key, value in zip(DEFAULT.fields, values, strict=True) if value} for values in read_rows]
    assert written(again) == (data, [])
    if replaced:
        return
    for row, back in zip(rows, again, strict=True):
        for key, value in row.items():
            plain = value if isinstance(value, str) else ";".join(value)
            assert back.get(key, "") == plain.replace("\r\n", "\n").replace("\r", "\n")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.from_regex(r"[A-Z]{1,4}[0-9]{4}", fullmatch=True), st.integers(1, 4)), max_size=6))
def test_opt_write_read_write(documents: list[tuple[str, int]]) -> None:
    pages = [
        PageLine(
            0, f"{key}_{page:03d}", "VOL001", f"IMAGES\\{key}_{page:03d}.tif", page == 0, count if not page else -1
        )
        for key, count in documents
        for page in range(count)
    ]
    out = io.BytesIO()
    assert write_opt(out, pages) == len(pages)
    reader = OptReader(io.BytesIO(out.getvalue()))
    assert [page._replace(line=0) for page in reader] == pages
    assert reader.anomalies == []


def test_opt_refuses_what_it_cannot_carry() -> None:
    for path in ("a,b.tif", "a\nb.tif"):
        with pytest.raises(ValueError):
            write_opt(io.BytesIO(), [PageLine(1, "A1", "V", path, True, 1)])


# --- reading other vendors ----------------------------------------------------------------------------------

HEADER = ["DOCID", "CUSTODIAN", "SUBJECT", "FILE_SIZE"]
BODY = [["A0001", "Ríos", "Lunch; at noon", "1"], ["A0002", "Bo", "", "22"], ["A0003", "", "x", "333"]]


def made(separator: str, qualifier: str, end: str = "\r\n", header: bool = True) -> str:
    lines = [HEADER, *BODY] if header else BODY
    return "".join(separator.join(qualifier + value + qualifier for value in line) + end for line in lines)


@pytest.mark.parametrize("separator", ["\x14", "|", "\t", ",", "~"])
@pytest.mark.parametrize("qualifier", [THORN, "^", '"', ""])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_separators_and_encodings_are_sniffed(separator: str, qualifier: str, encoding: str) -> None:
    reader, rows = read(made(separator, qualifier).encode(encoding))
    assert rows == BODY
    assert reader.columns == HEADER
    assert codes(reader) == []
    assert reader.dialect.separator == separator
    assert reader.dialect.qualifier == qualifier
    assert reader.dialect.bom == (encoding in ("utf-8-sig", "utf-16"))


def test_semicolons_between_thorns() -> None:
    reader, rows = read(made(";", THORN, "\n").encode())
    assert rows == BODY
    assert [(one.code, one.line, one.note) for one in reader.anomalies] == [("P05", 0, True), ("P03", 2, True)]


def test_line_ends_are_noted_and_a_last_one_may_lack() -> None:
    reader, rows = read(made("\x14", THORN, "\n").encode().removesuffix(b"\n"))
    assert rows == BODY
    assert [(one.code, one.note) for one in reader.anomalies] == [("P05", True)]


def test_a_missing_header_is_told_from_its_values() -> None:
    reader, rows = read(made("|", "", header=False).encode())
    assert (reader.columns, rows) == ([], BODY)
    assert any("no header" in said for said in reader.assumed)
    forced = DatReader(io.BytesIO(made("|", "", header=False).encode()), header=True)
    assert forced.columns == BODY[0]


def test_qualified_and_bare_values_stand_side_by_side() -> None:
    text = "DOCID|SUBJECT|SIZE\r\n^A_|_0001^|x|1\r\n^A_|_0002^|^a|b^|2\r\n^A3^|^say ^^hi^^^|3\r\n"
    reader, rows = read(text.encode())
    assert rows == [["A_|_0001", "x", "1"], ["A_|_0002", "a|b", "2"], ["A3", "say ^hi^", "3"]]
    assert [(one.code, one.line, one.note) for one in reader.anomalies] == [("P03", 2, True), ("P03", 3, True)]


def test_csv_keeps_newlines_inside_quotes() -> None:
    text = 'DOCID,SUBJECT\r\n1,"a\r\nb,c"\r\n2,"say ""hi"""\r\n'
    reader, rows = read(text.encode())
    assert rows == [["1", "a\nb,c"], ["2", 'say "hi"']]
    assert codes(reader) == []


def test_duplicate_headers_are_found() -> None:
    reader, _ = read(b"DOCID|Subject|SUBJECT|x\r\nA1|b|c|d\r\n")
    assert codes(reader) == [("P07", 1)]


@pytest.mark.parametrize("data", [b"", b"\r\n\r\n", b"\xff\xfe", b"\0" * 50, bytes(range(256)) * 4, b"\xfe" * 99])
def test_rubbish_is_read_to_its_end(data: bytes) -> None:
    reader, _ = read(data)
    assert reader.dialect.columns >= 1


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_stop_the_readers(data: bytes) -> None:
    read(b"\xfeDOCID\xfe\x14\xfeSUBJECT\xfe\r\n" + data)
    read(data)
    list(OptReader(io.BytesIO(data)))
    list(LfpReader(io.BytesIO(data)))
    list(EdrmReader(io.BytesIO(data)))


# --- injected anomalies: a generator of its own, with a truth list ------------------------------------------

KINDS = {"separator": {"P02"}, "quote": {"P04"}, "columns": {"P03"}, "newline": {"P05"}, "bytes": {"P01"}}
SETS = [("\x14", THORN), ("|", "^"), (";", THORN), ("~", '"'), ("\t", THORN)]


def injected(
    seed: int, separator: str, qualifier: str, encoding: str, end: str, rows: int
) -> tuple[bytes, dict[int, str]]:
    """Return a file of ``rows`` records and, by record from 1, what was done to it."""
    rng = random.Random(seed)
    names = ["DOCID", "CUSTODIAN", "SUBJECT", "AUTHOR", "FILE_SIZE", "TITLE"]
    frame = lambda values: separator.join(qualifier + value + qualifier for value in values)  # noqa: E731
    text = [frame(names)]
    truth: dict[int, str] = {}
    for number in range(1, rows + 1):
        values = [f"DOC{number:08d}", f"Custodian {number % 7}", rng.choice(["", "Notice", "Ñandú \u20ac"]), "",
                  str(rng.randrange(9999)), rng.choice(["", "t"])]  # fmt: skip
        line = frame(values)
        if rng.random() < 0.02 and number < rows and number - 1 not in truth:
            truth[number] = kind = rng.choice(list(KINDS))
            line = _harm(line, kind, separator, qualifier, end, rng)
        text.append(line)
    raw = [line.encode(encoding) for line in text]
    bad = {"utf-8": b"\xfe\xff", "cp1252": b"\x81\x8d\x8f", "utf-16-le": b"\x00\xd8"}[encoding]
    for number, kind in truth.items():
        if kind == "bytes":
            raw[number] = bad + raw[number]
    sep = end.encode(encoding)
    return sep.join(raw) + sep, truth


def _harm(line: str, kind: str, separator: str, qualifier: str, end: str, rng: random.Random) -> str:
    if kind == "separator":
        places = [at for at, sign in enumerate(line) if sign == separator]
        at = rng.choice(places)
        return line[:at] + rng.choice([sign for sign in ",\t|" if sign != separator]) + line[at + 1 :]
    if kind == "quote":
        return line[: line.rindex(qualifier)]
    if kind == "columns":
        return line + separator if rng.random() < 0.5 else line.replace(separator, "", 1)
    if kind == "newline":
        return line[:4] + end + line[4:]
    return line


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("separator", "qualifier"), SETS)
@pytest.mark.parametrize(("encoding", "end"), [("utf-8", "\n"), ("cp1252", "\r\n"), ("utf-16-le", "\r\n")])
def test_every_injected_anomaly_is_found_at_its_row(
    seed: int, separator: str, qualifier: str, encoding: str, end: str
) -> None:
    data, truth = injected(seed, separator, qualifier, encoding, end, 300)
    reader = DatReader(io.BytesIO(data))
    rows = list(reader)
    assert len(rows) == 300  # no record is lost, none is invented
    starts = {row.line: number for number, row in enumerate(rows, start=1)}
    found: dict[int, set[str]] = {}
    for one in reader.anomalies:
        if not one.note:
            found.setdefault(starts[one.line], set()).add(one.code)
    if qualifier == '"':  # CSV rules: there a newline between quotes is in order
        truth = {number: kind for number, kind in truth.items() if kind != "newline"}
    assert found.keys() == truth.keys()
    for number, kind in truth.items():
        assert found[number] >= KINDS[kind], (number, kind, found[number])
        assert found[number] <= KINDS[kind] | {"P03"}


@pytest.mark.parametrize(("separator", "qualifier"), SETS)
def test_clean_files_raise_no_alarm(separator: str, qualifier: str) -> None:
    lines = made(separator, qualifier).splitlines(keepends=True)
    reader, rows = read("".join([lines[0], *lines[2:] * 1_000]).encode())
    assert len(rows) == 2_000
    assert reader.anomalies == []


# --- image load files and EDRM XML --------------------------------------------------------------------------


def opt(text: str) -> tuple[list[PageLine], list[tuple[str, int]]]:
    reader = OptReader(io.BytesIO(text.encode()))
    pages = list(reader)
    return pages, [(one.code, one.line) for one in reader.anomalies]


def test_opt_forms_met() -> None:
    assert opt("A1,V,.\\a.tif,Y,,,5\r\nA2,V,b.tif,,,,\r\n") == (
        [PageLine(1, "A1", "V", ".\\a.tif", True, 5), PageLine(2, "A2", "V", "b.tif", False)], [],
    )  # fmt: skip
    assert opt("A1,V,a.tif,Y,3\r\n")[0][0].pages == 3
    assert opt("A1,V,a.tif,Y\r\n") == ([PageLine(1, "A1", "V", "a.tif", True)], [])
    assert opt("A1,V,a.tif,Y,3,,\r\n")[0][0].pages == 3


@pytest.mark.parametrize(
    ("line", "code"),
    [("A2,V,b.tif,,,,,", "P03"), ("A2V,b.tif,,,,", "P03"), ("A2,V,b.tif,X,,,", "P03"), ("A2,V,b.tif,Y,,,-1", "C02"),
     ("A2,V,b.tif,Y,,,ABC", "C02"), ("A2,V,b\x01.tif,,,,", "P05")],
)  # fmt: skip
def test_opt_anomalies(line: str, code: str) -> None:
    pages, found = opt(f"A1,V,a.tif,Y,,,1\r\n{line}\r\nA3,V,c.tif,Y,,,1\r\n")
    assert found == [(code, 2)]
    assert len(pages) == 3


def test_lfp() -> None:
    text = (
        "## made by\r\nIM,A1,D,0,@V1;IMG\\1;A1.tif;2,0\r\nIM,A2, ,0,@V1;IMG\\1;A2.tif;2,0\r\nFT,A1,1,1,@V1;T;a.txt\r\n"
    )
    reader = LfpReader(io.BytesIO((text + "IM,A3,C,0,@V1;IMG;A3.tif;2\r\nXX,1\r\n").encode()))
    assert list(reader) == [
        PageLine(2, "A1", "V1", "IMG\\1\\A1.tif", True),
        PageLine(3, "A2", "V1", "IMG\\1\\A2.tif", False),
        PageLine(5, "A3", "V1", "IMG\\A3.tif", True),
    ]
    assert [(one.code, one.line) for one in reader.anomalies] == [("P03", 6)]


def test_edrm_xml_without_wrapper_and_with_entities_left_alone() -> None:
    bomb = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "lol"}">' for n in range(9))
    text = f"""<!DOCTYPE Root [{bomb}]><Root><Batch><Document DocID="D1"><Tags><Tag TagName="To">&e8;</Tag></Tags>
    <Files><File FileType="Native"><ExternalFile FilePath="a/1.pdf" FileName="1.pdf" FileSize="3" Hash="ab"/></File>
    <File FileType="Text"><ExternalFile FilePath="t" FileName="1.txt"/></File></Files></Document></Batch></Root>"""
    reader = EdrmReader(io.BytesIO(text.encode()))
    documents = list(reader)
    if documents:  # a parser may also refuse such a file outright
        assert [one.path for one in documents[0].files] == ["a/1.pdf", "t/1.txt"]
        assert len(documents[0].tags["To"]) < 100
    else:
        assert [one.code for one in reader.anomalies] == ["P02"]


def test_edrm_xml_cut_short_keeps_what_came_before() -> None:
    reader = EdrmReader(io.BytesIO(b'<Root><Batch><Document DocID="D1"/><Document DocID="D2"'))
    assert [one.id for one in reader] == ["D1"]
    assert [one.code for one in reader.anomalies] == ["P02"]
