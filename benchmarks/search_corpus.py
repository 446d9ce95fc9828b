"""The texts that the search benchmark is made over: real mail and commit messages, and many more made of them.

A document is a subject or none, and a body. Nothing is downloaded: mail comes from ../shared/data where that is,
commit messages from the repositories named on the command line.
"""

from __future__ import annotations

import email
import random
import re
import subprocess
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

SHARED: Final = Path(__file__).resolve().parents[2] / "shared" / "data"
SETS: Final = ("enron-maildir", "dc-foia-mail", "list-mail")
CHANGED: Final = 0.08  # of the words of a copy

_WORD = re.compile(r"[A-Za-z0-9]+")
_COPY_BYTES = 1 << 16  # of one document; a longer one is cut


def mails() -> Iterator[str]:
    """Yield subject and plain text of each mail of the sets that are there."""
    for name in SETS:
        archive = SHARED / name / f"{name}.tar.xz"
        if not archive.is_file():
            continue
        with tarfile.open(archive) as tar:
            for member in tar:
                file = tar.extractfile(member) if member.isfile() else None
                if file is not None and (text := _mail(file.read())):
                    yield text


def _mail(data: bytes) -> str:
    message = email.message_from_bytes(data)
    if not message.get("from"):
        return ""
    parts = [str(message.get("subject", ""))]
    for part in message.walk():
        if part.get_content_type() == "text/plain":
            content = part.get_payload(decode=True)
            parts.append(content.decode("utf-8", "replace") if isinstance(content, bytes) else "")
    return "\n".join(parts)


def commits(repository: Path) -> Iterator[str]:
    """Yield the commit messages of a repository."""
    command = ["git", "-C", str(repository), "log", "--all", "--format=%B%x00"]
    said = subprocess.run(command, check=True, capture_output=True).stdout.decode("utf-8", "replace")
    yield from (one.strip() for one in said.split("\0") if one.strip())


def gathered(repositories: Iterable[Path]) -> list[str]:
    """All distinct texts, in order of finding."""
    found = [*mails(), *(text for one in repositories for text in commits(one))]
    return list(dict.fromkeys(text[:_COPY_BYTES] for text in found))


def tokens_of(text: str) -> str:
    """The text as all engines get it: words of ASCII letters and digits in lower case, one space between."""
    return " ".join(_WORD.findall(text)).lower()


def grown(texts: list[str], tokens: int, seed: int = 1) -> Iterator[str]:
    """Yield texts until they hold so many words: first the real ones, then copies in which words are changed.

    In a copy one word in twelve gives way: to a word drawn from the real texts, or, of each ten, to a new one made
    of two halves, so that the vocabulary grows as it does in real piles.
    """
    chance = random.Random(seed)
    pool = [word for text in texts[:: max(1, len(texts) // 5000)] for word in text.split()]
    count, copy = 0, 0
    while texts and pool:
        for text in texts:
            words = text.split(" ")
            if copy:
                for _ in range(int(len(words) * CHANGED) + 1):
                    word = chance.choice(pool)
                    if chance.random() < 0.1:
                        other = chance.choice(pool)
                        word = word[: len(word) // 2 + 1] + other[len(other) // 2 :]
                    words[chance.randrange(len(words))] = word
            yield " ".join(words)
            count += len(words)
            if count >= tokens:
                return
        copy += 1
