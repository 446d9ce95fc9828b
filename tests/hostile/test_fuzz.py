"""Damaged files of every format end as rows: a few here, a stated part in CI, and all by benchmarks/fuzz.py."""

from __future__ import annotations

import io
import random
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
STATED = 2000  # inputs in CI; benchmarks/fuzz.py --inputs 100000 is the whole
SEED = 20260224


@pytest.fixture(scope="module")
def fuzz() -> Iterator[Any]:
    """The modules of the fuzzer, which is a benchmark."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCHMARKS))
        import fuzz
        import fuzz_mutations
        import fuzz_run
        import fuzz_seeds

        fuzz.mutations, fuzz.run, fuzz.seeds_made = fuzz_mutations, fuzz_run, fuzz_seeds
        yield fuzz
    for name in ("fuzz", "fuzz_mutations", "fuzz_run", "fuzz_seeds"):
        sys.modules.pop(name, None)


def test_a_mutant_depends_on_its_numbers_alone(fuzz: Any) -> None:
    plan = fuzz.run.Plan(seed=SEED)
    first = [fuzz.run.mutant(plan, number) for number in range(120)]
    assert [fuzz.run.mutant(plan, number) for number in range(120)] == first
    assert [fuzz.run.mutant(fuzz.run.Plan(seed=SEED + 1), number) for number in range(120)] != first
    sound = {name: data for name, _, data in fuzz.run.seeds(plan)}
    assert sum(sound[name] != data for name, _, data in first) > 100, "most mutants are damaged"


def test_every_seed_is_a_sound_file_of_its_format(fuzz: Any) -> None:
    """What is not read in full without damage would test little."""
    kinds = {name: kind for name, kind, _ in fuzz.run.seeds(fuzz.run.Plan())}
    assert len(set(kinds.values())) >= 28
    wanted = {
        "a.docx": "docx",
        "a.xlsx": "xlsx",
        "a.pptx": "pptx",
        "a.odt": "odt",
        "a.ods": "ods",
        "c.pdf": "pdf",
        "a.eml": "eml",
    }
    assert {name: kinds[name] for name in wanted} == wanted


def test_damage_gets_past_the_checksums_of_packages(fuzz: Any) -> None:
    whole = fuzz.seeds_made.made()["b.docx"]
    passed = 0
    for number in range(60):
        damaged = fuzz.mutations._member_damaged(whole, random.Random(number))
        with zipfile.ZipFile(io.BytesIO(damaged)) as archive:
            passed += archive.testzip() is None and damaged != whole
    assert passed == 60


def test_what_breaks_the_contract_is_seen(fuzz: Any) -> None:
    work = fuzz.run.Work("k", 1, 1, b"s", "a", "a", 1, "", {}, 1)
    row = {"key": "k", "disposition": "document", "members": 0}
    trouble = {"item": "k", "code": "CORRUPT", "message": "x"}
    member = {"key": "m", "disposition": "unprocessable"}
    wrong = fuzz.run._wrong
    assert wrong(work, [row], [], [trouble]) == ""
    assert "0 rows" in wrong(work, [], [], [])
    assert "without a reason" in wrong(work, [{**row, "disposition": "unprocessable"}], [], [])
    assert "disposition" in wrong(work, [{**row, "disposition": ""}], [], [])
    assert "do not exist" in wrong(work, [row], [], [{**trouble, "code": "ODD"}])
    assert "members counted" in wrong(work, [row], [member], [trouble])
    assert "lost" in wrong(work, [{**row, "members": 1}], [member], [trouble])
    seen = fuzz.run.Seen(1, "a.pdf", "pdf", "document", (), 0, 999.0, "lost", ("TypeError",))
    told = list(fuzz._failures([seen], fuzz.run.Plan(), ["inputs 0 to 249: died"]))
    assert [line.split(":")[0] for line in told] == ["WORKER DIED", "BROKEN", "HUNG", "DEFECT", "DEFECTS in all"]


def test_a_run_is_resumed_from_its_log(fuzz: Any, tmp_path: Path) -> None:
    plan, log = fuzz.run.Plan(seed=SEED), tmp_path / "log"
    first = list(fuzz._run(plan, 60, log, 1))
    assert [(batch, seen) for batch, seen, _ in fuzz._run(plan, 60, log, 1)] == [
        (batch, seen) for batch, seen, _ in first
    ]
    assert [one.number for _, seen, _ in first for one in seen] == list(range(60))
    assert not list(fuzz._failures(first[0][1], plan, []))
    assert fuzz._logged(log, fuzz.run.Plan(seed=SEED + 1)) == {}


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_stated_part(fuzz: Any, capsys: pytest.CaptureFixture[str]) -> None:
    status = fuzz.main(["--inputs", str(STATED), "--seed", str(SEED), "--processes", "1"])
    said = capsys.readouterr().out
    print(said)
    assert status == 0, said
