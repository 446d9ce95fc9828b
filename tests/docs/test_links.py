"""Every internal link leads to a file, and to a heading when it names one; every page can be reached."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from docs_pages import DOCS, ROOT, label, pages, prose

# What a recipient may have said in an answer; no claim of ours.
_RECIPIENTS_WORD = "admitted, denied, certified or withheld"
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as Python-Markdown makes them."""
    heads = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", head).strip().lower()) for head in heads}


@pytest.mark.parametrize("page", pages(), ids=label)
def test_links_lead_somewhere(page: Path) -> None:
    broken = []
    for link in _LINK.findall(prose(page)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
        elif page.is_relative_to(DOCS) and not target.is_relative_to(DOCS):
            broken.append(f"{link} leads out of the site")
    assert broken == []


def test_every_page_is_in_the_navigation() -> None:
    text = (ROOT / "mkdocs.yml").read_text("utf-8")
    listed = re.findall(r"(?:: |- )(\S+\.md)$", text, re.MULTILINE)
    assert sorted(listed) == sorted(page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md"))


@pytest.mark.parametrize("page", pages(), ids=label)
def test_no_page_claims_too_much(page: Path) -> None:
    """No claim that only a person or a court can make, and no name of a place where tecum is developed."""
    said = prose(page).replace(_RECIPIENTS_WORD, "")
    words = re.findall(r"(?i)\b(certified|compliant|court-proof|industry-leading|seamless\w*|blazing\w*)\b", said)
    places = re.findall(r"/(?:work|opt|tmp)/\w+", page.read_text("utf-8"))
    assert words == [] and places == []
