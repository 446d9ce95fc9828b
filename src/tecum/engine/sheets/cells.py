"""What a cell may hold, and how blanks, numbers and headings become text."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Final

FORMULA_CURE: Final = "Paste it as a value; if text is meant, put an apostrophe before it"

# All that Unicode calls white space but the control characters among it, which are refused, not cut off.
_BLANKS: Final = " \t\n\r\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"  # fmt: skip  # noqa: E501
# What cannot stand in XML 1.0, and so in XLSX (2.2 Characters), and what no one types: C1 controls and DEL.
_REFUSED: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_EXACT_DIGITS: Final = 15  # significant decimal digits that a binary double holds
_EXACT_BELOW: Final = 10**_EXACT_DIGITS
_PLAIN_EXPONENT: Final = 30  # beyond it a number stays in scientific notation


def clean(text: str) -> str:
    """Return a cell's text: line breaks as LF, blanks around it cut off."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.strip(_BLANKS)


def heading(text: str) -> str:
    """Return a column's name: blanks around it cut off, those inside as one "_", casefolded."""
    return re.sub(r"\s+", "_", clean(text)).casefold()


def fault_in(text: str) -> str:
    """Say which character makes the text unfit for a table; "" when there is none."""
    found = _REFUSED.search(text)
    if found is None:
        return ""
    if "\ud800" <= found[0] <= "\udfff":
        return f"holds half a character (U+{ord(found[0]):04X})"
    return f"holds the control character U+{ord(found[0]):04X}"


def column_letters(index: int) -> str:
    """Return a column's letters, ``A`` for 0 and ``AB`` for 27."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def exact_number(written: str) -> str:
    """Return a decimal number, every digit kept, without an exponent or trailing zeros: ``1.50E+3`` is ``1500``."""
    try:
        value = Decimal(written)
    except InvalidOperation:
        return written
    if not value:
        return "0"
    if not value.is_finite() or abs(value.adjusted()) > _PLAIN_EXPONENT:
        return written
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def stored_number(written: str) -> str:
    """Return a number that a spreadsheet program stored as a binary double, as the program shows it at its longest.

    ``2019194.0`` is ``2019194``, ``1234.5599999999999`` is ``1234.56``. From 16 digits before the point on nobody can
    know what was typed: all digits stored are given.
    """
    try:
        value = float(written)
    except ValueError:
        return written
    return exact_number(f"{value:.{_EXACT_DIGITS}g}" if abs(value) < _EXACT_BELOW else written)


def is_rounded(number: str) -> bool:
    """Whether a stored number has so many digits before its point that a spreadsheet program rounded it."""
    return len(number.lstrip("-").partition(".")[0]) > _EXACT_DIGITS
