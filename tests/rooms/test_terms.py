"""Search and the hit report: exact counts, in which every row is accounted for."""

from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from piles import TEXT, balanced, docx, locked_zip, mail, matter_of, mbox, png, tecum, write
from tecum import verbs
from tecum.errors import IndexStale, QueryInvalid, TermsInvalid
from tecum.matter import Matter

pytestmark = pytest.mark.usefixtures("one_day")
TERMS = ["walrus", "carpenter", "walrus AND carpenter", "oyster*", '"cabbages and kings"', "nowhere", "the"]
# Which documents hold which words: written down by hand, so that no engine is asked.
WORDS: dict[str, set[str]] = {
    "one.eml": {"walrus", "carpenter", "the"},
    "one.eml//a.txt": {"oysters", "the"},
    "two.eml": {"walrus"},
    "three.txt": {"cabbages", "kings", "oyster"},
    "four.docx": {"carpenter"},
    "pair.mbox//00001.eml": {"sealing-wax"},
    "pair.mbox//00001.eml//b.txt": {"walrus"},
}


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A matter of known words: seven searchable documents, two that are not, and one duplicate."""
    folder = tmp_path_factory.mktemp("terms")
    files = {
        "one.eml": mail("Beach", "The walrus and a carpenter.\r\n", attach=[("a.txt", b"The oysters.\r\n", TEXT)]),
        "two.eml": mail("Again", "walrus walrus WALRUS\r\n"),
        "three.txt": b"Of cabbages and kings, and one oyster.\n",
        "four.docx": docx("A carpenter."),
        "pair.mbox": mbox(mail("Wax", "sealing-wax\r\n", attach=[("b.txt", b"A small walrus.\r\n", TEXT)])),
        "copy/two.eml": mail("Again", "walrus walrus WALRUS\r\n"),
        "scan.png": png(),
        "locked.zip": locked_zip({"in.txt": b"walrus"}, b"sesame"),
    }
    write(folder / "pile", files)
    with matter_of(folder / "matter") as matter:
        verbs.ingest(matter, [("ann", folder / "pile")])
        balanced(matter)
    return folder / "matter"


@pytest.fixture
def matter(searched: Path) -> Iterator[Matter]:
    with verbs.open(searched) as opened:
        yield opened


def report(matter: Matter, folder: Path, terms: list[str], name: str = "terms.txt") -> dict[str, Any]:
    path = folder / name
    path.write_text("\n".join(terms) + "\n", encoding="utf-8")
    return verbs.terms_report(matter, path)


def paths(matter: Matter, query: str) -> set[str]:
    return {row["path"] for row in verbs.search(matter, query)["results"]}


def test_counts_are_those_of_the_words(matter: Matter) -> None:
    walrus = {path for path, words in WORDS.items() if "walrus" in words}
    assert paths(matter, "walrus") == {path.replace("two", "two") for path in walrus} - {"two.eml"} | {"copy/two.eml"}
    assert paths(matter, "oyster*") == {"one.eml//a.txt", "three.txt"}
    assert paths(matter, "walrus AND carpenter") == {"one.eml"}
    assert paths(matter, '"cabbages and kings"') == {"three.txt"}
    assert paths(matter, "walrus w/3 carpenter") == {"one.eml"}
    assert paths(matter, "walrus w/1 carpenter") == set()
    assert paths(matter, "oysters AND walrus") == set(), "a parent's words are not its child's"


def test_the_report_keeps_its_invariants(matter: Matter, tmp_path: Path) -> None:
    found = report(matter, tmp_path, TERMS)
    rows = found["terms"]
    assert [row["query"] for row in rows] == TERMS
    unique = verbs.status(matter)
    scope = unique["unique"] + unique["unprocessable"]
    assert found["searchable"] + found["not_searched"] == scope == 10
    assert found["not_searched"] == 3  # the picture, the locked archive, and what is declared inside
    hit = {row["query"]: paths(matter, row["query"]) for row in rows}
    for row in rows:
        others = set[str]().union(*(hit[one] for one in TERMS if one != row["query"]))
        assert row["documents"] == len(hit[row["query"]])
        assert 0 <= row["documents"] <= row["documents_with_families"] <= scope
        assert row["unique"] == len(hit[row["query"]] - others) <= row["documents"]
        assert row["unique"] <= row["unique_with_families"] or row["unique"] == 0 or row["unique_with_families"] >= 0
        assert row["unique_with_families"] <= row["documents_with_families"]
        assert row["error"] is None
    union = set[str]().union(*hit.values())
    assert found["documents"] == len(union)
    assert sum(row["unique"] for row in rows) <= found["documents"] <= sum(row["documents"] for row in rows)
    by_query = {row["query"]: row for row in rows}
    assert by_query["walrus"]["documents"] == 3
    assert by_query["walrus"]["documents_with_families"] == 5  # with the oysters and the wax
    assert by_query["nowhere"]["documents"] == 0
    assert by_query['"cabbages and kings"']["unique"] == 0  # the oyster hits it too


def test_the_order_of_rows_changes_no_count(matter: Matter, tmp_path: Path) -> None:
    keys = ("documents", "documents_with_families", "unique", "unique_with_families", "reading")
    known = {row["query"]: [row[key] for key in keys] for row in report(matter, tmp_path, TERMS)["terms"]}
    for order in itertools.islice(itertools.permutations(TERMS), 1, 5040, 997):
        again = report(matter, tmp_path, list(order))["terms"]
        assert {row["query"]: [row[key] for key in keys] for row in again} == known


def test_a_new_row_never_raises_anothers_unique(matter: Matter, tmp_path: Path) -> None:
    few = report(matter, tmp_path, TERMS[:3])["terms"]
    more = report(matter, tmp_path, TERMS)["terms"]
    for before, after in zip(few, more, strict=False):
        assert after["unique"] <= before["unique"]
        assert after["unique_with_families"] <= before["unique_with_families"]


def test_a_bad_term_is_a_row_with_its_error(matter: Matter, tmp_path: Path) -> None:
    rows = report(matter, tmp_path, ["walrus", "walrus w/", "(oyster", "carpenter"])["terms"]
    assert [row["row"] for row in rows] == [1, 2, 3, 4]
    assert [bool(row["error"]) for row in rows] == [False, True, True, False]
    assert [row["documents"] for row in rows] == [3, 0, 0, 2]
    assert rows[1]["lint"], "what is wrong is said at its place"
    told = tecum("-C", matter.folder, "terms", "report", tmp_path / "terms.txt", "--json")
    assert told.code == 0
    assert told.json["terms"] == rows
    with pytest.raises(QueryInvalid):
        verbs.search(matter, "walrus w/")


@pytest.mark.parametrize("bom", ["", "\ufeff"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_lists_come_as_csv_with_any_separator_and_mark(
    matter: Matter, tmp_path: Path, separator: str, bom: str
) -> None:
    lines = [["Request", "Term"], ["1", '"walrus"'], ["2(a)", '"""cabbages and kings"""'], ["2(a)", '"oyster*"']]
    path = tmp_path / "terms.csv"
    path.write_bytes((bom + "\r\n".join(separator.join(line) for line in lines) + "\r\n").encode())
    rows = verbs.terms_report(matter, path)["terms"]
    assert [(row["query"], row["documents"]) for row in rows] == [
        ("walrus", 3),
        ('"cabbages and kings"', 1),
        ("oyster*", 2),
    ]


def test_a_csv_of_one_column_is_read(matter: Matter, tmp_path: Path) -> None:
    path = tmp_path / "terms.csv"
    path.write_bytes(b"term\r\nwalrus\r\noyster*\r\n")
    assert [row["documents"] for row in verbs.terms_report(matter, path)["terms"]] == [3, 2]


@pytest.mark.parametrize(
    ("name", "data"),
    [("no-column.csv", b"a,b\r\n1,2\r\n"), ("binary.txt", b"\xff\xfe\x00w"), ("empty.csv", b"")],
)
def test_a_list_that_is_none_is_named(matter: Matter, tmp_path: Path, name: str, data: bytes) -> None:
    write(tmp_path, {name: data})
    with pytest.raises(TermsInvalid) as caught:
        verbs.terms_report(matter, tmp_path / name)
    assert caught.value.path == str(tmp_path / name)
    with pytest.raises(TermsInvalid, match="nowhere"):
        verbs.terms_report(matter, tmp_path / "nowhere.csv")


def test_a_binary_list_names_a_line_of_the_file(tmp_path: Path) -> None:
    write(tmp_path, {"terms.txt": b"walrus\noyster\n\xff\n"})
    with pytest.raises(TermsInvalid) as caught:
        verbs.terms_check(tmp_path / "terms.txt")
    assert caught.value.line == 3


def test_check_needs_no_matter_and_counts_nothing(tmp_path: Path) -> None:
    write(tmp_path, {"terms.txt": b"# a remark\n\nwalrus AND oyster OR kings\nbad w/\n"})
    told = tecum("terms", "check", tmp_path / "terms.txt", "--json")
    assert told.code == 1
    rows = told.json["terms"]
    assert [(row["row"], bool(row["error"])) for row in rows] == [(3, False), (4, True)]
    assert all(set(row) >= {"row", "query", "reading", "lint", "error"} for row in rows)
    assert rows[0]["lint"], "AND beside OR without parentheses has two readings"


def test_the_index_may_be_deleted_and_comes_back_the_same(searched: Path, tmp_path: Path) -> None:
    copy = tmp_path / "matter"
    shutil.copytree(searched, copy)
    with verbs.open(copy) as matter:
        before = report(matter, tmp_path, TERMS)
        shutil.rmtree(copy / "index")
        with pytest.raises(IndexStale):
            verbs.search(matter, "walrus")
        again = verbs.ingest(matter)
        assert (again["read"], again["numbered"]) == (0, 0)
        after = report(matter, tmp_path, TERMS)
    assert after == before


def test_a_document_that_came_later_is_counted_too(searched: Path, tmp_path: Path) -> None:
    copy = tmp_path / "matter"
    shutil.copytree(searched, copy)
    more = write(
        tmp_path / "more", {"late.txt": b"A late walrus.", "two.eml": mail("Again", "walrus walrus WALRUS\r\n")}
    )
    with verbs.open(copy) as matter:
        verbs.ingest(matter, [("bob", more)])
        found = verbs.search(matter, "walrus")
        assert found["documents"] == 4, "the copy of a mail known before counts under it"
        assert json.loads(json.dumps(found)) == found
