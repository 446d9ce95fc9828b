"""File to searchable: documents and megabytes a second, memory, resumption, where the time goes, and a peer.

    python benchmarks/processing.py [PILE...] [--part piles|budget|pdf|ocr|flat|resume|peer] [--rexlit PROGRAM]

Without piles it takes those of ../shared/data, when they are there, unpacked into a temporary folder; without parts it
does all of them. Each pile is ingested into a fresh matter; the steps of a pile's budget are then measured apart, in
this same run, beside the ceiling of the standard library's mail parser. ``pdf`` reads each page of the PDFs beside
pypdfium2's bare rate. ``flat`` grows a mailbox from 1,000 to 100,000 mails. ``resume`` kills a run and goes on.
``peer`` lets RexLit (bginsber/rex) index the same piles, and asks both for words that stand only in attachments.
"""

from __future__ import annotations

import argparse
import email
import hashlib
import os
import re
import resource
import shutil
import signal
import subprocess
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

from sqlalchemy import select

from tecum import verbs
from tecum.analysis import duplicates, near, study, threads, versions
from tecum.engine.blobs import BlobWriter
from tecum.engine.sandbox import Sandbox
from tecum.engine.schema import document, item
from tecum.model import MAIL_KINDS
from tecum.processing import collect, recognise
from tecum.processing import ingest as processing
from tecum.processing.itemreading import TASK
from tecum.terms import indexing

SHARED = Path(__file__).parents[2] / "shared" / "data"
PILES = ("list-mail", "enron-maildir", "dc-foia-mail", "police-orders", "loose-office")
PARTS = ("piles", "budget", "pdf", "ocr", "flat", "resume", "peer")
GROWN = (1_000, 10_000, 100_000)  # mails
ARGS = {
    "name": "x", "size": 0, "kind": "", "charset": "", "passwords": [], "budget": 1 << 30, "members": 1000,
    "programs": {}, "converted": False,
}  # fmt: skip
PROGRAM = str(Path(sys.executable).with_name("tecum"))
SCANNED = 40  # pages, for text recognition


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("piles", nargs="*", type=Path)
    parser.add_argument("--part", action="append", choices=PARTS)
    parser.add_argument("--rexlit", default="rexlit", help="the peer's program")
    chosen = parser.parse_args()
    parts = chosen.part or PARTS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        piles = chosen.piles or list(_unpacked(folder))
        if not piles:
            sys.exit("no piles: name a folder, or put the sample data beside the project")
        if "piles" in parts:
            heads = f"{'workers':>8}{'items':>8}{'MB':>8}{'s':>8}{'items/s':>9}{'MB/s':>7}{'CPU s':>8}{'peak MB':>9}"
            print(f"{'pile':<16}{heads}")
            for pile in piles:
                for workers in (1, 2):
                    _whole(pile, workers, folder)
        if "budget" in parts:
            for pile in piles:
                _budget(pile, folder)
        if "pdf" in parts:
            _pdf(piles, folder)
        if "ocr" in parts:
            _recognised(piles, folder)
        if "flat" in parts:
            _memory(piles[0], folder)
        if "resume" in parts:
            _resumed(piles[0], folder)
        if "peer" in parts:
            _peer(piles, folder, chosen.rexlit)


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
    with Sandbox(recycle=4000) as sandbox:  # as processing.itemreading does
        steps["identify, parse, text (in the sandbox)"] = _timed(
            lambda: [sandbox.run(TASK, one, ARGS | {"size": len(one)}, lambda *_: None) for one in data]
        )
    with _matter(folder, 1) as matter:
        source = collect.register(matter, "x", pile, "benchmark")
        steps["collect"] = _timed(lambda: collect.walk(matter, source))
        all_read = _timed(lambda: processing.read_open_items(matter, verbs.silent))
        derived = {
            "recognise words in pictures": lambda: recognise.run(matter, processing.options_of(matter), verbs.silent),
            "number and commit": lambda: processing.number.number(matter),
            "duplicates": lambda: duplicates.run(matter),
            "study (language, sketch, quotations)": lambda: study.run(matter),
            "threads": lambda: threads.run(matter),
            "near-duplicates": lambda: near.run(matter),
            "versions": lambda: versions.run(matter),
            "index": lambda: indexing.update(matter, verbs.silent),
        }
        steps |= {name: _timed(work) for name, work in derived.items()}
        items = verbs.status(matter)["found"]
    print(f"{pile.name}: milliseconds an item by step ({len(paths):,} files; {items:,} items in the matter)")
    for name, seconds in steps.items():
        count = items if name == "collect" or name in derived else len(paths)
        print(f"  {name:<42}{seconds / count * 1000:>8.3f}")
    print(f"  {'all of reading, rows and commits included':<42}{all_read / items * 1000:>8.3f}")


def _pdf(piles: list[Path], folder: Path) -> None:
    """Born-digital PDF: pages a second of reading in the sandbox, beside pypdfium2 alone in this process."""
    import pypdfium2

    files = [path for pile in piles for path in sorted(pile.rglob("*.pdf"))]
    if not files:
        return
    begun, pages = time.perf_counter(), 0
    for path in files:
        try:
            document = pypdfium2.PdfDocument(path)
        except pypdfium2.PdfiumError:
            continue
        for number in range(len(document)):
            document[number].get_textpage().get_text_bounded()
            pages += 1
        document.close()
    bare = time.perf_counter() - begun
    with Sandbox(recycle=4000) as sandbox:
        begun = time.perf_counter()
        for path in files:
            sandbox.run(TASK, path, ARGS | {"size": path.stat().st_size}, lambda *_: None)
        ours = time.perf_counter() - begun
    print(f"\nPDF: {len(files)} files, {pages:,} pages; pages/s on one core")
    print(f"  pypdfium2, text of every page, nothing else  {pages / bare:>8.0f}")
    print(f"  tecum, with links, comments, forms, files    {pages / ours:>8.0f}   {bare / ours:.2f} of it")


def _recognised(piles: list[Path], folder: Path) -> None:
    """Text recognition of pages whose text is known: pages a second, and the share of the words found again."""
    import pypdfium2

    from tecum.engine import programs

    if programs.find("tesseract") is None:
        print("\ntext recognition: tesseract is not on this machine")
        return
    scans, wanted = folder / "scans", {}
    scans.mkdir(exist_ok=True)
    for path in (path for pile in piles for path in sorted(pile.rglob("*.pdf"))):
        if len(wanted) == SCANNED:
            break
        page = pypdfium2.PdfDocument(path)[0]
        words = re.findall(r"\w+", page.get_textpage().get_text_bounded().lower())
        if len(words) > 50:
            name = f"{len(wanted):03d}.png"
            page.render(scale=300 / 72).to_pil().convert("L").save(scans / name)
            wanted[name] = words
    with _matter(folder, 1) as matter:
        begun, cpu = time.perf_counter(), _cpu()
        verbs.ingest(matter, [("x", scans)])
        seconds, cpu = time.perf_counter() - begun, _cpu() - cpu
        found = {row.name: matter.text_of(row) for row in _texts(matter)}
    shares = [
        len(set(words) & set(re.findall(r"\w+", found.get(name, "").lower()))) / len(set(words))
        for name, words in wanted.items()
    ]
    print(f"\ntext recognition (tesseract, 300 dpi): {len(wanted)} pages of the PDFs as pictures, one worker")
    print(f"  {len(wanted) / seconds:.2f} pages/s, {cpu / len(wanted):.2f} s of processor time a page; ", end="")
    print(f"different words found again: mean {sum(shares) / len(shares):.1%}, least {min(shares):.1%}")


def _memory(pile: Path, folder: Path) -> None:
    """Peak memory over a mailbox that grows: it must not grow with it."""
    mails = [path.read_bytes() for path in sorted(pile.rglob("*")) if path.is_file()][:1000]
    print()
    for count in GROWN:
        box = folder / "grown.mbox"
        with box.open("wb") as file:
            for n in range(count):
                file.write(b"From x@y Mon Jan  1 00:00:00 2018\n" + _other(mails[n % len(mails)], n) + b"\n\n")
        code = "import sys; from pathlib import Path; import processing; processing.grown(Path(sys.argv[1]))"
        done = subprocess.run(
            [sys.executable, "-c", code, str(box)],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=True,
        )
        print(f"mailbox of {count:>7,} mails, {box.stat().st_size / 1e6:>5.0f} MB: {done.stdout.strip()}", flush=True)


def grown(box: Path) -> None:
    """Ingest one mailbox and say what it took; run in a process of its own, whose peak is then its own."""
    with tempfile.TemporaryDirectory() as folder, _matter(Path(folder), 1) as matter:
        begun = time.perf_counter()
        found = verbs.ingest(matter, [("x", box)])["found"]
        seconds = time.perf_counter() - begun
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"peak {own:.0f} MB, of a child {child:.0f} MB; {found / seconds:.0f} items/s")


def _other(mail: bytes, number: int) -> bytes:
    """A copy that is no duplicate: another subject, and another message id."""
    mail = re.sub(rb"(?im)^subject:", b"Subject: %d" % number, mail, count=1)
    return re.sub(rb"(?im)^message-id: *<", b"Message-ID: <%d." % number, mail, count=1)


def _resumed(pile: Path, folder: Path) -> None:
    """Kill a run in the middle of reading, run again, and count what was read twice: nothing."""
    place = folder / "matter"
    shutil.rmtree(place, ignore_errors=True)
    verbs.init(place, time_zone="UTC", prefix="B").close()
    command = [PROGRAM, "ingest", f"x={pile}", "-C", str(place)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    while process.poll() is None and (before := _read(place)) < 400:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    before = _read(place)
    with verbs.open(place) as matter:
        done = verbs.ingest(matter)
    found, again, numbered = done["found"], done["read"], done["numbered"]
    print(f"\nkilled after {before:,} items had been read; the same command again read {again:,}; {found:,} in all, "
          f"{numbered:,} numbered, balanced: {done['balanced']}")  # fmt: skip
    shutil.rmtree(place)


def _read(place: Path) -> int:
    import sqlite3

    try:
        with sqlite3.connect(f"file:{place / 'matter.db'}?mode=ro", uri=True) as db:
            return int(db.execute("SELECT count(*) FROM item WHERE disposition <> ''").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


def _peer(piles: list[Path], folder: Path, program: str) -> None:
    """RexLit on the same piles: its rate, and how many documents each finds for words of attachments."""
    if shutil.which(program) is None:
        print(f"\npeer: {program} is not installed")
        return
    print(
        f"\n{'pile':<16}{'program':<10}{'seconds':>9}{'CPU s':>8}{'peak MB':>9}{'documents':>11}  documents with a word"
    )
    for pile in piles:
        ours = folder / "matter"
        shutil.rmtree(ours, ignore_errors=True)
        verbs.init(ours, time_zone="UTC", prefix="B").close()
        mine = [PROGRAM, "ingest", f"x={pile}", "-C", str(ours), "--json"]
        theirs = [
            program,
            "--data-dir",
            str(folder / "rexlit"),
            "index",
            "build",
            str(pile),
            "--workers",
            "2",
            "--rebuild",
        ]
        words: list[str] = []
        for name, command in (("tecum", mine), ("rexlit", theirs)):
            begun, cpu = time.perf_counter(), _cpu()
            done = subprocess.run(command, capture_output=True, text=True)
            seconds, cpu = time.perf_counter() - begun, _cpu() - cpu
            if name == "tecum":
                with verbs.open(ours) as matter:
                    words = _attached_words(matter)
                    hits = [verbs.search(matter, word, count=True)["documents"] for word in words]
                    count = verbs.status(matter)["documents"]
            else:
                told = re.search(r"Indexed (\d+) documents to", done.stdout)
                count = int(told[1]) if told else 0
                hits = [_rexlit_hits(program, folder / "rexlit", word) for word in words]
            shown = ", ".join(f"{word}: {hit}" for word, hit in zip(words, hits, strict=True))
            print(
                f"{pile.name:<16}{name:<10}{seconds:>9.1f}{cpu:>8.1f}{_peak():>9.0f}{count:>11,}  {shown}", flush=True
            )


def _attached_words(matter: Any) -> list[str]:
    """Up to three words that stand in attachments and in no mail: what a program that reads files alone cannot find."""
    mails: set[str] = set()
    attached: dict[str, int] = {}
    for row in _texts(matter):
        words = set(re.findall(r"\b[a-z]{9,14}\b", matter.text_of(row).lower()))
        if row.kind in MAIL_KINDS:
            mails |= words
        elif row.parent:
            for word in words:
                attached[word] = attached.get(word, 0) + 1
    alone = [word for word in attached if word not in mails]
    return sorted(alone, key=lambda word: (-attached[word], word))[:3]


def _texts(matter: Any) -> Iterator[Any]:
    """Every document with its text's place, its name and kind, and the document it is attached to."""
    with matter.read() as db:
        ids = list(db.execute(select(document.c.id)).scalars())
    yield from matter.texts(ids, item.c.name, item.c.kind, document.c.parent)


def _rexlit_hits(program: str, data: Path, word: str) -> int:
    done = subprocess.run(
        [program, "--data-dir", str(data), "index", "search", word, "--limit", "100000", "--json"],
        capture_output=True, text=True,
    )  # fmt: skip
    return done.stdout.count('"path"')


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
    main()
