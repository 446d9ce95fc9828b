"""Queries that were made to break something: an answer or a named error, with little work and little memory."""

from __future__ import annotations

import sys
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from random_queries import Document, in_memory

from tecum import query
from tecum.query.regex import MAX_PLACES, RegexInvalid, automaton

DIALECTS = ["dtsearch", "nuix", "lucene"]
BIG = pytest.param("10,000 acronyms", marks=pytest.mark.slow)
MONSTERS = {
    "10,000 terms": " OR ".join(f"term{at}" for at in range(10_000)),
    "10,000 stems": " OR ".join(f"term{at}~" for at in range(10_000)),
    "10,000 acronyms": " OR ".join(["ICE", "USC"] * 5_000),
    "10,000 noise words": " ".join(["the", "of"] * 5_000),
    "1,000 deep": "(" * 1000 + "a" + ")" * 1000,
    "opened": "(" * 5000,
    "closed": ")" * 5000,
    "deep AND": "(a AND " * 1000 + "b" + ")" * 1000,
    "deep NOT": "NOT (" * 1000 + "a" + ")" * 1000,
    "deep field": "to:(" * 1000 + "a" + ")" * 1000,
    "deep case": "cs:(" * 1000 + "a" + ")" * 1000,
    "deep fact": "kind:(" * 1000 + "a" + ")" * 1000,
    "fields": "to:" * 600 + "a",
    "modifiers": "cs:stem:" * 200 + "a",
    "groups": "(a)" * 2000,
    "chain": "a w/5 " * 3000 + "b",
    "not near": "a not w/5 b AND " * 2000 + "c",
    "dates in a row": "date(2018-01-01) " * 1000,
    "doubtful dates": "date(1/2/2018) OR " * 500 + "a",
    "initials in a row": "initials:USC " * 1000,
    "quotes": '"' * 4999,
    "smart quotes": "“”„‟«»＂" * 700,
    "smart quotes everywhere": "“a” w/5 ‘b’ OR «c» " * 300,
    "operators": "AND " * 5000,
    "operators of all kinds": "AND OR NOT w/5 pre/3 not w/2 xfirstword NOT NOT " * 200,
    "lone operators": "w/5",
    "plus and minus": "+a -b " * 2000,
    "plus signs": "+" * 1999,
    "star": "*",
    "two stars": "**",
    "stars": "*" * 1999,
    "stars and marks": "?*?*?*",
    "stars and letters": "*a" * 60,
    "percent": "%a" * 900,
    "200 percent": "a" + "%" * 200 + "b",
    "tildes": "~" * 1999,
    "tildes and letters": "a~" * 900,
    "slop": '"a b"~99999999999',
    "wide": "a w/99999 b",
    "wider": "a w/" + "9" * 1900 + " b",
    "9,999 digits": "9" * 9_999,
    "1,900 digits": "9" * 1_900,
    "a range of 1,900 digits": "1~~" + "9" * 1_900,
    "a range in brackets": "[" + "9" * 99 + " TO " + "9" * 99 + "]",
    "a size": "size:" + "9" * 190,
    "a quoted term": f'"{"x" * 9_999}~~{"9" * 9_999}"',
    "years": "sent:9999-12-31 OR sent:>9999 OR sent:0000 OR date(9999-12-31)",
    "brackets": "[" * 1999,
    "brackets apart": "[ a " * 1999,
    "date opened": "date(" * 1500,
    "colons": ":" * 1999,
    "controls": "".join(map(chr, range(32))) * 100 + " AND \x7f\x80\x9f",
    "right to left": "\u202e\u200fa\u200f AND \u202db\u202c \u2066w/5\u2069 c",
    "surrogates": "\ud800 AND \udfff*",
    "surrogates alone": "\ud800\udc00" * 500,
    "nothing to see": "\ufeff\u200b\u00ad\u200d",
    "noncharacters": "\ufdd0\ufdd1\uffff a",
    "marks": "a" + "\u0301" * 1_900,
    "one letter that is many": "\ufdfa" * 1_500,
    "1 MB": "a" * 1_000_000,
    "1 MB of words": "ab " * 350_000,
    "1 MB of parentheses": "(" * 1_000_000,
    "250,000 characters of words": "ab " * 83_000,
    "nested repetition": '##"(a+)+$"',
    "repeated repetition": '##"(((a{500}){500}){500}){500}"',
    "repetition of nothing": '##"(((){500}){500}){500}"',
    "an expression of groups": '##"' + "(" * 400 + '"',
    "an expression of choices": '##"' + "(a|a)*" * 80 + '"',
    "many expressions": '##"(a|b)*c{9}" ' * 2_000,
}  # fmt: skip


def calls(work: Callable[[], Any]) -> tuple[Any, int]:
    """What a piece of work returns, and how many functions it called: a bound that no busy machine moves."""
    count = 0

    def counted(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event.endswith("call")

    sys.setprofile(counted)
    try:
        answer = work()
    finally:
        sys.setprofile(None)
    return answer, count


@pytest.mark.parametrize("name", [name for name, text in MONSTERS.items() if len(text) <= 10_000])
def test_a_monster_gets_an_answer_or_a_named_error(name: str) -> None:
    answered(MONSTERS[name], ["dtsearch"])


@pytest.mark.slow
@pytest.mark.parametrize("name", MONSTERS)
def test_a_monster_gets_an_answer_or_a_named_error_in_every_dialect(name: str) -> None:
    answered(MONSTERS[name], DIALECTS)


def answered(text: str, dialects: list[str]) -> None:
    for dialect in dialects:
        parsed = query.parse(text, dialect)
        assert (parsed.tree is None) == bool(parsed.errors)
        assert len(parsed.lint) < 500 and sum(len(one) for lint in parsed.lint for one in lint.readings) < 2_000_000
        if parsed.tree is not None:
            assert query.parse(query.to_text(parsed.tree, dialect), dialect).tree == parsed.tree
            assert query.in_words(parsed.tree) and query.tree_hash(parsed.tree)


@pytest.mark.parametrize("name", [BIG, "opened", "deep NOT", "groups", "chain", "1 MB",
                                  "doubtful dates", "smart quotes everywhere", "brackets apart", "date opened",
                                  "many expressions", "initials in a row"])  # fmt: skip
def test_the_work_grows_with_the_text(name: str) -> None:
    text = MONSTERS[name]
    parsed, count = calls(lambda: query.parse(text))
    assert count < 400_000 + 60 * min(len(text), 250_000), count
    assert parsed.lint or parsed.tree is not None


@pytest.mark.parametrize("name", ["1 MB", "1 MB of words", "opened", "doubtful dates", "nested repetition"])
def test_the_memory_is_bounded(name: str) -> None:
    text = MONSTERS[name]
    tracemalloc.start()
    try:
        query.parse(text)
        assert tracemalloc.get_traced_memory()[1] < 60_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "text",
    [
        "*", "?*?*?*", "a w/99999 b", '##"(a+)+$"', "%%%%%%%%%%a", "a~", "0~~99999999999999999", "* w/255 *",
        "(* w/9 *) w/99999 (* pre/9 ?)", "xfirstword w/1 xlastword", "NOT (NOT (NOT a))",
        "date(1000-01-01 to 2900-12-31)",
    ],
)  # fmt: skip
def test_the_engine_answers_what_parses(text: str) -> None:
    docs: list[Document] = [([("body", ["a", "b", "a" * 127 + "b"] * 40)], frozenset()), ([("body", [])], frozenset())]
    tree = query.parse(text).require()
    with in_memory(docs) as index:
        assert index.documents(tree).tolist() == index.documents(tree, scan=True).tolist()


def test_an_expression_is_matched_letter_by_letter() -> None:
    """The catastrophe of backtracking: each further letter would double the work."""
    for source in ("(a+)+$", "(a|a)*b", "(a*)*(a*)*c", "(.*a){12}"):
        made = automaton(source)
        word = "a" * 127 + "!"
        found, count = calls(lambda made=made, word=word: made.matches(word))
        assert not found and count < 128 * (4 + MAX_PLACES)


@pytest.mark.parametrize("source", ["a" * 501, "(a{500}){2}", "(((){500}){500}){500}", "(?P<n>a)", "(a)\\1", "a{2,1}"])
def test_an_expression_that_would_grow_is_refused(source: str) -> None:
    with pytest.raises(RegexInvalid):
        automaton(source)
