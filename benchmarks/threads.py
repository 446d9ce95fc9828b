"""Threads with the headers hidden, scored against what the headers say; and with them, against a plain oracle.

    python benchmarks/threads.py [--half]

The sets are those of ../shared/data (see the data cards), unpacked into a temporary folder. Hidden means: no
Message-ID, References, In-Reply-To or conversation index, so that only words, names, times and subjects are
left. Thresholds were chosen on the first half of easy-ham-2 (by file name; ``--half`` prints it); the rest is the
report. Three kinds of rule were thought of on looking at what the report's sets missed, though: the same mail in
another form (dc-foia-mail), subjects where an archive dropped prefixes and recipients (list-mbox), and
fingerprints twice as dense (BC3); so their rows are not wholly unseen. BC3 has no headers at all:
its truth is the corpus's own threads. Two baselines run beside, on the same mails: the same subject without
prefixes, and the subject step of RFC 5256 (REFERENCES, steps 5.A to 5.C).

Pairwise: of all pairs of mails put into one thread, how many are truly so (P), and of all true pairs, how many
were found (R). Header truth has holes: a reply whose program wrote no References is of no thread, and two
answers to one message that is not here seem strangers, so a right guess counts as wrong. The rows "begun here"
leave out threads with such a hole, and are the fairer ones.
"""

from __future__ import annotations

import sys
import tarfile
import tempfile
import time
import xml.etree.ElementTree as ET
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

from tecum import verbs
from tecum.analysis import duplicates, messages, study
from tecum.analysis.linking import link
from tecum.analysis.mails import Head

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
Groups = dict[int, object]  # document -> whatever names its thread


def main(arguments: Sequence[str]) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        print(f"{'set':<48}{'mails':>6} {'method':<24}{'P':>7}{'R':>7}{'F1':>7}{'CPU s':>7}")
        for name, files, truth in _sets(folder, half="--half" in arguments):
            _score(name, files, truth, folder / "matter" / name.replace(" ", "-").replace(",", ""))


def _sets(folder: Path, half: bool) -> Iterator[tuple[str, list[Path], Callable[[Path], str] | None]]:
    """Name, files, and what tells a file's true thread (None = its headers)."""
    ham = sorted(next(_unpacked(folder, "list-mail").rglob("easy-ham-2")).iterdir())
    middle = len(ham) // 2
    if half:
        yield "easy-ham-2, first half (chosen on)", ham[:middle], None
        return
    yield "easy-ham-2, second half", ham[middle:], None
    yield "list-mbox", _files(_unpacked(folder, "list-mbox")), None
    yield "dc-foia-mail", _files(_unpacked(folder, "dc-foia-mail")), None
    yield "thread-truth (BC3)", list(_bc3(folder / "bc3", subject=True)), lambda path: path.parent.name
    yield "thread-truth, subject hidden", list(_bc3(folder / "bc3-bare", subject=False)), lambda path: path.parent.name


def _unpacked(folder: Path, name: str) -> Path:
    archive = SHARED / name / f"{name}.tar.xz"
    if not archive.is_file():
        sys.exit(f"{archive} is not there; nothing measured")
    with tarfile.open(archive) as tar:
        tar.extractall(folder / name, filter="data")
    return folder / name


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "README.md")


def _bc3(folder: Path, *, subject: bool) -> Iterator[Path]:
    """The corpus's messages as files, one folder for each thread."""
    for n, thread in enumerate(ET.parse(SHARED / "thread-truth" / "corpus.xml").getroot().iter("thread")):
        (folder / f"{n:02d}").mkdir(parents=True)
        for m, doc in enumerate(thread.iter("DOC")):
            mail = EmailMessage()
            mail["From"], mail["To"] = (_line(doc.findtext(name)) for name in ("From", "To"))
            mail["Subject"] = _line(doc.findtext("Subject")) if subject else "Re:"
            mail["Date"] = format_datetime(
                datetime.strptime(_line(doc.findtext("Received")), "%a %b %d %H:%M:%S %z %Y")
            )
            mail.set_content("\n".join((one.text or "").strip() for one in doc.iter("Sent")))
            path = folder / f"{n:02d}" / f"{m:02d}.eml"
            path.write_bytes(mail.as_bytes())
            yield path


def _line(text: str | None) -> str:
    return " ".join((text or "").split())


# -- scoring ---------------------------------------------------------------------------------------------


def _score(name: str, files: list[Path], truth_of: Callable[[Path], str] | None, place: Path) -> None:
    pile = place.with_name(f"{place.name}-pile")
    for n, path in enumerate(files):
        copy = pile / (truth_of(path) if truth_of else "all") / f"{n:05d}-{path.name[-80:]}"
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    with verbs.init(place, time_zone="UTC", prefix="B") as matter:
        verbs.ingest(matter, [("x", pile)])
        duplicates.run(matter)
        study.run(matter)
        heads = list(messages.heads(matter))
        if truth_of:
            where = {row["control"]: row["path"] for row in verbs.documents(matter)}
            truth: Groups = {one.document: where[f"C{one.document:08d}"].split("/")[0] for one in heads}
        else:
            truth = _components(heads)
        hidden = [replace(one, message_id="", ancestors=(), conversation="", place="") for one in heads]

        def linked(some: list[Head]) -> Groups:
            done = link(some, lambda: messages.words(matter), lambda ids: messages.words_of(matter, ids))
            return {
                n: top for top, nodes in done.forest.trees() for node in nodes for _, n in done.mails[node].documents
            }

        methods: list[tuple[str, Callable[[], Groups]]] = [
            ("tecum", lambda: linked(hidden)),
            ("same subject", lambda: {one.document: one.subject for one in heads}),
            ("RFC 5256, subject step", lambda: _rfc5256(heads)),
        ]
        if not truth_of:
            methods.append(("tecum, headers shown", lambda: linked(heads)))
        for method, make in methods:
            begun = time.process_time()
            found = make()
            seconds = time.process_time() - begun
            scores = [(truth, "")]
            if not truth_of:
                scores.append((_begun_here(heads, truth), ", begun here"))
            for true, which in scores:
                precision, recall = _pairwise(true, found)
                both = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
                print(
                    f"{name + which:<48}{len(true):>6} {method:<24}"
                    f"{precision:>7.3f}{recall:>7.3f}{both:>7.3f}{seconds:>7.2f}"
                )


def _begun_here(heads: list[Head], truth: Groups) -> Groups:
    """Mails of threads whose first message is here and is no reply: only these are known to be apart."""
    ids = {one.message_id for one in heads}
    doubtful = {
        truth[one.document]
        for one in heads
        if (one.reply and not one.ancestors) or (one.ancestors and one.ancestors[0] not in ids)
    }
    return {number: group for number, group in truth.items() if group not in doubtful}


def _components(heads: list[Head]) -> Groups:
    """The oracle: mails are connected when one names the other's id, or both name a third; walked breadth first."""
    near: dict[object, set[object]] = defaultdict(set)
    for one in heads:
        for other in (one.message_id, *one.ancestors, one.content):
            if other:
                near[one.document].add(other)
                near[other].add(one.document)
    groups: Groups = {}
    for one in heads:
        waiting: list[object] = [one.document]
        seen: set[object] = set(waiting)
        if one.document in groups:
            continue
        while waiting:
            here = waiting.pop()
            if isinstance(here, int):
                groups[here] = one.document
            waiting += near[here] - seen
            seen |= near[here]
    return groups


def _rfc5256(heads: list[Head]) -> Groups:
    """Every mail a root: those of one subject are gathered, those without a subject stay alone."""
    return {one.document: one.subject or one.document for one in heads}


def _pairwise(truth: Groups, found: Groups) -> tuple[float, float]:
    def pairs(counts: Counter[object]) -> int:
        return sum(n * (n - 1) // 2 for n in counts.values())

    common = pairs(Counter((truth[one], found[one]) for one in truth))
    said, true = pairs(Counter(found[one] for one in truth)), pairs(Counter(truth.values()))
    return common / said if said else 1.0, common / true if true else 1.0


if __name__ == "__main__":
    main(sys.argv[1:])
