"""The query language: golden readings, errors with their place and readings, and any text at all."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tecum import query
from tecum.errors import QueryInvalid
from tecum.model import Severity
from tecum.query import And, Dates, Fact, In, Near, Not, NotNear, Numbers, Or, Phrase, Word

a, b, c, d = (Word(name) for name in "abcd")
DIALECTS = ["dtsearch", "nuix", "lucene"]


def codes(text: str, dialect: str = "dtsearch") -> list[str]:
    return [one.code for one in query.parse(text, dialect).lint]


def readings(text: str, code: str, dialect: str = "dtsearch") -> tuple[str, ...]:
    return next(one.readings for one in query.parse(text, dialect).lint if one.code == code)


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
        ("apply~", Word("apply", "stem")),
        ("not~", Word("not", "stem")),
        ("can't~", Phrase((Word("can"), Word("t", "stem")))),
        ("stem:(a OR b)", Or((Word("a", "stem"), Word("b", "stem")))),
        ("ap%%ply", Word("ap%%ply", "fuzzy")),
        ("%ap%ply", Word("%%apply", "fuzzy")),
        ("100%", Word("100")),
        ("http://a/%20b", Phrase((Word("http"), a, Word("20b")))),
        ("cs:ICE", Word("ICE", "case")),
        ("cs:Écôle", Word("Ecole", "case")),
        ('cs:"ICE raid"', Phrase((Word("ICE", "case"), Word("raid", "case")))),
        ('"an cs:ICE raid"', Phrase((Word("an"), Word("ICE", "case"), Word("raid")))),
        ('##"ab+"', Word("ab+", "regex")),
        ('a ##"b|c" d', Phrase((a, Word("b|c", "regex"), d))),
        ("012~~24", Numbers(12, 24)),
        ("section 12~~24", Phrase((Word("section"), Numbers(12, 24)))),
        ("date(2018-01-02)", Dates(date(2018, 1, 2), date(2018, 1, 2))),
        ("date(jan 5, 2018 to 2/1/2018)", Dates(date(2018, 1, 5), date(2018, 2, 1))),
        ("a date(2018-01-02)", Near(a, Dates(date(2018, 1, 2), date(2018, 1, 2)), 1, ordered=True)),
        ("a not pre/5 b", NotNear(a, b, 5, ordered=True)),
        ("initials:ABC", Or((Word("abc"), Phrase((a, b, c))))),
        ("initials:A.B. c", Near(Or((Word("ab"), Phrase((a, b)))), c, 1, ordered=True)),
        ("kind:Mail", Fact("kind", "mail")),
        ("kind:(mail OR pdf)", Or((Fact("kind", "mail"), Fact("kind", "pdf")))),
        ("sent:>=2018-01-01", Fact("sent", "2018-01-01..")),
        ("sent:<2018-03", Fact("sent", "..2018-02-28")),
        ("sent:2018", Fact("sent", "2018-01-01..2018-12-31")),
        ("sent:{2018-01-01 TO *]", Fact("sent", "2018-01-02..")),
        ('sent:"jan 5, 2018 to 2018-02"', Fact("sent", "2018-01-05..2018-02-28")),
        ("size:<=2kb", Fact("size", "..2048")),
        ("NOT has:attachment", Not(Fact("has", "attachment"))),
        ("control:abc0001", Fact("control", "ABC0001")),
        ("subject:(a w/5 xfirstword)", In("subject", Near(a, query.Edge(False), 5))),
        ("\u200fa \u200eAND\u200f b", And((a, b))),
        ("a\u200db", Word("ab")),
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
        ("wild:2==", Word("2==")),
        ("apply~", Word("%%apply", "fuzzy")),
        ("apply~1", Word("%apply", "fuzzy")),
        ("apply~0", Word("apply")),
        ('"a b"~1', Near(a, b, 2, ordered=True)),
        ('"a b"~3', Or((Near(a, b, 4, ordered=True), Near(b, a, 2, ordered=True)))),
        ("[10 TO 20]", Numbers(10, 20)),
        ("{10 TO 20}", Numbers(11, 19)),
        ("sent:[2018 TO 2019}", Fact("sent", "2018-01-01..2018-12-31")),
        ("+a -b", And((a, Not(b)))),
        ("-(a OR b)", Not(Or((a, b)))),
        ("a NOT W/5 b", NotNear(a, b, 5)),
        ("a NOT PRE/5 b", NotNear(a, b, 5, ordered=True)),
        ("a date(2018-01-02)", And((a, Dates(date(2018, 1, 2), date(2018, 1, 2))))),
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
        ("ap%ply~", "E7", 0, ()),
        ("ap*ly~", "E7", 0, ()),
        ("cs:IC*", "E7", 3, ()),
        ("cs:stem:a", "E7", 3, ()),
        ('cs:##"a"', "E7", 3, ()),
        ("subject:from:a", "E7", 8, ()),
        ("a /s b", "E8", 2, ()),
        ("a NEAR(5) b", "E8", 2, ("a w/5 b", "a w/6 b")),
        ("a near5 b", "E8", 2, ("a w/5 b", "a w/6 b")),
        ("a ADJ3 b", "E8", 2, ("a pre/3 b", "a pre/4 b")),
        ("a /5 b", "E8", 2, ("a w/5 b",)),
        ("a +5 b", "E8", 2, ("a pre/5 b",)),
        ("a w/p b", "E8", 2, ()),
        ("a XOR b", "E8", 2, ()),
        ("atl5(a)", "E8", 0, ()),
        ("[10 TO 20]", "E8", 0, ("10~~20",)),
        ("smith~1", "E8", 0, ()),
        ("-(a)", "E8", 0, ()),
        ("!a", "E8", 0, ()),
        ("inform!", "E8", 0, ("inform*", "inform")),
        ('"a b"~5', "E8", 0, ("(a pre/6 b) OR (b pre/4 a)", "a w/5 b", "a w/6 b")),
        ("a && b", "E8", 2, ("a AND b",)),
        ("a -b", "E8", 2, ()),
        ("and/or", "E8", 0, ()),
        ("a and/or b", "E8", 2, ("a OR b",)),
        ("a w/5 NOT b", "E9", 0, ("a not w/5 b", "a AND (NOT (a w/5 b))")),
        ("(a AND NOT b) w/5 c", "E9", 0, ("(a w/5 c) AND (NOT b)", "(a w/5 c) AND (NOT (b w/5 c))")),
        ("(a not w/5 b) w/3 c", "E9", 0, ("(a w/3 c) AND (a not w/5 b)", "(a w/3 c) AND (NOT (a w/5 b))")),
        ("#smith", "E10", 0, ("smith",)),
        ("run&", "E10", 0, ("run",)),
        ("a^2", "E10", 0, ("a",)),
        ("mail(a@b.c) OR x", "E10", 0, ('participants:("a b c") OR x',)),
        ("creditcard(12*)", "E10", 0, ()),
        ("[a TO b]", "E10", 0, ()),
        ("a AndAny b", "E10", 2, ()),
        ("中*", "E10", 0, ()),
        ("x" * 3000, "E11", 0, ()),
        ("x" * 130 + "*", "E11", 0, ()),
        ("a" + "%" * 11 + "b", "E11", 0, ()),
        ("1~~" + "9" * 19, "E11", 0, ()),
        ("", "E12", 0, ()),
        ("()", "E12", 0, ()),
        ('""', "E12", 0, ()),
        ("&", "E12", 0, ()),
        ('##""', "E12", 0, ()),
        ("24~~12", "E13", 0, ()),
        ("a~~b", "E13", 0, ()),
        ("date(13/2/2018)", "E13", 0, ("date(2018-02-13 to 2018-02-13; d/m/y)",)),
        ("date(2018-02-01 to 2018-01-01)", "E13", 0, ()),
        ("date(2018-02-30)", "E13", 0, ()),
        ("date(after 2018)", "E13", 0, ()),
        ("x OR sent:1/2/2018", "E14", 10,
         ("x OR sent:2018-01-02..2018-01-02", "x OR sent:2018-02-01..2018-02-01")),
        ("sent:soon", "E14", 5, ()),
        ("sent:2018-13", "E14", 5, ()),
        ("sent:2019..2018", "E14", 5, ()),
        ("size:big", "E14", 5, ()),
        ("has:tail", "E14", 4, ()),
        ("hash:abc", "E14", 5, ()),
        ('kind:"?"', "E14", 5, ()),
        ("coding:hot", "E14", 0, ()),
        ("initials:A", "E14", 0, ()),
        ("a w/5 kind:mail", "E15", 0, ()),
        ("(a AND kind:mail) w/5 b", "E15", 0, ("(a w/5 b) AND kind:mail",)),
        ("subject:(a OR kind:mail)", "E15", 0, ()),
        ('##"a b"', "E16", 0, ()),
        ('##"(?=a)"', "E16", 0, ()),
        ('##"(a"', "E16", 0, ()),
        ('##"a**"', "E16", 0, ()),
        ("stem:not", "E2", 0, ()),
        ("kind:", "E2", 0, ()),
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
        ("date(2018-01-01)", "W14"), ("8 U.S.C. 1373", "W17"), ("FBI", "W17"), ("FBI", "W10"), ("a not pre/5 b", "W9"),
        ("applies OR apply~", "W13"), ("%ab", "W6"),
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
    assert readings("the OR x", "W5") == ("the OR x", "x") and readings("the AND x", "W5") == ("the AND x",)
    assert readings("x AND ICE", "W10") == ("x AND ice", "x AND cs:ICE")
    assert readings('"an ICE raid"', "W10") == ('"an ice raid"', '"an cs:ICE raid"')
    assert readings("ICE w/2 x", "W17") == ("ice w/2 x", '(ice OR "i c e") w/2 x')
    assert readings("8 U.S.C. 1373", "W17") == ('"8 u s c 1373"', '(8 pre/1 (usc OR "u s c")) pre/1 1373')
    assert readings("date(1/2/2018) OR x", "W14") == (
        "date(2018-01-02 to 2018-01-02) OR x", "date(2018-02-01 to 2018-02-01; d/m/y) OR x"
    )  # fmt: skip
    assert readings("a not pre/5 b", "W9") == ("a not pre/5 b", "a AND (NOT (a pre/5 b))")
    assert readings("apply~", "W18", "lucene") == ("%%apply", "stem:apply")
    assert readings("a within 5 words of b", "W18") == ('"a within 5 words of b"', "a w/5 b")
    assert readings("20==", "W18", "nuix") == ("20", "wild:20==")
    assert readings('"a b"~2', "W18", "nuix") == ("(a pre/3 b) OR (b pre/1 a)", "a w/2 b", "a w/3 b")


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
    wider = "each document of this row is found by row {} too: {}"
    assert found == [
        [], ["immigrant is covered by row 1: immigra*"], [], ["the same as row 3: a AND b"],
        [wider.format(1, "immigra*"), wider.format(2, "immigrant")],
    ]  # fmt: skip
    rows = [
        query.parse(text) for text in ("apply~", "applied OR x", "ap%ly", "not (apply)", "subject:apply", "x y", "y")
    ]
    found = [[one.message for one in lint if one.code == "W13"] for lint in query.lint_rows(rows)]
    assert found == [
        [], ["applied is covered by row 1: stem:apply"], [], [], [],
        [wider.format(2, "applied OR x"), wider.format(7, "y")], [],
    ]  # fmt: skip


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
        ("apply~ AND NOT 12~~24", "a form of apply occurs and a number from 12 to 24 does not occur"),
        ("ap%ply", "a word that differs from apply in at most 1 letter and begins with ap occurs"),
        ("cs:ICE raid", "the phrase of ICE written exactly so and then raid occurs"),
        ('##"ab+"', "a word of the expression ab+ occurs"),
        ("date(2018-01-01 to 2018-02-01) w/5 a", "a date from 2018-01-01 to 2018-02-01 stands within 5 words of a"),
        ("a not pre/1 b", "a stands somewhere without b in the 1 word after it"),
        ("kind:mail AND sent:>=2018-01-01", "kind is mail and sent is from 2018-01-01 on"),
        ("has:attachment OR size:>1kb", "the document has attachment or the file has at least 1,025 bytes"),
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
    texts = (
        "a", "a b", "a AND b", "a OR b", "a w/1 b", "subject:a", "NOT a", "a*", "a~", "%a", "cs:a", '##"a"', "1~~2",
        "date(2018-01-01)", "date(2018-01-01; d/m/y)", "kind:a", "a not w/1 b", "a not pre/1 b",
    )  # fmt: skip
    assert len({of(text) for text in texts}) == len(texts)
    # of the first version: the hash of a form that has not changed stays
    assert of('a AND (b OR "not") w/5 c') == "acbc0d16ed67b465aaa2c76264eea733737331a0e69a4ea21b34d66b1b8c33df"


SIGNS = [
    "a", "b", "inform*", "?x", "AND", "OR", "NOT", "(", ")", '"', "w/5", "pre/3", "w/", "subject:", "xfirstword",
    "can't",
    "apply~", "ap%ly", "12~~24", "date(", "date(1/2/2018)", '##"a+"', "cs:", "ICE", "initials:USC", "kind:mail",
    "sent:(", "[1 TO 2]", "+b", '"a b"~2', "U.S.C.", "not", "pre/2", "stem:a", "wild:=a", "to",
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
    for other in DIALECTS:
        again = query.parse(query.to_text(parsed.tree, other), other)
        assert again.tree == parsed.tree
        assert not {"W1", "W2", "W3", "W4", "W17", "W18"} & {one.code for one in again.lint}
    for finding in parsed.lint:
        assert finding.code in query.MEANINGS
        for reading in finding.readings:
            assert query.parse(reading, dialect).tree is not None
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
