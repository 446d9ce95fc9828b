"""Clippings: an article's main text, with everything that was set aside and why, from text and from saved pages."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tecum.demand.press.clipping import Clipping, from_page, from_text, paragraphs_of
from tecum.demand.press.furniture import RULES, Paragraph, sort_out
from tecum.engine.sandbox import Outcome, Sandbox
from tecum.hooks import Unreadable

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "clippings"
BODY = (
    "The town council voted on Monday to keep its files in the cellar of the old hall.",
    "Residents filled the room long before the vote and stayed until the lights went out.",
    "The clerk read the demand aloud, and nobody rose to speak for or against it.",
    "The matter goes to the county next week, and a hearing is set for the spring.",
)


def rules_of(*paragraphs: str) -> list[str]:
    """Role, or for furniture the rule, of each paragraph placed behind a headline and an article."""
    clipping = from_text("\n\n".join(["Town keeps its files", *BODY, *paragraphs, *BODY[:3]]))
    middle = clipping.paragraphs[len(BODY) + 1 : len(BODY) + 1 + len(paragraphs)]
    return [one.rule or one.role for one in middle]


ASIDE = {
    "photo caption": [
        "The cellar of the old hall, seen in March. (AP Photo/Lee Park)",
        "Clerk Ann Poe opens a drawer. (Photo by Lee Park/Getty Images)",
        "Clerk Ann Poe opens a drawer. (Lee Park / Valley Tribune)",
        "The old hall, via Getty Images",
        "Photo: Lee Park",
        "FILE - The old hall is seen in this picture of 2009.",
    ],
    "related link": [
        "RELATED: Who holds the key to the cellar",
        "READ MORE: Ten towns and their cellars",
        "Also read: Ten towns and their cellars",
        "Read next",
        "More from The Ledger",
    ],
    "widget": ["Videos by Cellar News", "Advertisement", "Story continues below", "12 comments", "Now playing"],
    "newsletter or sharing": [
        "Sign up for our morning letter and never miss a vote.",
        "Subscribe now",
        "Follow us on the usual networks.",
        "Share this story",
        "Click here to send us a tip.",
    ],
    "rights notice": ["© 2018 The Ledger", "Copyright 2018 The Ledger. All rights reserved."],
    "tags": ["Tags: cellars, towns", "Filed under: Local"],
    "byline": ["By Ann Poe", "By Ann Poe, Staff Writer"],
    "date line": ["Published January 25, 2018", "Updated: 5:01 p.m. Jan. 25, 2018", "January 25, 2018"],
}
KEPT = [
    "VALLEY (AP) — The council of Valley did the same on Tuesday.",
    "Getty Images sued the town over the pictures in the cellar.",
    "Photo identification is needed to enter the cellar.",
    "More than forty people came, and few of them left early.",
    "Videos by the dozen were shown to the council that night.",
    "Sign up sheets hung by the door for those who wished to speak.",
    "By noon the room was full, and the doors were closed.",
    "Related claims were heard by another court in the same week.",
    "“What do you think of our cellar?” she asked the council.",
    "Why the vote came so late nobody could say.",
    "What happens to the files now?",
    "Published minutes of the meeting say nothing about it.",
    "Shares of the builder fell the next day.",
    "Copyright law was not discussed that evening.",
]


@pytest.mark.parametrize(("rule", "text"), [(rule, text) for rule, texts in ASIDE.items() for text in texts])
def test_furniture_is_set_aside_with_its_rule(rule: str, text: str) -> None:
    assert rules_of(text) == [rule]


@pytest.mark.parametrize("text", KEPT)
def test_sentences_of_the_article_are_kept(text: str) -> None:
    assert rules_of(text) == ["text"]


def test_every_rule_has_an_example() -> None:
    assert {rule.name for rule in RULES} == set(ASIDE)
    assert all(rule.meaning for rule in RULES)


@pytest.mark.parametrize(
    "question",
    [
        "What do you think?",
        "Do you agree with the council?",
        "Should the files move? Tell us in the comments.",
        "Let us know what you make of it.",
        "Share your thoughts below.",
    ],
)
def test_a_closing_question_and_the_teasers_behind_it(question: str) -> None:
    clipping = from_text(
        "\n\n".join(["Town keeps its files", *BODY, question, "Cat stuck in well", "You won't “believe” it"])
    )
    assert [one.rule for one in clipping.paragraphs[5:]] == ["closing question", "teaser", "teaser"]
    assert clipping.text == "\n\n".join(BODY)


def test_a_question_to_the_reader_in_the_middle_of_an_article_is_text() -> None:
    assert rules_of("What do you think?") == ["text"]


def test_teasers_at_the_end_without_a_question() -> None:
    clipping = from_text("\n\n".join([*BODY, "Cat stuck in well", "Ten towns and their cellars"]))
    assert [one.rule for one in clipping.paragraphs] == ["", "", "", "", "teaser", "teaser"]


def test_a_heading_between_paragraphs_is_text() -> None:
    assert rules_of("How it began") == ["text"]


def test_a_note_on_the_author_stands_at_the_end_only() -> None:
    note = "Ann Poe is a reporter for The Ledger who covers cellars."
    assert rules_of(note) == ["text"]
    assert from_text("\n\n".join([*BODY, note])).paragraphs[-1].rule == "note on the author"


def test_the_headline_and_its_repetition() -> None:
    clipping = from_text("\n\n".join(["Town keeps its files", BODY[0], "TOWN KEEPS ITS FILES!", *BODY[1:]]))
    assert [(one.role, one.rule) for one in clipping.paragraphs[:3]] == [
        ("headline", ""),
        ("text", ""),
        ("furniture", "repeats the headline"),
    ]
    assert clipping.title == "Town keeps its files"
    assert dict(clipping.told)["title"] == "the first paragraph"


def test_an_article_may_begin_without_a_headline() -> None:
    assert [one.role for one in from_text("\n\n".join(BODY)).paragraphs] == ["text"] * 4
    assert [one.role for one in from_text("Only one line").paragraphs] == ["text"]
    starred = from_text("\n\n".join(["***", BODY[0], "***", BODY[1]]))
    assert "repeats the headline" not in [one.rule for one in starred.paragraphs]


def test_author_and_date_come_from_lines_that_say_nothing_else() -> None:
    clipping = from_text(
        "\n\n".join(["Town keeps its files", "By Ann Poe, Staff Writer", "Published January 25, 2018", *BODY])
    )
    assert (clipping.author, clipping.date) == ("Ann Poe", "2018-01-25")
    assert {"author", "date"} <= set(dict(clipping.told))


@pytest.mark.parametrize("line", ["Published January 25, 2018, updated January 26, 2018", "Published 3/4/2018 at noon"])
def test_a_doubtful_date_is_not_taken(line: str) -> None:
    clipping = from_text("\n\n".join(["Town keeps its files", line, *BODY]))
    assert clipping.paragraphs[1].rule == "date line" and clipping.date == ""


def test_what_the_caller_knows_rules() -> None:
    clipping = from_text(
        "\n\n".join(["Published January 25, 2018", *BODY]), outlet="The Ledger", date="2018-01-24", sha256="ab"
    )
    assert (clipping.outlet, clipping.date, clipping.sha256) == ("The Ledger", "2018-01-24", "ab")
    assert dict(clipping.told) == {"outlet": "given", "date": "given"}


def test_wrapped_lines_and_what_ran_into_them() -> None:
    text = "The vote was\nlate.\n\nRELATED: Ten towns\nNobody spoke.\n\n\nIt rained."
    assert paragraphs_of(text) == ["The vote was late.", "RELATED: Ten towns", "Nobody spoke.", "It rained."]
    assert paragraphs_of("One.\r\nTwo.\r\n") == ["One.", "Two."]
    assert paragraphs_of("\ufeff \n\n\t\n") == []


_LINES = st.sampled_from(
    [*BODY, *(text for texts in ASIDE.values() for text in texts), *KEPT, "What do you think?", "Cat in well"]
)


@given(st.lists(_LINES | st.text(max_size=60), max_size=12))
def test_nothing_is_lost(paragraphs: list[str]) -> None:
    kept = sort_out([Paragraph(one) for one in paragraphs])
    assert [one.text for one in kept] == paragraphs
    assert all((one.role == "furniture") == bool(one.rule) for one in kept)
    clipping = from_text("\n\n".join(paragraphs))
    assert "".join("".join(one.text for one in clipping.paragraphs).split()) == "".join(
        "".join(
            one if one.isprintable() or one.isspace() else " " for one in "".join(paragraphs).removeprefix("\ufeff")
        ).split()
    )


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared samples are not beside the project")
def test_a_real_page_as_text() -> None:
    (path,) = SHARED.glob("*.txt")
    clipping = from_text(path.read_text(encoding="utf-8"))
    rules = {at: one.rule for at, one in enumerate(clipping.paragraphs) if one.role == "furniture"}
    assert rules == {
        1: "photo caption", 3: "widget", 5: "related link", 16: "related link", 19: "closing question", 20: "teaser",
        21: "teaser",
    }  # fmt: skip
    assert [at for at, one in enumerate(clipping.paragraphs) if one.role == "headline"] == [0]
    assert len(clipping.text.split("\n\n")) == 14


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as one:
        yield one


def page(head: str = "", *, lead: str = "", tail: str = "") -> bytes:
    paragraphs = "".join(f"<p>{one} It was said again and again, at length and with care.</p>" for one in BODY)
    return (
        f"<!DOCTYPE html><html><head>{head}</head><body><nav><ul><li><a href='/'>Front page</a></li></ul></nav>"
        f"<article>{lead}{paragraphs}{tail}</article><aside><h3>Trending</h3><p>Cat stuck in well</p></aside>"
        "<footer>© 2018 The Ledger</footer><script>var words = 'unseen';</script></body></html>"
    ).encode()


def roles(clipping: Clipping) -> dict[str, str]:
    return {one.text: one.rule or one.role for one in clipping.paragraphs}


def test_a_page(sandbox: Sandbox) -> None:
    head = (
        "<title>Town keeps its files | The Ledger</title><meta property='og:site_name' content='The Ledger'>"
        "<meta property='og:title' content='Town keeps its files'><meta name='author' content='Ann Poe'>"
        "<meta property='article:published_time' content='2018-01-25T23:30:00-06:00'>"
        "<link rel='canonical' href='https://ledger.example/files'>"
    )
    lead = "<h1>Town keeps its files</h1><figure><figcaption>The hall. (AP Photo/Lee Park)</figcaption></figure>"
    data = page(head, lead=lead, tail="<p>What do you think?</p>")
    clipping = from_page(data, sandbox)
    assert (clipping.outlet, clipping.title, clipping.author) == ("The Ledger", "Town keeps its files", "Ann Poe")
    assert (clipping.date, clipping.url) == ("2018-01-25", "https://ledger.example/files")
    assert clipping.sha256 == hashlib.sha256(data).hexdigest()
    assert dict(clipping.told)["date"] == "meta article:published_time"
    found = roles(clipping)
    assert found["Town keeps its files"] == "headline"
    assert found["The hall. (AP Photo/Lee Park)"] == "photo caption"
    assert found["What do you think?"] == "closing question"
    assert found["Front page"] == found["Cat stuck in well"] == "outside the main text"
    assert found["© 2018 The Ledger"] == "rights notice"
    assert [one.split(" It was")[0] for one in clipping.text.split("\n\n")] == list(BODY)
    assert not any("unseen" in one for one in found)


def test_linked_data_states_what_the_head_does_not(sandbox: Sandbox) -> None:
    data = """<script type='application/ld+json'>{"@graph": [{"@type": "WebSite", "name": "x"}, {"@type": "NewsArticle",
        "headline": "Town keeps its files", "datePublished": "2018-01-25", "publisher": {"name": "The Ledger"},
        "author": [{"name": "Ann Poe"}, {"name": "Lee Park"}]}]}</script>"""
    clipping = from_page(page(data), sandbox)
    assert (clipping.outlet, clipping.author, clipping.date) == ("The Ledger", "Ann Poe; Lee Park", "2018-01-25")
    assert dict(clipping.told)["author"] == "JSON-LD author"


@pytest.mark.parametrize("held", ["{", "[" * 100_000, '{"headline": 5, "author": 7, "@graph": "x"}', "[1, null]"])
def test_broken_linked_data_is_passed_over(sandbox: Sandbox, held: str) -> None:
    clipping = from_page(page(f"<script type='application/ld+json'>{held}</script>"), sandbox)
    assert BODY[0] in clipping.text and clipping.author == ""


def test_a_page_that_states_nothing_leaves_the_values_empty_or_says_that_they_were_searched(sandbox: Sandbox) -> None:
    clipping = from_page(page(), sandbox)
    known = {"outlet": clipping.outlet, "date": clipping.date, "author": clipping.author, "url": clipping.url}
    told = dict(clipping.told)
    assert clipping.author == clipping.url == clipping.outlet == clipping.date == ""
    assert all(name in told for name, value in known.items() if value)


def test_the_outlet_is_the_host_when_nothing_else_is_known(sandbox: Sandbox) -> None:
    clipping = from_page(page("<link rel='canonical' href='https://www.ledger.example/files'>"), sandbox)
    assert clipping.outlet == "ledger.example"
    assert "outlet" in dict(clipping.told)


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "file:///etc/passwd", "https://a b", "http://[", "x" * 9000]
)
def test_only_an_address_of_the_web_is_kept(sandbox: Sandbox, address: str) -> None:
    clipping = from_page(page(f"<link rel='canonical' href='{address}'>"), sandbox)
    assert clipping.url == ""
    assert BODY[0] in clipping.text


def test_a_page_from_a_file_and_with_a_long_paragraph(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    long = "The files were read aloud, one by one. " * 8_000
    path.write_bytes(page(tail=f"<p>{long}</p>"))
    clipping = from_page(path, sandbox)
    assert clipping.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    whole = "".join("".join(one.text for one in clipping.paragraphs).split())
    assert "".join(long.split()) in whole


def test_line_breaks_part_paragraphs_on_old_pages(sandbox: Sandbox) -> None:
    lines = "<br><br>".join(f"{one} It was said again, at some length and with care." for one in BODY)
    clipping = from_page(f"<html><body><div>{lines}</div></body></html>".encode(), sandbox)
    assert [one.split(" It was")[0] for one in clipping.text.split("\n\n")] == list(BODY)


def test_a_page_with_little_text_is_kept_whole(sandbox: Sandbox) -> None:
    clipping = from_page(b"<html><body><p>No.</p></body></html>", sandbox)
    assert clipping.text == "No."


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no HTML"),
        (b"\x00\x01\x02\xff\xfe", "no HTML"),
        (b"%PDF-1.7 not a page at all", "no HTML"),
        (b"<html><body><img src='x'></body></html>", "no text"),
        (b"<html><body>" + b"<div>" * 30_000 + b"deep" + b"</div>" * 30_000, "no text"),
    ],
)
def test_what_holds_no_article_is_said(sandbox: Sandbox, data: bytes, why: str) -> None:
    with pytest.raises(Unreadable, match=why) as error:
        from_page(data, sandbox)
    assert error.value.code == "CORRUPT"


@pytest.mark.parametrize("row", [{"values": [["outlet", 5, "x"]]}, {"paragraphs": [["text"]]}, {"paragraphs": [None]}])
def test_what_the_isolated_process_sends_is_checked(row: dict[str, list[object]]) -> None:
    class Lying(Sandbox):
        def run(self, task: str, file: Any, args: Any, receive: Any, *, wall_s: float | None = None) -> Outcome:
            receive(row, b"")
            return Outcome(True)

    with pytest.raises(Unreadable, match="sent what cannot be"):
        from_page(page(), Lying())


def test_many_paragraphs_alike_are_all_kept(sandbox: Sandbox) -> None:
    data = b"<html><body>" + b"<p>A row of the list.</p>" * 3_000 + b"</body></html>"
    assert len(from_page(data, sandbox).paragraphs) == 3_000
