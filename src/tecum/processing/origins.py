"""What program wrote a source, told by the names in it and the first bytes of a few files, with the evidence.

A custodian hands over "the export"; the chain of custody should say which. The signs are the names that the
exporting programs document or write; nothing is claimed from a name that many programs write.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

HEADS: Final = 64  # files whose first bytes are looked at
_KEPT: Final = 3  # examples of each sign
_MONTHS: Final = "January|February|March|April|May|June|July|August|September|October|November|December"


@dataclass(frozen=True)
class Origin:
    """A program that wrote a source, or part of it; ``evidence`` are sentences that name the files."""

    name: str
    evidence: tuple[str, ...]


@dataclass(frozen=True)
class _Rule:
    """All ``signs`` must be met, each by some path (a pattern, and what such a file is)."""

    name: str
    signs: tuple[tuple[str, str], ...]


_RULES: Final = (
    _Rule(
        "Google Takeout",
        ((r"(?:^|/)Takeout/(?:archive_browser\.html|Mail/[^/]+\.mbox)$", "a file of a Takeout archive"),),
    ),
    _Rule(
        "Google Vault",
        (
            (r"-metadata\.(?:xml|csv)$", "the metadata of a Vault export"),
            (r"(?:-\d+\.zip|\.mbox|\.pst)$|-(?:errors?|results-count)\.(?:xml|csv)$", "its mail or error list"),
        ),
    ),
    _Rule(
        "Microsoft Purview eDiscovery (content search)",
        (
            (r"(?:^|/)Export[ _]Summary[^/]*\.csv$", "the summary of an export"),
            (r"(?:^|/)(?:Results\.csv|Manifest\.xml|Trace\.log|Exchange/.+)$", "its results, manifest, log or mail"),
        ),
    ),
    _Rule(
        "Microsoft Purview eDiscovery (review set)",
        (
            (r"(?:^|/)Export_load_file[^/]*\.csv$", "the load file of an export"),
            (
                r"(?:^|/)(?:Summary|Warnings and errors)[^/]*\.(?:csv|txt)$|(?:^|/)(?:NativeFiles|Natives|"
                r"Input_or_native_files|Extracted_text_files|Extracted_text)/",
                "its summary or files",
            ),
        ),
    ),
    _Rule(
        "Microsoft Teams or Skype (a person's own export)",
        (
            (r"(?:^|/)messages\.json$", "its conversations"),
            (r"(?:^|/)endpoints\.json$", "its list of devices"),
        ),
    ),
    _Rule(
        "Slack export, unpacked",
        (
            (r"(?:^|/)(?:org_)?users\.json$", "its list of people"),
            (r"(?:^|/)(?:channels|groups|dms|mpims)\.json$", "a list of its channels"),
            (r"/\d{4}-\d\d-\d\d\.json$", "a day of a channel"),
        ),
    ),
    _Rule("Relativity Short Message Format", ((r"\.rsmf$", "a conversation"),)),
    _Rule("Apple Mail", ((r"\.mbox/(?:.+/)?Messages/[^/]+\.emlx$", "a message in its folder"),)),
    _Rule("Mozilla Thunderbird", ((r"\.msf$", "the index of a folder"),)),
    _Rule(
        "Eudora",
        ((r"\.mbx$", "a mailbox"), (r"\.toc$", "the index of a mailbox")),
    ),
    _Rule("Outlook for Mac", ((r"\.olm$", "an archive"),)),
    _Rule("Outlook Express", ((r"\.dbx$", "a folder"),)),
    _Rule("HCL (Lotus) Notes", ((r"\.nsf$", "a database"),)),
    _Rule("a Maildir", ((r"(?:^|/)(?:cur|new)/[^/]+[:;!]2,[A-Za-z]*$", "a message with its flags"),)),
    _Rule("an MH folder", ((r"(?:^|/)\.mh_sequences$", "the lists of a folder"),)),
    _Rule(
        "Mailman (pipermail) list archive",
        ((rf"(?:^|/)\d{{4}}-(?:{_MONTHS})\.txt(?:\.gz)?$", "the messages of a month"),),
    ),
)
_HeadRule = tuple[str, tuple[bytes, ...], str, str]
# Names of files worth opening, what their first bytes must hold, whose they are then, and what they are.
_HEAD_RULES: Final[tuple[_HeadRule, ...]] = (
    (r"\.zip$", (rb"users\.json", rb"(?:channels|groups|dms|mpims)\.json"), "Slack export", "an archive of its lists"),
    (r"\.(?:zip|tgz)$", (rb"Takeout/",), "Google Takeout", "an archive with its folder"),
    (
        r"\.(?:mbox|mbx|eml|txt)$",
        (rb"(?m)^X-(?:GM-THRID|Gmail-Labels):",),
        "Gmail (Takeout or Vault)",
        "mail with Gmail's own header fields",
    ),
    (r"\.eml$", (rb"(?mi)^X-RSMF-Version:",), "Relativity Short Message Format", "a conversation"),
)


def recognised(paths: Iterable[str], head: Callable[[str], bytes]) -> list[Origin]:
    """Say what wrote a source, in a fixed order; empty when nothing is known of it.

    ``paths`` are the files of the source, relative to it, steps parted by ``/``; they are read once, whatever
    their number. ``head`` returns the first bytes of one of them (64 KiB are plenty, ``b""`` when it cannot be
    read); it is called for ``HEADS`` files at most.
    """
    rules = [[re.compile(pattern, re.IGNORECASE) for pattern, _ in rule.signs] for rule in _RULES]
    seen: list[list[list[str]]] = [[[] for _ in patterns] for patterns in rules]
    by_head: dict[str, list[str]] = {}
    looked = 0
    for path in paths:
        for patterns, found in zip(rules, seen, strict=True):
            for pattern, examples in zip(patterns, found, strict=True):
                if len(examples) < _KEPT and pattern.search(path):
                    examples.append(path)
        if looked < HEADS and (wanted := [rule for rule in _HEAD_RULES if re.search(rule[0], path, re.IGNORECASE)]):
            looked += 1
            _look(path, head(path), wanted, by_head)
    origins = [_origin(rule, found) for rule, found in zip(_RULES, seen, strict=True) if all(found)]
    known = {origin.name for origin in origins}
    return origins + [Origin(name, tuple(lines)) for name, lines in by_head.items() if name not in known]


def _look(path: str, first: bytes, rules: list[_HeadRule], found: dict[str, list[str]]) -> None:
    for _, patterns, name, what in rules:
        if all(re.search(pattern, first) for pattern in patterns):
            lines = found.setdefault(name, [])
            if len(lines) < _KEPT:
                lines.append(f"{path} is {what}")


def _origin(rule: _Rule, found: list[list[str]]) -> Origin:
    lines = [
        f"{path} is {what}" for (_, what), examples in zip(rule.signs, found, strict=True) for path in examples[:_KEPT]
    ]
    return Origin(rule.name, tuple(lines))
