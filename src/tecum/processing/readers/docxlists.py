"""What Word writes before a paragraph by itself: the numbers and letters of lists and headings.

Follows ECMA-376 part 1, 17.9. They stand in no run, yet "Section 4(b)" is how the text itself refers to them.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field
from typing import Final

from tecum.processing.readers.ooxml import Package
from tecum.processing.readers.zipxml import OFF, Element, attribute, first, local, natural

_LEVELS: Final = 9
_PLACE: Final = re.compile(r"%([1-9])")
_ROMAN: Final = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
    (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_ORDINAL: Final = {1: "st", 2: "nd", 3: "rd"}


@dataclass(frozen=True)
class _Level:
    start: int = 1
    form: str = "decimal"
    pattern: str = ""
    restart: int = -1  # -1: after any higher level; 0: never
    legal: bool = False  # all numbers in the pattern as decimals
    style: str = ""


@dataclass
class _List:
    """One definition with the counters that all lists drawn from it share. Most are never used, so read when asked."""

    element: Element
    counters: dict[int, int] = field(default_factory=dict)

    @functools.cached_property
    def levels(self) -> dict[int, _Level]:
        """Its levels by number."""
        return dict(_level(one) for one in self.element if local(one) == "lvl")


@dataclass
class _Use:
    """One use of a definition: its own levels, and the starts that still wait for their first paragraph."""

    definition: str
    levels: dict[int, _Level]
    starts: dict[int, int]


class Numbers:
    """The numbers of one document's paragraphs; ask in reading order, since each number counts on the last.

    ``styles`` are the elements of the document's styles.
    """

    def __init__(self, package: Package, styles: list[Element]) -> None:
        self._lists: dict[str, _List] = {}
        self._uses: dict[str, _Use] = {}
        self._styles: dict[str, tuple[str, int]] = {}
        for part in package.related(package.main_part, "numbering"):
            root = package.tree(part)
            if root is not None:
                self._define(root)
        if self._uses:
            self._styles = _numbered_styles(styles)

    def number(self, properties: Element | None, style: str) -> str:
        """Return what stands before a paragraph, "" for nothing or a bullet.

        ``properties`` is its w:pPr, ``style`` the id of its style.
        """
        if not self._uses:
            return ""
        name, depth = self._place(properties, style)
        use = self._uses.get(name)
        known = self._lists.get(use.definition) if use is not None else None
        if use is None or known is None or depth >= _LEVELS:
            return ""
        levels = known.levels | use.levels if use.levels else known.levels
        level = levels.get(depth)
        if level is None:
            return ""
        self._count(known, use, levels, depth)
        if level.form in ("bullet", "none"):
            return ""
        return _PLACE.sub(lambda found: _shown(known, levels, level, int(found[1]) - 1), level.pattern)

    def _place(self, properties: Element | None, style: str) -> tuple[str, int]:
        """Return the list that a paragraph belongs to and its level there, both from itself or from its style."""
        name, depth = self._styles.get(style, ("", -1))
        own = first(properties, "numPr")
        if own is not None:
            name = _value(own, "numId") or name
            depth = max(natural(_value(own, "ilvl")), depth)
        if depth < 0 and name:
            use = self._uses.get(name)
            levels = self._lists[use.definition].levels if use is not None and use.definition in self._lists else {}
            depth = next((number for number, level in levels.items() if style and level.style == style), 0)
        return name, max(depth, 0)

    @staticmethod
    def _count(known: _List, use: _Use, levels: dict[int, _Level], depth: int) -> None:
        counters = known.counters
        if depth in use.starts:
            counters[depth] = use.starts.pop(depth)
        elif depth in counters:
            counters[depth] += 1
        else:
            counters[depth] = levels[depth].start
        for deeper in [one for one in counters if one > depth]:
            restart = levels.get(deeper, _Level()).restart
            if restart and (restart < 0 or depth < restart):
                del counters[deeper]

    def _define(self, root: Element) -> None:
        for element in root:
            kind = local(element)
            if kind == "abstractNum":
                self._lists[attribute(element, "abstractNumId")] = _List(element)
            elif kind == "num":
                own: dict[int, _Level] = {}
                starts: dict[int, int] = {}
                for over in element.iterfind("{*}lvlOverride"):
                    own.update(map(_level, over.iterfind("{*}lvl")))
                    start = natural(_value(over, "startOverride"))
                    if start >= 0:
                        starts[natural(attribute(over, "ilvl"))] = start
                self._uses[attribute(element, "numId")] = _Use(_value(element, "abstractNumId"), own, starts)
        self._follow_links()

    def _follow_links(self) -> None:
        """Let a definition that only names a style take the levels of the one that this style stands for."""
        meant = {
            _value(one.element, "styleLink"): one.element
            for one in self._lists.values()
            if first(one.element, "styleLink") is not None
        }
        for one in self._lists.values():
            one.element = meant.get(_value(one.element, "numStyleLink"), one.element) if meant else one.element


def _level(element: Element) -> tuple[int, _Level]:
    said = {local(one): attribute(one, "val") for one in element}
    level = _Level(
        start=max(natural(said.get("start", "")), 0),
        form=said.get("numFmt") or "decimal",
        pattern=said.get("lvlText", ""),
        restart=natural(said.get("lvlRestart", "")),
        legal=said.get("isLgl", "0") not in OFF,
        style=said.get("pStyle", ""),
    )
    return natural(attribute(element, "ilvl")), level


def _shown(known: _List, levels: dict[int, _Level], level: _Level, depth: int) -> str:
    other = levels.get(depth, _Level())
    number = known.counters.get(depth, other.start)
    return in_form(number, "decimal" if level.legal else other.form)


def in_form(number: int, form: str) -> str:
    """Return a number in one of Word's forms (ST_NumberFormat); decimal for those of other scripts."""
    if form == "none":
        return ""
    if form == "decimalZero":
        return f"{number:02}"
    if form in ("lowerLetter", "upperLetter") and 0 < number <= 26 * 100:
        letters = chr(96 + (number - 1) % 26 + 1) * ((number - 1) // 26 + 1)
        return letters.upper() if form == "upperLetter" else letters
    if form in ("lowerRoman", "upperRoman") and 0 < number < 4000:
        roman = ""
        for value, sign in _ROMAN:
            count, number = divmod(number, value)
            roman += sign * count
        return roman.upper() if form == "upperRoman" else roman
    if form == "ordinal":
        return f"{number}{'th' if number // 10 % 10 == 1 else _ORDINAL.get(number % 10, 'th')}"
    return str(number)


def _numbered_styles(styles: list[Element]) -> dict[str, tuple[str, int]]:
    """Return the list and level (-1: not said) of the paragraph styles that are numbered."""
    own: dict[str, tuple[str, int]] = {}
    based: dict[str, str] = {}
    for style in styles:
        key = attribute(style, "styleId")
        based[key] = _value(style, "basedOn")
        numbered = first(first(style, "pPr"), "numPr")
        if numbered is not None:
            own[key] = _value(numbered, "numId"), natural(_value(numbered, "ilvl"))
    if not own:
        return {}
    for key in based:
        above, steps = based[key], 0
        while key not in own and above and steps < len(based):
            if above in own:
                own[key] = own[above]
            above, steps = based.get(above, ""), steps + 1
    # A style may give only the level; the list is then that of the style it is based on.
    return {k: (name or own.get(based.get(k, ""), ("", -1))[0], depth) for k, (name, depth) in own.items()}


def _value(parent: Element, name: str) -> str:
    found = first(parent, name)
    return attribute(found, "val") if found is not None else ""
