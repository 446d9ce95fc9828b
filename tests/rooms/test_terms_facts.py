"""Facts of the store: each is answered with the documents of which it is true, and counts like any term."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from piles import TEXT, docx, locked_zip, mail, matter_of, png, write
from tecum import verbs
from tecum.errors import QueryInvalid
from tecum.matter import Matter
from tecum.query.facts import FACTS, HAS
from tecum.query.tree import Fact
from tecum.terms.facts import _FINDERS, _HAS, Facts

pytestmark = pytest.mark.usefixtures("one_day")
NOTE = b"Of cabbages and kings.\n"
LATE = "Sat, 01 Apr 2017 03:30:00 +0000"  # still the 31st of March in Chicago


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("facts")
    files = {
        "ann/one.eml": mail("Beach", "The walrus.\r\n", attach=[("a.txt", b"The oysters.\r\n", TEXT)]),
        "ann/late.eml": mail("Late", "A late walrus.\r\n", date=LATE),
        "ann/note.txt": NOTE,
        "ann/four.docx": docx("A carpenter."),
        "ann/scan.png": png(),
        "ann/locked.zip": locked_zip({"in.txt": b"walrus"}, b"sesame"),
        "bob/late.eml": mail("Late", "A late walrus.\r\n", date=LATE),
        "bob/big.txt": b"words " * 4_000,
    }
    write(folder, files)
    with matter_of(folder / "matter") as matter:
        verbs.ingest(matter, [("ann", folder / "ann"), ("bob", folder / "bob")])
    return folder / "matter"


@pytest.fixture
def matter(known: Path) -> Iterator[Matter]:
    with verbs.open(known) as opened:
        yield opened


def paths(matter: Matter, query: str) -> set[str]:
    return {row["path"] for row in verbs.search(matter, query)["results"]}


def names(matter: Matter, fact: Fact) -> set[str]:
    """The paths of all documents of a fact, suppressed copies among them."""
    ids = set(Facts(matter)(fact).tolist())
    return {row["path"] for row in verbs.documents(matter) if int(row["control"][1:]) in ids}


def test_days_are_those_of_the_matters_zone(matter: Matter) -> None:
    assert matter.settings.plan.production.time_zone == "America/Chicago"
    assert paths(matter, "sent:2017-03-31") == paths(matter, "date:2017-03-31") == {"late.eml"}
    assert paths(matter, "sent:2017-04-01") == set()
    assert paths(matter, "walrus AND NOT sent:2017-03-31") == {"one.eml"}
    assert paths(matter, "sent:<=2017-03-31") >= {"late.eml"}
    assert paths(matter, "sent:>=2017-04-01") == set()
    whole = paths(matter, "date:..2100")
    assert whole == paths(matter, "date:1000..") >= {"late.eml", "one.eml"}


def test_kinds_and_sizes(matter: Matter) -> None:
    assert paths(matter, "kind:mail") == paths(matter, "kind:email") == {"one.eml", "late.eml"}
    assert paths(matter, "kind:docx") == {"four.docx"}
    assert paths(matter, "kind:pdf") == set()
    assert paths(matter, "size:>=20kb") == {"big.txt"}
    assert paths(matter, f"size:{len(NOTE)}") == {"note.txt"}
    assert paths(matter, f"hash:{hashlib.sha256(NOTE).hexdigest()}") == {"note.txt"}
    assert paths(matter, f"hash:{hashlib.md5(NOTE, usedforsecurity=False).hexdigest()}") == {"note.txt"}
    with pytest.raises(QueryInvalid, match="SHA-1"):
        verbs.search(matter, f"hash:{'0' * 40}")


def test_what_a_document_has(matter: Matter) -> None:
    assert paths(matter, "has:attachment") == {"one.eml"}
    assert paths(matter, "has:children") == {"one.eml", "locked.zip"}
    assert paths(matter, "has:duplicates") == {"late.eml"}
    assert names(matter, Fact("has", "duplicates")) == {"late.eml"}
    assert len(Facts(matter)(Fact("has", "duplicates"))) == 2
    assert paths(matter, "has:exception") >= {"scan.png", "locked.zip"}
    assert "scan.png" not in paths(matter, "has:text")
    assert paths(matter, "has:text") | paths(matter, "NOT has:text") == {row["path"] for row in verbs.documents(matter)}
    for one in ("redaction", "hidden", "comments"):
        assert paths(matter, f"has:{one}") == set()


def test_one_document_and_its_family(matter: Matter) -> None:
    controls = {row["path"]: row["control"] for row in verbs.documents(matter)}
    child = controls["one.eml//a.txt"]
    assert paths(matter, f"control:{child}") == {"one.eml//a.txt"}
    assert paths(matter, f"family:{child}") == {"one.eml", "one.eml//a.txt"}
    assert paths(matter, f"family:{child} AND oysters") == {"one.eml//a.txt"}
    with pytest.raises(QueryInvalid, match="no document C99999999"):
        verbs.search(matter, "control:C99999999")


def test_what_is_not_known_yet_names_what_is(matter: Matter) -> None:
    with pytest.raises(QueryInvalid, match="batch") as caught:
        Facts(matter)(Fact("batch", "7"))
    assert all(name in caught.value.remedy for name in ("date", "kind", "has"))
    assert set(_FINDERS) | {"batch"} == set(FACTS), "every fact of the language is answered or refused by name"
    assert set(_HAS) == set(HAS)


def test_a_fact_counts_in_a_report(matter: Matter, tmp_path: Path) -> None:
    path = tmp_path / "terms.txt"
    path.write_text("kind:mail\nwalrus AND kind:mail\nfamily:C99999999\nwalrus w/3 kind:mail\n", encoding="utf-8")
    rows = verbs.terms_report(matter, path)["terms"]
    assert [row["documents"] for row in rows] == [2, 2, 0, 0]
    assert [bool(row["error"]) for row in rows] == [False, False, True, True]
    assert rows[0]["occurrences"] == 0, "a fact has no place in a text"
