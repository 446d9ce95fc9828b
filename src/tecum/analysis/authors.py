"""Whether the name in a reply header and the sender of a mail can be the same person."""

from __future__ import annotations

import re
from typing import Final

_ADDRESS: Final = re.compile(r"[\w.+'%-]+@[\w-]+(?:\.[\w-]+)+")
_AT: Final = re.compile(r"(?<=\w)\s+at\s+(?=[\w-]+\.\w)")
_REMARK: Final = re.compile(r"\([^)]*\)|\[[^\]]*\]|<[^>]*>")
_WORD: Final = re.compile(r"[^\W\d_]{2,}")


def agree(quoted: str, sender: str) -> bool | None:
    """Compare the author in a reply header with a mail's sender; None when the header does not tell one.

    The same address decides. Otherwise a word of the name must be common to both, or stand in the address:
    "Poe, Ann" is "Ann Poe <apoe@town.example>".
    """
    if not quoted:
        return None
    ours, theirs = _addresses(sender), _addresses(quoted)
    if ours & theirs:
        return True
    names, known = _names(quoted), _names(sender)
    if not names:
        return None if not theirs else False
    if not known:
        local = "".join(one.partition("@")[0] for one in ours)
        return any(len(name) > 2 and name in local for name in names)
    return bool(names & known)


def _addresses(text: str) -> set[str]:
    return {one.lower() for one in _ADDRESS.findall(_AT.sub("@", text))}


def _names(text: str) -> set[str]:
    bare = _ADDRESS.sub(" ", _REMARK.sub(" ", _AT.sub("@", text)))
    return {one.lower() for one in _WORD.findall(bare)}
