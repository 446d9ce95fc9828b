"""Cut one record of delimited text into values: strictly first, then with repairs that are named."""

from __future__ import annotations


def split_strict(text: str, separator: str, qualifier: str) -> list[str] | None:
    """Return the values of a well-formed record, or None.

    Values with and without qualifiers may stand side by side; a doubled qualifier inside a qualified value is
    one character of it.
    """
    if not qualifier:
        return text.split(separator) if separator else [text]
    if not separator:
        return [text]
    if len(text) > 1 and text[0] == qualifier == text[-1]:  # the common case: every value qualified
        parts = text[1:-1].split(qualifier + separator + qualifier)
        if text.count(qualifier) == 2 * len(parts):
            return parts
    values: list[str] = []
    at = 0
    while True:
        if text.startswith(qualifier, at):
            close = _closing(text, at + 1, separator, qualifier)
            if close < 0:
                return None
            values.append(text[at + 1 : close].replace(qualifier * 2, qualifier))
            at = close + 1
        else:
            end = text.find(separator, at)
            end = len(text) if end < 0 else end
            if qualifier in text[at:end]:
                return None
            values.append(text[at:end])
            at = end
        if at >= len(text):
            return values
        at += 1  # over the separator


def _closing(text: str, at: int, separator: str, qualifier: str) -> int:
    """Return where a qualified value that begins at ``at`` closes, or -1 when it does not close well."""
    while True:
        at = text.find(qualifier, at)
        if at < 0 or at + 1 == len(text) or text[at + 1] == separator:
            return at
        if text[at + 1] != qualifier:
            return -1
        at += 2


def split_lenient(text: str, separator: str, qualifier: str) -> tuple[list[str], list[tuple[str, int]]]:
    """Return the values of a damaged record and what was mended, as (code, column from 1).

    P02: another character stands where the separator belongs; P04: a qualifier is missing or stands alone.
    """
    values: list[str] = []
    mended: list[tuple[str, int]] = []
    at = 0
    while True:
        column = len(values) + 1
        if text.startswith(qualifier, at):
            value, at, code = _mend_qualified(text, at + 1, separator, qualifier)
        else:
            end = text.find(separator, at)
            end = len(text) if end < 0 else end
            value, at = text[at:end], end
            code = "P04" if qualifier in value else ""
            value = value.strip(qualifier)
        values.append(value)
        if code:
            mended.append((code, column))
        if at >= len(text):
            return values, mended
        at += 1


def _mend_qualified(text: str, start: int, separator: str, qualifier: str) -> tuple[str, int, str]:
    """Read one qualified value from ``start``; return it, where the separator after it is, and a code."""
    at = start
    code = ""
    while True:
        at = text.find(qualifier, at)
        if at < 0:  # never closed: it ends at the next separator
            end = text.find(separator, start)
            end = len(text) if end < 0 else end
            return text[start:end], end, "P04"
        after = text[at + 1 : at + 2]
        if after in ("", separator):
            return text[start:at].replace(qualifier * 2, qualifier), at + 1, code
        if at > start and text[at - 1] == separator:  # this one opens the next value: ours was not closed
            return text[start : at - 1], at - 1, "P04"
        if after == qualifier:
            at += 2
        elif text[at + 2 : at + 3] == qualifier:  # q X q: a foreign separator X
            return text[start:at], at + 1, "P02"
        else:
            code = "P04"
            at += 1
