"""Precision and recall of the personal-data recognizers, by kind, on made-up sentences with marked spans.

The set is ``../shared/data/pii-truth`` (microsoft/presidio-research, MIT). Its texts share templates, so it
is split by template id: rules were chosen while looking at the first half only; the second is the report.
A marked span is found when hits of the right kind cover at least 90 % of it; a hit is right when it touches
a marked span of its type. Machine-made and small (SSN n = 16): a check of the code, not of the world.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from tecum.redaction.personal import PersonalHit, find

TRUTH = Path(__file__).resolve().parents[2] / "shared" / "data" / "pii-truth" / "synth_dataset_v2.json"
TYPES = {
    "CREDIT_CARD": ("CARD",),
    "US_SSN": ("SSN", "ITIN"),
    "PHONE_NUMBER": ("PHONE",),
    "EMAIL_ADDRESS": ("EMAIL",),
    "IBAN_CODE": ("IBAN",),
    "IP_ADDRESS": ("IP",),
    "US_DRIVER_LICENSE": ("DRIVER",),
}


def score(texts: list[dict[str, Any]], marked: str, kinds: tuple[str, ...]) -> dict[str, float]:
    """Counts and rates for one type over one half."""
    spans = found = hits = right = sure = 0
    for one in texts:
        gold = [
            (span["start_position"], span["end_position"]) for span in one["spans"] if span["entity_type"] == marked
        ]
        mine: list[PersonalHit] = [hit for hit in one["hits"] if hit.kind in kinds]
        spans += len(gold)
        hits += len(mine)
        right += sum(any(hit.start < end and start < hit.end for start, end in gold) for hit in mine)
        for start, end in gold:
            covered = sum(max(0, min(end, hit.end) - max(start, hit.start)) for hit in mine)
            certain = sum(max(0, min(end, hit.end) - max(start, hit.start)) for hit in mine if hit.certain)
            found += covered >= 0.9 * (end - start)
            sure += certain >= 0.9 * (end - start)
    return {
        "n": spans,
        "hits": hits,
        "P": right / hits if hits else 1.0,
        "R": found / spans if spans else 1.0,
        "certain R": sure / spans if spans else 1.0,
    }


def main() -> None:
    if not TRUTH.exists():
        print(f"{TRUTH} is not there; nothing measured.")
        return
    texts = json.loads(TRUTH.read_text())
    start = time.process_time()
    for one in texts:
        one["hits"] = find(one["full_text"])
    seconds = time.process_time() - start
    characters = sum(len(one["full_text"]) for one in texts)
    print(f"{len(texts)} texts, {characters / 1e6:.2f} MB in {seconds:.2f} s: {characters / 1e6 / seconds:.1f} MB/s")
    ids = sorted({one["template_id"] for one in texts})
    halves = {
        "chosen on": [one for one in texts if one["template_id"] in set(ids[::2])],
        "reported": [one for one in texts if one["template_id"] in set(ids[1::2])],
        "all": texts,
    }
    print(f"{'type':18} {'half':10} {'n':>4} {'hits':>5} {'P':>5} {'R':>5} {'certain R':>9}")
    for marked, kinds in TYPES.items():
        for half, members in halves.items():
            row = score(members, marked, kinds)
            print(
                f"{marked:18} {half:10} {row['n']:4.0f} {row['hits']:5.0f} {row['P']:5.2f} {row['R']:5.2f} "
                f"{row['certain R']:9.2f}"
            )


if __name__ == "__main__":
    main()
