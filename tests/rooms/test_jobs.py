"""A function over many batches: each batch ends exactly once, whatever happens to its worker."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections import Counter
from functools import partial
from pathlib import Path

import jobs_for_tests as work
import pytest

import tecum
from tecum.engine.jobs import Bare, Done, Failure, Jobs
from tecum.errors import SandboxFailed

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="asks /proc")


@pytest.fixture(params=[1, 2], ids=["inline", "processes"], scope="module")
def jobs(request):
    with Jobs(request.param, Bare) as made:
        yield made


def gone(pid):
    """Whether a process ends within some seconds (a zombie has ended)."""
    for _ in range(250):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.02)
    return False


def appears(path):
    for _ in range(500):
        if path.exists() and path.read_text():
            return path.read_text()
        time.sleep(0.02)
    raise AssertionError(f"{path} never came")


def ends(found):
    return Counter(str(done.batch) for done in found if done.last)


def test_values_in_order_within_a_batch(jobs):
    batches = [list(range(start, start + 7)) for start in range(0, 70, 7)]
    found = list(jobs.map(work.square, batches))
    assert ends(found) == Counter(map(str, batches))
    for batch in batches:
        mine = [done for done in found if done.batch == batch]
        assert [done.value for done in mine[:-1]] == [number * number for number in batch]
        assert mine[-1] == Done(batch, last=True) and not any(done.last for done in mine[:-1])


def test_lists_and_nothing(jobs):
    assert [done.value for done in jobs.map(work.listed, [[1, 2]]) if not done.last] == [3]
    assert list(jobs.map(work.nothing, ["a"])) == [Done("a", last=True)]
    assert list(jobs.map(work.square, [])) == []


def test_an_exception_ends_its_batch_only(jobs):
    found = list(jobs.map(work.fails_at_odd, range(6)))
    assert ends(found) == Counter(map(str, range(6)))
    for done in found:
        if done.last:
            assert (done.error is not None) == bool(done.batch % 2)
        if done.error:
            assert (done.error.code, done.error.message) == ("ERROR", f"odd: {done.batch}")
            assert "fails_at_odd" in done.error.trace and str(done.error) == f"ERROR: odd: {done.batch}"
    (full,) = jobs.map(work.disk_full, [1])
    assert full.error.code == "DISK_FULL" and full.error.message == "nothing left"


def test_batches_are_drawn_as_they_are_needed(jobs):
    drawn = []

    def source():
        for number in range(100):
            drawn.append(number)
            yield [number]

    ended = 0
    for done in jobs.map(work.square, source()):
        assert len(drawn) <= ended + 2  # one for each worker
        ended += done.last
    assert ended == 100


def test_a_failing_source_passes_on(jobs):
    def source():
        yield [1]
        raise LookupError("the source")

    with pytest.raises(LookupError):
        list(jobs.map(work.square, source()))
    assert ends(jobs.map(work.square, [[2]])) == {"[2]": 1}


def test_a_map_within_a_map(jobs):
    seen = []
    for done in jobs.map(work.square, [[n] for n in range(6)]):
        if done.last:
            inner = list(jobs.map(work.square, [[done.batch[0] + 100], [done.batch[0] + 200]]))
            assert len(inner) == 4
            seen.append(done.batch)
    assert sorted(seen) == [[n] for n in range(6)]


def test_streaming_holds_the_worker_back(jobs, tmp_path):
    """The worker is at most some values ahead: 100 kB each, so what a pipe holds."""
    note = tmp_path / "note"
    stream = jobs.map(work.endless, [str(note)])
    for wanted in range(20):
        assert next(stream).value[0] == wanted
    time.sleep(0.2)
    assert int(note.read_text() or 0) <= 20 + 10
    stream.close()
    assert next(jobs.map(work.square, [[3]])).value == 9


def test_work_is_shared():
    with Jobs(2, Bare) as jobs:
        pids = {done.value for done in jobs.map(work.whose, range(30)) if not done.last}
    assert len(pids) == 2 and os.getpid() not in pids


# --- workers that die


def test_a_dead_worker_gives_its_batch_back():
    batches = [(tuple(range(start, start + 5)), 12) for start in range(0, 30, 5)]
    with Jobs(2, Bare) as jobs:
        found = list(jobs.map(work.dies_at, batches))
        lost = [done for done in found if done.error]
        assert ends(found) == Counter(map(str, batches))
        assert [(done.batch, done.error.code) for done in lost] == [(batches[2], "CRASH")]
        assert "SIGKILL" in lost[0].error.message
        assert [done.value for done in found if done.batch == batches[2] and not done.last] == [10, 11]
        # alone, as a caller does it: the poison is found, its neighbours are read
        alone = list(jobs.map(work.dies_at, [((number,), 12) for number in lost[0].batch[0]]))
    assert [done.batch[0] for done in alone if done.error] == [(12,)]
    assert sorted(done.value for done in alone if not done.last) == [10, 11, 13, 14]


@pytest.mark.slow
def test_every_worker_dies_every_time():
    with Jobs(2, Bare) as jobs:
        found = list(jobs.map(work.exits, range(3)))
    assert ends(found) == Counter(map(str, range(3)))
    assert {(done.error.code, done.error.message) for done in found} == {
        ("CRASH", "The worker process ended with status 5")
    }


@pytest.mark.slow
def test_workers_killed_from_outside_at_random():
    with Jobs(2, Bare) as jobs:
        found, killed = [], 0
        for done in jobs.map(work.whose, range(30)):
            found.append(done)
            if not done.last and len(found) % 9 == 0:
                os.kill(done.value, signal.SIGKILL)
                killed += 1
    assert killed and ends(found) == Counter(map(str, range(30)))
    assert sum(done.error is not None for done in found) <= killed


def test_a_worker_that_died_idle_is_nobodys_fault():
    with Jobs(2, Bare) as jobs:
        for _ in range(2):
            found = list(jobs.map(work.whose, range(2)))
            assert not [done for done in found if done.error]
            for pid in {done.value for done in found if not done.last}:
                os.kill(pid, signal.SIGKILL)
                assert gone(pid)


def test_interrupts_are_the_parents_business():
    with Jobs(2, Bare) as jobs:
        assert [done.value for done in jobs.map(work.ignores_interrupt, [1])] == ["still here", None]


def test_values_that_cannot_be_sent():
    with Jobs(2, Bare) as jobs:
        first, last = jobs.map(work.not_a_value, ["b"])
        assert first.value == 1 and last.error.code == "ERROR" and "pickle" in last.error.message


# --- benches


@pytest.mark.parametrize("workers", [1, 2])
def test_each_worker_opens_and_closes_one_bench(tmp_path, workers):
    with Jobs(workers, partial(work.Desk, str(tmp_path))) as jobs:
        for _ in range(2):
            list(jobs.map(work.whose, range(6)))
    opened = {path.stem for path in tmp_path.glob("*.open")}
    assert len(opened) == workers and opened == {path.stem for path in tmp_path.glob("*.close")}


def test_a_bench_that_cannot_be_made_is_named():
    with Jobs(2, work.broken) as jobs, pytest.raises(SandboxFailed, match="no room for a bench"):
        list(jobs.map(work.square, [[1]]))


@pytest.mark.slow
def test_workers_that_never_begin_are_given_up():
    with Jobs(2, work.ends) as jobs, pytest.raises(SandboxFailed, match="status 7"):
        list(jobs.map(work.square, [[1]]))


# --- nothing stays behind


def children():
    own = str(os.getpid())
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = stat.read_text().rpartition(")")
            command = (stat.parent / "cmdline").read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if rest.split()[1] == own and "resource_tracker" not in command:
            found.add(int(name.split()[0]))
    return found


@on_linux
@pytest.mark.slow
@pytest.mark.parametrize("way", ["end", "break", "exception", "interrupt", "held"])
def test_no_process_is_left(way):
    before = children()
    try:
        with Jobs(2, Bare) as jobs:
            running = jobs.map(work.long, range(2)) if way != "end" else jobs.map(work.whose, range(4))
            for done in running:
                assert len(children() - before) in (1, 2)
                if way in ("break", "held"):
                    break
                if way == "exception":
                    raise LookupError
                if way == "interrupt":
                    raise KeyboardInterrupt
                assert done.error is None
            if way != "held":
                del running
    except (LookupError, KeyboardInterrupt):
        pass
    assert children() <= before


@pytest.mark.slow
@on_linux
@pytest.mark.parametrize("how", ["SIGKILL", "SIGINT"])
def test_workers_and_their_children_end_with_the_parent(tmp_path, how):
    program = textwrap.dedent(f"""
        import sys
        from functools import partial
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        import jobs_for_tests as work
        from tecum.engine.jobs import Jobs
        if __name__ == "__main__":
            with Jobs(2, partial(work.Desk, {str(tmp_path)!r}, True)) as jobs:
                for done in jobs.map(work.loops, [{str(tmp_path / "a")!r}, {str(tmp_path / "b")!r}]):
                    print(done)
    """)
    script = tmp_path / "script.py"
    script.write_text(program)
    parent = subprocess.Popen(
        [sys.executable, str(script)],
        env={**os.environ, "PYTHONPATH": str(Path(tecum.__file__).parents[1])},
        stderr=subprocess.PIPE,
        text=True,
    )
    with parent:
        pids = [int(appears(tmp_path / name)) for name in "ab"]
        pids += [int(path.read_text()) for path in tmp_path.glob("*.open")]
        assert len(pids) == 4
        parent.send_signal(getattr(signal, how))
        parent.wait(10)
        errors = parent.stderr.read()
    assert all(gone(pid) for pid in pids)
    assert ("KeyboardInterrupt" in errors) == (how == "SIGINT")


def test_failure_reads_well():
    assert str(Failure("CRASH", "gone")) == "CRASH: gone"
