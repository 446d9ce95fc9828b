"""From a pile to numbered documents: nothing is lost, every member is named, one bad file harms itself alone."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import socket
import subprocess
import sys
import tarfile
import textwrap
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from piles import (
    MAIL,
    TEXT,
    ZIP,
    balanced,
    demand,
    docx,
    fields_of,
    items,
    locked_zip,
    mail,
    matter_of,
    mbox,
    pdf,
    png,
    rows_of,
    tecum,
    with_processing,
    write,
    zipped,
)
from tecum import verbs
from tecum.errors import SettingsInvalid
from tecum.matter import Matter
from tecum.processing import ingest, itemreading

pytestmark = pytest.mark.usefixtures("one_day")
POSIX = pytest.mark.skipif(os.name != "posix", reason="names and kinds of files that only POSIX systems have")
Codes = dict[str, set[str]]


@pytest.fixture
def pile(tmp_path: Path) -> Path:
    folder = tmp_path / "pile"
    folder.mkdir()
    return folder


@pytest.fixture
def matter(tmp_path: Path) -> Iterator[Matter]:
    with matter_of(tmp_path / "matter") as made:
        yield made


def taken(matter: Matter, pile: Path, files: dict[str, bytes] | None = None) -> dict[str, dict[str, Any]]:
    """Ingest the files, check the balance, and return the items by path."""
    write(pile, files or {})
    verbs.ingest(matter, [("ann", pile)])
    balanced(matter)
    return items(matter)


def codes(matter: Matter) -> Codes:
    found: Codes = {}
    for row in verbs.exceptions(matter)["exceptions"]:
        found.setdefault(row["path"], set()).add(row["code"])
    return found


def families(matter: Matter) -> dict[str, list[str]]:
    """Path of each family's first document -> paths of its members, in order."""
    rows = list(verbs.documents(matter))
    heads = {row["control"]: row["path"] for row in rows}
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(heads[row["family"]], []).append(row["path"])
    return found


# -- containers and families -----------------------------------------------------------------------------


def test_a_zip_in_a_zip_in_a_mail_is_read_to_the_last_member(matter: Matter, pile: Path) -> None:
    inner = zipped({"deep/last.txt": b"The last member.\r\n", "plan.docx": docx("Plan.")})
    outer = zipped({"inner.zip": inner, "first.txt": b"First.\r\n"})
    found = taken(matter, pile, {"letter.eml": mail(attach=[("outer.zip", outer, ZIP), ("note.txt", b"Note.", TEXT)])})
    top = "letter.eml"
    assert {path: row["disposition"] for path, row in found.items()} == {
        top: "document",
        f"{top}//outer.zip": "container",
        f"{top}//outer.zip//inner.zip": "container",
        f"{top}//outer.zip//inner.zip//deep/last.txt": "document",
        f"{top}//outer.zip//inner.zip//plan.docx": "document",
        f"{top}//outer.zip//first.txt": "document",
        f"{top}//note.txt": "document",
    }
    assert families(matter) == {
        top: [
            top,
            f"{top}//outer.zip//inner.zip//deep/last.txt",
            f"{top}//outer.zip//inner.zip//plan.docx",
            f"{top}//outer.zip//first.txt",
            f"{top}//note.txt",
        ]
    }
    parents = {row["path"]: row["parent"] for row in verbs.documents(matter)}
    assert parents.pop(top) == ""
    assert set(parents.values()) == {"C00000001"}  # of the mail: containers are no documents
    last = found[f"{top}//outer.zip//inner.zip//deep/last.txt"]
    assert last["sha256"] == hashlib.sha256(b"The last member.\r\n").hexdigest()
    assert codes(matter) == {}


def test_messages_of_mailboxes_and_members_of_loose_archives_are_families_of_their_own(
    matter: Matter, pile: Path
) -> None:
    box = mbox(mail("One", attach=[("a.txt", b"A", TEXT)]), mail("Two"))
    taken(matter, pile, {"in.mbox": box, "loose.zip": zipped({"b.txt": b"B", "c.eml": mail("Three")})})
    assert families(matter) == {
        "in.mbox//00001.eml": ["in.mbox//00001.eml", "in.mbox//00001.eml//a.txt"],
        "in.mbox//00002.eml": ["in.mbox//00002.eml"],
        "loose.zip//b.txt": ["loose.zip//b.txt"],
        "loose.zip//c.eml": ["loose.zip//c.eml"],
    }
    assert verbs.status(matter)["families"] == 4


def test_attached_messages_nest_and_each_is_its_attachments_parent(matter: Matter, pile: Path) -> None:
    inmost = mail("Inmost", attach=[("deep.txt", b"Deep.", TEXT)])
    middle = mail("Middle", attach=[("inmost.eml", inmost, MAIL)])
    taken(matter, pile, {"top.eml": mail("Top", attach=[("middle.eml", middle, MAIL)])})
    rows = list(verbs.documents(matter))
    assert [row["title"] for row in rows] == ["Top", "Middle", "Inmost", "deep.txt"]
    assert [row["family"] for row in rows] == ["C00000001"] * 4
    assert [row["parent"] for row in rows] == ["", "C00000001", "C00000002", "C00000003"]


def test_pictures_inside_the_body_are_flagged_and_attached_ones_are_not(matter: Matter, pile: Path) -> None:
    shown, attached = png(1), png(2)
    letter = mail(inline=[("logo.png", shown, "image/png")], attach=[("photo.png", attached, "image/png")])
    taken(matter, pile, {"letter.eml": letter})
    inline = {row["path"]: row["inline"] for row in verbs.documents(matter)}
    assert inline == {"letter.eml": False, "letter.eml//logo.png": True, "letter.eml//photo.png": False}
    assert fields_of(matter, "C00000001")["attachments"] == ["photo.png"]


def test_a_damaged_member_is_one_exception_and_its_neighbours_are_whole(matter: Matter, pile: Path) -> None:
    good = {f"{n}.txt": b"good %d\r\n" % n for n in range(3)}
    whole = zipped({**good, "bad.txt": b"BAD" * 40, "z.txt": b"last\r\n"}, method=zipfile.ZIP_STORED)
    at = whole.index(b"BAD" * 40) + 30
    found = taken(matter, pile, {"a.zip": whole[:at] + b"XXXXXX" + whole[at + 6 :]})
    assert found["a.zip"]["disposition"] == "container"
    assert {path for path, row in found.items() if row["disposition"] == "document"} == {
        *(f"a.zip//{name}" for name in good),
        "a.zip//z.txt",
        "a.zip//bad.txt",  # the bytes that came out are kept and read, and it says that they are damaged
    }
    assert codes(matter) == {"a.zip//bad.txt": {"CORRUPT"}}


def test_a_message_with_a_broken_attachment_keeps_its_body_and_the_others(matter: Matter, pile: Path) -> None:
    letter = mail("Keep me", attach=[("good.txt", b"Good.", TEXT), ("bad.pdf", b"%PDF-1.4 nothing", "application/pdf")])
    found = taken(matter, pile, {"letter.eml": letter})
    assert {path: row["disposition"] for path, row in found.items()} == {
        "letter.eml": "document",
        "letter.eml//good.txt": "document",
        "letter.eml//bad.pdf": "unprocessable",
    }
    assert codes(matter) == {"letter.eml//bad.pdf": {"CORRUPT"}}


def test_an_encrypted_archive_is_unprocessable_with_its_members_declared(matter: Matter, pile: Path) -> None:
    locked = locked_zip({"a.txt": b"secret a", "b.txt": b"secret b"}, b"sesame")
    found = taken(matter, pile, {"locked.zip": locked})
    assert {path: row["disposition"] for path, row in found.items()} == {
        "locked.zip": "unprocessable",
        "locked.zip//a.txt": "unprocessable",
        "locked.zip//b.txt": "unprocessable",
    }
    assert all(found_codes == {"ENCRYPTED"} for found_codes in codes(matter).values())
    assert verbs.exceptions(matter)["exceptions"][0]["members"] == 2


def test_passwords_open_archives_and_papers(tmp_path: Path, pile: Path) -> None:
    with matter_of(tmp_path / "matter", passwords="passwords.txt") as matter:
        (matter.folder / "passwords.txt").write_text("wrong\nsesame\n", encoding="utf-8")
        locked = locked_zip({"a.txt": b"secret a", "b.txt": b"secret b"}, b"sesame")
        found = taken(matter, pile, {"locked.zip": locked, "locked.pdf": pdf("Open me", password="sesame")})
        assert {row["disposition"] for row in found.values()} == {"container", "document"}
        assert found["locked.zip//a.txt"]["sha256"] == hashlib.sha256(b"secret a").hexdigest()
        assert codes(matter) == {}
        assert b"sesame" not in (matter.folder / "matter.db").read_bytes()


def test_a_password_file_that_is_missing_is_named(tmp_path: Path, pile: Path) -> None:
    with matter_of(tmp_path / "matter", passwords="nowhere.txt") as matter:
        write(pile, {"a.txt": b"A"})
        with pytest.raises(SettingsInvalid, match=r"nowhere\.txt"):
            verbs.ingest(matter, [("ann", pile)])


def test_retry_after_a_password_finds_what_was_locked(matter: Matter, pile: Path) -> None:
    one = locked_zip({"only.txt": b"the only walrus\r\n"}, b"sesame")
    two = locked_zip({"a.txt": b"first\r\n", "b.txt": b"second\r\n"}, b"sesame")
    before = taken(
        matter, pile, {"one.zip": one, "paper.pdf": pdf("A locked walrus", password="sesame"), "two.zip": two}
    )
    assert {row["disposition"] for row in before.values()} == {"unprocessable"}
    numbers = {row["path"]: row["control"] for row in verbs.documents(matter)}
    (matter.folder / "passwords.txt").write_text("sesame\n", encoding="utf-8")
    with_processing(matter, passwords="passwords.txt")
    told = tecum("-C", matter.folder, "exceptions", "--retry", "--json")
    assert told.code == 0, told
    assert told.json["exceptions"] == []
    assert told.json["retried"] == 3
    balanced(matter)
    after = items(matter)
    assert {path: row["disposition"] for path, row in after.items()} == {
        "one.zip": "container",
        "one.zip//only.txt": "document",
        "paper.pdf": "document",
        "two.zip": "container",
        "two.zip//a.txt": "document",
        "two.zip//b.txt": "document",
    }
    again = {row["path"]: row["control"] for row in verbs.documents(matter)}
    assert {path: number for path, number in again.items() if path in numbers} == {
        path: number for path, number in numbers.items() if path in again
    }, "a control number moved"
    assert verbs.search(matter, "walrus", count=True)["documents"] == 2, "what was opened later can be found"


def test_an_archive_opened_later_never_goes_out_whole(tmp_path: Path, pile: Path) -> None:
    """It had a number while it was locked; its members stand in its place, one of them held."""
    locked = locked_zip({"widget.txt": b"A widget.", "private.txt": b"widget, SSN: 457-55-5462"}, b"sesame")
    write(
        pile,
        {
            "open.txt": b"An open widget.",
            "widget.zip": locked,
            "letter.eml": mail("Widget", attach=[("widget.zip", locked, ZIP)]),
        },
    )
    requests = '[[request]]\nnumber = "1"\ntext = "All."\nterms = ["widget"]\n'
    path = demand(tmp_path, requests=requests, custodians='ann = { name = "Ann", source = "pile" }\n')
    with with_processing(verbs.init(tmp_path / "matter", demand=path), workers=1) as matter:
        verbs.ingest(matter)
        (matter.folder / "passwords.txt").write_text("sesame\n", encoding="utf-8")
        with_processing(matter, passwords="passwords.txt")
        assert verbs.retry(matter)["balanced"] is True
        done = verbs.produce(matter)
        rows = rows_of(Path(done["path"]))
        assert [row["FILENAME"] for row in rows] == ["open.txt"]
        assert done["held"] == 5, "the mail and both its members, and both members of the loose archive"
        assert not [one for one in Path(done["path"]).rglob("*") if one.suffix == ".zip"]


# -- caps ------------------------------------------------------------------------------------------------


def nested(levels: int, inside: bytes = b"core") -> bytes:
    data = inside
    for _ in range(levels):
        data = zipped({"next.zip" if data[:2] == b"PK" else "core.txt": data})
    return data


def test_depth_beyond_the_cap_ends_in_limit_depth(tmp_path: Path, pile: Path) -> None:
    with matter_of(tmp_path / "matter", depth=5) as matter:
        found = taken(matter, pile, {"a.zip": nested(9)})
        deepest = "a.zip" + "//next.zip" * 6
        assert len(found) == 7
        assert found[deepest]["disposition"] == "unprocessable"
        assert codes(matter) == {deepest: {"LIMIT_DEPTH"}}


def quine() -> bytes:
    """A zip whose one member, by its entry, is the zip itself again and again (as ``droste.zip`` does).

    A true self-containing archive needs a crafted deflate stream; a tower taller than any cap asks the same.
    """
    return nested(60)


def test_a_zip_that_holds_itself_ends_in_limit_depth(matter: Matter, pile: Path) -> None:
    found = taken(matter, pile, {"droste.zip": quine(), "good.txt": b"good"})
    assert Counter(row["disposition"] for row in found.values()) == {"container": 21, "unprocessable": 1, "document": 1}
    assert {code for found_codes in codes(matter).values() for code in found_codes} == {"LIMIT_DEPTH"}


def test_a_bomb_ends_in_limit_ratio_with_the_members_seen_declared(tmp_path: Path, pile: Path) -> None:
    with matter_of(tmp_path / "matter", ratio=10, expand_mib=8) as matter:
        layer = zipped({f"{n}.bin": bytes(1 << 20) for n in range(40)})
        found = taken(matter, pile, {"bomb.zip": layer, "good.txt": b"good"})
        bomb = found["bomb.zip"]
        assert bomb["disposition"] == "unprocessable"
        assert codes(matter)["bomb.zip"] == {"LIMIT_RATIO"}
        seen = [row for row in found.values() if row["parent"] == bomb["key"]]
        assert 1 <= len(seen) <= 9
        (said,) = (row for row in verbs.exceptions(matter)["exceptions"] if row["path"] == "bomb.zip")
        assert said["members"] == len(seen)
        assert found["good.txt"]["disposition"] == "document"


def test_a_nested_bomb_cannot_outgrow_the_budget_of_its_file(tmp_path: Path, pile: Path) -> None:
    with matter_of(tmp_path / "matter", ratio=10, expand_mib=8) as matter:
        inner = zipped({f"{n}.bin": bytes(1 << 20) for n in range(6)})
        middle = zipped({f"{n}.zip": inner for n in range(6)})
        found = taken(matter, pile, {"bomb.zip": zipped({f"{n}.zip": middle for n in range(6)})})
        came_out = sum(max(0, row["size"]) for row in found.values() if row["depth"])
        assert came_out <= (8 << 20) + (1 << 20)
        limited = {path for path, found_codes in codes(matter).items() if "LIMIT_RATIO" in found_codes}
        assert limited
        assert all(found[path]["disposition"] == "unprocessable" for path in limited)


def test_more_members_than_the_cap_end_in_limit_count(tmp_path: Path, pile: Path) -> None:
    with matter_of(tmp_path / "matter", members=5) as matter:
        found = taken(matter, pile, {"many.zip": zipped({f"{n}.txt": b"%d" % n for n in range(9)})})
        assert codes(matter)["many.zip"] == {"LIMIT_COUNT"}
        assert sum(row["depth"] == 1 for row in found.values()) == 5


@pytest.mark.slow
def test_ten_thousand_members_are_ten_thousand_documents(matter: Matter, pile: Path) -> None:
    found = taken(matter, pile, {"many.zip": zipped({f"d/{n:05d}.txt": b"%d" % n for n in range(10_000)})})
    assert len(found) == 10_001
    assert [row["path"] for row in verbs.documents(matter)] == [f"many.zip//d/{n:05d}.txt" for n in range(10_000)]


# -- what lies in folders --------------------------------------------------------------------------------


@POSIX
def test_links_pipes_sockets_and_system_files_are_excluded_with_their_rule(matter: Matter, pile: Path) -> None:
    write(pile, {"real.txt": b"real", "Thumbs.db": b"x", "~$plan.docx": b"lock", "sub/.DS_Store": b"x"})
    (pile / "link.txt").symlink_to(pile / "real.txt")
    (pile / "dangling").symlink_to("/nowhere/at/all")
    (pile / "loop").symlink_to(pile)
    os.mkfifo(pile / "pipe")
    here = Path.cwd()
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as listener:
        try:
            os.chdir(pile)  # a socket's path is short
            listener.bind("socket")
        finally:
            os.chdir(here)
        found = taken(matter, pile)
    rules = {path: row["rule"] for path, row in found.items() if row["disposition"] == "excluded"}
    assert set(rules) == {
        "link.txt", "dangling", "loop", "pipe", "socket", "Thumbs.db", "~$plan.docx", "sub/.DS_Store",
    }  # fmt: skip
    assert all("link" in rules[name] for name in ("link.txt", "dangling", "loop"))
    assert all("not a file" in rules[name] for name in ("pipe", "socket"))
    assert "~$*" in rules["~$plan.docx"]
    assert "Thumbs.db" in rules["Thumbs.db"]
    assert found["real.txt"]["disposition"] == "document"


@POSIX
def test_names_of_every_kind_are_kept_apart(matter: Matter, pile: Path) -> None:
    names = [
        b"not-utf8-\xff\xfe.txt", b"not-utf8-\xff\xfd.txt", b"a" * 251 + b".txt", "é".encode() * 125 + b".txt",
        b"CON", b"aux.txt", b"NUL.tar", b"trailing. ", b"tab\there", b"new\nline.txt", b"quote\"'.txt", b"-rf",
        b"CASE.txt", b"case.txt", b" ", "\u202etxt.exe".encode(), b"semi;colon", b"per%cent", b"back\\slash",
    ]  # fmt: skip
    for n, name in enumerate(names):
        (pile / os.fsdecode(name)).write_bytes(b"content %d\r\n" % n)
    verbs.ingest(matter, [("ann", pile)])
    status = balanced(matter)
    assert status["documents"] == len(names)
    hashes = {row["sha256"] for row in verbs.items(matter)}
    assert hashes == {hashlib.sha256(b"content %d\r\n" % n).hexdigest() for n in range(len(names))}


@POSIX
def test_a_source_whose_own_path_is_not_utf8_is_collected_by_its_parent(matter: Matter, pile: Path) -> None:
    folder = Path(os.fsdecode(os.fsencode(pile) + b"/source-\xff"))
    write(folder, {"a.txt": b"A"})
    told = tecum("-C", matter.folder, "ingest", folder, "--json")
    assert told.code == 12
    assert "folder above" in told.json["error"]["remedy"]
    assert balanced(matter)["found"] == 0
    verbs.ingest(matter, [("ann", pile)])
    assert balanced(matter)["documents"] == 1


def test_a_source_may_be_one_file(matter: Matter, tmp_path: Path) -> None:
    write(tmp_path, {"alone.mbox": mbox(mail("Alone"))})
    for _ in range(2):
        verbs.ingest(matter, [("ann", tmp_path / "alone.mbox")])
        assert {row["path"] for row in verbs.items(matter)} == {"alone.mbox", "alone.mbox//00001.eml"}
    balanced(matter)


def test_empty_files_and_empty_folders(matter: Matter, pile: Path) -> None:
    (pile / "empty folder").mkdir()
    found = taken(matter, pile, {"empty.txt": b"", "empty.pdf": b"", "z.zip": zipped({"nothing": b"", "d/": b""})})
    assert codes(matter) == {name: {"EMPTY_FILE"} for name in ("empty.txt", "empty.pdf", "z.zip//nothing")}
    assert found["z.zip"]["disposition"] == "container"
    assert set(found) == {"empty.txt", "empty.pdf", "z.zip", "z.zip//nothing"}


def test_an_empty_source_is_balanced_and_says_nothing_was_found(matter: Matter, pile: Path) -> None:
    done = verbs.ingest(matter, [("ann", pile)])
    assert done["found"] == 0
    assert done["balanced"] is True


@POSIX
def test_what_may_not_be_read_is_an_exception(tmp_path: Path, pile: Path, plain_python: list[str]) -> None:
    write(pile, {"open.txt": b"open", "shut.txt": b"shut", "closed/inside.txt": b"inside"})
    (pile / "shut.txt").chmod(0)
    (pile / "closed").chmod(0)
    script = textwrap.dedent("""
        import sys
        from pathlib import Path
        from piles import matter_of
        from tecum import verbs
        with matter_of(Path(sys.argv[1])) as matter:
            verbs.ingest(matter, [("ann", Path(sys.argv[2]))])
    """)
    done = subprocess.run(
        [*plain_python, "-c", script, str(tmp_path / "matter"), str(pile)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for path in (pile / "closed", pile / "shut.txt"):
        path.chmod(0o700)
    with verbs.open(tmp_path / "matter") as matter:
        balanced(matter)
        rows = {row["path"]: (row["disposition"], row["codes"]) for row in verbs.items(matter)}
        assert rows == {
            "open.txt": ("document", []),
            "shut.txt": ("unprocessable", ["UNREADABLE"]),
            "closed": ("unprocessable", ["UNREADABLE"]),
        }
        assert verbs.retry(matter)["retried"] == 1
        verbs.ingest(matter)
        balanced(matter)
        rows = {row["path"]: (row["disposition"], row["codes"]) for row in verbs.items(matter)}
        assert rows["shut.txt"] == rows["closed/inside.txt"] == ("document", [])
        assert rows["closed"] == ("unprocessable", ["UNREADABLE"]), "what could not be had stays on record"


# -- files that change -----------------------------------------------------------------------------------


class Meddler:
    """Does something to the pile just before a file of a certain name is read."""

    def __init__(self, name: str, act: Callable[[], object]) -> None:
        self.name, self.act = name, act
        self._real = itemreading.ItemReading._collect

    def __call__(self, reading: Any) -> Any:
        if reading.work.path == self.name and self.act is not None:
            self.act()
        return self._real(reading)


def test_a_file_that_changes_between_finding_and_reading_is_marked(
    matter: Matter, pile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(pile, {"a.txt": b"first", "b.txt": b"before"})
    meddler = Meddler("b.txt", lambda: (pile / "b.txt").write_bytes(b"afterwards"))
    monkeypatch.setattr(itemreading.ItemReading, "_collect", _method(meddler))
    found = taken(matter, pile)
    assert codes(matter) == {"b.txt": {"CHANGED"}}
    assert found["b.txt"]["disposition"] == "document"
    assert found["b.txt"]["sha256"] == hashlib.sha256(b"afterwards").hexdigest()


def _method(meddler: Any) -> Callable[[Any], Any]:
    return lambda reading: meddler(reading)


def test_a_file_that_grows_while_it_is_read_is_marked_and_kept(
    matter: Matter, pile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(pile, {"log.txt": b"x" * 3_000_000})
    real = itemreading.BlobStream.write
    once: list[int] = []

    def write_and_grow(stream: Any, piece: bytes) -> None:
        if not once and len(piece) == 1 << 20:
            once.append(1)
            with (pile / "log.txt").open("ab") as file:
                file.write(b"grown")
        real(stream, piece)

    monkeypatch.setattr(itemreading.BlobStream, "write", write_and_grow)
    found = taken(matter, pile)
    assert codes(matter)["log.txt"] == {"CHANGED"}
    assert found["log.txt"]["disposition"] == "document"
    assert found["log.txt"]["size"] == 3_000_005


def test_a_file_that_vanishes_is_an_exception_and_the_others_are_read(
    matter: Matter, pile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(pile, {"a.txt": b"A", "b.txt": b"B", "c.txt": b"C"})
    meddler = Meddler("b.txt", (pile / "b.txt").unlink)
    monkeypatch.setattr(itemreading.ItemReading, "_collect", _method(meddler))
    found = taken(matter, pile)
    assert codes(matter) == {"b.txt": {"CHANGED"}}
    assert [row["disposition"] for row in found.values()] == ["document", "unprocessable", "document"]


@POSIX
@pytest.mark.timeout(60)
def test_a_file_that_turns_into_a_pipe_does_not_stop_the_run(
    matter: Matter, pile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(pile, {"a.txt": b"A", "b.txt": b"B"})

    def swap() -> None:
        (pile / "a.txt").unlink()
        os.mkfifo(pile / "a.txt")

    monkeypatch.setattr(itemreading.ItemReading, "_collect", _method(Meddler("a.txt", swap)))
    found = taken(matter, pile)
    assert found["a.txt"]["disposition"] == "unprocessable"
    assert found["b.txt"]["disposition"] == "document"


# -- hostile readers -------------------------------------------------------------------------------------

PLUGIN = """
import os, time
from tecum.hooks import Reader, Unreadable, hookimpl

def read(item, emit):
    word = item.file.read(40).decode()
    emit.text("begun ")
    emit.member("first.txt", b"a member")
    if "crash" in word:
        os.abort()
    if "hang" in word:
        while True:
            time.sleep(1)
    if "spin" in word:
        while True:
            pass
    if "eat" in word:
        held = []
        while True:
            held.append(bytearray(16 << 20))
    if "raise" in word:
        raise RuntimeError("a defect of the plugin")
    if "lie" in word:
        emit._send({"t": "nonsense"}, b"")
    emit.text(word)

@hookimpl
def tecum_readers():
    return [Reader("hostile", "1", frozenset({"json"}), read)]
"""


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader of JSON from an installed plugin, found by its entry point in every process."""
    folder = tmp_path / "site"
    write(
        folder,
        {
            "hostile_plugin.py": PLUGIN.encode(),
            "hostile_plugin-1.dist-info/METADATA": b"Metadata-Version: 2.1\nName: hostile-plugin\nVersion: 1\n",
            "hostile_plugin-1.dist-info/entry_points.txt": b"[tecum]\nhostile = hostile_plugin\n",
        },
    )
    monkeypatch.syspath_prepend(str(folder))


@pytest.mark.slow
@pytest.mark.usefixtures("plugin")
@pytest.mark.timeout(110)
def test_a_reader_that_crashes_hangs_or_eats_memory_harms_its_own_file_alone(tmp_path: Path, pile: Path) -> None:
    words = ("crash", "spin", "eat", "raise", "lie", "fine")
    files = {f"{n}-{word}.json": b'{"word": "%s"}' % word.encode() for n, word in enumerate(words)}
    neighbours = {f"{n}-neighbour.txt": b"A neighbour.\r\n" for n in range(7)}
    with matter_of(tmp_path / "matter", seconds=1, memory_mib=256) as matter:
        found = taken(matter, pile, {**files, **neighbours})
        got = codes(matter)
        if found["5-fine.json"]["disposition"] == "document" and "crash" not in str(got):
            pytest.skip("plugins beside the program are not loaded in the isolated process")
        assert all(found[name]["disposition"] == "document" for name in neighbours)
        assert {name: got.get(name) for name in files} == {
            "0-crash.json": {"CRASH"},
            "1-spin.json": {"TIMEOUT"},
            "2-eat.json": {"MEMORY"},
            "3-raise.json": {"CORRUPT"},
            "4-lie.json": {"CRASH"},
            "5-fine.json": None,
        }
        balanced(matter)


@pytest.mark.slow
def test_a_worker_that_dies_takes_its_poison_file_alone(
    tmp_path: Path, pile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that dies twice over one file gives that file up, and no other of its batch."""
    monkeypatch.setattr(ingest, "run_batch", dying_batch)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(Path(__file__).parent), *sys.path]))
    write(pile, {f"{n}.txt": b"text %d" % n for n in range(5)} | {"poison.txt": b"poison"})
    with matter_of(tmp_path / "matter", workers=2) as matter:
        found = taken(matter, pile)
        assert codes(matter) == {"poison.txt": {"CRASH"}}
        assert found["poison.txt"]["disposition"] == "unprocessable"
        assert sum(row["disposition"] == "document" for row in found.values()) == 5


def dying_batch(bench: Any, batch: list[Any]) -> Iterator[Any]:
    """Stands in for ``run_batch`` in worker processes."""
    for work in batch:
        if work.name == "poison.txt":
            os._exit(9)
        yield from bench.run([work])


# -- dates, custody, what is said ------------------------------------------------------------------------


def test_dates_and_where_they_come_from(matter: Matter, pile: Path) -> None:
    late = "Received: from a by b; Wed, 15 Mar 2017 08:00:00 +0000\r\n"
    files = {
        "dated.eml": mail(date="Tue, 14 Mar 2017 09:26:53 -0500"),
        "naive.eml": mail(date="Tue, 14 Mar 2017 09:26:53"),
        "none.eml": mail(date=None),
        "received.eml": late.encode() + mail(date=None),
        "silly.eml": mail(date="the day before yesterday"),
        "plain.txt": b"file time",
    }
    taken(matter, pile, files)
    rows = {row["path"]: (row["date"], row["date_source"]) for row in verbs.documents(matter)}
    assert rows == {
        "dated.eml": ("2017-03-14T14:26:53Z", "Date header"),
        "naive.eml": ("2017-03-14T14:26:53Z", "Date header"),  # in the matter's zone, and flagged
        "none.eml": ("", ""),
        "received.eml": ("2017-03-15T08:00:00Z", "Received header"),
        "silly.eml": ("", ""),
        "plain.txt": ("2017-03-14T14:26:53Z", "file time"),
    }
    assert codes(matter) == {name: {"DATE_GUESSED"} for name in ("naive.eml", "none.eml", "received.eml", "silly.eml")}


def test_the_chain_of_custody(matter: Matter, pile: Path) -> None:
    taken(matter, pile, {"a.txt": b"A", "b/c.txt": b"CC"})
    (row,) = verbs.custody(matter)["sources"]
    assert row["custodian"] == "ann"
    assert row["path"] == str(pile)
    assert row["collected_by"] == "test"
    assert row["program"] == verbs.program()
    assert row["started"] == row["finished"] == "2018-02-01T12:00:00Z"
    assert row["system"]
    assert row["method"]
    assert (row["files"], row["bytes"]) == (2, 3)
    lines = b"".join(
        path + b"\0" + hashlib.sha256(data).hexdigest().encode() + b"\n"
        for path, data in ((b"a.txt", b"A"), (b"b/c.txt", b"CC"))
    )
    assert row["fingerprint"] == hashlib.sha256(lines).hexdigest()
    told = tecum("custody", "-C", matter.folder, "--json")
    assert told.json["sources"] == [row]


def test_reports_hold_the_exceptions(matter: Matter, pile: Path) -> None:
    taken(matter, pile, {"empty.txt": b"", "a.txt": b"A"})
    text = verbs.report(matter, "exceptions", "csv").decode("utf-8-sig")
    assert "EMPTY_FILE" in text
    assert "empty.txt" in text
    assert verbs.report(matter, "custody", "pdf").startswith(b"%PDF")


def test_running_again_does_nothing_and_a_new_file_is_only_added(matter: Matter, pile: Path) -> None:
    taken(matter, pile, {"a.txt": b"A", "b.eml": mail(attach=[("n.txt", b"N", TEXT)])})
    before = {row["key"]: row for row in verbs.items(matter)}
    again = verbs.ingest(matter, [("ann", pile)])
    assert (again["new"], again["read"], again["numbered"]) == (0, 0, 0)
    write(pile, {"aa.txt": b"AA"})
    more = verbs.ingest(matter, [("ann", pile)])
    assert (more["new"], more["read"], more["numbered"]) == (1, 1, 1)
    balanced(matter)
    after = {row["key"]: row for row in verbs.items(matter)}
    assert {key: after[key] for key in before} == before
    assert {row["path"]: row["control"] for row in verbs.documents(matter)} == {
        "a.txt": "C00000001", "b.eml": "C00000002", "b.eml//n.txt": "C00000003", "aa.txt": "C00000004",
    }  # fmt: skip


def test_the_same_bytes_are_stored_once(matter: Matter, pile: Path) -> None:
    data = os.urandom(2_000_000)
    taken(matter, pile, {f"{n}.bin": data for n in range(5)})
    stored = sum(path.stat().st_size for path in (matter.folder / "blobs").rglob("*") if path.is_file())
    assert stored < 2 * len(data)


def test_archives_of_other_kinds_are_containers_too(matter: Matter, pile: Path) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, data in (("../../up.txt", b"up"), ("/abs.txt", b"abs"), ("plain.txt", b"plain")):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    found = taken(matter, pile, {"a.tgz": out.getvalue()})
    assert Counter(row["disposition"] for row in found.values())["document"] == 3
    assert not any(".." in row["name"] or row["name"].startswith("/") for row in found.values())
    assert list(pile.parent.glob("up.txt")) == []


# -- what a run costs ------------------------------------------------------------------------------------


def test_the_estimate_reads_names_alone(matter: Matter, pile: Path) -> None:
    write(pile, {"a.txt": b"A" * 1000, "b.zip": zipped({"x": b"y"})})
    told = tecum("ingest", f"ann={pile}", "-C", matter.folder, "--dry-run", "--json")
    assert told.code == 0
    assert told.json["files"] == 2
    assert list(verbs.items(matter)) == []
    assert verbs.custody(matter)["sources"] == []
