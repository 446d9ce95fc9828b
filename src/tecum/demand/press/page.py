"""What runs in the sandbox for a clipping: a web page taken apart into main text, the rest, and what its head says.

The main text is trafilatura's. Every other visible paragraph is sent too, marked as outside, so that nothing is lost;
what the page's own metadata state is preferred to what the library finds by search, and each value names its place.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from typing import Any, BinaryIO, Final
from urllib.parse import urlsplit

from tecum.hooks import Unreadable

Send = Callable[[dict[str, Any], bytes], None]
_BLOCKS: Final = frozenset({
    "address", "article", "aside", "blockquote", "body", "center", "dd", "details", "dialog", "div", "dl", "dt",
    "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html",
    "legend", "li", "main", "menu", "nav", "ol", "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot",
    "th", "thead", "tr", "ul",
})  # fmt: skip
_LIBRARY_BLOCKS: Final = frozenset(
    {"body", "p", "head", "quote", "list", "item", "table", "row", "cell", "code", "div"}
)
_UNSEEN: Final = frozenset({
    "script", "style", "noscript", "template", "head", "svg", "select", "textarea", "iframe", "object",
})  # fmt: skip
_META: Final = (  # value, names of meta elements that state it, best first
    ("outlet", ("og:site_name", "application-name")),
    ("title", ("og:title", "twitter:title")),
    ("date", ("article:published_time", "datepublished", "parsely-pub-date", "sailthru.date", "dc.date.issued",
              "dc.date", "pubdate", "date")),
    ("author", ("author", "parsely-author", "byl", "dc.creator", "article:author")),
    ("url", ("og:url",)),
)  # fmt: skip
_LINKED: Final = (("outlet", "publisher"), ("title", "headline"), ("date", "datePublished"), ("author", "author"))
_SEARCH: Final = "trafilatura's search of the page"
_LINE = 100_000  # characters; a longer paragraph is sent in pieces
_BATCH = 100_000
_NEAR = 20  # characters from which part of a paragraph is recognised as such


def page_task(file: BinaryIO, args: dict[str, Any], send: Send) -> None:
    """Task: send ``values`` ([name, value, place]) and ``paragraphs`` ([text, inside, listed]) of a page, in order."""
    import trafilatura

    data = file.read()
    tree = trafilatura.load_html(data)
    if tree is None:
        raise Unreadable("CORRUPT", "it is no HTML")
    stated = _stated(tree)
    whole = list(_paragraphs(tree, _BLOCKS, "br"))
    document = trafilatura.bare_extraction(
        data,
        include_comments=False,
        with_metadata=True,
        date_extraction_params={"extensive_search": False, "original_date": True},
    )
    searched: dict[str, str] = {}
    main: list[tuple[str, str]] = []
    if document is not None and not isinstance(document, dict):
        main = list(_paragraphs(document.body, _LIBRARY_BLOCKS, "lb"))
        found = (document.sitename, document.title, document.date, document.author, document.url)
        searched = {name: str(value or "") for (name, _), value in zip(_META, found, strict=True)}
    if not whole and not main:
        raise Unreadable("CORRUPT", "no text was found in it")
    send({"values": list(_values(stated, searched, bool(main)))}, b"")
    batch: list[list[Any]] = []
    size = 0
    for text, inside, listed in _merged(whole, main) if main else ((text, True, tag == "li") for tag, text in whole):
        for start in range(0, len(text), _LINE):
            piece = text[start : start + _LINE]
            if size + len(piece) > _BATCH and batch:
                send({"paragraphs": batch}, b"")
                batch, size = [], 0
            batch.append([piece, inside, listed])
            size += len(piece)
    send({"paragraphs": batch}, b"")


def _values(stated: dict[str, tuple[str, str]], searched: dict[str, str], found: bool) -> Iterator[list[str]]:
    """Each value with its place: what the page states, else what the library found, else the host for the outlet."""
    for name, _ in _META:
        value, place = stated.get(name) or (searched.get(name, ""), _SEARCH)
        if name == "outlet" and not value:
            value, place = _host(stated.get("url", ("", ""))[0] or searched.get("url", "")), "the host of its address"
        if value:
            yield [name, value[:2000], place]
    if not found:
        yield ["text", "", "the whole page: trafilatura found no main text"]


def _host(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "").removeprefix("www.")
    except ValueError:  # no address, such as one with half an IPv6 bracket
        return ""


def _stated(tree: Any) -> dict[str, tuple[str, str]]:
    """What the head says of the page: value and place by name."""
    said: dict[str, tuple[str, str]] = {}
    metas: dict[str, str] = {}
    for meta in tree.iter("meta"):
        name = (meta.get("property") or meta.get("name") or meta.get("itemprop") or "").strip().lower()
        metas.setdefault(name, (meta.get("content") or "").strip())
    for link in tree.iter("link"):
        if (link.get("rel") or "").lower() == "canonical" and link.get("href"):
            said.setdefault("url", (link.get("href").strip(), "link canonical"))
    for value, names in _META:
        for name in names:
            # article:author is often the address of a profile, which is no name
            if metas.get(name) and not (value == "author" and "://" in metas[name]):
                said.setdefault(value, (metas[name], f"meta {name}"))
    for script in tree.iter("script"):
        if "ld+json" in (script.get("type") or ""):
            for name, text, key in _linked(script.text or ""):
                said.setdefault(name, (text, f"JSON-LD {key}"))
    return said


def _linked(text: str) -> Iterator[tuple[str, str, str]]:
    """What a JSON-LD block says of an article."""
    try:
        held = json.loads(text)
    except (ValueError, RecursionError):  # what a page writes there is its own affair
        return
    nodes = held if isinstance(held, list) else [held]
    nodes += [one for node in nodes if isinstance(node, dict) for one in _as_list(node.get("@graph"))]
    for node in nodes:
        if not isinstance(node, dict) or not ("headline" in node or "datePublished" in node):
            continue
        for name, key in _LINKED:
            said = [one.get("name") if isinstance(one, dict) else one for one in _as_list(node.get(key))]
            if words := "; ".join(one.strip() for one in said if isinstance(one, str) and one.strip()):
                yield name, words, key


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _paragraphs(root: Any, blocks: frozenset[str], line: str) -> Iterator[tuple[str, str]]:
    """Yield (tag of the block, text on one line) in reading order. Two line breaks part paragraphs, as old pages do."""
    from lxml import etree

    held: list[str] = []
    open_blocks = [""]
    walk = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
    for event, element in walk:
        tag = element.tag if isinstance(element.tag, str) else ""
        if event == "start":
            if tag in _UNSEEN:
                walk.skip_subtree()
            elif tag in blocks:
                yield from _flushed(held, open_blocks[-1])
                open_blocks.append(tag)
            if tag == line:
                held.append("\n")
            if tag not in _UNSEEN:
                held.append(_flat(element.text))
            continue
        if event == "end" and tag in blocks:
            yield from _flushed(held, open_blocks[-1])
            open_blocks.pop()
        if element is not root:
            held.append(_flat(element.tail))


def _flat(text: str | None) -> str:
    return text.replace("\n", " ").replace("\r", " ") if text else ""


def _flushed(held: list[str], tag: str) -> Iterator[tuple[str, str]]:
    text = "".join(held)
    held.clear()
    lines: list[str] = []
    for one in [*text.split("\n"), ""]:
        if words := " ".join(one.split()):
            lines.append(words)
        elif lines:
            yield tag, " ".join(lines)
            lines = []


def _merged(whole: Sequence[tuple[str, str]], main: Sequence[tuple[str, str]]) -> Iterator[tuple[str, bool, bool]]:
    """Put the library's paragraphs and what it left out into the order of the page.

    A paragraph is the library's when the two are equal but for blanks, or the one stands whole in the other.
    """
    compact = ["".join(text.split()) for _, text in main]
    places: dict[str, list[int]] = {}
    for at, text in enumerate(compact):
        places.setdefault(text, []).append(at)
    given = 0  # paragraphs of the library that were sent
    for tag, text in whole:
        key = "".join(text.split())
        same = places.get(key, [])
        later = bisect_left(same, given)
        upto = same[later] + 1 if later < len(same) else 0  # paragraphs of the library that are sent with this one
        if not upto and given < len(compact) and _overlap(key, compact[given]):
            upto = given + 1
        if upto:
            yield from ((line, True, name == "item") for name, line in main[given:upto])
            given = upto
        elif not (given and len(key) >= _NEAR and key in compact[given - 1]):  # else: a further piece of the last one
            yield text, False, tag == "li"
    yield from ((line, True, name == "item") for name, line in main[given:])


def _overlap(key: str, other: str) -> bool:
    return len(key) >= _NEAR and (key in other or other in key)
