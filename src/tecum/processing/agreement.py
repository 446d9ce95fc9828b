"""The second opinion: another extractor reads a sample, or everything, and where it finds other words it is recorded.

Silent loss is the loss that matters: no error, and most of the text missing. Of each file two shares are computed over
different words (letters and digits, case folded): how many of the second extractor's stand in our text, and how many
of ours in its. The second extractor puts what is embedded in a file into the file's own text; so ours is, for the first
share, the text of the file and of everything found inside it, and for the second the file's own alone.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, select

from tecum.engine.blobs import BlobRef, Blobs
from tecum.engine.jobs import Done, Jobs
from tecum.engine.sandbox import Limits, Sandbox
from tecum.engine.schema import blob, item, job
from tecum.engine.store import mark_done
from tecum.errors import EngineMissing
from tecum.matter import Matter
from tecum.model import Disposition, ExceptionCode
from tecum.processing import secondreader
from tecum.processing.rows import Options, add_exceptions
from tecum.progress import Progress

STAGE: Final = "agreement"
LEAST: Final = 0.5  # share of words below which two extractors do not agree
WORDS: Final = 20  # different words that the second extractor must find, for an opinion to be one
SEED: Final = 0
# Where both extractors mean the same by "text". In mail, markup and tables of text they differ by design.
KINDS: Final = frozenset(
    {"doc", "docx", "ppt", "pptx", "xls", "xlsx", "xlsb", "odt", "ods", "odp", "rtf", "pdf", "html", "epub", "vsd"}
    | {"vsdx", "pub", "onenote", "wpd", "works", "hwp5"}
)
AGREEING, LOW, NOT_COMPARABLE = "agreeing", "low", "not comparable"
_WORD: Final = re.compile(r"[^\W_]+")
_SHARE: Final = 200  # files for which another process is worth its start
_BATCH: Final = 20  # files


@dataclass(frozen=True)
class Work:
    """One content to compare: its bytes, the item that stands for it, our text of it and of what is inside it."""

    item: str
    opinion: str  # what its outcome is remembered under
    native: BlobRef
    own: BlobRef | None
    inside: tuple[BlobRef, ...]


@dataclass(frozen=True)
class Compared:
    """What came of one comparison: the outcome, and why in words."""

    work: Work
    outcome: str
    message: str


def run(
    matter: Matter, options: Options, amount: int | None, progress: Progress, *, seed: int = SEED
) -> dict[str, object]:
    """Ask the second extractor about ``amount`` contents drawn by ``seed`` (None = about all).

    Copies of the same bytes are one content. Returns ``{"examined", "agreeing", "low", "not_comparable", "engine",
    "seed"}`` for the contents drawn, those of an earlier run included: what was compared once, by the same extractor
    and with the same text of ours, is not compared again. Each low one is an exception on its items.

    Raises:
        EngineMissing: when the second extractor is not installed. SandboxFailed, DiskFull.
    """
    engine = secondreader.engine()
    if not engine:
        raise EngineMissing(
            "The second extractor is not installed", remedy="Install it with: pip install 'tecum[legacy]'"
        )
    with matter.read() as db:
        drawn = _drawn(db, engine, amount, seed)
        known = _known(db, engine)
    waiting = [work for work in drawn if work.opinion not in known]
    done = len(drawn) - len(waiting)
    with Jobs(matter.workers(len(waiting), _SHARE), setup=partial(_Bench, options)) as jobs:
        batches = (waiting[start : start + _BATCH] for start in range(0, len(waiting), _BATCH))
        for step in jobs.map(compare_batch, batches):
            found = _outcomes(step)
            _enter(matter, found, engine)
            done += len(found)
            progress("compared", done, len(drawn))
    with matter.write() as db:
        known = _known(db, engine)
        counts = {
            kind: sum(known.get(work.opinion) == kind for work in drawn) for kind in (AGREEING, LOW, NOT_COMPARABLE)
        }
        result = {
            "examined": len(drawn),
            "agreeing": counts[AGREEING],
            "low": counts[LOW],
            "not_comparable": counts[NOT_COMPARABLE],
            "engine": engine,
            "seed": seed,
        }
        matter.act(db, "second-opinion", engine, dict(result))
    return result


def compare(ours: str, inside: str, second: str) -> tuple[str, str]:
    """Compare two texts of one file; return the outcome and why. ``inside`` is our text of what the file holds."""
    own, other = _words(ours), _words(second)
    if len(other) < WORDS:
        return NOT_COMPARABLE, f"the second extractor finds {len(other)} different words, fewer than {WORDS}"
    found = len(other & (own | _words(inside))) / len(other)
    shared = len(own & other) / len(own) if own else 0.0
    message = (
        f"of {len(other)} different words that the second extractor finds, {found:.0%} stand in this text or in "
        f"what is inside the file; of this text's own {len(own)}, {shared:.0%} stand in that of the second extractor"
    )
    return LOW if found < LEAST or (own and shared < LEAST) else AGREEING, message


def _words(text: str) -> set[str]:
    return {word.casefold() for word in _WORD.findall(text)}


# -- what is compared ------------------------------------------------------------------------------------


def _drawn(db: Connection, engine: str, amount: int | None, seed: int) -> list[Work]:
    """Draw contents, and say where their texts lie; in the order of the first items that have them."""
    wanted = (item.c.disposition == Disposition.DOCUMENT) & item.c.kind.in_(KINDS) & (item.c.sha256 != "")
    rows = db.execute(select(item.c.key, item.c.sha256, item.c.text).where(wanted).order_by(item.c.source, item.c.sort))
    first: dict[str, tuple[str, str]] = {}
    for key, sha256, text in rows:
        first.setdefault(sha256, (key, text))
    contents = list(first)
    if amount is not None and amount < len(contents):
        chosen = sorted(random.Random(seed).sample(range(len(contents)), amount))
        contents = [contents[place] for place in chosen]
    return [_work(db, engine, sha256, *first[sha256]) for sha256 in contents]


def _work(db: Connection, engine: str, sha256: str, key: str, text: str) -> Work:
    texts = [text, *_texts_inside(db, key)]
    own, *inside = (_ref(db, digest) for digest in texts)
    native = _ref(db, sha256)
    assert native is not None
    return Work(key, f"{sha256} {text[:16]} {engine}", native, own, tuple(ref for ref in inside if ref is not None))


def _texts_inside(db: Connection, key: str) -> Iterator[str]:
    """Yield the texts of all that was found inside an item, level by level."""
    level = [key]
    while level:
        rows = list(db.execute(select(item.c.key, item.c.text).where(item.c.parent.in_(level))))
        yield from (text for _, text in rows if text)
        level = [found for found, _ in rows]


def _ref(db: Connection, digest: str) -> BlobRef | None:
    row = db.execute(select(blob.c.hash, blob.c.pack, blob.c.start, blob.c.size).where(blob.c.hash == digest)).first()
    return BlobRef(*row) if row is not None else None


def _known(db: Connection, engine: str) -> dict[str, str]:
    """What came of all comparisons with this extractor until now."""
    rows = db.execute(select(job.c.input, job.c.version).where(job.c.stage == STAGE))
    return {opinion: outcome for opinion, outcome in rows if opinion.endswith(f" {engine}")}


# -- in the workers --------------------------------------------------------------------------------------


class _Bench:
    """What a worker keeps: the sandbox of the second extractor, and the blobs."""

    def __init__(self, options: Options) -> None:
        # Its virtual machine reserves far more memory than it uses, so what is watched is the resident part.
        limits = Limits(options.seconds, options.seconds, memory_mb=options.memory_mib, address_space=False)
        self.sandbox = Sandbox(limits, reads=secondreader.READS)
        self.blobs = Blobs(Path(options.blobs))

    def close(self) -> None:
        """End the sandbox, close the packs."""
        self.sandbox.close()
        self.blobs.close()

    def text(self, ref: BlobRef | None) -> str:
        return self.blobs.read(ref).decode("utf-8", "replace") if ref is not None else ""


def compare_batch(bench: _Bench, batch: list[Work]) -> Iterator[Compared]:
    """The pure function that workers run."""
    for work in batch:
        answer = bench.sandbox.stream(secondreader.TASK, bench.blobs.open(work.native), {})
        second = b"".join(piece for _, piece in answer).decode("utf-8", "replace")
        outcome = bench.sandbox.outcome
        if outcome.ok:
            inside = " ".join(bench.text(ref) for ref in work.inside)
            yield Compared(work, *compare(bench.text(work.own), inside, second))
        else:
            why = f"the second extractor fails: {outcome.code}: {outcome.message}"
            yield Compared(work, NOT_COMPARABLE, why[:500])


# -- what came of it -------------------------------------------------------------------------------------


def _outcomes(step: Done[list[Work], Compared]) -> list[Compared]:
    """What one step of the workers settles; the death of a worker leaves the rest of its batch for the next run."""
    if step.error:
        step.error.raise_for_all()
    return [step.value] if step.value is not None else []


def _enter(matter: Matter, found: Sequence[Compared], engine: str) -> None:
    """Remember outcomes, and record the low ones on every item that has the same bytes."""
    if not found:
        return
    with matter.write() as db:
        for compared in found:
            if compared.outcome == LOW:
                same = select(item.c.key).where(item.c.sha256 == compared.work.native.hash)
                rows = [
                    {
                        "item": key,
                        "stage": STAGE,
                        "code": ExceptionCode.LOW_AGREEMENT,
                        "message": compared.message,
                        "tool": engine,
                    }
                    for key in db.execute(same).scalars()
                ]
                add_exceptions(db, rows)
            mark_done(db, STAGE, compared.outcome, [compared.work.opinion])
