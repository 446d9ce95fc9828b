"""Property lists of Apple's systems, binary or XML: settings, bookmarks, and pages saved as web archives."""

from __future__ import annotations

import datetime as dt
import plistlib
from typing import Any, Final
from xml.parsers import expat

from tecum.hooks import Emit, Input, Reader, Unreadable
from tecum.model import ExceptionCode
from tecum.processing.readers import html

_MAX_FILE: Final = 256 << 20  # bytes
_MAX_VALUES: Final = 500_000  # a binary list may name one value many times, which multiplies
_MAX_DEPTH: Final = 100
_PAGES: Final = ("text/html", "application/xhtml+xml")


def read(item: Input, emit: Emit) -> None:
    """Emit a line for each value, with its key; the pages of a web archive as a browser shows them."""
    if item.size > _MAX_FILE:
        raise Unreadable(ExceptionCode.LIMIT_SIZE, f"a property list of more than {_MAX_FILE >> 20} MiB")
    try:
        root = plistlib.loads(item.file.read())
    except (plistlib.InvalidFileException, ValueError, OverflowError, RecursionError, KeyError, IndexError) as error:
        raise Unreadable(ExceptionCode.CORRUPT, f"not a readable property list: {error}") from error
    except (expat.ExpatError, AttributeError, TypeError) as error:  # what plistlib lets through from damaged lists
        raise Unreadable(ExceptionCode.CORRUPT, f"not a readable property list: {error}") from error
    _walk(root, emit)


def _walk(root: Any, emit: Emit) -> None:
    """Write the values in order, without recursion; lists may hold themselves."""
    waiting: list[tuple[str, Any, int]] = [("", root, 0)]
    count = bytes_found = 0
    while waiting:
        key, value, depth = waiting.pop()
        count += 1
        if count > _MAX_VALUES or depth > _MAX_DEPTH:
            emit.problem(ExceptionCode.PARTIAL, f"more than {_MAX_VALUES} values or {_MAX_DEPTH} levels; left out")
            break
        if isinstance(value, dict):
            if not _resource(value, emit):
                waiting += [(str(name), inner, depth + 1) for name, inner in reversed(value.items())]
        elif isinstance(value, list):
            waiting += [(key, inner, depth + 1) for inner in reversed(value)]
        elif isinstance(value, bytes):
            bytes_found += 1
        else:
            shown = value.isoformat() if isinstance(value, dt.datetime) else str(value)
            emit.text(f"{key}: {shown}\n" if key else f"{shown}\n")
    if bytes_found:
        emit.problem(ExceptionCode.PARTIAL, f"{bytes_found} values that are no text were not read")


def _resource(value: dict[str, Any], emit: Emit) -> bool:
    """Emit a resource of a web archive, a page as its text, another as a member; tell whether it was one."""
    data, kind, url = value.get("WebResourceData"), value.get("WebResourceMIMEType"), value.get("WebResourceURL", "")
    if not isinstance(data, bytes):
        return False
    if kind not in _PAGES:
        name = str(url).partition("?")[0].rstrip("/").rpartition("/")[2]
        emit.member(name or "resource", data, inline=True)
        return True
    declared = value.get("WebResourceTextEncodingName")
    source, _ = html.decode(data, declared if isinstance(declared, str) else "")
    emit.text(f"{url}\n{html.to_text(source).text}\n")
    return True


READER: Final = Reader("plist", "1", frozenset({"plist"}), read)
