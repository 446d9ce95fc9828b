"""File to searchable: documents and megabytes a second, one worker and two, memory, and where the time goes.

    python benchmarks/ingest.py [PILE...]

Without arguments it takes the mail and PDF piles of ../shared/data, when they are there, unpacked into a
temporary folder. Each pile is ingested into a fresh matter; the steps of one pile's budget are then measured
apart, in this same run, beside the ceiling of the standard library's mail parser.
"""

from __future__ import annotations

import email
import hashlib
import resource
import shutil
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from email import policy
from pathlib import Path
from typing import Any

from tecum import verbs
from tecum.analysis import duplicates
from tecum.engine.blobs import BlobWriter
from tecum.engine.sandbox import Sandbox
from tecum.processing import collect
from tecum.processing import ingest as processing
from tecum.processing.itemreading import TASK
from tecum.terms import indexing

SHARED = Path(__file__).parents[2] / "shared" / "data"
PILES = ("list-mail", "enron-maildir", "dc-foia-mail", "police-orders")


def main(arguments: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        piles = [Path(one) for one in arguments] or list(_unpacked(Path(folder)))
        if not piles:
            sys.exit("no piles: name a folder, or put the sample data beside the project")
        heads = f"{'workers':>8}{'items':>8}{'MB':>8}{'s':>8}{'items/s':>9}{'MB/s':>7}{'CPU s':>8}{'peak MB':>9}"
        print(f"{'pile':<16}{heads}")
        for pile in piles:
            for workers in (1, 2):
                _whole(pile, workers, Path(folder))
        print()
        for pile in piles:
            _budget(pile, Path(folder))
        print()
        _memory(piles[0], Path(folder))


def _unpacked(folder: Path) -> Iterator[Path]:
    for name in PILES:
        archive = SHARED / name / f"{name}.tar.xz"
        if archive.is_file():
            with tarfile.open(archive) as tar:
                tar.extractall(folder / name, filter="data")
            yield folder / name


@contextmanager
def _matter(folder: Path, workers: int) -> Iterator[Any]:
    place = folder / "matter"
    shutil.rmtree(place, ignore_errors=True)
    with verbs.init(place, time_zone="UTC", prefix="B") as matter:
        how = replace(matter.settings.processing, workers=workers)
        matter.save_settings(replace(matter.settings, processing=how))
        yield matter
    shutil.rmtree(place)


def _whole(pile: Path, workers: int, folder: Path) -> None:
    size = sum(path.stat().st_size for path in pile.rglob("*") if path.is_file()) / 1e6
    with _matter(folder, workers) as matter:
        begun, cpu = time.perf_counter(), _cpu()
        done = verbs.ingest(matter, [("x", pile)])
        seconds = time.perf_counter() - begun
    found = done["found"]
    print(
        f"{pile.name:<16}{workers:>8}{found:>8,}{size:>8.1f}{seconds:>8.1f}{found / seconds:>9.0f}"
        f"{size / seconds:>7.1f}{_cpu() - cpu:>8.1f}{_peak():>9.0f}"
    )


def _budget(pile: Path, folder: Path) -> None:
    """Milliseconds an item for each step, measured apart on one core."""
    paths = [path for path in sorted(pile.rglob("*")) if path.is_file()][:2000]
    data = [path.read_bytes() for path in paths]
    steps: dict[str, float] = {}
    steps["read"] = _timed(lambda: [path.read_bytes() for path in paths])
    steps["hash"] = _timed(lambda: [(hashlib.sha256(one).digest(), hashlib.md5(one).digest()) for one in data])
    with BlobWriter(folder / "blobs") as writer:
        steps["blobs, synced"] = _timed(lambda: ([writer.put(one) for one in data], writer.sync()))
    steps["ceiling: stdlib mail parser"] = _timed(lambda: [_parsed(one) for one in data])
    with Sandbox(recycle=1000) as sandbox:  # as processing.itemreading does
        args = {"name": "x", "size": 0, "kind": "", "charset": "", "passwords": [], "budget": 1 << 30, "members": 1000}
        steps["identify, parse, text (in the sandbox)"] = _timed(
            lambda: [sandbox.run(TASK, one, args | {"size": len(one)}, lambda *_: None) for one in data]
        )
    with _matter(folder, 1) as matter:
        source = collect.register(matter, "x", pile, "benchmark")
        steps["collect"] = _timed(lambda: collect.walk(matter, source))
        all_read = _timed(lambda: processing.read_open_items(matter, verbs.silent))
        steps["number and commit"] = _timed(lambda: processing.number.number(matter))
        steps["duplicates"] = _timed(lambda: duplicates.run(matter))
        steps["index"] = _timed(lambda: indexing.update(matter, verbs.silent))
        items = verbs.status(matter)["found"]
    print(f"{pile.name}: milliseconds an item by step ({len(paths):,} files; {items:,} items in the matter)")
    for name, seconds in steps.items():
        count = items if name in ("collect", "number and commit", "duplicates", "index") else len(paths)
        print(f"  {name:<42}{seconds / count * 1000:>8.3f}")
    print(f"  {'all of reading, rows and commits included':<42}{all_read / items * 1000:>8.3f}")


def _memory(pile: Path, folder: Path) -> None:
    """Peak memory of this process over a mailbox that grows: it must not."""
    mails = [path.read_bytes() for path in sorted(pile.rglob("*")) if path.is_file()][:1000]
    for copies in (1, 5, 25):
        box = folder / "grown.mbox"
        with box.open("wb") as file:
            for n in range(copies):
                for one in mails:
                    file.write(b"From x@y Mon Jan  1 00:00:00 2018\n" + f"X-Copy: {n}\n".encode() + one + b"\n\n")
        with _matter(folder, 1) as matter:
            verbs.ingest(matter, [("x", box)])
        print(f"mailbox of {copies * len(mails):,} mails, {box.stat().st_size / 1e6:.0f} MB: peak {_peak():.0f} MB")


def _parsed(data: bytes) -> int:
    message = email.message_from_bytes(data, policy=policy.compat32)
    return sum(len(part.get_payload(decode=True) or b"") for part in message.walk() if not part.is_multipart())


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _cpu() -> float:
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def _peak() -> float:
    """The largest resident memory of this process or of any child that has ended, in MB."""
    return max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024


if __name__ == "__main__":
    main(sys.argv[1:])
