"""The golden traps: queries that products count differently, each with the text that tells the readings apart."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from oracle import hits
from random_queries import DEFAULT, Document, in_memory, tree

from tecum import query
from tecum.query import Switches, applied

LONG = " ".join(["hay"] * 17_001 + ["needle", "hay"])
TRAPS = [  # query, dialect, text of a body, whether it is found
    ("apple pear", "dtsearch", "pear apple", False),
    ("apple pear", "dtsearch", "an apple pear", True),
    ("apple pear", "nuix", "pear apple", True),
    ("a AND b OR c", "dtsearch", "c", False),
    ("a AND b OR c", "nuix", "c", True),
    ("harry w/2 truman", "dtsearch", "Harry S Truman", True),
    ("harry w/1 truman", "dtsearch", "Harry S Truman", False),
    ("truman w/2 harry", "dtsearch", "Harry S Truman", True),
    ("truman pre/2 harry", "dtsearch", "Harry S Truman", False),
    ("apple w/5 xfirstword", "dtsearch", "1 2 3 4 apple", True),
    ("apple w/5 xfirstword", "dtsearch", "1 2 3 4 5 apple", False),
    ("apple w/5 xlastword", "dtsearch", "apple 2 3 4 5", True),
    ("apple w/5 xlastword", "dtsearch", "apple 2 3 4 5 6", False),
    ("a not w/20 b", "dtsearch", "a", True),
    ("a not w/20 b", "dtsearch", "a b", False),
    ("a not w/20 b", "dtsearch", "a b " + "x " * 30 + "a", True),
    ("a not pre/20 b", "dtsearch", "b a", True),
    ("a not w/20 b", "dtsearch", "b a", False),
    ("can't", "dtsearch", "I can't", True),
    ("can't", "dtsearch", "I cannot", False),
    ("first-level", "dtsearch", "first level", True),
    ("x@y.org", "dtsearch", "mail x@y.org now", True),
    ("under_score", "dtsearch", "under score", False),
    ("folder?", "dtsearch", "folder", False),
    ("folder?", "dtsearch", "folders", True),
    ("folder*", "dtsearch", "folder", True),
    ("20=8", "dtsearch", "2018", True),
    ("20=8", "dtsearch", "20x8", False),
    ("a w/9 a", "dtsearch", "a", False),
    ("a w/9 a", "dtsearch", "a a", True),
    ("(a w/9 b) w/9 a", "dtsearch", "a b", False),
    ("needle hay", "dtsearch", LONG, True),
    ("needle needle", "dtsearch", LONG, False),
    ("ICE", "dtsearch", "salt and ice", True),
    ("cs:ICE", "dtsearch", "salt and ice", False),
    ("cs:ICE", "dtsearch", "salt and Ice", False),
    ("cs:ICE", "dtsearch", "ICE agents", True),
    ("8 U.S.C. 1373", "dtsearch", "8 USC 1373", False),
    ("8 initials:USC 1373", "dtsearch", "8 USC 1373", True),
    ("8 initials:USC 1373", "dtsearch", "8 U.S.C. § 1373", True),
    ("apply~", "dtsearch", "applied", True),
    ("apply~", "dtsearch", "application", False),
    ("go~", "dtsearch", "went", False),
    ("not~", "dtsearch", "not here", True),
    ("ap%ply", "dtsearch", "aply", True),
    ("ap%ply", "dtsearch", "opply", False),
    ("smith~1", "lucene", "smyth", True),
    ("12~~24", "dtsearch", "no. 012", True),
    ("12~~24", "dtsearch", "no. 25", False),
    ("900~~1100", "dtsearch", "1,000 dollars", False),
    ("900~~1100", "dtsearch", "1000 dollars", True),
    ('##"(in|de)tain.*"', "dtsearch", "detainer", True),
    ('##"(in|de)tain"', "dtsearch", "detainer", False),
    ("date(2018-01-01 to 2018-01-31)", "dtsearch", "on Jan. 5th, 2018", True),
    ("date(2018-01-01 to 2018-01-31)", "dtsearch", "on 5 January 2018", True),
    ("date(2018-01-01 to 2018-01-31)", "dtsearch", "on 2018-01-05", True),
    ("date(2018-01-01 to 2018-01-31)", "dtsearch", "on 1/5/2018", True),
    ("date(2018-01-01 to 2018-01-31)", "dtsearch", "on 5/1/2018", False),
    ("date(2018-01-01 to 2018-01-31; d/m/y)", "dtsearch", "on 5/1/2018", True),
    ("date(2018-01-01 to 2018-01-31)", "dtsearch", "on 31/1/2018", False),
    ("date(2018-01-01 to 2018-01-31)", "dtsearch", "on 1/5/18", False),
    ('"a b"~1', "lucene", "a x b", True),
    ('"a b"~1', "lucene", "b a", False),
    ('"a b"~2', "lucene", "b a", True),
    ("Résumé", "dtsearch", "resume", True),
    ("IT department", "dtsearch", "fire department", False),
]


@pytest.mark.parametrize(("text", "dialect", "body", "found"), TRAPS)
def test_the_trap(text: str, dialect: str, body: str, found: bool) -> None:
    asked = query.parse(text, dialect).require()
    words = [("body", body.replace(",", " ").replace("§", " ").split())]
    documents: list[Document] = [(words, frozenset())]
    with in_memory(documents) as index:
        assert (index.documents(asked).tolist() == [0]) is found
    if len(body) < 1000 and not set(body) & set(".'-@/"):  # of the oracle, whose words are given
        assert hits(asked, words, DEFAULT) is found


def test_noise_as_where_it_is_not_indexed() -> None:
    documents: list[Document] = [([("body", text.split())], frozenset()) for text in ("IT department", "department")]
    asked = query.parse('"IT department"').require()
    with in_memory([*documents, ([("body", ["fire", "department"])], frozenset())]) as index:
        assert index.documents(asked).tolist() == [0]
        assert index.documents(applied(asked, Switches(noise="dtsearch"))).tolist() == [0, 2]
        assert index.documents(applied(query.parse("it").require(), Switches(noise="dtsearch"))).tolist() == []


@pytest.mark.parametrize(
    ("text", "code", "count"),
    [
        ("(a OR b) (c OR d)", "E4", 2), ("a w/5 b w/5 c", "E6", 2), ("(a AND b) w/10 (c AND d)", "E5", 2),
        ("a AND b OR c", "W1", 2), ("a not w/20 b", "W9", 2), ("can't", "W4", 0), ("date(1/2/2018)", "W14", 2),
        ("ICE", "W10", 2), ("8 U.S.C. 1373", "W17", 2), ('"IT department"', "W5", 2),
    ],
)  # fmt: skip
def test_the_trap_is_named_with_its_readings(text: str, code: str, count: int) -> None:
    [finding] = [one for one in query.parse(text).lint if one.code == code]
    assert len(finding.readings) == count
    trees = [query.parse(reading).require() for reading in finding.readings]
    assert len({query.tree_hash(tree) for tree in trees}) == count


@pytest.mark.parametrize(
    ("text", "wide"),
    [("a w/5 b", "a w/6 b"), ("a not pre/5 b", "a not pre/6 b"), ("(a w/1 b) w/2 c", "(a w/2 b) w/3 c")],
)
def test_one_word_wider(text: str, wide: str) -> None:
    assert query.to_text(applied(query.parse(text).require(), Switches(wider=True))) == wide
    only = applied(query.parse(f"({text}) AND (a w/5 (x OR subject:xlastword))").require(), Switches(edges_wider=True))
    assert query.to_text(only) == f"({text}) AND (a w/6 (x OR subject:(xlastword)))"


def test_switches_say_what_they_do() -> None:
    assert Switches().said() == "none"
    assert Switches(noise="dtsearch", day_first=True).said().count(";") == 1
    asked = query.parse("date(2018-01-02)").require()
    assert query.to_text(applied(asked, Switches(day_first=True))) == "date(2018-01-02 to 2018-01-02; d/m/y)"
    assert applied(asked, Switches()) is asked


def test_every_example_of_the_reference_page_parses() -> None:
    page = Path(__file__).parents[2] / "docs" / "reference" / "query.md"
    table = page.read_text("utf-8").partition("## In short")[2].partition("## Words")[0]
    rows = [line.split(" | ")[0] for line in table.splitlines() if line.startswith("| `")]
    examples = [found.replace("\\|", "|") for row in rows for found in re.findall("`([^`]+)`", row)]
    assert len(examples) > 20
    for text in examples:
        assert query.parse(text).errors == (), text


def test_every_tree_is_what_its_printed_form_says_in_each_dialect() -> None:
    chance = random.Random(20_180_124)
    for _ in range(400):
        made = tree(chance, 4)
        for dialect in ("dtsearch", "nuix", "lucene"):
            parsed = query.parse(query.to_text(made, dialect), dialect)
            assert parsed.tree == made, (query.to_text(made, dialect), dialect, parsed.errors)
        assert query.in_words(made).startswith("documents in which ")
        assert query.tree_hash(made) == query.tree_hash(query.parse(query.to_text(made)).require())
