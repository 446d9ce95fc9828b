"""The index by example: the golden traps, fields, words, snippets, and files that lie."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from tecum import query
from tecum.engine.index import Index, IndexDoc, SegmentWriter, build_segment, merge_segments, verify
from tecum.engine.index import spans as algebra
from tecum.errors import IndexStale, QueryInvalid
from tecum.query import Near, Or, Word

HASH = "ab" * 32
NUMBERS = itertools.count()


def of(folder: Path, *bodies: str, units: list[list[tuple[str, str]]] | None = None) -> Index:
    """An index of documents 1, 2, ... with these bodies, or with these units."""
    found = [[("body", body)] for body in bodies] if units is None else units
    path = folder / f"segment{next(NUMBERS)}"
    build_segment(path, [IndexDoc(at, HASH, doc) for at, doc in enumerate(found, 1)])
    return Index.open([path])


def hits(index: Index, text: str, dialect: str = "dtsearch") -> list[int]:
    return index.documents(query.parse(text, dialect).require()).tolist()


def test_golden_traps(tmp_path: Path) -> None:
    far = " x" * 30
    index = of(
        tmp_path, "apple pear", "pear apple", "Harry S Truman", "a", "a b", f"a b{far} a", "a a", "folder", "folders",
        "one two three four apple", "one two three four five apple", "can't first-level x@y.org",
    )  # fmt: skip
    assert hits(index, "apple pear") == [1]
    assert hits(index, "harry w/2 truman") == [3] and hits(index, "harry w/1 truman") == []
    assert hits(index, "apple w/5 xfirstword") == [1, 2, 10]
    assert hits(index, "a not w/20 b") == [4, 6, 7]
    assert hits(index, "a AND NOT (a w/20 b)") == [4, 7]
    assert hits(index, "folder?") == [9] and hits(index, "folder*") == [8, 9]
    assert hits(index, "a w/9 a") == [7]
    assert hits(index, "can't") == hits(index, "first-level") == hits(index, "X@Y.ORG") == [12]
    assert hits(index, "b w/1 xlastword") == [5]


def test_the_same_string_in_two_dialects(tmp_path: Path) -> None:
    index = of(tmp_path, "a b", "a c", "c", "b")
    assert hits(index, "a AND b OR c") == [1, 2]
    assert hits(index, "a AND b OR c", "nuix") == [1, 2, 3]


def test_a_phrase_far_into_a_long_document(tmp_path: Path) -> None:
    text = "word " * 70_000 + "needle hay " + "word " * 10
    index = of(tmp_path, "needle word hay", text)
    assert hits(index, "needle hay") == [2]
    assert index.spans(query.parse("needle hay").require(), 2)[0].first == 70_000


def test_nothing_meets_across_units_and_documents(tmp_path: Path) -> None:
    units = [[("body", "x a"), ("body", "b y")], [("body", "b")], [("subject", "q a"), ("body", "b z")]]
    index = of(tmp_path, units=units)
    for text in ("a b", "a w/254 b", "a w/257 b", "a w/100000 b", "a pre/257 b", "(x w/1 a) w/300 (b w/1 y)"):
        assert hits(index, text) == []
    for n in (254, 255, 256, 257, 300):  # the edges of two units stand nearer to each other than their words
        assert hits(index, f"xlastword pre/{n} xfirstword") == hits(index, f"a pre/{n} xfirstword") == []
        assert hits(index, f"xlastword pre/{n} b") == hits(index, f"(x w/9 a) pre/{n} (b w/9 y)") == []
    assert hits(index, "a AND b") == [1, 3]
    assert hits(index, "a not w/100000 b") == [1, 3]
    assert hits(index, "xlastword w/300 xfirstword") == [1, 2, 3]


def test_fields(tmp_path: Path) -> None:
    index = of(
        tmp_path,
        units=[
            [("subject", "budget"), ("from", "Jones"), ("body", "hello there"), ("path", "secret/budget")],
            [("to", "jones"), ("body", "the budget")],
            [("path", "budget")],
            [],
        ],
    )
    assert hits(index, "budget") == [1, 2]
    assert hits(index, "subject:budget") == [1] and hits(index, "path:budget") == [1, 3]
    assert hits(index, "participants:jones") == [1, 2] and hits(index, "from:jones AND NOT subject:x") == [1]
    assert hits(index, "subject:(from:(jones))") == []
    assert hits(index, "NOT budget") == [3, 4]
    assert hits(index, "path:(secret w/1 budget)") == [1]
    assert hits(index, "hello w/1 xfirstword") == [1] and hits(index, "budget w/1 xfirstword") == []
    assert hits(index, "subject:(budget w/1 xfirstword)") == [1]
    assert hits(index, "bcc:nobody") == []
    assert index.documents(Word("budget"), fields=("path",)).tolist() == [1, 3]
    assert index.documents(Or((Word("budget"), Word("secret"))), fields=()).tolist() == []
    with pytest.raises(QueryInvalid, match="no field colour"):
        index.documents(query.parse("colour:(red)").require())


def test_wildcards_look_at_whole_characters(tmp_path: Path) -> None:
    index = of(tmp_path, "каша", "каша каше", "кот", "año 2018", "中国 a1b2", "\U0001d7d8x \U00010400z")
    assert hits(index, "каш?") == [1, 2] and hits(index, "к??") == [3] and hits(index, "?????") == []
    assert hits(index, "к*") == [1, 2, 3] and hits(index, "ano") == [4] and hits(index, "201=") == [4]
    assert hits(index, "中") == [5] and hits(index, "中国") == [5] and hits(index, "国中") == []
    assert hits(index, "a=b=") == [5] and hits(index, "0x") == [6] and hits(index, "?z") == [6]
    assert hits(index, "*а* AND NOT *о*") == [1, 2]


def test_words_and_their_counts(tmp_path: Path) -> None:
    index = of(tmp_path, "immigrant immigrants immigrant", "immigrant notice", "immigration")
    count, top = index.expansions(Word("immigra*"), 2)
    assert count == 3 and [(one.term, one.documents, one.occurrences) for one in top] == [
        ("immigrant", 2, 3), ("immigrants", 1, 1),
    ]  # fmt: skip
    assert [one.term for one in index.terms_near("imigrant")] == ["immigrant", "immigrants"]
    found = {one.code: one.message for one in query.lint_with_index(query.parse("immigrant OR imigration"), index)}
    assert set(found) == {"W8", "W11", "W12"} and "immigrants (1 document)" in found["W11"]
    [broad] = [one for one in query.lint_with_index(query.parse("im*"), index) if one.code == "W6"]
    assert "stands for 3 words" in broad.message


def test_occurrences_and_spans_count_distinct_spans(tmp_path: Path) -> None:
    index = of(tmp_path, "a b a", "a x", "b")
    tree = query.parse("a w/2 b").require()
    assert index.occurrences(tree) == 2
    assert [(hit.first, hit.last) for hit in index.spans(tree, 1)] == [(0, 1), (1, 2)]
    assert index.occurrences(query.parse("a AND b").require()) == 3
    assert index.occurrences(query.parse("a OR b").require()) == 5
    assert index.occurrences(query.parse("NOT a").require()) == 0
    assert index.spans(tree, 99) == []


def test_snippets_mark_what_took_part(tmp_path: Path) -> None:
    text = "One two ICE-cold status\n\nmeeting " + "filler " * 40 + "Immigration and ice. " + "end " * 30
    index = of(tmp_path, text)
    tree = query.parse("ice w/2 (status OR immigra*)").require()
    first, second = index.passages(tree, [("body", text)], width=3)
    assert first.marked() == "One two [ICE]-cold [status] meeting filler filler"
    assert second.marked("<", ">") == "filler filler filler <Immigration> and <ice>. end end end"
    shown = "two [ICE]-cold [status] meeting ... filler [Immigration] and [ice]. end"
    assert index.snippet(tree, [("body", text)], width=1) == shown
    assert index.snippet(query.parse("absent").require(), [("body", text)]) == ""
    nested = query.parse('("and ice" w/3 end) w/5 immigration').require()
    assert index.snippet(nested, [("body", text)], width=0) == "[Immigration] [and] [ice]. [end] [end] [end]"
    assert index.agrees(1, [("body", text)]) and not index.agrees(1, [("body", text + " more")])
    assert not index.agrees(1, [("subject", text)]) and not index.agrees(2, [])


def test_marks_of_an_edge_and_of_accents(tmp_path: Path) -> None:
    text = "Café society, à la carte"
    index = of(tmp_path, text)
    tree = query.parse('(cafe w/1 xfirstword) AND "a la" AND NOT x').require()
    assert index.snippet(tree, [("body", text)]) == "[Café] society, [à] [la] carte"


def test_an_empty_index_and_empty_documents(tmp_path: Path) -> None:
    with Index.open([]) as nothing:
        assert nothing.documents(Word("a")).tolist() == [] and nothing.doc_count == 0
    empty = of(tmp_path)
    assert hits(empty, "NOT a w/3 *") == [] and empty.fields == ()
    index = of(tmp_path, units=[[], [("body", "")], [("body", " ... ")]])
    assert hits(index, "NOT a") == [1, 2, 3] and hits(index, "a* w/300 xlastword") == []
    assert hits(index, "xfirstword w/1 xlastword") == [2, 3]


def test_segments_are_never_written_twice_and_leave_no_half(tmp_path: Path) -> None:
    path = tmp_path / "index" / "one"
    info = build_segment(path, [IndexDoc(7, HASH, [("body", "a b")])])
    assert (info.documents, info.units, info.tokens, info.terms, info.positions) == (1, 1, 2, 2, 2 + 2 * 256)
    with pytest.raises(FileExistsError):
        build_segment(path, [])
    with pytest.raises(ZeroDivisionError), SegmentWriter(tmp_path / "index" / "two") as writer:
        writer.add(IndexDoc(1, HASH, [("body", "x")]))
        raise ZeroDivisionError
    (tmp_path / "index" / "three.part").mkdir()
    assert build_segment(tmp_path / "index" / "three", []).documents == 0
    assert sorted(one.name for one in (tmp_path / "index").iterdir()) == ["one", "three"]


def test_a_writer_says_when_it_is_full(tmp_path: Path) -> None:
    writer = SegmentWriter(tmp_path / "one", max_positions=1000)
    writer.add(IndexDoc(1, HASH, [("body", "x " * 400)]))
    assert not writer.full
    writer.add(IndexDoc(2, HASH, [("body", "x " * 200)]))
    assert writer.full and writer.close().tokens == 600 and writer.info.documents == 2
    with pytest.raises(ValueError, match="added before"):
        build_segment(tmp_path / "two", [IndexDoc(1, HASH, []), IndexDoc(1, HASH, [])])
    with pytest.raises(ValueError, match="SHA-256"):
        build_segment(tmp_path / "two", [IndexDoc(1, "abcd", [])])


@pytest.mark.parametrize("harm", ["cut", "gone", "manifest", "format", "tokenizer"])
def test_a_damaged_segment_is_refused(tmp_path: Path, harm: str) -> None:
    path = build_segment(tmp_path / "one", [IndexDoc(1, HASH, [("body", "a b c")])]).path
    manifest = (path / "manifest.json").read_text()
    if harm == "cut":
        (path / "postings").write_bytes(b"1234")
    elif harm == "gone":
        (path / "terms").unlink()
    elif harm == "manifest":
        (path / "manifest.json").write_text("[]")
    elif harm == "format":
        (path / "manifest.json").write_text(manifest.replace('"format": 2', '"format": 1'))
    else:
        (path / "manifest.json").write_text(manifest.replace("tecum-words-1", "tecum-words-0"))
    with pytest.raises(IndexStale):
        Index.open([path])


def test_verify_reads_every_byte(tmp_path: Path) -> None:
    path = build_segment(tmp_path / "one", [IndexDoc(1, HASH, [("body", "a b c")])]).path
    verify(path)
    (path / "hashes").write_bytes(b"\0" * 32)
    with pytest.raises(IndexStale, match="hashes"):
        verify(path)


def test_the_snapshot_names_the_segments(tmp_path: Path) -> None:
    paths = [build_segment(tmp_path / str(at), [IndexDoc(at, HASH, [("body", f"a w{at}")])]).path for at in range(3)]
    one, same, less = Index.open(paths), Index.open(paths[::-1]), Index.open(paths[:2])
    assert one.snapshot_id == same.snapshot_id != less.snapshot_id
    assert one.all_ids().tolist() == [0, 1, 2] and hits(same, "a") == [0, 1, 2]
    again = build_segment(tmp_path / "again", [IndexDoc(0, HASH, [("body", "a w0")])])
    assert Index.open([again.path]).snapshot_id == Index.open(paths[:1]).snapshot_id
    with pytest.raises(IndexStale, match="two segments"):
        Index.open([paths[0], again.path])
    with pytest.raises(ValueError, match="two of the segments"):
        merge_segments([paths[0], again.path], tmp_path / "merged")
    merged = merge_segments(paths, tmp_path / "merged")
    assert hits(Index.open([merged.path]), "a AND NOT w1") == [0, 2]


def test_appending_changes_nothing_before(tmp_path: Path) -> None:
    some = ["a b", "b x x a", "a", "x"]
    short, long = of(tmp_path, *some), of(tmp_path, *some, "b a", "a b")
    for text in ("a w/1 b", "a not w/2 b", "NOT a", '"a b" OR x'):
        assert [one for one in hits(long, text) if one <= 4] == hits(short, text)


def test_pairs_are_formed_in_blocks_and_windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = np.random.default_rng(5)
    bodies = [" ".join(chance.choice(list("abcdwxyz"), 60)) for _ in range(40)]
    index = of(tmp_path, *bodies)
    tree = query.parse("((a w/7 b) w/2 (c w/9 d)) AND NOT (a w/1 (b pre/3 c))").require()
    expected, occurrences = index.documents(tree).tolist(), index.occurrences(tree)
    assert 10 < len(expected) < 35
    monkeypatch.setattr(algebra, "MAX_PAIRS", 50)
    monkeypatch.setattr(algebra, "MAX_SPANS", 300)
    assert index.documents(tree).tolist() == expected and index.occurrences(tree) == occurrences
    monkeypatch.setattr(algebra, "MAX_SPANS", 10)
    with pytest.raises(QueryInvalid, match="more passages"):
        index.documents(tree)


def test_spans_that_lie_within_others(tmp_path: Path) -> None:
    index = of(tmp_path, "p s t x x x x x x q r", "p s t x x x x x x q x r")
    assert hits(index, "((p w/20 q) OR (s w/3 t)) w/1 r") == [1]
    assert hits(index, "r not w/1 ((p w/20 q) OR (s w/3 t))") == [2]
    assert hits(index, "r w/9 (s w/3 t)") == [1, 2] and hits(index, "q w/5 (p w/20 r)") == []


def test_a_tree_made_by_hand_is_checked(tmp_path: Path) -> None:
    index = of(tmp_path, "a b")
    with pytest.raises(QueryInvalid, match="denotes no place"):
        index.documents(Near(query.Not(Word("a")), Word("b"), 3))
    deep: query.Node = Word("a")
    for _ in range(200):
        deep = query.Not(deep)
    with pytest.raises(QueryInvalid, match="nested deeper"):
        index.documents(deep)
