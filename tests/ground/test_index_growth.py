"""How an index grows: what is hidden, which segments are merged, who holds a folder, marks in a text, and ranking."""

from __future__ import annotations

import math
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from tecum import query
from tecum.engine.index import Index, IndexDoc, build_segment, held, merge_segments, sweep, tiers
from tecum.engine.index import passages as marking
from tecum.engine.index.tiers import BASE, FAN, Part
from tecum.errors import IndexStale
from tecum.query import Word


def built(path: Path, *bodies: str, first: int = 1) -> Path:
    docs = [
        IndexDoc(at, sha256(body.encode()).hexdigest(), [("subject", f"s{at}"), ("body", body)])
        for at, body in enumerate(bodies, first)
    ]
    return build_segment(path, docs).path


def test_hidden_documents_are_nowhere(tmp_path: Path) -> None:
    old, new = built(tmp_path / "old", "a b", "a a", "c"), built(tmp_path / "new", "b", first=2)
    with pytest.raises(IndexStale, match="two segments"):
        Index.open([old, new])
    none = np.empty(0, np.int64)
    with Index.open([old, new], hidden=[np.array([2]), none]) as index:
        assert index.all_ids().tolist() == [1, 2, 3] and index.doc_count == 3
        assert index.documents(Word("a")).tolist() == [1] and index.documents(Word("b")).tolist() == [1, 2]
        assert index.documents(query.Not(Word("a"))).tolist() == [2, 3]
        assert index.occurrences(Word("a")) == 1 and index.counted(Word("b"))[1].tolist() == [1, 1]
        assert index.expansions(Word("a"))[1][0].occurrences == 1
        assert index.spans(Word("a"), 2) == [] and len(index.spans(Word("b"), 2)) == 1
        assert [at for at, _ in index.ranked(["a"])] == [1]
        with Index.open([old]) as other:
            assert other.snapshot_id != index.snapshot_id and other.contents_id != index.contents_id


def test_the_same_contents_in_other_segments(tmp_path: Path) -> None:
    parts = [built(tmp_path / "one", "a", "b"), built(tmp_path / "two", "c", first=3)]
    whole = merge_segments(parts, tmp_path / "whole").path
    with Index.open(parts) as several, Index.open([whole]) as one, Index.open(parts[:1]) as less:
        assert several.contents_id == one.contents_id != less.contents_id
        assert several.snapshot_id != one.snapshot_id


def test_segments_are_merged_by_steps() -> None:
    def small(count: int, tokens: int = 10) -> list[Part]:
        return [Part((f"s{at}",), 1, tokens) for at in range(count)]

    assert tiers.plan([]) == [] and tiers.plan(small(FAN - 1)) == small(FAN - 1)
    [one] = tiers.plan(small(FAN))
    assert one.names == tuple(f"s{at}" for at in range(FAN)) and one.tokens == 10 * FAN
    large = Part(("large",), 1, BASE * FAN**2)
    assert tiers.plan([large, *small(3)]) == [large, *small(3)]
    assert [part.names[0] for part in tiers.plan([*small(3), large, *small(FAN)])] == ["s0", "s1", "s2", "large", "s0"]
    assert len(tiers.plan(small(FAN, BASE + 1))) == 1  # of the second step
    huge = [Part((str(at),), 600_000, BASE) for at in range(FAN)]
    assert tiers.plan(huge) == huge  # two together would have too many documents


def test_each_token_is_copied_seldom() -> None:
    parts: list[Part] = []
    copied = 0
    for at in range(1000):
        parts = tiers.plan([*parts, Part((str(at),), 1, BASE)])
        copied += sum(part.tokens for part in parts if len(part.names) > 1)
        parts = [Part((part.names[0],), part.documents, part.tokens) for part in parts]
    assert len(parts) <= FAN * 4 and copied <= 4 * 1000 * BASE  # a thousand are four steps
    assert sum(part.documents for part in parts) == 1000


def test_nothing_is_removed_while_somebody_reads(tmp_path: Path) -> None:
    for name in ("kept", "old", "half.part"):
        (tmp_path / name).mkdir()
    with held(tmp_path), held(tmp_path):
        assert sweep(tmp_path, lambda: {"kept"}) == 0 and (tmp_path / "old").is_dir()
    assert sweep(tmp_path, lambda: {"kept"}) == 2
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == ["kept"]
    assert sweep(tmp_path / "absent", set) == 0
    with held(tmp_path / "absent"):
        pass


def test_an_open_index_outlives_its_folder(tmp_path: Path) -> None:
    index = Index.open([built(tmp_path / "one", "a b", "c")])
    sweep(tmp_path, set)
    assert not (tmp_path / "one").exists() and index.documents(Word("c")).tolist() == [2]


def test_marks_lie_on_the_words_whatever_the_order_of_the_units(tmp_path: Path) -> None:
    body = "Filler \u00c9tat " * 5000 + "ICE w\u00e9 ice-cold"
    units = [("subject", "Ice"), ("body", "none"), ("body", body)]
    path = build_segment(
        tmp_path / "one", [IndexDoc(7, "00" * 32, [("body", "ice")]), IndexDoc(8, "00" * 32, units)]
    ).path
    with Index.open([path]) as index:
        tree = query.parse("ice").require()
        for shown in (units, [units[1], units[2], units[0]]):
            marks = list(index.hits(tree, 8, shown))
            assert [(shown[one.unit][0], shown[one.unit][1][one.start : one.end]) for one in marks] == [
                (one.field, text) for one, text in zip(marks, _texts(shown), strict=True)
            ]
            assert list(index.passages(tree, shown, 2, document=8)) == list(index.passages(tree, shown, 2))
        assert list(index.hits(tree, 99, units)) == []
        with pytest.raises(IndexStale, match="fewer words"):
            list(index.hits(tree, 8, [units[0], units[1], ("body", "short")]))
        with pytest.raises(IndexStale, match="fewer parts"):
            list(index.hits(tree, 8, units[1:]))


def _texts(units: list[tuple[str, str]]) -> list[str]:
    """The marked words of each unit in its order."""
    return [word for _, text in units for word in ("Ice", "ICE", "ice") if word in text]


def test_only_the_beginning_of_a_long_text_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "needle hay " + "straw " * 400_000 + "needle"
    path = build_segment(tmp_path / "one", [IndexDoc(1, "00" * 32, [("body", text)])]).path
    read = []
    plain = marking.raw_words

    def counted(piece: str) -> list[bytes]:
        read.append(len(piece))
        return plain(piece)

    monkeypatch.setattr(marking, "raw_words", counted)
    with Index.open([path]) as index:
        assert index.snippet(Word("needle"), [("body", text)], 1, 1, document=1) == "[needle] hay"
        assert sum(read) < 40_000
        assert [one.marked() for one in index.passages(Word("needle"), [("body", text)], 1, document=1)] == [
            "[needle] hay", "straw [needle]",
        ]  # fmt: skip


def test_a_passage_has_an_end_and_the_next_goes_on(tmp_path: Path) -> None:
    text = "x hit y " * 500
    path = build_segment(tmp_path / "one", [IndexDoc(1, "00" * 32, [("body", text)])]).path
    with Index.open([path]) as index:
        shown = list(index.passages(Word("hit"), [("body", text)], document=1))
    assert len(shown) > 10 and sum(len(one.marks) for one in shown) == 500
    assert " ".join(one.text.strip() for one in shown).split() == text.split()


def test_ranking_by_hand(tmp_path: Path) -> None:
    docs = [
        IndexDoc(1, "00" * 32, [("body", "budget x x x")]),
        IndexDoc(2, "00" * 32, [("subject", "budget"), ("body", "x x x")]),
        IndexDoc(3, "00" * 32, [("body", "x x x x"), ("path", "budget")]),
        IndexDoc(4, "00" * 32, [("body", "y x x x")]),
        IndexDoc(5, "00" * 32, [("body", "y x x x")]),
    ]
    paths = [build_segment(tmp_path / "a", docs[:2]).path, build_segment(tmp_path / "b", docs[2:]).path]
    with Index.open(paths) as index:
        idf = math.log(1 + (5 - 2 + 0.5) / (2 + 0.5))
        one, three = (idf * tf * 2.2 / (tf + 1.2) for tf in (1, 3))  # every document has the mean length
        ranked = index.ranked(["budget", "x"])
        assert [at for at, _ in ranked] == [2, 1] and [weight for _, weight in ranked] == pytest.approx([three, one])
        assert [at for at, _ in index.ranked(["x"], 2)] == [3, 1]  # nothing else is asked, so the common word counts
        assert index.ranked(["absent"]) == [] and [at for at, _ in index.ranked(["y*"], 1)] == [4]
