"""Nothing is lost in silence: archives, mailboxes and documents whose every member is known, through a real matter.

Each case is planted in one pile and looked up afterwards: every member is an item in its place, in its order, with its
bytes, or with a reason where they were damaged; and nothing else is there.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

import plants
from piles import balanced, matter_of, png, write
from plants import (
    Plant,
    boxed,
    by_hand_7z,
    held,
    hurt,
    leaf,
    locked,
    lost,
    mailed,
    multipart,
    office,
    packed,
    part,
    pdf,
    seven,
    tarred,
    winmail,
    zipped,
)
from tecum import verbs
from tecum.engine.schema import item

PASSWORD = "open sesame"
A, B, C = leaf("a.txt"), leaf("b.txt", 3000), leaf("c.txt", 90_000)
EMPTY = Plant("empty.txt", b"", reason="EMPTY_FILE")
IMAGE = Plant("logo.png", png())


def mails() -> Iterator[Plant]:
    yield mailed("plain.eml", A, B)
    yield mailed("within.eml", mailed("one.eml", mailed("two.eml", mailed("three.eml", A))))
    yield mailed("zip-in-mail.eml", zipped("z.zip", mailed("m.eml", zipped("y.zip", A, B), C)))
    yield mailed("inline.eml", A, inline=(IMAGE, Plant("chart.png", png(1))))
    yield mailed("twins.eml", A, Plant("a.txt", b"another a.txt"), A)
    yield mailed("empty.eml", EMPTY, A)
    yield mailed("many.eml", *(leaf(f"{n:03d}.txt") for n in range(60)))
    yield multipart("nameless.eml", [part(A.data), part(B.data)], replace(A, name=""), replace(B, name=""))
    yield multipart("quoted.eml", [part(A.data, name="a.txt", coding="quoted-printable")], A)
    yield multipart("eight.eml", [part(bytes(range(128, 256)), name="x.bin", coding="binary")],
                    Plant("x.bin", bytes(range(128, 256))))  # fmt: skip
    yield multipart("no-end.eml", [part(A.data, name="a.txt"), part(B.data, name="b.txt")], A, B, end=b"")
    yield multipart("bad-base64.eml", [part(B.data, name="b.txt").replace(b"VGhpcyBpcy", b"VGhp\x00*yBpcy", 1)],
                    hurt(B, "PARTIAL"))  # fmt: skip
    yield multipart("uuencoded.eml", [], A, end=b"--b\r\n\r\n" + uuencoded(A) + b"--b--\r\n")
    yield winmail("winmail.eml", A, B)


def uuencoded(plant: Plant) -> bytes:
    import binascii

    lines = b"".join(binascii.b2a_uu(plant.data[at : at + 45]) for at in range(0, len(plant.data), 45))
    return b"begin 644 " + plant.name.encode() + b"\n" + lines + b"`\nend\n"


def mailboxes() -> Iterator[Plant]:
    first, second, third = mailed("1.eml", A), mailed("2.eml", zipped("z.zip", B)), mailed("3.eml", C)
    yield boxed("plain.mbox", first, second, third)
    yield boxed("crlf.mbox", first, second, newline=b"\r\n")
    text = b"Subject: From\nFrom: ann@town.example\nDate: Tue, 14 Mar 2017 09:26:53 -0500\n\n>From here\n>>From there\n"
    says_from = Plant("4.eml", text)
    yield boxed("rd.mbox", first, says_from, quote=lambda data: data.replace(b"\n>", b"\n>>"))
    yield packed(boxed("box.mbox", first, second), "gz")
    yield zipped("boxes.zip", boxed("one.mbox", first), boxed("two.mbox", second, third))


def zips() -> Iterator[Plant]:
    for method, name in enumerate(("deflate", "bzip2", "lzma", "stored")):
        way = (zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA, zipfile.ZIP_STORED)[method]
        yield zipped(f"{name}.zip", A, B, C, method=way)
    yield zipped("streamed.zip", A, B, C, stream=True)
    yield zipped("empties.zip", EMPTY, A, Plant("folder/deep/x.txt", b"x in folders"))
    yield twins()
    deep = zipped("5.zip", A)
    for n in (4, 3, 2, 1):
        deep = zipped(f"{n}.zip", deep, leaf(f"beside-{n}.txt"))
    yield deep
    whole = zipped("cut.zip", A, B, C, method=zipfile.ZIP_STORED)
    yield held("no-directory.zip", whole.data[: whole.data.index(b"PK\1\2")], A, B, C, reason="PARTIAL")
    cut = whole.data[: whole.data.index(b"This is c.txt") + 5000]
    yield held("cut.zip", cut, A, B, hurt(C, "CORRUPT"), reason="PARTIAL")
    wrong = bytearray(whole.data)
    wrong[whole.data.index(b"This is b.txt") + 9] ^= 1
    yield held("wrong-checksum.zip", bytes(wrong), A, hurt(B, "CORRUPT"), C)
    at = whole.data.index(b"PK\3\4", 10)
    yield held("lost-header.zip", whole.data[:at] + b"??" + whole.data[at + 2 :], A, C, lost(B, "CORRUPT"))
    yield held("unpacks-itself.exe", b"MZ" + bytes(3000) + whole.data, A, B, C)
    yield held("joined.zip", zipped("1", A).data + zipped("2", B, C).data, B, C, A, reason="PARTIAL")
    yield locked("opened.zip", PASSWORD, A, B)
    yield locked("closed.zip", "unknown", A, B, known=False)
    yield mailed("locked.eml", locked("within.zip", PASSWORD, A), locked("not.zip", "unknown", B, known=False))
    yield zipped("names.zip", *(leaf(name) for name in ("grüße.txt", "資料.txt", "a b.txt", "%2e.txt", "x" * 200)))


def twins() -> Plant:
    """A ZIP with three members of one name."""
    twins_inside = tuple(Plant("same.txt", f"the {word} of one name".encode()) for word in ("first", "second", "third"))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for place, one in enumerate(twins_inside):
            archive.writestr(f"sam{place}.txt", one.data)
    data = out.getvalue()
    for place in range(3):
        data = data.replace(f"sam{place}.txt".encode(), b"same.txt")
    return Plant("twins.zip", data, twins_inside)


def tars() -> Iterator[Plant]:
    for form, name in ((tarfile.PAX_FORMAT, "pax"), (tarfile.GNU_FORMAT, "gnu"), (tarfile.USTAR_FORMAT, "ustar")):
        yield tarred(f"{name}.tar", A, EMPTY, Plant("d/" * 40 + "far.txt", b"far down"), C, form=form)
    for ending, pack in plants.PACKERS.items():
        yield tarred(f"whole.tar.{ending}", A, B, zipped("z.zip", C), pack=pack)
        yield packed(leaf(f"alone-{ending}.txt", 5000), ending)
    whole = tarred("x", A, B, C)
    at = whole.data.index(b"This is c.txt")
    yield held("cut.tar", whole.data[: at + 7000], A, B, hurt(C, "CORRUPT"), reason="PARTIAL")
    yield held("cut-at-a-border.tar", whole.data[: at - 512], A, B, reason="PARTIAL")
    broken = bytearray(whole.data)
    broken[whole.data.index(b"This is b.txt") - 400] ^= 1
    yield held("damaged-header.tar", bytes(broken), A, C, reason="PARTIAL")
    yield held("joined.tar", whole.data + tarred("y", leaf("second.txt")).data, A, B, C, leaf("second.txt"))
    yield special()
    yield packed(packed(packed(leaf("deep.txt"), "gz"), "bz2"), "xz")
    pack = plants.PACKERS["gz"]
    yield held("several.txt.gz", pack(b"one ") + pack(b"two"), Plant("several.txt", b"one two"))
    long = packed(leaf("cut.txt", 200_000), "gz").data
    yield held("cut.txt.gz", long[: len(long) // 2], hurt(leaf("cut.txt"), "PARTIAL"), reason="PARTIAL")


def special() -> Plant:
    """A tar with links, a device and a pipe."""
    links, others = (
        {"link": tarfile.SYMTYPE, "hard": tarfile.LNKTYPE},
        {"null": tarfile.CHRTYPE, "pipe": tarfile.FIFOTYPE},
    )
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, kind in {**links, **others}.items():
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "../../etc/passwd"
            archive.addfile(info)
    inside = [Plant(name, b"../../etc/passwd") for name in links]
    return held("special.tar", out.getvalue(), *inside, *(lost(Plant(name, b""), "UNSUPPORTED") for name in others))


def sevens() -> Iterator[Plant | None]:
    yield by_hand_7z("by-hand.7z", A, B, C)
    yield by_hand_7z("wrong-checksum.7z", A, B, C, wrong=1)
    whole = by_hand_7z("x", A, B, C)
    yield held("cut.7z", whole.data[:-20], reason="CORRUPT")
    yield seven("solid.7z", A, B, C, zipped("z.zip", A, EMPTY), mailed("m.eml", B))
    yield seven("apart.7z", A, B, C, options=("-ms=off",))
    yield seven("ppmd.7z", A, B, C, options=("-m0=ppmd",))
    yield seven("opened.7z", A, B, options=(f"-p{PASSWORD}",))
    yield seven("opened-names.7z", A, B, options=(f"-p{PASSWORD}", "-mhe=on"))
    yield seven("closed.7z", A, B, options=("-punknown",), known=False)
    closed = seven("closed-names.7z", A, B, options=("-punknown", "-mhe=on"))
    yield closed and replace(closed, inside=(), reason="ENCRYPTED")
    yield seven("deflate64.zip", A, B, C, options=("-mm=Deflate64",))
    yield seven("aes.zip", A, B, options=(f"-p{PASSWORD}", "-mem=AES256"))
    yield plants.by_bsdtar("image.iso", A, B, C, form="--format=iso9660")
    yield plants.by_bsdtar("old.cpio", A, B, C, form="--format=newc")
    yield plants.by_bsdtar("old.tar.Z", A, B, C, form="-Z")


def documents() -> Iterator[Plant]:
    yield pdf("attached.pdf", A, pdf("within.pdf", B), zipped("z.zip", C))
    for kind in ("docx", "xlsx", "pptx"):
        yield office(f"embedded.{kind}", office("inner.docx", zipped("z.zip", A)), zipped("y.zip", B))
    yield mailed("office.eml", office("report.docx", office("figures.xlsx", zipped("z.zip", A))))
    yield zipped("office.zip", office("a.docx", zipped("z.zip", A)), pdf("b.pdf", B))


SMALL = [one for some in (mails, mailboxes, zips, tars, sevens, documents) for one in some()]
CASES = [(f"{place:02d}", one) for place, one in enumerate(SMALL) if one is not None]


# -- the matter ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Found:
    """The items of a matter: those on top by path, those within by what holds them, and the counts of members."""

    top: dict[str, dict[str, Any]]
    within: dict[str, list[dict[str, Any]]]
    members: dict[str, int]


def found_in(folder: Path, pile: dict[str, bytes]) -> Found:
    """Ingest the pile, check that it balances, and list what is there."""
    write(folder / "pile", pile)
    (folder / "matter").parent.mkdir(exist_ok=True)
    with matter_of(folder / "matter", passwords="passwords.txt") as matter:
        (folder / "matter/passwords.txt").write_text(f"wrong\n{PASSWORD}\n", encoding="utf-8")
        verbs.ingest(matter, [("", folder / "pile")])
        balanced(matter)
        rows = list(verbs.items(matter))
        with matter.read() as db:
            members = {row.key: row.members for row in db.execute(select(item.c.key, item.c.members))}
    within: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        if row["parent"]:
            within[row["parent"]].append(row)
    return Found({row["path"]: row for row in rows if not row["parent"]}, within, members)


def check(found: Found, row: dict[str, Any], plant: Plant) -> int:
    """Hold an item against what was planted; return how many items it and what is in it are."""
    place = row["path"]
    if plant.name:
        assert row["name"] == plant.name.rpartition("/")[2], place
    if plant.reason:
        assert plant.reason in row["codes"], (place, row["codes"])
    if plant.bare:
        assert row["disposition"] == "unprocessable" and not row["sha256"], place
    elif plant.data or not plant.reason:
        assert row["sha256"] == hashlib.sha256(plant.data).hexdigest(), (place, row["codes"])
    inside = sorted(found.within[row["key"]], key=lambda one: one["position"])
    assert len(inside) == len(plant.inside), (place, [one["path"] for one in inside], row["codes"])
    assert found.members[row["key"]] == len(plant.inside), "the count on the item itself"
    return 1 + sum(check(found, one, two) for one, two in zip(inside, plant.inside, strict=True))


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Found:
    pile = {f"{place}/{one.name}": one.data for place, one in CASES}
    return found_in(tmp_path_factory.mktemp("planted"), pile)


def test_there_are_enough_cases() -> None:
    assert len([one for one in SMALL if one is not None]) >= 40


@pytest.mark.parametrize(("place", "plant"), CASES, ids=[one.name for _, one in CASES])
def test_no_member_is_lost(place: str, plant: Plant, planted: Found) -> None:
    row = planted.top[f"{place}/{plant.name}"]
    assert check(planted, row, plant) == plant.count


@pytest.mark.parametrize(
    "other",
    [
        zipped("deflate.zip", A, B),
        zipped("deflate.zip", A, B, C, leaf("d.txt")),
        zipped("deflate.zip", A, C, B),
        zipped("deflate.zip", A, B, Plant("c.txt", b"other bytes")),
        zipped("deflate.zip", A, B, replace(C, name="d.txt")),
        zipped("deflate.zip", A, B, hurt(C, "CORRUPT")),
        zipped("deflate.zip", A, B, lost(C, "CORRUPT")),
    ],
)
def test_the_check_can_fail(other: Plant, planted: Found) -> None:
    place, plant = next(case for case in CASES if case[1].name == "deflate.zip")
    with pytest.raises(AssertionError):
        check(planted, planted.top[f"{place}/deflate.zip"], replace(plant, inside=other.inside))


# -- the long ones ---------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_no_member_of_a_large_pile_is_lost(tmp_path: Path) -> None:
    many = tuple(leaf(f"{n:05d}.txt", n % 500) for n in range(4_000))
    letters = tuple(mailed(f"{n}.eml", leaf(f"{n}.txt"), zipped("z.zip", A)) for n in range(400))
    large = [
        zipped("thousand.zip", *many[:1_000]),
        zipped("four-thousand.zip", *many, method=zipfile.ZIP_STORED),
        tarred("four-thousand.tar", *many),
        tarred("four-thousand.tar.xz", *many, pack=plants.PACKERS["xz"]),
        by_hand_7z("thousand.7z", *many[:1_000]),
        seven("solid.7z", *many[:2_000]),
        boxed("letters.mbox", *letters),
        mailed("thousand.eml", *many[:1_000]),
    ]
    found = found_in(tmp_path, {one.name: one.data for one in large if one is not None})
    for one in large:
        if one is not None:
            assert check(found, found.top[one.name], one) == one.count


CUTS = [twentieth / 20 for twentieth in range(1, 20)]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_what_stands_before_a_cut_is_never_lost(tmp_path: Path) -> None:
    """Each archive cut off at every twentieth: what was whole is there, and that it was cut is said."""
    files = tuple(leaf(f"{n:02d}.txt", 3_000) for n in range(20))
    dense = tuple(Plant(f"{n:02d}.bin", noise(n)) for n in range(20))  # does not compress
    whole = [
        zipped("stored.zip", *files, method=zipfile.ZIP_STORED),
        zipped("packed.zip", *dense),
        zipped("streamed.zip", *dense, stream=True),
        tarred("plain.tar", *files),
        tarred("packed.tar.gz", *dense, pack=plants.PACKERS["gz"]),
        tarred("packed.tar.bz2", *dense, pack=plants.PACKERS["bz2"]),
        tarred("packed.tar.xz", *dense, pack=plants.PACKERS["xz"]),
        tarred("packed.tar.zst", *dense, pack=plants.PACKERS["zst"]),
        by_hand_7z("solid.7z", *files),
    ]
    lengths = {one.name: len(one.data.rstrip(b"\0")) for one in whole}  # a tar is padded with zeros
    pile = {f"{cut}/{one.name}": one.data[: int(lengths[one.name] * cut)] for one in whole for cut in CUTS}
    found = found_in(tmp_path, pile)
    for one in whole:
        for cut in CUTS:
            row = found.top[f"{cut}/{one.name}"]
            within = found.within[row["key"]]
            assert row["codes"], f"{row['path']} is cut, and nothing says so"
            assert len(within) <= len(one.inside)
            sound = [two["sha256"] for two in within if not set(two["codes"]) & {"CORRUPT", "PARTIAL"}]
            planted_there = [hashlib.sha256(two.data).hexdigest() for two in one.inside]
            assert sound == planted_there[: len(sound)], f"{row['path']}: other bytes, and nothing says so"
            if one.name in ("stored.zip", "packed.zip", "streamed.zip", "plain.tar"):
                # Of equal size, with their headers; the directory of a ZIP stands behind them all.
                assert len(sound) >= int(len(one.inside) * cut) - 1, row["path"]


def noise(seed: int) -> bytes:
    """Bytes that do not compress, and are the same every time."""
    return b"".join(hashlib.sha256(b"%d %d" % (seed, n)).digest() for n in range(90))
