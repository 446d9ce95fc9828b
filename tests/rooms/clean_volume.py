"""A small clean volume of the default profile, and every way in which the tests spoil one."""

from __future__ import annotations

import functools
import hashlib
import io
import random
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pikepdf
from PIL import Image, ImageDraw

from tecum.fields import profile
from tecum.hooks import Unreadable
from tecum.loadfile import PageLine, write_dat, write_opt

Row = dict[str, Any]


class InProcess:
    """Stands in for the sandbox: the same ``run``, without a child."""

    def run(self, task: str, file: Any, args: dict[str, Any], receive: Callable[..., None]) -> Any:
        module, _, name = task.partition(":")
        function = getattr(__import__(module, fromlist=[name]), name)
        try:
            with Path(file).open("rb") as handle:
                function(handle, args, receive)
        except Unreadable as error:
            return SimpleNamespace(ok=False, code=error.code, message=error.message)
        return SimpleNamespace(ok=True, code="", message="")


@functools.cache
def tiff(pages: int = 1, compression: str = "group4", mode: str = "1", dpi: int = 300) -> bytes:
    drawn = []
    for _ in range(pages):
        picture = Image.new(mode, (425, 550), "white" if mode != "1" else 1)
        ImageDraw.Draw(picture).rectangle((50, 100, 300, 200), fill=0)
        drawn.append(picture)
    out = io.BytesIO()
    drawn[0].save(out, "TIFF", compression=compression, dpi=(dpi, dpi), save_all=True, append_images=drawn[1:])
    return out.getvalue()


@functools.cache
def pdf(pages: int) -> bytes:
    with pikepdf.new() as document:
        for number in range(pages):
            page = document.add_blank_page(page_size=(612, 792))
            font = pikepdf.Dictionary(
                Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
            )
            page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
            page.Contents = document.make_stream(f"BT /F1 12 Tf 72 500 Td (words of page {number}) Tj ET".encode())
        out = io.BytesIO()
        document.save(out, deterministic_id=True)
        return out.getvalue()


def bates(number: int) -> str:
    return f"CITY{number:08d}"


@dataclass
class CleanVolume:
    """Rows, image lines and files before they are written; ``after`` spoils what was written."""

    rows: list[Row] = field(default_factory=list)
    lines: list[PageLine] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    after: list[Callable[[Path], None]] = field(default_factory=list)
    after_manifest: list[Callable[[Path], None]] = field(default_factory=list)

    def write(self, folder: Path) -> Path:
        for name, content in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        (folder / "DATA").mkdir(exist_ok=True)
        with (folder / "DATA" / "VOL001.DAT").open("wb") as out:
            rows = ({key: value for key, value in row.items() if key != "kind"} for row in self.rows)
            assert write_dat(out, profile("default"), rows) == []
        with (folder / "DATA" / "VOL001.OPT").open("wb") as out:
            write_opt(out, self.lines)
        for spoil in self.after:
            spoil(folder)
        manifest = ["path,bytes,SHA-256"]
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink():
                data = path.read_bytes()
                name = path.relative_to(folder).as_posix()
                manifest.append(f"{name},{len(data)},{hashlib.sha256(data).hexdigest()}")
        (folder / "MANIFEST.csv").write_text("\r\n".join([*manifest, ""]), encoding="utf-8", newline="")
        (folder / "LETTER.pdf").write_bytes(pdf(1))
        for spoil in self.after_manifest:
            spoil(folder)
        return folder

    def alone(self, rng: random.Random) -> Row:
        """A document without family, not the first or last."""
        return rng.choice([row for row in self.rows[1:-1] if row["kind"] == "alone"])

    def family(self, rng: random.Random) -> tuple[Row, list[Row]]:
        parent = rng.choice([row for row in self.rows if row["kind"] == "parent"])
        return parent, [row for row in self.rows if row.get("PARENT_BATES") == parent["BEGBATES"]]

    def lines_of(self, row: Row) -> list[int]:
        numbers = range(int(row["BEGBATES"][4:]), int(row["ENDBATES"][4:]) + 1)
        keys = {bates(number) for number in numbers}
        return [place for place, line in enumerate(self.lines) if line.key in keys]


def clean_volume(rng: random.Random, families: int = 2, singles: int = 5) -> CleanVolume:
    """Families of a mail with two attachments, and documents alone, the last of them redacted."""
    volume = CleanVolume()
    at = 1
    plans = ["family"] * families + ["alone"] * singles
    rng.shuffle(plans)
    for plan in ["alone", *plans, "alone"]:
        sizes = [rng.randint(2, 3), 1, rng.randint(1, 3)] if plan == "family" else [rng.randint(1, 4)]
        starts = [at + sum(sizes[:place]) for place in range(len(sizes))]
        last = starts[-1] + sizes[-1] - 1
        for place, (start, size) in enumerate(zip(starts, sizes, strict=True)):
            row = _document(volume, start, size, mail=plan == "family" and place == 0)
            row["kind"] = plan if plan == "alone" else "child" if place else "parent"
            row["BEGATTACH"], row["ENDATTACH"] = bates(starts[0]), bates(last)
            if plan == "family" and place:
                row["PARENT_BATES"] = bates(starts[0])
            elif plan == "family":
                row["CHILD_BATES"] = [bates(number) for number in starts[1:]]
        at = last + 1
    redacted = volume.rows[-1]
    del volume.files[redacted.pop("NATIVELINK").replace("\\", "/")]
    for key in ("MD5HASH", "SHA256", "FILESIZE", "FILEEXT"):
        del redacted[key]
    redacted.update(REDACTED="Y", REDACTIONTYPE=["PII"])
    return volume


def _document(volume: CleanVolume, start: int, size: int, *, mail: bool) -> Row:
    name, extension = bates(start), "eml" if mail else "docx"
    native = f"native of {name}".encode()
    text = "\f".join(f"Página {number} de {name}" for number in range(size))
    row: Row = {
        "BEGBATES": name, "ENDBATES": bates(start + size - 1), "PGCOUNT": str(size), "CUSTODIAN": "Records",
        "FILENAME": f"file {start}.{extension}", "FILEEXT": extension, "FILESIZE": str(len(native)),
        "MD5HASH": hashlib.md5(native).hexdigest(), "SHA256": hashlib.sha256(native).hexdigest(),
        "TIMEZONE": "America/Chicago", "PRODVOL": "VOL001", "NATIVELINK": f"NATIVES\\0001\\{name}.{extension}",
        "TEXTLINK": f"TEXT\\0001\\{name}.txt", "PDFLINK": f"PDF\\0001\\{name}.pdf", "DATEMOD": "11/30/2017",
    }  # fmt: skip
    if mail:
        row |= {
            "FROM": ["Ana Ríos <ana@riverton.example>"], "TO": ["Bo <bo@riverton.example>", "Cy <cy@riverton.example>"],
            "SUBJECT": "Lunch", "DATESENT": "01/24/2018", "TIMESENT": "09:30:00", "DATERCVD": "01/24/2018",
            "TIMERCVD": "09:31:00",
        }  # fmt: skip
    volume.rows.append(row)
    volume.files |= {
        f"NATIVES/0001/{name}.{extension}": native,
        f"TEXT/0001/{name}.txt": text.encode(),
        f"PDF/0001/{name}.pdf": pdf(size),
    }
    for page in range(size):
        path = f"IMAGES/0001/{bates(start + page)}.tif"
        volume.files[path] = tiff()
        volume.lines.append(
            PageLine(0, bates(start + page), "VOL001", path.replace("/", "\\"), page == 0, size if page == 0 else -1)
        )
    return row


# --- mutations: each spoils one thing and says which code must be found ------------------------------------

Mutation = Callable[[CleanVolume, random.Random], None]
MUTATIONS: list[tuple[str, Mutation]] = []


def mutation(code: str) -> Callable[[Mutation], Mutation]:
    def register(spoil: Mutation) -> Mutation:
        MUTATIONS.append((code, spoil))
        return spoil

    return register


def _in_dat(volume: CleanVolume, row: Row, change: Callable[[bytes], bytes]) -> None:
    """Change the bytes of one row of the written DAT."""
    place = next(at for at, one in enumerate(volume.rows) if one is row)

    def spoil(folder: Path) -> None:
        path = folder / "DATA" / "VOL001.DAT"
        lines = path.read_bytes().split(b"\r\n")
        lines[place + 1] = change(lines[place + 1])
        path.write_bytes(b"\r\n".join(lines))

    volume.after.append(spoil)


def _in_header(volume: CleanVolume, change: Callable[[list[bytes]], list[bytes]]) -> None:
    def spoil(folder: Path) -> None:
        path = folder / "DATA" / "VOL001.DAT"
        lines = path.read_bytes().split(b"\r\n")
        path.write_bytes(b"\r\n".join(change(lines)))

    volume.after.append(spoil)


THORN = "\u00fe".encode()
BETWEEN = THORN + b"\x14" + THORN


@mutation("P01")
def undecodable_bytes(volume: CleanVolume, rng: random.Random) -> None:
    _in_dat(volume, rng.choice(volume.rows), lambda line: b"\xfe\xff" + line)


@mutation("P02")
def other_separator(volume: CleanVolume, rng: random.Random) -> None:
    sign = rng.choice([b",", b"\t", b"|"])
    _in_dat(volume, rng.choice(volume.rows[1:-1]), lambda line: line.replace(BETWEEN, THORN + sign + THORN, 1))


@mutation("P03")
def column_added(volume: CleanVolume, rng: random.Random) -> None:
    _in_dat(volume, rng.choice(volume.rows[1:-1]), lambda line: line + b"\x14" + THORN * 2)


@mutation("P03")
def separator_lost(volume: CleanVolume, rng: random.Random) -> None:
    _in_dat(volume, rng.choice(volume.rows[1:-1]), lambda line: line.replace(b"\x14", b"", 1))


@mutation("P03")
def separator_inside_value(volume: CleanVolume, rng: random.Random) -> None:
    _in_dat(volume, rng.choice(volume.rows[1:-1]), lambda line: line.replace(b"Records", b"Rec\x14ords"))


@mutation("P04")
def last_qualifier_lost(volume: CleanVolume, rng: random.Random) -> None:
    _in_dat(volume, rng.choice(volume.rows), lambda line: line.removesuffix(THORN))


@mutation("P04")
def inner_qualifier_lost(volume: CleanVolume, rng: random.Random) -> None:
    _in_dat(volume, rng.choice(volume.rows), lambda line: line.replace(b"Records" + THORN, b"Records"))


@mutation("P05")
def bare_newline(volume: CleanVolume, rng: random.Random) -> None:
    end = rng.choice([b"\r\n", b"\n"])
    _in_dat(volume, rng.choice(volume.rows), lambda line: line.replace(b"Records", b"Rec" + end + b"ords"))


@mutation("P05")
def control_character(volume: CleanVolume, rng: random.Random) -> None:
    sign = rng.choice([b"\x00", b"\x01", b"\x0b", b"\x1f"])
    _in_dat(volume, rng.choice(volume.rows), lambda line: line.replace(b"Records", b"Rec" + sign + b"ords"))


@mutation("P06")
def header_lost(volume: CleanVolume, rng: random.Random) -> None:
    _in_header(volume, lambda lines: [b"\xef\xbb\xbf" + lines[1], *lines[2:]])


@mutation("P06")
def required_field_renamed(volume: CleanVolume, rng: random.Random) -> None:
    key = rng.choice([b"CUSTODIAN", b"PRODVOL", b"FILENAME"])
    _in_header(volume, lambda lines: [lines[0].replace(BETWEEN + key + THORN, BETWEEN + b"ZZZ" + THORN), *lines[1:]])


@mutation("P07")
def two_columns_of_one_name(volume: CleanVolume, rng: random.Random) -> None:
    _in_header(volume, lambda lines: [lines[0].replace(b"THREADID", b"SUBJECT"), *lines[1:]])


@mutation("B01")
def number_twice(volume: CleanVolume, rng: random.Random) -> None:
    row = volume.alone(rng)
    other = rng.choice([one for one in volume.rows if one is not row and one["kind"] == "alone"])
    row.update({key: other[key] for key in ("BEGBATES", "ENDBATES", "BEGATTACH", "ENDATTACH")})


@mutation("B02")
def range_too_long(volume: CleanVolume, rng: random.Random) -> None:
    row = volume.alone(rng)
    row["ENDBATES"] = row["ENDATTACH"] = bates(int(row["ENDBATES"][4:]) + 1)


@mutation("B03")
def document_left_out(volume: CleanVolume, rng: random.Random) -> None:
    row = volume.alone(rng)
    gone = set(volume.lines_of(row))
    for place in gone:
        del volume.files[volume.lines[place].path.replace("\\", "/")]
    volume.lines = [line for place, line in enumerate(volume.lines) if place not in gone]
    for key in ("NATIVELINK", "TEXTLINK", "PDFLINK"):
        del volume.files[row[key].replace("\\", "/")]
    volume.rows = [one for one in volume.rows if one is not row]


@mutation("B04")
def other_prefix(volume: CleanVolume, rng: random.Random) -> None:
    row = rng.choice(volume.rows[1:-1])
    for key in ("BEGBATES", "ENDBATES"):
        row[key] = row[key].replace("CITY", "CTIY")


@mutation("B04")
def other_width(volume: CleanVolume, rng: random.Random) -> None:
    row = rng.choice(volume.rows[1:-1])
    for key in ("BEGBATES", "ENDBATES"):
        row[key] = row[key].replace("CITY0", "CITY")


@mutation("B04")
def begin_number_blank(volume: CleanVolume, rng: random.Random) -> None:
    row = volume.alone(rng)
    row["BEGBATES"] = row["BEGATTACH"] = row["ENDATTACH"] = ""


@mutation("B04")
def page_key_blank(volume: CleanVolume, rng: random.Random) -> None:
    place = rng.choice([at for at, line in enumerate(volume.lines) if not line.first])
    volume.lines[place] = volume.lines[place]._replace(key="")


@mutation("B05")
def end_before_begin(volume: CleanVolume, rng: random.Random) -> None:
    row = volume.alone(rng)
    row["ENDBATES"] = bates(int(row["BEGBATES"][4:]) - 1)


@mutation("B06")
def rows_swapped(volume: CleanVolume, rng: random.Random) -> None:
    first, second = sorted(rng.sample(range(len(volume.rows)), 2))
    volume.rows[first], volume.rows[second] = volume.rows[second], volume.rows[first]


@mutation("C01")
def page_count_wrong(volume: CleanVolume, rng: random.Random) -> None:
    row = rng.choice(volume.rows)
    row["PGCOUNT"] = rng.choice([str(int(row["PGCOUNT"]) + 1), "x", "0"])


@mutation("C02")
def image_line_lost(volume: CleanVolume, rng: random.Random) -> None:
    row = rng.choice([one for one in volume.rows if int(one["PGCOUNT"]) > 1])
    place = volume.lines_of(row)[-1]
    del volume.files[volume.lines[place].path.replace("\\", "/")]
    del volume.lines[place]


@mutation("C02")
def declared_pages_wrong(volume: CleanVolume, rng: random.Random) -> None:
    place = volume.lines_of(rng.choice(volume.rows))[0]
    volume.lines[place] = volume.lines[place]._replace(pages=volume.lines[place].pages + 1)


@mutation("C02")
def document_break_lost(volume: CleanVolume, rng: random.Random) -> None:
    place = volume.lines_of(rng.choice(volume.rows[1:]))[0]
    volume.lines[place] = volume.lines[place]._replace(first=False)


@mutation("C03")
def one_image_twice(volume: CleanVolume, rng: random.Random) -> None:
    row = rng.choice([one for one in volume.rows if int(one["PGCOUNT"]) > 1])
    first, *_, last = volume.lines_of(row)
    volume.lines[last] = volume.lines[last]._replace(path=volume.lines[first].path)


@mutation("C04")
def pdf_page_too_many(volume: CleanVolume, rng: random.Random) -> None:
    row = rng.choice(volume.rows)
    volume.files[row["PDFLINK"].replace("\\", "/")] = pdf(int(row["PGCOUNT"]) + 1)


@mutation("X01")
def file_missing(volume: CleanVolume, rng: random.Random) -> None:
    row = rng.choice(volume.rows)
    paths = [row.get("NATIVELINK"), row["TEXTLINK"], row["PDFLINK"], volume.lines[volume.lines_of(row)[0]].path]
    del volume.files[rng.choice([path for path in paths if path]).replace("\\", "/")]


@mutation("X02")
def file_nobody_names(volume: CleanVolume, rng: random.Random) -> None:
    name, content = rng.choice(
        [("NATIVES/0001/extra.docx", b"x"), ("TEXT/extra.txt", b"x"), ("IMAGES/9/e.tif", tiff())]
    )
    volume.files[name] = content


@mutation("X03")
def path_in_other_case(volume: CleanVolume, rng: random.Random) -> None:
    row = rng.choice(volume.rows)
    key = rng.choice(["TEXTLINK", "PDFLINK"])
    row[key] = rng.choice([row[key].lower(), row[key].swapcase()])


@mutation("X04")
def path_climbs(volume: CleanVolume, rng: random.Random) -> None:
    row = rng.choice(volume.rows)
    row["TEXTLINK"] = rng.choice(["..\\..\\secret.txt", "C:\\TEXT\\a.txt", "\\\\server\\share\\a.txt", "/etc/passwd"])


@mutation("X04")
def image_path_climbs(volume: CleanVolume, rng: random.Random) -> None:
    place = rng.randrange(len(volume.lines))
    volume.lines[place] = volume.lines[place]._replace(path="IMAGES\\..\\..\\invalid\\path.tif")


@mutation("X05")
def native_empty(volume: CleanVolume, rng: random.Random) -> None:
    row = volume.alone(rng)
    key = rng.choice(["NATIVELINK", "PDFLINK"])
    volume.files[row[key].replace("\\", "/")] = b""


@mutation("X05")
def image_empty(volume: CleanVolume, rng: random.Random) -> None:
    volume.files[rng.choice(volume.lines).path.replace("\\", "/")] = b""


def _image(volume: CleanVolume, rng: random.Random, content: bytes) -> None:
    volume.files[rng.choice(volume.lines).path.replace("\\", "/")] = content


@mutation("I01")
def image_of_two_pages(volume: CleanVolume, rng: random.Random) -> None:
    _image(volume, rng, tiff(pages=2))


@mutation("I02")
def image_not_group_iv(volume: CleanVolume, rng: random.Random) -> None:
    _image(volume, rng, tiff(compression=rng.choice(["tiff_lzw", "group3", "packbits"])))


@mutation("I03")
def image_grey(volume: CleanVolume, rng: random.Random) -> None:
    _image(volume, rng, tiff(compression="tiff_lzw", mode=rng.choice(["L", "RGB"])))


@mutation("I04")
def image_coarse(volume: CleanVolume, rng: random.Random) -> None:
    _image(volume, rng, tiff(dpi=rng.choice([72, 200])))


@mutation("I05")
def image_unreadable(volume: CleanVolume, rng: random.Random) -> None:
    circle = b"II*\0" + struct.pack("<IH", 8, 0) + struct.pack("<I", 8)
    _image(volume, rng, rng.choice([b"plain text", tiff()[: len(tiff()) // 2], circle]))


@mutation("I05")
def pdf_unreadable(volume: CleanVolume, rng: random.Random) -> None:
    volume.files[rng.choice(volume.rows)["PDFLINK"].replace("\\", "/")] = b"%PDF-1.7 nothing"


@mutation("F01")
def parent_unknown(volume: CleanVolume, rng: random.Random) -> None:
    rng.choice(volume.family(rng)[1])["PARENT_BATES"] = bates(99_999)


@mutation("F02")
def child_unknown(volume: CleanVolume, rng: random.Random) -> None:
    volume.family(rng)[0]["CHILD_BATES"].append(bates(99_999))


@mutation("F02")
def child_not_listed(volume: CleanVolume, rng: random.Random) -> None:
    volume.family(rng)[0]["CHILD_BATES"].pop()


@mutation("F03")
def child_with_range_of_its_own(volume: CleanVolume, rng: random.Random) -> None:
    child = rng.choice(volume.family(rng)[1])
    child["BEGATTACH"] = child["BEGBATES"]


@mutation("F04")
def family_range_too_short(volume: CleanVolume, rng: random.Random) -> None:
    parent, children = volume.family(rng)
    for row in (parent, *children):
        row["ENDATTACH"] = parent["BEGBATES"]


@mutation("F05")
def family_in_two_volumes(volume: CleanVolume, rng: random.Random) -> None:
    rng.choice(volume.family(rng)[1])["PRODVOL"] = "VOL002"


@mutation("F05")
def family_goes_on_elsewhere(volume: CleanVolume, rng: random.Random) -> None:
    parent, children = volume.family(rng)
    for row in (parent, *children):
        row["ENDATTACH"] = bates(99_999)


@mutation("M01")
def date_in_other_form(volume: CleanVolume, rng: random.Random) -> None:
    rng.choice(volume.rows)["DATEMOD"] = rng.choice(["2017-11-30", "30 Nov 2017", "20171130", "11-30-2017"])


@mutation("M02")
def date_impossible(volume: CleanVolume, rng: random.Random) -> None:
    rng.choice(volume.rows)["DATEMOD"] = rng.choice(["13/21/2001", "02/30/2018", "00/00/0000"])


@mutation("M02")
def time_impossible(volume: CleanVolume, rng: random.Random) -> None:
    volume.family(rng)[0]["TIMESENT"] = "25:61:00"


@mutation("M03")
def sent_after_received(volume: CleanVolume, rng: random.Random) -> None:
    volume.family(rng)[0]["DATESENT"] = "02/24/2018"


@mutation("M04")
def zone_missing(volume: CleanVolume, rng: random.Random) -> None:
    volume.family(rng)[0]["TIMEZONE"] = ""


@mutation("M04")
def zone_differs(volume: CleanVolume, rng: random.Random) -> None:
    rng.choice(volume.rows[1:])["TIMEZONE"] = "UTC"


@mutation("M05")
def native_disagrees(volume: CleanVolume, rng: random.Random) -> None:
    key, value = rng.choice([("MD5HASH", "0" * 32), ("SHA256", "f" * 64), ("FILESIZE", "7"), ("FILEEXT", "xls")])
    volume.alone(rng)[key] = value


@mutation("M06")
def no_sender(volume: CleanVolume, rng: random.Random) -> None:
    volume.family(rng)[0]["FROM"] = ""


@mutation("T01")
def text_empty(volume: CleanVolume, rng: random.Random) -> None:
    volume.files[rng.choice(volume.rows)["TEXTLINK"].replace("\\", "/")] = rng.choice([b"", b" \r\n\f"])


@mutation("T01")
def text_empty_under_images_alone(volume: CleanVolume, rng: random.Random) -> None:
    row = rng.choice(volume.rows)
    del volume.files[row.pop("PDFLINK").replace("\\", "/")]
    volume.files[row["TEXTLINK"].replace("\\", "/")] = b""


@mutation("T02")
def texts_swapped(volume: CleanVolume, rng: random.Random) -> None:
    first, second = rng.sample(volume.rows, 2)
    first["TEXTLINK"], second["TEXTLINK"] = second["TEXTLINK"], first["TEXTLINK"]


@mutation("T03")
def text_in_other_code_page(volume: CleanVolume, rng: random.Random) -> None:
    name = rng.choice(volume.rows)["TEXTLINK"].replace("\\", "/")
    text = volume.files[name].decode()
    volume.files[name] = rng.choice([text.encode("cp1252"), (text + " Añil").encode().decode("cp1252").encode()])


@mutation("T04")
def page_breaks_lost(volume: CleanVolume, rng: random.Random) -> None:
    row = rng.choice([one for one in volume.rows if int(one["PGCOUNT"]) > 1])
    name = row["TEXTLINK"].replace("\\", "/")
    volume.files[name] = volume.files[name].replace(b"\f", b" ")


@mutation("R02")
def native_of_redacted(volume: CleanVolume, rng: random.Random) -> None:
    row = volume.rows[-1]
    row["NATIVELINK"] = f"NATIVES\\0001\\{row['BEGBATES']}.docx"
    volume.files[row["NATIVELINK"].replace("\\", "/")] = b"all of it"


@mutation("R03")
def twin_of_redacted(volume: CleanVolume, rng: random.Random) -> None:
    volume.rows[-1]["MD5HASH"] = volume.alone(rng)["MD5HASH"]


@mutation("S02")
def image_named_for_another(volume: CleanVolume, rng: random.Random) -> None:
    place = volume.lines_of(volume.alone(rng))[0]
    old, new = volume.lines[place].path, f"IMAGES\\0001\\{bates(88_888)}.tif"
    volume.lines[place] = volume.lines[place]._replace(path=new)
    volume.files[new.replace("\\", "/")] = volume.files.pop(old.replace("\\", "/"))


@mutation("L01")
def byte_changed_after_manifest(volume: CleanVolume, rng: random.Random) -> None:
    name = rng.choice(volume.rows)["TEXTLINK"].replace("\\", "/")
    volume.after_manifest.append(lambda folder: (folder / name).write_bytes(volume.files[name] + b" "))
    changed = volume.files[name].replace(b"de CITY", b"of CITY")
    if rng.random() < 0.5:
        volume.after_manifest[-1] = lambda folder: (folder / name).write_bytes(changed)


@mutation("L01")
def file_not_in_manifest(volume: CleanVolume, rng: random.Random) -> None:
    volume.after_manifest.append(lambda folder: (folder / "DATA" / "notes.json").write_bytes(b"{}"))


@mutation("L01")
def file_gone_after_manifest(volume: CleanVolume, rng: random.Random) -> None:
    name = rng.choice(volume.rows)["TEXTLINK"].replace("\\", "/")
    volume.after_manifest.append(lambda folder: (folder / name).unlink())
