"""Answer a demand on each real pile and print what came in and what went out, as docs/piles.md shows it.

    python benchmarks/piles.py [FOLDER]

The piles lie in ../shared/data; they are unpacked into FOLDER (else a temporary one), where the volumes stay to
be looked at. Each row must balance: items = documents + containers + excluded + unprocessable.
"""

from __future__ import annotations

import shutil
import sys
import tarfile
import tempfile
import time
from pathlib import Path
from typing import Any

from tecum import toml, verbs

SHARED = Path(__file__).parents[2] / "shared" / "data"
# Pile: time zone, and for each request its period and terms.
DEMANDS: dict[str, tuple[str, list[dict[str, Any]]]] = {
    "dc-foia-mail": (
        "America/New_York",
        [
            {
                "from": "2017-01-01",
                "to": "2018-12-31",
                "terms": ['"open meeting*" w/20 (complain* OR violat*)', "quorum"],
            },
            {"terms": ["ethic* w/10 train*"]},
        ],
    ),
    "police-orders": (
        "America/Chicago",
        [
            {"terms": ["immigration w/10 (status OR detain* OR violation*)", '"8 USC 1373" OR "U visa*"']},
            {"terms": ['"use of force" w/15 report*']},
        ],
    ),
    "enron-maildir": (
        "America/Chicago",
        [
            {"from": "2000-01-01", "to": "2001-12-31", "terms": ["california w/25 (regulat* OR FERC OR price*)"]},
            {"terms": ["draft* w/5 (contract* OR agreement*)"]},
        ],
    ),
    "list-mbox": ("UTC", [{"terms": ["install* w/10 (fail* OR error*)"]}]),
    "loose-office": ("UTC", [{"terms": ["budget* OR contract*"]}]),
    "mail-containers": ("UTC", [{"terms": ["test* OR meeting"]}]),
}
COLUMNS = (
    "pile", "items", "documents", "containers", "excluded", "unprocessable", "duplicates", "exceptions", "produced",
    "pages", "held", "not searched", "findings", "s",
)  # fmt: skip


def main(arguments: list[str]) -> None:
    folder = Path(arguments[0]) if arguments else Path(tempfile.mkdtemp(prefix="tecum-piles-"))
    print("| " + " | ".join(COLUMNS) + " |")
    print("|---" * len(COLUMNS) + "|")
    for name, (zone, requests) in DEMANDS.items():
        if (SHARED / name).is_dir():
            print("| " + " | ".join(str(cell) for cell in _row(name, zone, requests, folder)) + " |", flush=True)
    print(f"\nVolumes, letters and logs: {folder}", file=sys.stderr)


def _row(name: str, zone: str, requests: list[dict[str, Any]], folder: Path) -> list[Any]:
    pile = _unpacked(name, folder)
    shutil.rmtree(folder / f"{name}-answer", ignore_errors=True)
    begun = time.perf_counter()
    done = verbs.answer(_demand(name, zone, requests, folder), [(name, pile)], folder / f"{name}-answer")
    seconds = time.perf_counter() - begun
    sums = done["status"]
    again = verbs.answer(folder / f"{name}.toml", [(name, pile)], folder / f"{name}-answer")
    assert again["already"] and not again["status"]["read"], "a second run did work"
    findings = verbs.check(Path(done["path"]))["by_code"]
    return [
        name, sums["found"], sums["documents"], sums["containers"], sums["excluded"], sums["unprocessable"],
        sums["duplicates"], sum(sums["exceptions"].values()), done["documents"], done["pages"], done["held"],
        done["not_searched"], findings or "none", f"{seconds:.0f}",
    ]  # fmt: skip


def _demand(name: str, zone: str, requests: list[dict[str, Any]], folder: Path) -> Path:
    parts = [toml.table("demand", {"title": f"Benchmark on {name}", "from": "the benchmark", "to": name})]
    for number, request in enumerate(requests, 1):
        parts.append(toml.table("[[request]]", {"number": number, "text": f"Request {number}", **request}))
    parts.append(toml.table("production", {"prefix": "BENCH", "time_zone": zone}))
    path = folder / f"{name}.toml"
    path.write_text("\n".join(parts), encoding="utf-8")
    return path


def _unpacked(name: str, folder: Path) -> Path:
    archive = SHARED / name / f"{name}.tar.xz"
    if not archive.is_file():
        return SHARED / name
    target = folder / name
    if not target.is_dir():
        with tarfile.open(archive) as tar:
            tar.extractall(target, filter="data")
    return target


if __name__ == "__main__":
    main(sys.argv[1:])
