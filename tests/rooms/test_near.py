"""Near-duplicates and versions: what is grouped, how similar it is said to be, and that order does not matter."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from piles import mail, matter_of, write
from tecum import verbs
from tecum.analysis import duplicates, near, shingles, sketches, study, versions
from tecum.matter import Matter

pytestmark = pytest.mark.usefixtures("one_day")


@pytest.fixture
def matter(tmp_path: Path) -> Iterator[Matter]:
    with matter_of(tmp_path / "matter") as made:
        yield made


def words(seed: int, count: int = 200) -> list[str]:
    chance = random.Random(seed)
    return ["".join(chance.choices("abcdefghijklmnop", k=6)) for _ in range(count)]


def edited(seed: int, changes: int, count: int = 200) -> str:
    """A text of which some words, evenly spread, were replaced: each change touches five runs."""
    some = words(seed, count)
    for n in range(changes):
        some[(n * count) // max(1, changes) + 3] = f"changed{n}"
    return " ".join(some) + "\n"


def formed(matter: Matter, files: dict[str, bytes], folder: str = "pile") -> list[dict[str, Any]]:
    pile = write(matter.folder.parent / folder, files)
    verbs.ingest(matter, [("ann", pile)])
    return again(matter)


def again(matter: Matter) -> list[dict[str, Any]]:
    duplicates.run(matter)
    study.run(matter)
    near.run(matter)
    versions.run(matter)
    named = {row["control"]: row["path"] for row in verbs.documents(matter)}
    return [{**row, "pivot": named[row["pivot"]], "control": named[row["control"]]} for row in near.listing(matter)]


def groups(rows: list[dict[str, Any]]) -> set[frozenset[str]]:
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(row["pivot"], set()).add(row["control"])
    return {frozenset(one) for one in found.values()}


# -- near-duplicates -------------------------------------------------------------------------------------


def test_the_longest_is_the_pivot_and_similarity_is_exact(matter: Matter) -> None:
    files = {
        "whole.txt": edited(1, 0).encode() + b"and one sentence more at the very end of it\n",
        "two.txt": edited(1, 2).encode(),
        "three.txt": edited(1, 3).encode(),
        "far.txt": edited(1, 20).encode(),
        "other.txt": edited(2, 0).encode(),
        "mail.eml": mail("Another subject", edited(1, 1)),
    }
    rows = formed(matter, files)
    assert groups(rows) == {frozenset({"whole.txt", "two.txt", "three.txt", "mail.eml"})}
    assert {row["pivot"] for row in rows} == {"whole.txt"}
    whole = shingles.distinct(files["whole.txt"].decode())
    for row in rows:
        if row["control"].endswith(".txt"):
            common = shingles.jaccard(whole, shingles.distinct(files[row["control"]].decode()))
            assert row["similarity"] == int(100 * common)
    assert rows[0]["control"] == "whole.txt" and rows[0]["similarity"] == 100


def test_equal_texts_are_one_and_suppressed_copies_are_left_out(matter: Matter) -> None:
    text = edited(3, 0)
    files = {
        "a.txt": text.encode(),
        "b.txt": text.replace(" ", "\n").encode(),
        "c.txt": text.encode(),
        "d.txt": edited(3, 1).encode(),
    }
    rows = formed(matter, files)
    assert groups(rows) == {frozenset({"a.txt", "b.txt", "d.txt"})}, "c.txt is suppressed as a copy of a.txt"
    # The two equal ones are either both the pivot's text or both equally near to it.
    by_name = {row["control"]: row["similarity"] for row in rows}
    assert by_name["a.txt"] == by_name["b.txt"]


def test_short_and_empty_texts_are_in_no_group(matter: Matter) -> None:
    files = {f"{n}.eml": mail("Hi", "Thank you very much.\r\n", date=f"{n} Mar 2017 10:00 +0000") for n in range(1, 4)}
    assert formed(matter, files | {"empty.txt": b"", "blank.txt": b" \n"}) == []


def test_the_order_of_taking_in_does_not_matter_and_later_files_join(tmp_path: Path) -> None:
    files = {f"{seed}-{n}.txt": edited(seed, n).encode() for seed in (1, 2) for n in range(4)}
    found = []
    for turn, names in enumerate((sorted(files), sorted(files, reverse=True))):
        with matter_of(tmp_path / f"m{turn}") as matter:
            for part in range(2):
                rows = formed(matter, {name: files[name] for name in names[part::2]}, f"{turn}{part}")
            found.append({(row["pivot"], row["control"], row["similarity"]) for row in rows})
            assert again(matter) == rows
            with matter.write() as db:
                near.forget(db)
            assert again(matter) == rows
    assert found[0] == found[1]
    assert {pivot.partition("-")[0] for pivot, _, _ in found[0]} == {"1", "2"}


class _Plain(near._Sets):
    """Sets of shingles that are at hand."""

    def __init__(self, sets: dict[str, shingles.Hashes]) -> None:
        self.sets = sets
        self.compared = 0

    def of(self, text: near._Text) -> shingles.Hashes:
        self.compared += 1
        return self.sets[text.body_hash]


def grouping(texts: list[str]) -> tuple[near._Grouping, _Plain]:
    import numpy as np

    sets = {f"{n:06d}": shingles.distinct(text) for n, text in enumerate(texts)}
    order = sorted(sets, key=lambda name: (-len(sets[name]), name))
    rows = [near._Text(name, len(sets[name]), (int(name) + 1,), int(name)) for name in order]
    digests = np.frombuffer(b"".join(map(sketches.digest, sets.values())), "<u4").reshape(-1, sketches.VALUES)
    plain = _Plain(sets)
    return near._Grouping(rows, digests, plain), plain


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 12)), min_size=2, max_size=14))
def test_groups_are_those_of_comparing_everything(made: list[tuple[int, int]]) -> None:
    """The oracle compares all pairs: longest first, each takes what is near to it and not taken."""
    texts = [edited(seed, changes, 120) + f"end{n}" for n, (seed, changes) in enumerate(made)]
    sets = [shingles.distinct(text) for text in texts]
    wanted: dict[int, tuple[int, int]] = {}
    order = sorted(range(len(texts)), key=lambda n: (-len(sets[n]), n))
    for n, pivot in enumerate(order):
        if pivot in wanted:
            continue
        for other in order[n + 1 :]:
            percent = shingles.jaccard(sets[pivot], sets[other])
            if other not in wanted and percent >= near.THRESHOLD:
                wanted[other] = (pivot, int(100 * percent))
    found = {number - 1: (pivot - 1, percent) for number, pivot, percent in grouping(texts)[0].rows({}, verbs.silent)}
    missed = {
        number: place for number, place in wanted.items() if found.get(number) != place and place[1] >= 83
    }  # at the threshold itself one pair in five hundred may be missed
    assert missed == {}
    assert all(wanted.get(number) == place for number, place in found.items() if number != place[0])


def test_ten_thousand_nearly_equal_notices() -> None:
    """Each has a number of its own: all are compared with the one pivot, and with nothing else."""
    notice = " ".join(words(5, 60))
    begun = time.process_time()
    made, plain = grouping([f"{notice} number{n}" for n in range(10_000)])
    rows = list(made.rows({}, verbs.silent))
    assert len(rows) == 10_000 and len({pivot for _, pivot, _ in rows}) == 1
    assert plain.compared <= 2 * 10_000
    assert time.process_time() - begun < 60


def test_a_bucket_of_strangers_is_given_up_and_said() -> None:
    """Texts that agree in one band by chance but are not near: no more than so many look through the bucket."""
    import numpy as np

    count = 1000
    rows = [near._Text(f"{n:06d}", 100, (n + 1,), n) for n in range(count)]
    digests = np.random.default_rng(1).integers(0, 1 << 32, (count, sketches.VALUES), dtype=np.uint32)
    digests[:, :6] = 7
    made = near._Grouping(rows, digests, _Plain({}))
    assert list(made.rows({}, verbs.silent)) == []
    assert made.capped == 1


def test_the_estimate_is_close_to_the_truth() -> None:
    import numpy as np

    errors = []
    for changes in range(0, 40, 4):
        one, other = (shingles.distinct(edited(9, n, 400)) for n in (0, changes))
        a, b = (np.frombuffer(sketches.digest(one_set), "<u4") for one_set in (one, other))
        errors.append(abs(float((a == b).mean()) - shingles.jaccard(one, other)))
    assert max(errors) < 0.15 and sum(errors) / len(errors) < 0.05


def test_a_text_too_long_is_said_to_be(monkeypatch: pytest.MonkeyPatch, matter: Matter) -> None:
    monkeypatch.setattr(shingles, "LONGEST", 1000)
    formed(matter, {"long.txt": edited(1, 0).encode(), "longer.txt": edited(1, 1).encode()})
    assert near.run(matter).too_long == 2


# -- versions --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("Budget.docx", "budget"),
        ("Copy of Budget_v2 FINAL (3).docx", "budget"),
        ("budget 2017-03-14.doc", "budget"),
        ("Budget draft rev.3 clean.pdf", "budget"),
        ("Budget Memo.docx", "budget memo"),
        ("v2.docx", ""),
        ("2017.xlsx", ""),
        ("Ｂudget-v１.txt", "budget"),
    ],
)
def test_stems(name: str, stem: str) -> None:
    assert versions.stem(name) == stem


def dated(folder: Path, files: dict[str, tuple[str, int]]) -> Path:
    import os

    write(folder, {name: text.encode() for name, (text, _) in files.items()})
    for name, (_, day) in files.items():
        os.utime(folder / name, (1_489_500_000 + 86_400 * day,) * 2)
    return folder


def test_versions_are_in_order_of_date(matter: Matter) -> None:
    text = " ".join(words(4, 120))
    files = {
        "Budget final.txt": (f"{text} three {' '.join(words(6, 30))}", 3),
        "Budget v1.txt": (f"{text} one", 1),
        "budget_v2.txt": (f"{text} two {' '.join(words(6, 10))}", 2),
        "Copy of Budget v1.txt": (f"{text}  one", 4),
        "Budget old.txt": (" ".join(words(8, 120)), 5),
        "Memo.txt": (f"{text} memo", 6),
    }
    verbs.ingest(matter, [("ann", dated(matter.folder.parent / "pile", files))])
    again(matter)
    rows = [(row["number"], row["name"]) for row in versions.listing(matter)]
    assert rows == [(1, "Budget v1.txt"), (1, "Copy of Budget v1.txt"), (2, "budget_v2.txt"), (3, "Budget final.txt")]
    similar = [row["similarity"] for row in versions.listing(matter)]
    assert similar[0] == 100 and all(50 <= one <= 100 for one in similar)


def test_many_files_of_one_name_cost_no_squares(matter: Matter) -> None:
    """Invoices are all called the same and have nothing in common: each is compared with a few, not with all."""
    from tecum.analysis.versions import _File

    read: Counter[int] = Counter()

    def likeness(matter: Matter, one: _File, other: _File, known: object) -> int:
        read[other.document] += 1
        return 0

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(versions, "_likeness", likeness)
        found = versions._series(matter, [_File(n, f"2017-03-{n % 28 + 1:02d}", f"{n:06d}") for n in range(2000)])
    assert len(found) == 2000 and max(read.values()) <= 8


def test_many_files_of_one_name_are_compared_whatever_their_number(matter: Matter, tmp_path: Path) -> None:
    """More different texts than are held in memory, each unlike the others."""
    words = [f"word{n}" for n in range(4000)]
    files = {f"{n:02d}/plan.txt": " ".join(words[n * 40 : n * 40 + 40]).encode() for n in range(60)}
    verbs.ingest(matter, [("x", write(tmp_path / "pile", files))])
    assert list(verbs.versions(matter)) == []
