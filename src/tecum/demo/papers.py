"""Make the city's loose papers: the rows of ``papers.toml`` become files of many formats, with their facts."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any, Final

from tecum.demo import office, pdf, pictures
from tecum.demo.mime import html_of
from tecum.demo.pile import Pile, Thing
from tecum.demo.truth import Facts, Privilege, Span
from tecum.demo.wording import Mark, Pools, read_marks, settle
from tecum.demo.world import ZONE, Dice, World, table

NOTICE: Final = "Riverton is a made-up city; this paper is demonstration data."
HOLDER: Final = "City of Riverton"

Written = tuple[bytes, tuple[Span, ...], tuple[str, ...]]  # bytes, what is planted in them, the searchable texts


class Papers:
    """Every paper of the city by its key; the same key always gives the same bytes."""

    def __init__(self, world: World, seed: int, pools: Pools) -> None:
        self._world, self._seed, self._pools = world, seed, pools
        self._rows: dict[str, dict[str, Any]] = {row["key"]: row for row in table("papers.toml")["paper"]}
        self._made: dict[str, Thing] = {}
        self._settled: dict[str, str] = {}

    def __getitem__(self, key: str) -> Thing:
        """Return the paper of that key, made at first use."""
        if key not in self._made:
            self._made[key] = self._make(self._rows[key])
        return self._made[key]

    def add(self, key: str, thing: Thing) -> None:
        """Keep a thing that no row can describe, so that mail can carry it."""
        self._made[key] = thing

    def place_all(self, pile: Pile) -> None:
        """Lay every paper into the folders its row names; more than one folder makes it a duplicate."""
        for key, row in self._rows.items():
            for folder in row.get("at", ()):
                pile.place(folder, self[key])

    def _make(self, row: Mapping[str, Any]) -> Thing:
        when = row["date"].replace(tzinfo=ZONE)
        author = self._world.person(row["author"]).name
        about = office.Properties(row["title"], author, when, row.get("description", ""))
        data, spans, units = self._written(row, about)
        hits = tuple(row.get("hits", ()))
        places = len(row.get("at", ())) + row.get("copies", 0)
        facts = Facts(
            codes=tuple(row.get("codes", ())),
            disposition=row.get("disposition", "document"),
            date=when,
            hits=hits,
            answers=tuple(row.get("answers", hits)),
            privilege=privilege(row),
            spans=spans,
            beyond_terms=row.get("beyond_terms", False),
            duplicate=f"paper {row['key']}" if places > 1 else "",
            duplicate_kind=row.get("duplicate_kind", "same bytes") if places > 1 else "",
            near=row.get("near", ""),
            near_kind=row.get("near_kind", ""),
            cases=tuple(row.get("cases", ())),
            units=(row["name"], row["title"], *units),
        )
        return Thing(row["name"], data, facts)

    def _text(self, key: str) -> str:
        """The paper's words with its marks; a variant is another paper's words with some of them replaced."""
        if key not in self._settled:
            row = self._rows[key]
            if "base" in row:
                words = self._text(row["base"])
                for old, new in row["edits"]:
                    assert old in words, (key, old)
                    words = words.replace(old, settle(new, Dice(self._seed, f"edit {key}"), self._world, self._pools))
            else:
                words = settle(row["text"].strip(), Dice(self._seed, f"paper {key}"), self._world, self._pools)
            self._settled[key] = words
        return self._settled[key]

    def _written(self, row: Mapping[str, Any], about: office.Properties) -> Written:
        kind = row["kind"]
        if kind in ("xlsx", "csv"):
            return self._tabular(row, about)
        markup = self._text(row["key"])
        if kind != "ics":  # a calendar's grammar has a place of its own for the notice
            markup += f"\n\n{NOTICE}"
        lines, (plain, marks) = read_marks(markup)[0].split("\n"), read_marks(markup.replace("# ", ""))
        if kind == "docx":
            return self._document(row, about, lines, plain, marks)
        if kind == "pdf":
            wrapped = pdf.wrapped(plain)
            boxes = _boxes(wrapped, marks) if row.get("black_box") else ()
            data = pdf.pdf(wrapped, about.title, about.when, boxes=boxes, password=row.get("password", ""))
            return data, _spans("text", marks, wrapped), (plain,)
        if kind in ("png", "tiff"):
            picture = pictures.page(lines, *row.get("pixels", (420, 540)))
            return (pictures.png if kind == "png" else pictures.tiff)(picture), _spans("image", marks, plain), ()
        writers = {
            "rtf": lambda: office.rtf(lines),
            "html": lambda: html_of(plain).encode(),
            "pptx": lambda: office.pptx([slide.split("\n") for slide in plain.split("\n\n")], about),
            "ics": lambda: plain.replace("\n", "\r\n").encode() + b"\r\n",
            "txt": lambda: plain.replace("\n", "\r\n").encode(row.get("encoding", "utf-8")),
        }
        return writers[kind](), _spans("text", marks, plain), (plain,)

    def _document(
        self, row: Mapping[str, Any], about: office.Properties, lines: list[str], plain: str, marks: Sequence[Mark]
    ) -> Written:
        dice = Dice(self._seed, f"layers {row['key']}")
        deleted, gone = read_marks(settle(row.get("deleted", ""), dice, self._world, self._pools))
        described, hidden = read_marks(settle(about.description, dice, self._world, self._pools))
        data = office.docx(lines, office.Properties(about.title, about.author, about.when, described), deleted=deleted)
        spans = _spans("paragraphs", marks, plain) + _spans("deleted", gone, deleted)
        return data, spans + _spans("description", hidden, described), (plain, deleted, described)

    def _tabular(self, row: Mapping[str, Any], about: office.Properties) -> Written:
        dice = Dice(self._seed, f"paper {row['key']}")
        sheets: list[office.Sheet] = []
        spans: list[Span] = []
        cells: list[str] = []
        for stated in row["sheets"]:
            rows: list[list[str]] = []
            for number, line in enumerate([*stated["rows"], [NOTICE]], 1):
                rows.append([])
                for column, markup in enumerate(line):
                    plain, marks = read_marks(settle(markup, dice, self._world, self._pools))
                    spans += _spans("cell", marks, plain, f"{stated['name']}!{chr(65 + column)}{number}")
                    rows[-1].append(plain)
            cells.append("\n".join(" ".join(line) for line in rows))
            columns = tuple(stated.get("hidden_columns", ()))
            sheets.append(office.Sheet(stated["name"], rows, stated.get("hidden", False), columns))
        if row["kind"] == "xlsx":
            return office.xlsx(sheets, about, date1904=row.get("date1904", False)), tuple(spans), tuple(cells)
        file = io.StringIO()
        csv.writer(file, lineterminator="\r\n").writerows(sheets[0].rows)
        return file.getvalue().encode(row.get("encoding", "utf-8")), tuple(spans), tuple(cells)


def privilege(row: Mapping[str, Any]) -> Privilege | None:
    """Return the privilege that a table's row states."""
    if "privilege" not in row:
        return None
    return Privilege(row["privilege"], HOLDER, row.get("part", False), row.get("waived", False))


def _spans(layer: str, marks: Sequence[Mark], text: str, where: str = "") -> tuple[Span, ...]:
    """The marks as spans of a layer; ``text`` is the layer's own, whose line ends may differ from the mark's."""
    return tuple(Span(m.kind, layer, where, m.start, m.end, text[m.start : m.end], m.certain) for m in marks)


def _boxes(text: str, marks: Sequence[Mark]) -> list[pdf.Box]:
    """A black box over every marked string that stands on one line."""
    boxes = []
    for mark in marks:
        start = text.rfind("\n", 0, mark.start) + 1
        assert "\n" not in text[mark.start : mark.end], mark.text
        boxes.append(pdf.Box(text.count("\n", 0, mark.start), mark.start - start, mark.end - start))
    return boxes
