"""Any interruption is harmless: kill it anywhere, run the same command again, and nothing is lost or different."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from conftest import Answered
from piles import balanced, differences, payload, png, tables, town, with_processing, write
from tecum import verbs

pytestmark = [
    pytest.mark.usefixtures("one_day"),
    pytest.mark.skipif(sys.platform == "win32", reason="process groups and SIGKILL are POSIX's"),
]
SEED = int(os.environ.get("TECUM_TEST_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 30)
_COMMAND = [sys.executable, "-c", "from tecum.cli import main; main()"]


@dataclass(frozen=True)
class Course:
    """A pile, the matter's state before the verb, and what an undisturbed run makes of it."""

    start: Path
    verb: tuple[str, ...]
    seconds: float
    tables: dict[str, list[Any]]
    payload: dict[str, str]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "TMPDIR": tempfile.gettempdir()}


def run(verb: tuple[str, ...], folder: Path) -> float:
    """Run to the end; returns the seconds it took."""
    begun = time.monotonic()
    done = subprocess.run(
        [*_COMMAND, *verb, "-C", str(folder)], env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode in (0, 100), (done.returncode, done.stdout, done.stderr)
    return time.monotonic() - begun


def kill(verb: tuple[str, ...], folder: Path, after: float, *, group: bool) -> None:
    """Start the verb and kill it after some seconds: its whole process group, or the parent alone."""
    process = subprocess.Popen(
        [*_COMMAND, *verb, "-C", str(folder)],
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(after)
    if group:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()
    deadline = time.monotonic() + 10
    while (left := offspring(process.pid)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not left, f"processes outlived their parent: {left}"


def offspring(session: int) -> list[str]:
    """The living processes of a session that was started for one command (Linux)."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            name, _, rest = path.read_text(encoding="utf-8", errors="replace").rpartition(")")
            fields = rest.split()
            if int(fields[3]) == session and fields[0] not in "ZX":
                found.append(name)
    return found


@pytest.fixture(scope="module")
def courses(tmp_path_factory: pytest.TempPathFactory, answered_once: Answered) -> Iterator[dict[str, Course]]:
    """For each long verb: a folder to start from, and the outcome of a run that nobody disturbs."""
    place = tmp_path_factory.mktemp("kill")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TECUM_ACTOR", "test")
        patch.setenv("TECUM_NOW", "2018-02-01T12:00:00Z")
        patch.setenv("TMPDIR", str(tmp_path_factory.mktemp("temporary")))
        patch.setattr(tempfile, "tempdir", None)
        demand = town(place)
        write(place / "pile/chief", {f"more/{n:03d}.txt": b"widget %d\n" % n * 200 for n in range(60)})
        write(place / "pile/clerk", {"large widget.png": png(side=700)})
        with with_processing(verbs.init(place / "fresh", demand=demand), workers=2):
            pass
        made = {}
        for name, start, verb in (("ingest", "fresh", ("ingest",)), ("produce", "ingest", ("produce",))):
            shutil.copytree(place / start, place / name)
            seconds = run(verb, place / name)
            volume = place / name / "productions/VOL001"
            before = place / start
            made[name] = Course(before, verb, seconds, tables(place / name), payload(volume))
        yield made


def disturbed(course: Course, folder: Path, dice: random.Random) -> None:
    """Kill the verb at a random moment, run it again, and compare."""
    shutil.copytree(course.start, folder)
    after, group = dice.uniform(0.2, course.seconds * 1.05), dice.random() < 0.5
    said = (
        f"TECUM_TEST_SEED={SEED}: {course.verb[0]} killed after {after:.3f} s, {'group' if group else 'parent alone'}"
    )
    print(said)
    kill(course.verb, folder, after, group=group)
    numbered = [row for row in tables(folder)["produced"]]
    run(course.verb, folder)
    found = tables(folder)
    assert differences(found, course.tables) == {}, said
    assert set(numbered) <= set(found["produced"]), f"{said}: a number was given twice"
    assert payload(folder / "productions/VOL001") == course.payload, said
    left = [path for path in folder.rglob("*") if path.name.endswith((".tmp", ".new")) or ".partial" in path.name]
    assert left == [], said
    with verbs.open(folder) as matter:
        assert verbs.verify(matter)["balanced"] is True, said
        balanced(matter)
    shutil.rmtree(folder)


@pytest.mark.slow
@pytest.mark.parametrize("verb", ["ingest", "produce"])
def test_one_kill_is_harmless(courses: dict[str, Course], tmp_path: Path, verb: str) -> None:
    disturbed(courses[verb], tmp_path / "killed", random.Random(f"{SEED}/{verb}"))


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("verb", ["ingest", "produce"])
def test_twenty_kills_are_harmless(courses: dict[str, Course], tmp_path: Path, verb: str) -> None:
    for number in range(20):
        disturbed(courses[verb], tmp_path / "killed", random.Random(f"{SEED}/{verb}/{number}"))


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_killed_again_and_again_it_still_ends(courses: dict[str, Course], tmp_path: Path) -> None:
    """Six kills one after the other on one matter, in both verbs, before each may end."""
    folder, dice = tmp_path / "matter", random.Random(f"{SEED}/again")
    shutil.copytree(courses["ingest"].start, folder)
    for verb in ("ingest", "produce"):
        for _ in range(6):
            after = dice.uniform(0.3, courses[verb].seconds)
            print(f"TECUM_TEST_SEED={SEED}: {verb} killed after {after:.3f} s")
            kill((verb,), folder, after, group=dice.random() < 0.5)
        run((verb,), folder)
        found = tables(folder)
        assert differences(found, courses[verb].tables) == {}
    assert payload(folder / "productions/VOL001") == courses["produce"].payload


# -- at chosen places ------------------------------------------------------------------------------------

_AT = """
import os, signal, sys
from pathlib import Path
from tecum import verbs
from tecum.model import VolumeState
module, name, count, before = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4] == "before"
import importlib
owner = importlib.import_module(module)
real, calls = getattr(owner, name), [0]
def dies(*arguments, **options):
    calls[0] += 1
    if calls[0] == count and before:
        os.kill(os.getpid(), signal.SIGKILL)
    value = real(*arguments, **options)
    if calls[0] == count:
        os.kill(os.getpid(), signal.SIGKILL)
    return value
setattr(owner, name, dies)
with verbs.open(sys.argv[5]) as matter:
    (verbs.ingest if sys.argv[6] == "ingest" else verbs.produce)(matter)
"""


_STEPS = [
    ("produce", "tecum.production.seal", "set_state", 1, "before"),  # renamed, not recorded
    ("ingest", "tecum.processing.number", "_enter", 1, "before"),
    ("produce", "tecum.production.render", "put_rows", 2, "before"),
    ("produce", "tecum.production.seal", "set_state", 1, "after"),  # recorded, its papers not written
    ("ingest", "tecum.processing.number", "_enter", 1, "after"),
    ("ingest", "tecum.analysis.duplicates", "_regroup", 1, "before"),
    ("ingest", "tecum.terms.indexing", "put_rows", 1, "before"),
    ("produce", "tecum.production.numbers", "reserve", 1, "before"),
    ("produce", "tecum.production.numbers", "reserve", 1, "after"),
    ("produce", "tecum.production.write", "_write_load_file", 1, "after"),
    ("produce", "tecum.production.numbers", "set_state", 1, "before"),  # the manifest stands, its hash is not known
    ("produce", "tecum.production.papers", "write", 1, "before"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("verb", "module", "name", "count", "when"), _STEPS)
def test_killed_between_two_steps(
    courses: dict[str, Course], tmp_path: Path, verb: str, module: str, name: str, count: int, when: str
) -> None:
    course, folder = courses[verb], tmp_path / "matter"
    shutil.copytree(course.start, folder)
    done = subprocess.run(
        [sys.executable, "-c", _AT, module, name, str(count), when, str(folder), verb],
        env=environment(),
        capture_output=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    run(course.verb, folder)
    found = tables(folder)
    assert differences(found, course.tables) == {}
    assert payload(folder / "productions/VOL001") == course.payload
    if verb == "produce":
        papers = {path.name for path in (folder / "productions/VOL001.papers").iterdir()}
        assert {"HELD.csv", "LETTER.pdf", "CHECK.json"} <= papers
    with verbs.open(folder) as matter:
        verbs.verify(matter)
