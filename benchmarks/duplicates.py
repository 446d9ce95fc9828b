"""Duplicates counted in four ways on two sets of real mail, every difference explained; near-duplicates beside a peer.

    python benchmarks/duplicates.py

The sets are dc-foia-mail and enron-maildir of ../shared/data, unpacked into a temporary folder. "Beyond the
first" of a group is what a count says. Differences between two counts are taken pair by pair: a pair of mails
that one way puts together and the other keeps apart is laid to the first component of tecum-mail-1 in which
the two differ, or to what the other way leaves out of account.

The peer is datasketch, when it is installed (it is no dependency): rate of making digests, and the error of the
estimate against the exact share of common runs of five words, on the same texts in the same run.
"""

from __future__ import annotations

import json
import sys
import tarfile
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from sqlalchemy import select

from tecum import verbs
from tecum.analysis import copies, duplicates, near, shingles, sketches, study
from tecum.engine.schema import content, document, item
from tecum.matter import Matter
from tecum.model import MAIL_KINDS

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
SETS = ("dc-foia-mail", "enron-maildir")


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        for name in SETS:
            archive = SHARED / name / f"{name}.tar.xz"
            if not archive.is_file():
                sys.exit(f"{archive} is not there; nothing measured")
            with tarfile.open(archive) as tar:
                tar.extractall(Path(place) / name, filter="data")
            _measure(name, Path(place))


def _measure(name: str, place: Path) -> None:
    pile = place / name
    with verbs.init(place / f"{name}-matter", time_zone="UTC", prefix="B") as matter:
        # The folder within the set's own is the custodian: of enron-maildir allen-p and arora-h.
        inner = [path for path in sorted(pile.rglob("*")) if path.is_dir() and any(p.is_file() for p in path.iterdir())]
        roots = sorted({path.relative_to(pile).parts[:2] for path in inner if len(path.relative_to(pile).parts) > 1})
        verbs.ingest(matter, [(root[-1].lower(), pile.joinpath(*root)) for root in roots])
        duplicates.run(matter)
        study.run(matter)
        mails = list(_mails(matter))
        print(f"\n{name}: {len(mails):,} mails of the first level")
        _counts(mails)
        for custodian in sorted({one["custodian"] for one in mails}):
            _plain_key([one for one in mails if one["custodian"] == custodian], custodian)
        _reused_ids(mails)
        _suppressed(matter)
        _near(matter)


def _mails(matter: Matter) -> Iterator[dict[str, Any]]:
    statement = (
        select(
            document.c.id, document.c.custodian, document.c.date, item.c.sha256, item.c.fields, item.c.body_hash,
            content.c.hash, content.c.mih, content.c.components,
        )
        .join(item, item.c.key == document.c.item)
        .join(content, content.c.document == document.c.id)
        .where(item.c.kind.in_(sorted(MAIL_KINDS)), document.c.level == 1)
        .order_by(document.c.id)
    )  # fmt: skip
    with matter.read() as db:
        for row in db.execute(statement):
            yield {**row._asdict(), "components": json.loads(row.components), "said": json.loads(row.fields)}


def _groups(mails: list[dict[str, Any]], key: Callable[[dict[str, Any]], Hashable]) -> list[list[dict[str, Any]]]:
    found: dict[Hashable, list[dict[str, Any]]] = defaultdict(list)
    for one in mails:
        if key(one):
            found[key(one)].append(one)
    return [group for group in found.values() if len(group) > 1]


def _beyond(groups: Iterable[list[Any]]) -> int:
    return sum(len(group) - 1 for group in groups)


def _counts(mails: list[dict[str, Any]]) -> None:
    ways: list[tuple[str, Callable[[dict[str, Any]], Hashable]]] = [
        ("EDRM MIH (Message-ID)", lambda one: one["mih"]),
        ("SHA-256 of the bytes", lambda one: one["sha256"]),
        ("tecum-mail-1", lambda one: one["hash"]),
        ("letters and digits of the body", lambda one: one["body_hash"]),
    ]
    print(f"  {'way':<36}{'groups':>8}{'beyond the first':>18}")
    for way, key in ways:
        groups = _groups(mails, key)
        print(f"  {way:<36}{len(groups):>8,}{_beyond(groups):>18,}")


def _plain_key(mails: list[dict[str, Any]], custodian: str) -> None:
    """The count of the data card, (date, from, subject, body) as the standard library reads them, against ours."""

    def plain(one: dict[str, Any]) -> Hashable:
        said = one["said"]
        return said.get("sent_header"), said.get("from"), said.get("subject"), one["body_hash"]

    theirs, ours = _groups(mails, plain), _groups(mails, lambda one: one["hash"])
    print(
        f"  {custodian}: (date, from, subject, body) {_beyond(theirs):,} beyond the first in {len(theirs):,} groups; "
        f"tecum-mail-1 {_beyond(ours):,} in {len(ours):,}"
    )
    for told, groups, same in (
        ("apart for tecum-mail-1 alone", theirs, lambda one: one["hash"]),
        ("one for tecum-mail-1 alone", ours, plain),
    ):
        why: Counter[str] = Counter()
        for group in groups:
            parts: dict[Hashable, list[dict[str, Any]]] = defaultdict(list)
            for one in group:
                parts[same(one)].append(one)
            for one, other in pairwise(some[0] for some in parts.values()):
                why[_difference(one, other)] += 1
        for reason, count in why.most_common():
            print(f"    {told}: {count:,} times, since {reason}")


def _difference(one: dict[str, Any], other: dict[str, Any]) -> str:
    differing = [name for name, value in one["components"].items() if other["components"].get(name) != value]
    if differing:
        return f"{' and '.join(differing)} differ"
    names = [name for name in ("sent_header", "from", "subject") if one["said"].get(name) != other["said"].get(name)]
    return f"{' and '.join(names)} are written otherwise"


def _reused_ids(mails: list[dict[str, Any]]) -> None:
    """One Message-ID on different mails: what tecum-mail-1 keeps apart, and by which component."""
    groups = _groups(mails, lambda one: one["mih"])
    bytewise = sum(len({one["sha256"] for one in group}) > 1 for group in groups)
    apart = [group for group in groups if len({one["hash"] for one in group}) > 1]
    why = Counter(
        _difference(one, other)
        for group in apart
        for one, other in pairwise({one["hash"]: one for one in group}.values())
    )
    print(
        f"  {len(groups):,} Message-IDs are repeated, {bytewise:,} of them over different bytes; "
        f"{len(apart):,} stay apart for tecum-mail-1"
    )
    for reason, count in why.most_common():
        print(f"    apart: {count:,} times, since {reason}")
    across = [group for group in _groups(mails, lambda one: one["hash"]) if len({one["mih"] for one in group}) > 1]
    print(f"  {len(across):,} groups of tecum-mail-1 hold several Message-IDs")


def _suppressed(matter: Matter) -> None:
    status = verbs.status(matter)
    print(
        f"  suppressed, whole families and their members: {status['duplicates']:,} of {status['documents']:,} documents"
    )
    united = list(copies.blind_copies(matter))
    hidden = sum(not row["every_copy_shows_it"] for row in united)
    print(f"  blind-copy recipients: {len(united):,}, of them shown by some copies only: {hidden:,}")


def _near(matter: Matter) -> None:
    begun = time.process_time()
    found = near.run(matter)
    seconds = time.process_time() - begun
    shares = Counter(row["similarity"] // 5 * 5 for row in near.listing(matter) if row["control"] != row["pivot"])
    spread = ", ".join(f"{low}% {shares[low]}" for low in sorted(shares, reverse=True))
    print(
        f"  near-duplicates among the rest: {found.documents:,} documents in {found.groups:,} groups "
        f"({spread}); {found.capped} buckets capped; {seconds:.2f} s CPU"
    )
    texts = [text for row in matter.texts([n for n in range(1, 4000)]) if len(text := matter.text_of(row)) > 400]
    sets = [shingles.distinct(text) for text in texts]
    _peer([one for one in sets if len(one) >= 50])


def _peer(sets: list[shingles.Hashes]) -> None:
    """rensa and datasketch on the same sets of shingles: digests a second, and the error of the estimate."""
    import numpy as np

    begun = time.process_time()
    ours = [np.frombuffer(sketches.digest(one), "<u4") for one in sets]
    milliseconds = 1000 * (time.process_time() - begun) / len(sets)
    order = sorted(range(len(sets)), key=lambda n: ours[n].tolist())
    error = _error(order, sets, lambda a, b: float((ours[a] == ours[b]).mean()))
    print(f"  rensa: {len(sets):,} digests, {milliseconds:.3f} ms CPU each; mean error {error:.3f}")
    try:
        from datasketch import MinHash
    except ImportError:
        print("  datasketch is not installed: no peer")
        return
    begun = time.process_time()
    theirs = []
    for one in sets:
        made = MinHash(num_perm=sketches.VALUES)
        made.update_batch([number.to_bytes(8, "little") for number in one.tolist()])
        theirs.append(made)
    milliseconds = 1000 * (time.process_time() - begun) / len(sets)
    error = _error(order, sets, lambda a, b: float(theirs[a].jaccard(theirs[b])))
    print(f"  datasketch: {milliseconds:.3f} ms CPU each; mean error {error:.3f}")


def _error(order: list[int], sets: list[shingles.Hashes], estimate: Callable[[int, int], float]) -> float:
    """Mean absolute error over neighbours in an order by digest, which are the likeliest to be near."""
    pairs = list(pairwise(order))
    return sum(abs(estimate(a, b) - shingles.jaccard(sets[a], sets[b])) for a, b in pairs) / len(pairs)


if __name__ == "__main__":
    main()
