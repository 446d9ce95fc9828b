"""What an Excel workbook holds beside its cells: comments, drawings, names, caches of data and connections.

Follows ECMA-376 part 1, 18 (SpreadsheetML), and [MS-XLSX] for threaded comments. A pivot table or a link to another
workbook keeps copies of what it once read: they can tell what was since deleted from every cell.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Final

from tecum.processing.readers.marks import marked
from tecum.processing.readers.ooxml import Package, alternative_texts, drawing_paragraphs
from tecum.processing.readers.zipxml import Element, attribute, natural

_HEADER_CODE: Final = re.compile(r'&(?:"[^"]*"|K[0-9A-Fa-f]{6}|\d+|[LCRPNDTGFAZBIUSEXYOH+-])')
_MIRROR: Final = "[Threaded comment]"  # Excel's stand-in for a threaded comment in the older part


def page_header(code: str) -> str:
    """Return the words of a page header or footer without its codes for places, fonts and fields."""
    return _HEADER_CODE.sub(" ", code).strip()


def rich_text(element: Element) -> str:
    """Join the runs of a string; phonetic readings (rPh) are not part of it."""
    plain = element.findtext("{*}t") or ""
    return plain + "".join(run.text or "" for run in element.iterfind("{*}r/{*}t"))


def comments(package: Package, sheet: str, authors: dict[str, str]) -> list[str]:
    """Return the comments of a sheet part as marks: threads with their replies, then notes."""
    lines: list[str] = []
    threaded: set[str] = set()
    for part in package.related(sheet, "threadedComment"):
        for comment in package.stream(part, ("threadedComment",)):
            place, text = attribute(comment, "ref"), comment.findtext("{*}text") or ""
            threaded.add(place)
            what = "reply" if attribute(comment, "parentId") else "comment"
            done = "resolved " if attribute(comment, "done") in ("1", "true") else ""
            by, on = authors.get(attribute(comment, "personId"), ""), attribute(comment, "dT")
            lines.append(marked(f"{done}{what} on {place}".removesuffix(" on "), text, by, on) if text.strip() else "")
    for part in package.related(sheet, "comments"):
        root = package.tree(part)
        names = [name.text or "" for name in (root.iterfind("{*}authors/{*}author") if root is not None else ())]
        for comment in root.iterfind("{*}commentList/{*}comment") if root is not None else ():
            text, place = " ".join(map(rich_text, comment.iterfind("{*}text"))), comment.get("ref", "")
            number = natural(comment.get("authorId", ""))
            if text.strip() and not (text.startswith(_MIRROR) and place in threaded):
                what = f"comment on {place}".removesuffix(" on ")
                lines.append(marked(what, text, names[number] if 0 <= number < len(names) else ""))
    return [line for line in lines if line]


def drawing(package: Package, part: str) -> Iterator[str]:
    """Yield the text of a sheet's drawing: boxes, charts, SmartArt, and what stands in for pictures."""
    root = package.story(part)
    if root is not None:
        yield from drawing_paragraphs(root)
        yield from alternative_texts(root)
        targets = package.links(part)
        for link in root.iter("{*}hlinkClick"):
            if target := targets.get(attribute(link, "id"), ""):
                yield f"<{target}>"
    yield package.drawn_text(part)


def old_drawing(package: Package, part: str) -> Iterator[str]:
    """Yield the lettering of form controls and boxes in an old (VML) drawing; it is not always well-formed."""
    root = package.loose_tree(part)
    for box in root.iter("{*}textbox") if root is not None else ():
        yield " ".join("".join(map(str, box.itertext())).split())


def beside(package: Package, root: Element, strings: Collection[str], hidden: list[str]) -> Iterator[str]:
    """Yield what stands beside the sheets as marks, and note it in ``hidden``.

    ``root`` is that of the workbook's part; ``strings`` are those that cells can show: of a cache of data only others
    are told.
    """
    main = package.main_part
    for name in root.iterfind("{*}definedNames/{*}definedName"):
        value = (name.text or "").strip()
        told = [name.get("comment", ""), value if value.startswith('"') else ""]
        if any(told):
            hidden.append("names with text")
            yield marked(f"name {name.get('name', '')}", " ".join(filter(None, told)))
    caches, links = package.related(main, "pivotCacheDefinition"), package.related(main, "externalLink")
    known = set(strings) if caches or links else set()
    for cache in caches:
        parts = [cache, *package.related(cache, "pivotCacheRecords")]
        words = (attribute(item, "v") for part in parts for item in package.stream(part, ("s",)))
        yield from _unseen("pivot cache", words, known, hidden)
    for link in links:
        cells = (cell.findtext("{*}v") or "" for cell in package.stream(link, ("cell",)) if cell.get("t") == "str")
        yield from _unseen("copy of linked workbook", cells, known, hidden)


def connections(package: Package) -> Iterator[str]:
    """Yield where the workbook fetches data from, as "connection: ..."."""
    for part in package.related(package.main_part, "connections"):
        root = package.tree(part)
        for one in root.iter("{*}dbPr", "{*}webPr", "{*}textPr", "{*}olapPr") if root is not None else ():
            told = [one.get(key, "") for key in ("connection", "command", "url", "sourceFile")]
            if any(told):
                yield f"connection: {' '.join(filter(None, told))}"


def _unseen(what: str, words: Iterator[str], known: set[str], hidden: list[str]) -> Iterator[str]:
    unseen = [word for word in dict.fromkeys(words) if word.strip() and word not in known]
    if unseen:
        hidden.append(what)
        yield marked(what, "\n".join(unseen))
