"""The index's words by example: spellings kept, stems, fuzzy words, expressions, numbers, dates, misspellings."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import snowballstemmer

from tecum.engine.index import Index, IndexDoc, build_segment, merge_segments, verify
from tecum.engine.index import vocabulary as vocabularies
from tecum.engine.index.build import Assembly
from tecum.engine.index.segment import Segment
from tecum.engine.index.vocabulary import Vocabulary, merged, numbers_of, runs_of
from tecum.errors import QueryInvalid
from tecum.query import Dates, Fact, Numbers, Or, Phrase, TermCount, Word

HASH = "ab" * 32


def memory(*bodies: str) -> Index:
    """An index without files of documents 1, 2, ... with these bodies."""
    return Index([segment(*bodies)])


def segment(*bodies: str) -> Segment:
    assembly = Assembly()
    for at, body in enumerate(bodies, 1):
        assembly.add(IndexDoc(at, HASH, [("body", body)]))
    return Segment.of(*assembly.arrays(), "")


def vocabulary(*words: str) -> Vocabulary:
    return segment(" ".join(words)).vocabulary


def found(index: Index, tree: Word | Numbers | Dates | Phrase) -> list[int]:
    assert index.documents(tree).tolist() == index.documents(tree, scan=True).tolist()
    return index.documents(tree).tolist()


def test_a_word_with_its_case() -> None:
    index = memory("ICE came", "the ice melts", "Ice age", "ICE and ice", "É É e", "E", "ΟΔΟΣ οδος", "οδοσ")
    assert found(index, Word("ICE", "case")) == [1, 4] and found(index, Word("Ice", "case")) == [3]
    assert found(index, Word("ice", "case")) == [2, 4] and found(index, Word("ice")) == [1, 2, 3, 4]
    assert found(index, Word("E", "case")) == [5, 6] and found(index, Word("IcE", "case")) == []
    assert found(index, Word("ΟΔΟΣ", "case")) == [7] and found(index, Word("οδοσ")) == [7, 8]
    assert found(index, Phrase((Word("ICE", "case"), Word("and"), Word("ice", "case")))) == [4]
    assert index.documents(Or((Word("ICE", "case"), Word("age")))).tolist() == [1, 3, 4]
    assert index.expansions(Word("ICE", "case")) == (1, [TermCount("ICE", 2, 2)])
    assert index.expansions(Word("IcE", "case")) == (0, [])


def test_a_term_with_more_spellings_than_a_byte_counts(tmp_path: Path) -> None:
    written = [
        "".join(letter.upper() if bits >> at & 1 else letter for at, letter in enumerate("abcdefghi"))
        for bits in range(512)
    ]
    parts = [written[:300], written[200:], written[::-1]]
    paths = []
    for at, part in enumerate(parts):
        docs = [IndexDoc(1000 * at + number, HASH, [("body", word)]) for number, word in enumerate(part)]
        paths.append(build_segment(tmp_path / str(at), docs).path)
    whole = merge_segments(paths, tmp_path / "merged")
    verify(whole.path)
    with Index.open(paths) as several, Index.open([whole.path]) as one:
        for word in written[::37] + written[-3:]:
            expected = [
                1000 * at + number for at, part in enumerate(parts) for number, own in enumerate(part) if own == word
            ]
            tree = Word(word, "case")
            assert found(several, tree) == found(one, tree) == expected
        assert found(one, Word("abcdefghi")) == one.all_ids().tolist()


def test_stems_are_those_of_the_stemmer_whatever_is_looked_at_first() -> None:
    roots = [
        "go",
        "die",
        "sky",
        "run",
        "happi",
        "relat",
        "hope",
        "able",
        "ski",
        "us",
        "nation",
        "gentl",
        "earli",
        "bus",
    ]
    ends = [
        "",
        "s",
        "es",
        "ing",
        "ed",
        "y",
        "ly",
        "e",
        "ational",
        "ization",
        "bility",
        "fulness",
        "ning",
        "ingly",
        "ies",
        "x",
    ]
    words = sorted({root + end for root in roots for end in ends} | {"dying", "skies", "gently", "early", "x", "ies"})
    spelled = vocabulary(*words)
    stemmer = snowballstemmer.stemmer("english")
    stems = {word: stemmer.stemWord(word) for word in words}
    terms = [term.decode() for term in spelled.terms()]
    for word in words[::5]:
        expected = [at for at, term in enumerate(terms) if stems[term] == stems[word]]
        assert numbers_of(spelled.matching(Word(word, "stem"))).tolist() == expected, word


def test_fuzzy_words_at_the_edges(monkeypatch: pytest.MonkeyPatch) -> None:
    index = memory("apply", "aply", "appply", "ample", "supply", "каша", "каше кашка", "a", "中国 x")
    assert found(index, Word("ap%ply", "fuzzy")) == [1, 2, 3] and found(index, Word("%apply", "fuzzy")) == [1, 2, 3]
    assert found(index, Word("%%apply", "fuzzy")) == [1, 2, 3, 4, 5] and found(index, Word("каш%а", "fuzzy")) == [6, 7]
    assert found(index, Word("%b", "fuzzy")) == [8, 9] and found(index, Word("a%", "fuzzy")) == [8]
    monkeypatch.setattr("tecum.engine.index.distance._BLOCK", 2)
    assert found(memory("apply aply appply ample supply"), Word("%%apply", "fuzzy")) == [1]


def test_numbers_between() -> None:
    index = memory("7", "007", "12 apples", "1,000", "13a", "9" * 19, "0" * 30 + "8", "١٢")
    assert found(index, Numbers(7, 12)) == [1, 2, 3, 7, 8] and found(index, Numbers(0, 1)) == [4]
    assert found(index, Numbers(13, 10**18 - 1)) == [] and found(index, Numbers(8, 8)) == [7]
    assert found(index, Phrase((Numbers(1, 1), Numbers(0, 0)))) == [4]


def test_dates_in_the_text() -> None:
    index = memory(
        "on January 5, 2018 we", "5th Jan. 2018", "2018-01-05", "1/5/2018", "5/1/2018", "30 Feb 2018", "Feb 29 2016",
        "May 2018", "0000-01-01", "on Sept. 1st, 2018", "13/12/2018", "2018", "1/5 2018",
    )  # fmt: skip
    day = Dates(date(2018, 1, 5), date(2018, 1, 5))
    assert found(index, day) == [1, 2, 3, 4, 13]
    assert found(index, Dates(day.low, day.high, day_first=True)) == [1, 2, 3, 5]
    every = Dates(date(1, 1, 1), date(9999, 12, 31))
    assert found(index, every) == [1, 2, 3, 4, 5, 7, 10, 13]
    assert [(hit.first, hit.last) for hit in index.spans(day, 1)] == [(1, 3)]
    assert index.snippet(day, [("body", "on January 5, 2018 we")]) == "on [January] [5], [2018] we"


def test_facts_are_asked_of_whoever_knows() -> None:
    parts = [segment("a", "b")]
    asked: list[Fact] = []

    def known(fact: Fact) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        asked.append(fact)
        return np.array([2, 77], np.int64)

    fact = Fact("kind", "mail")
    assert Index(parts, known).documents(Or((fact, Word("zz")))).tolist() == [2] and asked == [fact]
    with pytest.raises(QueryInvalid, match="knows nothing but texts"):
        Index(parts).documents(fact)


def test_words_that_a_misspelt_one_may_mean() -> None:
    index = memory("immigration", "immigration immigrants", "migration", "form", "from from", "farm")
    assert [one.term for one in index.terms_near("immigraton")] == ["immigration"]
    assert [one.term for one in index.terms_near("imigrations")] == ["immigration", "migration"]
    assert [one.term for one in index.terms_near("fomr")] == ["form"]
    assert index.terms_near("zzzzzz") == [] and index.terms_near("form")[0].term in ("farm", "from")


@pytest.mark.parametrize(
    "pattern", ["*tion", "a*n", "ac*ction", "b*1", "*a*", "a*b*c", "?b*", "*=", "a?*", "??", "*b?", "=*"]
)
def test_patterns_by_a_literal_part_and_by_one_expression_are_the_same(pattern: str) -> None:
    chance = random.Random(3)
    words = {"".join(chance.choices("abct1ion", k=chance.randrange(1, 7))) for _ in range(400)} | {"action", "tion"}
    spelled = vocabulary(*words)
    whole = vocabularies.expression(pattern, vocabularies._ONE).encode()
    assert spelled.matching(Word(pattern)).tolist() == spelled._searched(whole, 0, len(spelled)).tolist()


def test_runs_are_joined() -> None:
    assert merged([]).tolist() == [] and runs_of([]).tolist() == []
    assert merged([np.array([[1, 3], [7, 9]]), np.array([[2, 5], [5, 6], [8, 9]])]).tolist() == [[1, 6], [7, 9]]
    assert numbers_of(runs_of([1, 2, 5, 6, 9])).tolist() == [1, 2, 5, 6, 9]
