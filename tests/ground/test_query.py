"""The query language: golden readings, errors with their place and readings, and any text at all."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tecum import query
from tecum.errors import QueryInvalid
from tecum.model import Severity
from tecum.query import And, In, Near, Not, NotNear, Or, Phrase, Word

a, b, c, d = (Word(name) for name in "abcd")
DIALECTS = ["dtsearch", "nuix", "lucene"]


def codes(text: str, dialect: str = "dtsearch") -> list[str]:
    return [one.code for one in query.parse(text, dialect).lint]


def readings(text: str, code: str) -> tuple[str, ...]:
    return next(one.readings for one in query.parse(text).lint if one.code == code)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("apple pear", Phrase((Word("apple"), Word("pear")))),
        ('"apple pear"', Phrase((Word("apple"), Word("pear")))),
        ('apple "pear tree"', Phrase((Word("apple"), Word("pear"), Word("tree")))),
        ("a AND b OR c", And((a, Or((b, c))))),
        ("a and not b", And((a, Not(b)))),
        ("NOT a w/5 b", Not(Near(a, b, 5))),
        ("NOT a OR b", Or((Not(a), b))),
        ("a W/5 b", Near(a, b, 5)),
        ("a PRE/5 b", Near(a, b, 5, ordered=True)),
        ("a not w/5 b", NotNear(a, b, 5)),
        ("((a))", a),
        ("a AND (b AND c)", And((a, And((b, c))))),
        ("subject:a b", In("subject", Phrase((a, b)))),
        ("subject:(a OR b) w/3 c", Near(In("subject", Or((a, b))), c, 3)),
        ("anything:(a)", In("anything", a)),
        ("can't", Phrase((Word("can"), Word("t")))),
        ("first-level", Phrase((Word("first"), Word("level")))),
        ("x@y.org", Phrase((Word("x"), Word("y"), Word("org")))),
        ("under_score", Word("under_score")),
        ("“Résumé”", Word("resume")),
        ('"and"', Word("and")),
        ("imm?gr* 20==", Phrase((Word("imm?gr*"), Word("20==")))),
        ("a***b", Word("a*b")),
        ("Butler & Jones", Phrase((Word("butler"), Word("jones")))),
        ("中国", Phrase((Word("中"), Word("国")))),
    ],
)
def test_dtsearch_readings(text: str, tree: query.Node) -> None:
    assert query.parse(text).require() == tree


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a b", And((a, b))),
        ("a AND b OR c", Or((And((a, b)), c))),
        ("a b OR c", Or((And((a, b)), c))),
        ("a (b OR c)", And((a, Or((b, c))))),
        ("a NOT b", And((a, Not(b)))),
        ('"a b" c', And((Phrase((a, b)), c))),
        ("a-b c", And((Phrase((a, b)), c))),
        ("a=b", Phrase((a, b))),
    ],
)
def test_nuix_and_lucene_readings(text: str, tree: query.Node) -> None:
    assert query.parse(text, "nuix").require() == tree
    assert query.parse(text, "lucene").require() == tree


@pytest.mark.parametrize(
    ("text", "code", "at", "wanted"),
    [
        ("a AND (b", "E1", 6, ()),
        ("a) AND b", "E1", 1, ()),
        ('a "b', "E1", 2, ()),
        ("a AND", "E2", 2, ()),
        ("OR a", "E2", 0, ()),
        ("a AND OR b", "E2", 6, ()),
        ("a NOT b", "E2", 2, ("a AND (NOT b)",)),
        ("subject: AND a", "E2", 9, ()),
        ("a w/ b", "E3", 2, ()),
        ("a w/0 b", "E3", 2, ()),
        ("a pre/x b", "E3", 2, ()),
        ("(a OR b) (c OR d)", "E4", 8, ("(a OR b) AND (c OR d)", 'a OR "b c" OR d')),
        ("a (b OR c)", "E4", 1, ("a AND (b OR c)", '"a b" OR c')),
        (
            "(a AND b) w/10 (c AND d)", "E5", 0,
            ("(a w/10 c) AND (a w/10 d) AND (b w/10 c) AND (b w/10 d)",
             "a AND b AND c AND d AND ((a OR b) w/10 (c OR d))"),
        ),
        ("x AND (a not w/3 (b AND c))", "E5", 7,
         ("x AND ((a not w/3 b) AND (a not w/3 c))", "x AND (a not w/3 (b OR c))")),
        ("((a AND b) OR c) w/3 d", "E5", 0, ()),
        ("a w/5 b w/5 c", "E6", 0, ("(a w/5 b) w/5 c", "a w/5 (b w/5 c)")),
        ("x OR a w/1 b pre/2 c w/3 d", "E6", 5,
         ("x OR (((a w/1 b) pre/2 c) w/3 d)", "x OR (a w/1 (b pre/2 (c w/3 d)))")),
        ("#ap%ple", "E7", 0, ()),
        ("subject:from:a", "E7", 8, ()),
        ("a /s b", "E8", 2, ()),
        ("a NEAR(5) b", "E8", 2, ()),
        ("a near5 b", "E8", 2, ()),
        ("inform!", "E8", 0, ("inform*", "inform")),
        ('"a b"~5', "E8", 5, ()),
        ("a && b", "E8", 2, ()),
        ("a -b", "E8", 2, ()),
        ("and/or", "E8", 0, ()),
        ("a w/5 NOT b", "E9", 0, ("a not w/5 b", "a AND (NOT (a w/5 b))")),
        ("(a AND NOT b) w/5 c", "E9", 0, ("(a w/5 c) AND (NOT b)", "(a w/5 c) AND (NOT (b w/5 c))")),
        ("(a not w/5 b) w/3 c", "E9", 0, ("(a w/3 c) AND (a not w/5 b)", "(a w/3 c) AND (NOT (a w/5 b))")),
        ("apply~", "E10", 0, ()),
        ("ap%%ply", "E10", 0, ()),
        ("#smith", "E10", 0, ()),
        ("12~~24", "E10", 0, ()),
        ('##"ab+"', "E10", 0, ()),
        ("date(jan 1 2001)", "E10", 0, ()),
        ("a AndAny b", "E10", 2, ()),
        ("中*", "E10", 0, ()),
        ("x" * 3000, "E11", 0, ()),
        ("x" * 130 + "*", "E11", 0, ()),
        ("", "E12", 0, ()),
        ("()", "E12", 0, ()),
        ('""', "E12", 0, ()),
        ("&", "E12", 0, ()),
    ],
)  # fmt: skip
def test_errors_name_the_place_and_the_readings(text: str, code: str, at: int, wanted: tuple[str, ...]) -> None:
    parsed = query.parse(text)
    first = parsed.errors[0]
    assert (first.code, first.span[0], first.readings) == (code, at, wanted)
    assert parsed.tree is None
    for reading in first.readings:
        assert query.parse(reading).tree is not None
    with pytest.raises(QueryInvalid) as caught:
        parsed.require()
    line, caret = caught.value.message.splitlines()[1:]
    assert caret.index("^") < max(1, len(line)) and f"[{code}]" in caught.value.message


def test_the_caret_stands_under_the_place() -> None:
    with pytest.raises(QueryInvalid) as caught:
        query.parse("x " * 60 + "AND (b").require()
    line, caret = caught.value.message.splitlines()[1:]
    assert line[caret.index("^")] == "(" and line.startswith("...")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a AND b OR c", "W1"), ("a w/5 b OR c", "W2"), ("“a b”", "W3"), ("2010–2012", "W3"), ("can't", "W4"),
        ("AT&T", "W4"), ("100%", "W4"), ("http://a.b", "W4"), ('"IT department"', "W5"), ("the", "W5"), ("ca*", "W6"),
        ("*tion", "W7"), ('"inform* us"', "W7"), ("a not w/5 b", "W9"), ("ICE", "W10"),
        ("immigra* OR immigrant", "W13"),
        ("xx OR yy OR xx", "W13"), ("a w/51 b", "W15"), ("(a w/5 b) w/10 (c w/5 d)", "W16"),
    ],
)  # fmt: skip
def test_warnings_do_not_stop_a_query(text: str, code: str) -> None:
    parsed = query.parse(text)
    assert parsed.tree is not None and code in [one.code for one in parsed.lint]
    assert all(one.severity is Severity.WARN for one in parsed.lint)


@pytest.mark.parametrize("text", ["a AND (b OR c)", "informed", "a w/5 (b OR c)", "a w/50 b", "inform* OR notif*"])
def test_a_plain_query_has_no_warning(text: str) -> None:
    assert codes(text) == []


def test_warnings_spell_out_both_readings() -> None:
    assert readings("a AND b OR c", "W1") == ("a AND (b OR c)", "(a AND b) OR c")
    assert readings("a w/5 b OR c", "W2") == ("(a w/5 b) OR c", "a w/5 (b OR c)")
    assert readings("x AND a not w/5 b", "W9") == ("x AND (a not w/5 b)", "x AND (a AND (NOT (a w/5 b)))")
    assert readings('"IT department" OR x', "W5") == ('"it department" OR x', '"* department" OR x')


def test_findings_of_one_kind_are_capped_and_the_rest_counted() -> None:
    found = query.parse(" AND ".join(["can't"] * 100)).lint
    counted = [one for one in found if one.code == "W4"]
    assert len(counted) == 25 and counted[-1].message.startswith("76 more")


def test_lint_as_data() -> None:
    said = query.parse("a AND b OR c").lint[0].as_dict()
    assert said["code"] == "W1" and said["severity"] == "warn" and said["span"] == [0, 12]
    assert said["readings"] == ["a AND (b OR c)", "(a AND b) OR c"]


def test_rows_that_cover_each_other() -> None:
    rows = [query.parse(text) for text in ("immigra*", "immigrant", "a AND b", "b AND a", "x w/5 immigrant")]
    found = [[one.message for one in lint if one.code == "W13"] for lint in query.lint_rows(rows)]
    assert found == [[], ["immigrant is covered by row 1: immigra*"], [], ["the same as row 3: a AND b"], []]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("(inform* OR notif*) w/10 ICE", "a word starting with inform or notif stands within 10 words of ice"),
        ("a AND b OR c", "a occurs and either b or c occurs"),
        ("(a AND b) OR c", "(a occurs and b occurs) or c occurs"),
        ("a AND NOT b", "a occurs and b does not occur"),
        ("NOT (a AND b)", "it is not so that (a occurs and b occurs)"),
        ("a pre/1 b", "a stands at most 1 word before b"),
        ("a not w/5 b", "a stands somewhere without b within 5 words of it"),
        ("from:smith AND x", "smith occurs in the field from and x occurs"),
        ("(x OR inform* OR *tion OR notif*) w/2 xfirstword",
         "one of x, a word ending in tion or a word starting with inform or notif stands within 2 words of "
         "the beginning of the text"),
        ("(a AND b) w/3 c", "a stands within 3 words of c and b stands within 3 words of c"),
        ('"a b" w/3 (c w/2 d)', 'the phrase "a b" stands within 3 words of (c within 2 words of d)'),
    ],
)  # fmt: skip
def test_in_words(text: str, said: str) -> None:
    assert query.in_words(query.parse(text).require()) == f"documents in which {said}"


def test_the_hash_looks_through_order_and_grouping_of_the_same_meaning() -> None:
    def of(text: str, dialect: str = "dtsearch") -> str:
        return query.tree_hash(query.parse(text, dialect).require())

    assert of("a AND (b OR c)") == of("(C or B) and A") == of("a (c OR b)", "nuix") == of("a AND b OR c OR b")
    assert of("a w/5 b") == of("b w/5 a") and of("a pre/5 b") != of("b pre/5 a")
    assert len({of(text) for text in ("a", "a b", "a AND b", "a OR b", "a w/1 b", "subject:a", "NOT a", "a*")}) == 8


@pytest.mark.parametrize(
    "text",
    [
        " OR ".join(f"term{at}" for at in range(10_000)),
        "(" * 1000 + "a" + ")" * 1000,
        "(" * 5000,
        ")" * 5000,
        "(a AND " * 1000 + "b" + ")" * 1000,
        "NOT (" * 1000 + "a" + ")" * 1000,
        "to:(" * 1000 + "a" + ")" * 1000,
        "to:" * 600 + "a",
        "(a)" * 2000,
        "a w/5 " * 3000 + "b",
        "a not w/5 b AND " * 2000 + "c",
        '"' * 4999,
        "AND " * 5000,
        "*" * 1999,
        "*a" * 60,
        "%a" * 900,
        "\x00\x01\x02 \x7f \ufeff \u200b \ud800",
    ],
    ids=range(17),
)
def test_a_monster_gets_an_answer_or_a_named_error(text: str) -> None:
    for dialect in DIALECTS:
        parsed = query.parse(text, dialect)
        assert (parsed.tree is None) == bool(parsed.errors)
        if parsed.tree is not None:
            assert query.parse(query.to_text(parsed.tree), dialect).tree == parsed.tree
            assert query.in_words(parsed.tree) and query.tree_hash(parsed.tree)


SIGNS = [
    "a", "b", "inform*", "?x", "AND", "OR", "NOT", "(", ")", '"', "w/5", "pre/3", "w/", "subject:", "xfirstword",
    "can't",
    "中国", "Café", "near5", "-a", "x~", "a w/300 b", ":", "“", "&", "=", "ß", "\u0345", "和", "İ", "the",
]  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(
    st.one_of(st.text(max_size=40), st.lists(st.sampled_from(SIGNS), max_size=14).map(" ".join)),
    st.sampled_from(DIALECTS),
)
def test_any_text_parses_or_names_its_error_and_prints_back(text: str, dialect: str) -> None:
    parsed = query.parse(text, dialect)
    assert (parsed.tree is None) == bool(parsed.errors)
    if parsed.tree is None:
        with pytest.raises(QueryInvalid):
            parsed.require()
        return
    printed = query.to_text(parsed.tree)
    again = query.parse(printed, dialect)
    assert again.tree == parsed.tree and query.to_text(parsed.tree) == printed
    assert not {"W1", "W2", "W3", "W4"} & {one.code for one in again.lint}
    assert query.tree_hash(parsed.tree) == query.tree_hash(again.require())
    assert query.in_words(parsed.tree)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(["a", "b", "c", "AND", "OR", "NOT", "(", ")"]), max_size=10).map(" ".join))
def test_w1_is_raised_where_precedence_makes_another_tree(text: str) -> None:
    here, there = query.parse(text), query.parse(text, "nuix")
    if here.tree is not None and there.tree is not None and "a b" not in text.replace("c", "b").replace("a a", "a b"):
        phrases = any(isinstance(node, Phrase) for node in query.walk(here.tree))
        if not phrases:
            assert ("W1" in codes(text)) == (here.tree != there.tree)


def test_an_unknown_dialect_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="westlaw"):
        query.parse("a", "westlaw")
