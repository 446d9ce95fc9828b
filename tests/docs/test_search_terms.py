"""The examples of the page on search terms hold: each text is indexed, and each term finds it or does not."""

from __future__ import annotations

from pathlib import Path

import pytest
from docs_pages import DOCS, blocks, quoted, table_rows

from tecum.engine.index import Index, IndexDoc, build_segment
from tecum.query import MEANINGS, parse
from tecum.terms.lists import read_terms

PAGE = DOCS / "how-to" / "search-terms.md"
ROWS = [row for row in table_rows(PAGE.read_text("utf-8")) if len(row) > 2]
EXAMPLES = [row for row in ROWS if row[2] in ("yes", "no")]
REFUSED = [row for row in ROWS if quoted(row[1])[:1] and quoted(row[1])[0] in MEANINGS]


def test_the_page_has_examples() -> None:
    assert len(EXAMPLES) > 25
    assert len(REFUSED) > 4


@pytest.mark.parametrize("row", EXAMPLES, ids=lambda row: f"{row[0]} in {row[1]}")
def test_a_term_finds_what_the_page_says(row: list[str], tmp_path: Path) -> None:
    (term,) = quoted(row[0])
    build_segment(tmp_path / "segment", [IndexDoc(1, "00" * 32, [("body", row[1])])])
    with Index.open([tmp_path / "segment"]) as index:
        assert len(index.documents(parse(term).require())) == (row[2] == "yes")
    codes = {code for code in quoted(row[3] if len(row) > 3 else "") if code in MEANINGS}
    assert codes <= {one.code for one in parse(term).lint}


@pytest.mark.parametrize("row", REFUSED, ids=lambda row: row[0])
def test_a_term_is_refused_as_the_page_says(row: list[str]) -> None:
    (term,), (code,) = quoted(row[0]), quoted(row[1])
    assert code in {one.code for one in parse(term).errors}


def test_the_list_of_the_page_can_be_run(tmp_path: Path) -> None:
    (text,) = blocks(PAGE, "text")
    path = tmp_path / "terms.csv"
    path.write_text(text, encoding="utf-8")
    terms = read_terms(path)
    assert [(term.name, term.request) for term in terms] == [("Detainers", "1"), ("Releases", "1"), ("Training", "2")]
    assert all(term.parsed().errors == () for term in terms)
