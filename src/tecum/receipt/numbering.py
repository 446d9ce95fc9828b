"""Rules about the numbers of all documents together: B01 to B06 and C01."""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from tecum.receipt.documents import SERIES_BIT, Codes, Documents
from tecum.receipt.report import CheckResult


def check_numbers(documents: Documents, report: CheckResult) -> None:
    """Report duplicates, overlaps, gaps, odd series, disorder, and page counts against ranges."""
    if not len(documents):
        return
    report.examine("B01", "B04", "B06")
    if "ENDBATES" in documents.keys:
        report.examine("B05")
    begin = documents.begin
    by_page = _page_level(documents, report)
    ends = _ends(documents, by_page)
    _series(documents, report)
    _order(documents, report)
    order = np.argsort(begin, kind="stable")
    order = order[begin[order] != 0]
    _duplicates(documents, order, report)
    _ranges(documents, order[begin[order] > 0], ends, report)
    if by_page:
        _page_counts(documents, report)
    _extent(documents, ends, report)


def _page_level(documents: Documents, report: CheckResult) -> bool:
    """Tell numbers on every page from numbers on documents; say which."""
    pages, span = documents.pages, documents.span
    several = (pages > 1) & (span != 0)
    if "ENDBATES" in documents.keys:
        by_page = not several.any() or (span[several] == 1).mean() < 0.5
    else:
        begin = documents.begin
        step = np.diff(begin)
        known = (pages[:-1] > 1) & (step > 0) & (step < 1 << SERIES_BIT)
        by_page = bool(known.any()) and (step[known] == pages[:-1][known]).mean() >= 0.5
    if not by_page:
        report.assume("numbers stand on documents, not on pages")
    return by_page


def _ends(documents: Documents, by_page: bool) -> Codes:
    """Return the last number of each document as a code, as well as it is known."""
    begin, end, pages = documents.begin, documents.end, documents.pages
    ends: Codes = np.where((begin > 0) & (pages > 1), begin + pages - 1, begin) if by_page else begin
    if "ENDBATES" in documents.keys:
        usable = (end > 0) & (begin > 0) & (end >> SERIES_BIT == begin >> SERIES_BIT) & (end >= begin)
        ends = np.where(usable, end, ends)
    return ends


def _series(documents: Documents, report: CheckResult) -> None:
    """B04: a number whose series is a rare exception, or has another width under the same prefix."""
    begin = documents.begin
    plain = np.flatnonzero(begin > 0)
    names, counts = np.unique(begin[plain] >> SERIES_BIT, return_counts=True)
    if len(names) < 2:
        return
    widths: dict[str, Counter[int]] = {}
    for name, count in zip(names, counts, strict=True):
        prefix, width = documents.numbers.series(int(name) << SERIES_BIT)
        widths.setdefault(prefix, Counter())[width] += int(count)
    few = max(1, len(plain) // 20)
    common = int(counts.max())
    odd = []
    for name, count in zip(names, counts, strict=True):
        prefix, width = documents.numbers.series(int(name) << SERIES_BIT)
        usual = widths[prefix].most_common(1)[0][0]
        if width != usual or (count <= few and common > 2 * count):
            odd.append(int(name))
    if len(names) > 1 + len(odd):
        report.assume(f"{len(names) - len(odd)} series of numbers stand side by side")
    for row in plain[np.isin(begin[plain] >> SERIES_BIT, odd)]:
        bates = documents.text(begin[row])
        report.add("B04", "Prefix or width differs from the other numbers.", bates=bates, field="BEGBATES")


def _order(documents: Documents, report: CheckResult) -> None:
    begin = documents.begin
    before, after = begin[:-1], begin[1:]
    lower = (before > 0) & (after > 0) & (after < before) & (after >> SERIES_BIT == before >> SERIES_BIT)
    for row in np.flatnonzero(lower):
        after_what = documents.text(before[row])
        report.add("B06", f"It stands after {after_what}.", bates=documents.text(after[row]), field="BEGBATES")


def _duplicates(documents: Documents, order: NDArray[np.intp], report: CheckResult) -> None:
    begin = documents.begin[order]
    for place in np.flatnonzero(begin[1:] == begin[:-1]):
        bates = documents.text(begin[place])
        said = "The number stands on more than one document."
        report.add("B01", said, bates=bates, field="BEGBATES", evidence=f"row {order[place + 1] + 1}")


def _ranges(documents: Documents, order: NDArray[np.intp], ends: Codes, report: CheckResult) -> None:
    """B02 and B03 in one sweep over the sorted ranges."""
    if not len(order):
        return
    begin = documents.begin[order]
    reach = np.maximum.accumulate(ends[order])
    same = begin[1:] >> SERIES_BIT == reach[:-1] >> SERIES_BIT
    report.examine("B02")
    for place in np.flatnonzero(same & (begin[1:] <= reach[:-1]) & (begin[1:] != begin[:-1])):
        said = f"It begins inside a range that reaches {documents.text(reach[place])}."
        report.add("B02", said, bates=documents.text(begin[place + 1]), field="BEGBATES")
    holes = np.flatnonzero(same & (begin[1:] > reach[:-1] + 1))
    certain = bool(documents.keys & {"ENDBATES", "PGCOUNT"}) or len(holes) * 5 < len(order)
    if not certain:
        report.reasons["B03"] = "no end numbers and no page counts: skipped numbers may be pages"
        return
    report.examine("B03")
    for place in holes:
        first, last = documents.text(reach[place] + 1), documents.text(begin[place + 1] - 1)
        missing = first if first == last else f"{first} - {last}"
        report.add("B03", f"Numbers are skipped: {missing}.", bates=first, field="BEGBATES", evidence=missing)


def _page_counts(documents: Documents, report: CheckResult) -> None:
    pages, span = documents.pages, documents.span
    if ((pages >= 0) & (span != 0)).any():
        report.examine("C01")
    for row in np.flatnonzero((pages >= 0) & (span != 0) & (pages != span)):
        said = f"The page count is {pages[row]}, the range has {max(span[row], 0)} numbers."
        report.add("C01", said, bates=documents.text(documents.begin[row]), field="PGCOUNT")


def _extent(documents: Documents, ends: Codes, report: CheckResult) -> None:
    """Set totals and the lowest and highest number."""
    begin, pages = documents.begin, documents.pages
    report.documents = len(documents)
    report.pages = int(pages[pages > 0].sum())
    plain = begin > 0
    if plain.any():
        names, counts = np.unique(begin[plain] >> SERIES_BIT, return_counts=True)
        chosen = plain & (begin >> SERIES_BIT == names[counts.argmax()])
        report.first, report.last = documents.text(begin[chosen].min()), documents.text(ends[chosen].max())
    else:
        report.first, report.last = documents.text(begin[0]), documents.text(begin[-1])
