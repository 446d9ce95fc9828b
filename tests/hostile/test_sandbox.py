"""A hostile file harms its own row and nothing else."""

import io
import os
import re
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from pathlib import Path

import hostile_tasks
import pytest

import tecum
from tecum.engine import posix, sandbox_child, sandbox_process
from tecum.engine.sandbox import Limits, Sandbox, probe
from tecum.engine.sandbox_process import sweep
from tecum.errors import SandboxFailed

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the hostile tasks are written for POSIX")

LIMITS = Limits(wall_s=20, memory_mb=512)


def named(name: str) -> str:
    return f"hostile_tasks:{name}"


def ignore(message: dict, payload: bytes) -> None:
    pass


@pytest.fixture(scope="module", autouse=True)
def no_folder_is_left(tmp_path_factory):
    place = tmp_path_factory.mktemp("temporary")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(place))
        yield
    assert list(place.glob("tecum-sandbox-*")) == []


@pytest.fixture(scope="module")
def sandbox(no_folder_is_left):
    with Sandbox(LIMITS, allow=["hostile_tasks"]) as one:
        yield one


@pytest.fixture(autouse=True)
def neighbour_unaffected(request):
    """After every test that used it, the shared sandbox reads the next file as if nothing had been."""
    yield
    if "sandbox" in request.fixturenames:
        got = []
        outcome = request.getfixturevalue("sandbox").run(
            named("echo"), b"abc", {"n": 1}, lambda m, p: got.append((m, p))
        )
        assert outcome.ok and got == [({"args": {"n": 1}, "size": 3}, b"abc")]


def collect(sandbox, task, file=None, args=None, **more):
    got = []
    outcome = sandbox.run(named(task), file, args or {}, lambda m, p: got.append((m, p)), **more)
    return outcome, got


def needs(sandbox, *layers):
    for layer in layers:
        if sandbox.layers[layer] is not True:
            pytest.skip(f"{layer}: {sandbox.layers[layer]}")


# --- the common case


@pytest.mark.parametrize("size", [0, 1, 3000, 65_536, 65_537, 3_000_000])
@pytest.mark.parametrize("way", ["bytes", "path", "file", "memory", "read-write", "temporary"])
def test_input_arrives_whole(sandbox, tmp_path, size, way):
    data = bytes(range(256)) * (size // 256 + 1)
    data = data[:size]
    path = tmp_path / "in"
    path.write_bytes(data)
    opened = {
        "bytes": lambda: data,
        "path": lambda: path,
        "file": lambda: path.open("rb"),
        "memory": lambda: io.BytesIO(data),
        "read-write": lambda: path.open("r+b"),
        "temporary": lambda: tempfile.SpooledTemporaryFile(max_size=1000),  # noqa: SIM115 (closed below)
    }[way]()
    if way == "temporary":
        opened.write(data)
    elif way in ("file", "read-write"):
        opened.read(10)  # the parent's position does not matter
    outcome, got = collect(sandbox, "pieces", opened, {"piece": 1 << 19})
    assert outcome.ok, outcome
    assert b"".join(payload for _, payload in got) == data
    if way == "file":
        assert opened.tell() == min(10, size)
    if hasattr(opened, "close"):
        opened.close()


def test_no_file_and_odd_arguments(sandbox):
    args = {"text": "é 漢 \0 \n", "none": None, "list": [1, 2.5, True], "deep": {"a": {"b": []}}}
    outcome, got = collect(sandbox, "echo", None, args)
    assert outcome.ok and outcome.seconds > 0 and outcome.cpu >= 0
    assert got == [({"args": args, "size": 0}, b"")]
    assert collect(sandbox, "speaks_names")[1][0][0]["name"] == "half ? a character"


def test_child_gets_nothing_of_ours(sandbox, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    with open(os.devnull) as held, Sandbox(LIMITS, allow=["hostile_tasks"]) as other:  # noqa: PTH123
        os.set_inheritable(held.fileno(), True)
        seen = collect(other, "surroundings")[1][0][0]
    assert "AWS_SECRET_ACCESS_KEY" not in seen["environment"] and "PATH" not in seen["environment"]
    assert len(seen["handles"]) == 4  # three standard ones that lead nowhere, and the channel
    assert seen["stdin"] == "" and seen["leader"]
    assert os.path.realpath(seen["folder"]) != os.path.realpath(".")
    assert seen["order"] == collect(sandbox, "surroundings")[1][0][0]["order"]
    assert not [name for name in seen["modules"] if name.startswith("tecum.engine")]


def test_recycles_and_cleans(tmp_path):
    with Sandbox(LIMITS, recycle=3, allow=["hostile_tasks"]) as one:
        folders = [collect(one, "surroundings")[1][0][0]["folder"] for _ in range(7)]
        assert len(set(folders)) == 3 and folders[0] == folders[2] != folders[3]
    assert not [folder for folder in folders if Path(folder).exists()]


def test_each_call_has_an_empty_folder(sandbox):
    for depth in (0, 3, 1100):
        outcome, _ = collect(sandbox, "litters", None, {"depth": depth})
        assert outcome.ok
        seen = collect(sandbox, "looks")[1][0][0]
        assert seen["names"] == []
    collect(sandbox, "litters_later")
    assert collect(sandbox, "looks")[1][0][0]["names"] == []


def test_folders_of_killed_runs_are_swept(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    (tmp_path / "elsewhere").mkdir()
    kept = [tmp_path / f"tecum-sandbox-{dead.pid}-young", tmp_path / f"tecum-sandbox-{os.getpid()}-mine"]
    kept += [tmp_path / "tecum-sandbox-x-odd", tmp_path / f"tecum-sandbox-{dead.pid}-link"]
    lost = tmp_path / f"tecum-sandbox-{dead.pid}-old"
    for folder in (*kept[:3], lost):
        (folder / "evidence").mkdir(parents=True)
    kept[3].symlink_to(tmp_path / "elsewhere")
    for folder in (*kept[1:3], lost):
        os.utime(folder, (0, 0))
    assert sweep() == 1
    assert all(folder.exists() for folder in kept) and not lost.exists()


def test_emptying_never_follows_a_link(tmp_path):
    kept = tmp_path / "kept"
    (kept / "inner").mkdir(parents=True)
    (kept / "inner" / "file").write_text("x")
    folder = tmp_path / "folder"
    (folder / "a" / "b" / "0").mkdir(parents=True)
    (folder / "0").mkdir()
    (folder / "link").symlink_to(kept)
    (folder / "a" / "link").symlink_to(kept)
    assert sandbox_child.empty(str(folder))
    assert list(folder.iterdir()) == [] and (kept / "inner" / "file").read_text() == "x"
    assert not sandbox_child.empty(str(tmp_path / "missing"))


# --- ends


def test_named_exceptions(sandbox):
    outcome, got = collect(sandbox, "unreadable")
    assert (outcome.ok, outcome.code, outcome.message) == (False, "ENCRYPTED", "It needs a password")
    assert got == [({"before": 1}, b"")]
    outcome, _ = collect(sandbox, "raises", None, {"kind": "value"})
    assert outcome.code == "CORRUPT"
    assert re.fullmatch(
        r"ValueError: bad \[31m cell in <_io.BytesIO object> \[hostile_tasks.py:\d+ in raises\]",
        outcome.message,
    )
    again, _ = collect(sandbox, "raises", None, {"kind": "value"})
    assert (again.code, again.message) == (outcome.code, outcome.message)


@pytest.mark.parametrize(
    ("kind", "code"),
    [("exit", "CORRUPT"), ("keyboard", "CORRUPT"), ("memory", "MEMORY"), ("own", "CORRUPT"), ("wild code", "CRASH")],
)
def test_every_exception_has_a_code(sandbox, kind, code):
    assert collect(sandbox, "raises", None, {"kind": kind})[0].code == code


def test_recursion_is_corrupt(sandbox):
    assert collect(sandbox, "recurses")[0].code == "CORRUPT"


def test_crash_keeps_what_was_sent(sandbox):
    outcome, got = collect(sandbox, "segfault")
    assert outcome.code == "CRASH" and "SIGSEGV" in outcome.message
    assert got == [({"seen": 1}, b"part")]


def test_last_words_are_reported(sandbox):
    outcome, _ = collect(sandbox, "aborts")
    assert outcome.code == "CRASH" and outcome.message.endswith("assertion failed: cell != NULL")


def test_quiet_exits_are_crashes(sandbox):
    for status in (0, 3):
        assert collect(sandbox, "leaves", None, {"status": status})[0].message.endswith(f"status {status}")
    for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGRTMIN + 2):
        outcome, _ = collect(sandbox, "kills_itself", None, {"signal": int(number)})
        assert outcome.code == "CRASH" and "killed by" in outcome.message


@pytest.mark.parametrize("task", ["loops", "sleeps", "trickles", "stops_in_a_frame"])
def test_wall_time(sandbox, task):
    begun = time.monotonic()
    outcome, _ = collect(sandbox, task, None, {"call": sandbox._calls + 1}, wall_s=0.3)
    assert outcome.code == "TIMEOUT"
    assert 0.25 < time.monotonic() - begun < 5


def test_processor_time():
    with Sandbox(Limits(cpu_s=0.2), allow=["hostile_tasks"]) as one:
        assert collect(one, "echo")[0].ok
        assert collect(one, "loops")[0].code == "TIMEOUT"


def test_time_grows_with_the_input(tmp_path):
    path = tmp_path / "large"
    with path.open("wb") as out:
        out.truncate(2 << 20)
    with Sandbox(Limits(wall_s=0.1, s_per_mb=0.2), allow=["hostile_tasks"]) as one:
        begun = time.monotonic()
        assert collect(one, "sleeps", path)[0].code == "TIMEOUT"
        assert time.monotonic() - begun > 0.45


def test_a_slow_receiver_is_not_charged(sandbox):
    outcome = sandbox.run(named("echo"), b"", {}, lambda m, p: time.sleep(0.4), wall_s=0.25)
    assert outcome.ok


def test_a_failing_receiver_passes_on(sandbox):
    def refuse(message, payload):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        sandbox.run(named("trickles"), None, {}, refuse)


# --- greed


def test_memory():
    with Sandbox(Limits(memory_mb=200), allow=["hostile_tasks"]) as one:
        assert collect(one, "hogs")[0].code == "MEMORY"
        assert collect(one, "hogs_quietly", wall_s=0.3)[0].code in ("TIMEOUT", "MEMORY")
        assert collect(one, "echo")[0].ok


def test_memory_where_the_address_space_is_free():
    with Sandbox(Limits(memory_mb=200, address_space=False), allow=["hostile_tasks"]) as one:
        needs(one, "memory_watch")
        assert collect(one, "hogs")[0].code == "MEMORY"
        assert collect(one, "echo")[0].ok


def test_output_floods():
    with Sandbox(Limits(output_mb=8, messages=5000), allow=["hostile_tasks"]) as one:
        outcome, got = collect(one, "floods_bytes")
        assert outcome.code == "LIMIT_SIZE" and len(got) == 8
        outcome, got = collect(one, "floods_messages")
        assert outcome.code == "LIMIT_COUNT" and len(got) == 5000
        assert collect(one, "too_big_at_once")[0].code == "CORRUPT"


def test_floods_beside_the_channel(sandbox):
    outcome, got = collect(sandbox, "floods_stderr")
    assert got == [({"written": True}, b"")]
    assert outcome.code == "CRASH" and outcome.message.endswith("last words")


def test_disk():
    with Sandbox(Limits(file_mb=4), allow=["hostile_tasks"]) as one:
        assert collect(one, "floods_disk", None, {"files": 1, "mb": 5})[0].code == "LIMIT_SIZE"
        outcome, _ = collect(one, "floods_disk", None, {"files": 3, "mb": 3, "then": 60})
        assert outcome.code == "LIMIT_SIZE"
        assert collect(one, "looks")[1][0][0]["names"] == []


def test_fork_bomb(sandbox):
    needs(sandbox, "seccomp")
    assert collect(sandbox, "forks")[1] == [({"refused": 50}, b"")]
    assert collect(sandbox, "threads")[1] == [({"threads": 8}, b"")]


# --- lies


@pytest.mark.parametrize("lie", hostile_tasks.LIES)
def test_a_liar_is_killed(sandbox, lie):
    outcome, got = collect(sandbox, "lies", None, {"lie": lie, "call": sandbox._calls + 1})
    assert outcome.code == "CRASH" and "cannot be" in outcome.message
    assert got == [] and outcome.seconds < 5


def test_hanging_up_is_a_crash(sandbox):
    assert collect(sandbox, "hangs_up")[0].code == "CRASH"


def test_words_after_the_end_are_not_the_next_files(sandbox):
    assert collect(sandbox, "speaks_after_the_end")[0].ok
    for _ in range(3):
        outcome, got = collect(sandbox, "looks")
        assert outcome.ok and len(got) == 1 and "names" in got[0][0]
        time.sleep(0.1)


def test_a_child_that_died_between_calls_is_nobodys_fault(sandbox):
    collect(sandbox, "echo")
    os.kill(sandbox._child._process.pid, signal.SIGKILL)
    sandbox._child._process.wait()
    assert collect(sandbox, "echo")[0].ok


# --- burglary; also as root, which may read any file


@pytest.fixture
def matter(tmp_path, monkeypatch):
    for name in ("matter.db", "tecum.toml", "blobs/sha256/ab/cd/abcd", "keys/signing.pem"):
        path = tmp_path / "matter" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("secret")
    monkeypatch.chdir(tmp_path / "matter")
    monkeypatch.syspath_prepend(str(tmp_path / "matter"))  # as ``python -m`` does with the folder we stand in
    return tmp_path / "matter"


def refused(got):
    assert got, "nothing was tried"
    return {message["attempt"] for message, _ in got if message["refused"] is False}


def test_no_view_of_the_matter(matter):
    paths = [str(path) for path in matter.rglob("*") if path.is_file()]
    others = ["/etc/passwd", "/etc/shadow", "/etc/hostname", str(Path(__file__).parents[2] / "pyproject.toml")]
    with Sandbox(LIMITS, allow=["hostile_tasks"]) as one:
        needs(one, "landlock")
        _, got = collect(one, "reads", None, {"paths": paths + others, "parent": os.getpid()})
    assert len(got) == len(paths) + len(others) + 9
    assert refused(got) == set()
    for message, _ in got:  # by Landlock, which says EACCES, or since /proc of another has no such thing for us
        assert re.search(r"Errno 13\]|Errno 1\]|Errno 2\]", message["refused"]), message


def test_nothing_outside_can_be_changed(sandbox, matter):
    needs(sandbox, "landlock", "seccomp")
    victim = matter / "matter.db"
    before = victim.stat()
    args = {"folder": str(matter), "package": tecum.__file__}
    _, got = collect(sandbox, "writes", victim, args)
    assert refused(got) == set() and len(got) == 18
    after = victim.stat()
    same = ("st_mode", "st_uid", "st_mtime_ns", "st_ctime_ns", "st_size", "st_nlink")
    assert [getattr(before, key) for key in same] == [getattr(after, key) for key in same]
    assert victim.read_text() == "secret"


def test_no_network(sandbox):
    needs(sandbox, "seccomp")
    _, got = collect(sandbox, "sockets")
    assert refused(got) == set() and len(got) == 9
    for message, _ in got:  # by the filter: a namespace alone would let a socket be made
        assert "Errno 1]" in message["refused"] or message["attempt"] == "name", message


def test_no_power_over_other_processes(sandbox):
    needs(sandbox, "seccomp")
    column = posix._machine()[0]
    tables = (posix._REFUSED, posix._SPECIAL)
    numbers = {name: row[column] for text in tables for name, row in posix.table(text).items()}
    _, got = collect(sandbox, "attacks", None, {"parent": os.getpid(), "numbers": numbers})
    assert refused(got) == set() and len(got) >= 28
    for message, _ in got:  # by the filter, not by the kernel's own judgement of strange arguments
        if message["attempt"] not in ("kill group", "more memory", "root"):
            wanted = "Errno 38" if message["attempt"] in ("clone3", "newer") else "Errno 1]"
            assert wanted in message["refused"], message


def test_numbers_of_system_calls_agree_with_the_headers():
    headers = {0: Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"), 1: Path("/usr/include/asm-generic/unistd.h")}
    if not all(path.exists() for path in headers.values()):
        pytest.skip("the kernel's headers are not installed")
    for column, path in headers.items():
        found = {
            name: int(number) for name, number in re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", path.read_text())
        }
        for text in (posix._REFUSED, posix._REFUSED_FILES, posix._REFUSED_PROGRAMS, posix._SPECIAL):
            for name, row in posix.table(text).items():
                assert row[column] == found.get(name), (name, path)


@pytest.mark.parametrize("programs", [False, True])
@pytest.mark.parametrize("machine", posix._MACHINES)
def test_the_filter_is_well_formed(machine, programs):
    """Every jump lands inside, and every way ends in an answer."""
    column, architecture = posix._MACHINES[machine]
    code = posix._filter(column, architecture, 4242, programs)
    assert len(code) < 4096
    for place, (kind, yes, no, _) in enumerate(code):
        assert 0 <= yes < 256 and 0 <= no < 256
        if kind in (posix._JEQ, posix._JGT, posix._JGE, posix._JSET):
            assert place + 1 + max(yes, no) < len(code)
    assert code[-1] == (posix._RET, 0, 0, posix._ALLOW)

    def answer(number, *arguments, arch=architecture):
        data = {0: number, 4: arch, **{16 + 8 * n: value for n, value in enumerate(arguments)}}
        place, held = 0, 0
        while True:
            kind, yes, no, operand = code[place]
            place += 1
            if kind == posix._RET:
                return operand
            if kind == posix._LD:
                held = data[operand]
                continue
            test = {
                posix._JEQ: held == operand,
                posix._JGT: held > operand,
                posix._JGE: held >= operand,
                posix._JSET: bool(held & operand),
            }[kind]
            place += yes if test else no

    call = {name: row[column] for text in (posix._REFUSED, posix._SPECIAL) for name, row in posix.table(text).items()}
    execve = posix.table(posix._REFUSED_PROGRAMS)["execve"][column]
    eperm, enosys, allow = posix._ERRNO | 1, posix._ERRNO | 38, posix._ALLOW
    assert answer(call["socket"]) == answer(call["ptrace"]) == eperm
    assert answer(call["kill"], 4242) == answer(call["prlimit64"], 0) == allow
    assert answer(call["kill"], 4241) == answer(call["tgkill"], 1) == answer(call["prlimit64"], 7) == eperm
    assert answer(call["fcntl"], 3, 8) == eperm and answer(call["fcntl"], 3, 1) == allow
    assert answer(call["clone"], 0x10000) == allow
    assert answer(call["clone"], 17) == (allow if programs else eperm)
    assert answer(call["clone3"], 0) == (allow if programs else enosys)
    assert answer(execve) == (allow if programs else eperm)
    assert answer(452) == enosys and answer(0x40000000 + 1) == eperm
    assert answer(1, arch=0x40000003) == posix._KILL_PROCESS


# --- what the caller may open


def test_programs_only_when_named(tmp_path):
    echo, sleep = Path("/bin/echo"), Path("/bin/sleep")
    if not (echo.exists() and sleep.exists()):
        pytest.skip("no /bin/echo")
    with Sandbox(LIMITS, allow=["hostile_tasks"], programs=[echo]) as one:
        assert collect(one, "runs", None, {"program": str(echo)})[1] == [({"said": "said\n"}, b"")]
        if one.layers["landlock"] is True:
            assert collect(one, "runs", None, {"program": str(sleep)})[0].code == "CORRUPT"
    with Sandbox(LIMITS, allow=["hostile_tasks"], programs=[sleep]) as one:
        outcome, got = collect(one, "runs_forever", None, {"program": str(sleep)}, wall_s=0.5)
        assert outcome.code == "TIMEOUT"
        assert gone(got[0][0]["pid"])


def test_what_a_program_inside_can_reach(matter, monkeypatch):
    """A child that may run a program lets it do what the child itself may do, and nothing more; as root too."""
    shell = next((Path(one) for one in ("/bin/dash", "/usr/bin/dash", "/bin/sh") if Path(one).exists()), None)
    if shell is None or "bash" in str(shell.resolve()):
        pytest.skip("no plain shell")
    monkeypatch.setenv("TECUM_SECRET", "x")
    outside = matter / "made"
    attempts = {
        "its folder": ": > inside && read line < /dev/null; [ -e inside ]",  # the one thing that must work
        "database": f"read line < {matter}/matter.db",
        "blob": f"read line < {matter}/blobs/sha256/ab/cd/abcd",
        "key": f"read line < {matter}/keys/signing.pem",
        "shadow": "read line < /etc/shadow",
        "passwd": "read line < /etc/passwd",
        "overwrite": f": > {matter}/matter.db",
        "append": f": >> {matter}/matter.db",
        "make": f": > {outside}",
        "home": ": > /tmp/tecum-was-here",
        "parent": f"kill -0 {os.getpid()}",
        "environment of the parent": f"read line < /proc/{os.getpid()}/environ",
        "everybody": "kill -0 -1",
        "another program": "/bin/cat /dev/null",
        "python": f"{sys.executable} -c ''",
        "list": f'set -- {matter}/*; [ -e "$1" ]',
        "a script of its own": "echo ': > ran' > s && chmod +x s && ./s",
    }
    script = "\n".join(f"( {act} ) 2>/dev/null && echo '{name}'" for name, act in attempts.items())
    with Sandbox(LIMITS, allow=["hostile_tasks"], programs=[shell]) as one:
        needs(one, "landlock", "seccomp")
        args = {"program": str(shell.resolve()), "script": script + "\nexport -p"}
        _, got = collect(one, "runs_script", None, args)
    said = got[0][0]["said"]
    done = [line for line in said if line and not line.startswith("export ")]
    assert done == ["its folder"], got
    exported = {line.removeprefix("export ").partition("=")[0] for line in said if line.startswith("export ")}
    assert exported <= {*sandbox_process._ENVIRONMENT, "HOME", "TMPDIR", "PWD", "OLDPWD"}
    assert (matter / "matter.db").read_text() == "secret" and not outside.exists()


def test_reads_only_when_named(tmp_path):
    font = tmp_path / "font"
    font.write_text("x")
    args = {"paths": [str(font)], "parent": os.getpid()}
    with Sandbox(LIMITS, allow=["hostile_tasks"], reads=[font]) as one:
        needs(one, "landlock")
        assert refused(collect(one, "reads", None, args)[1]) == {str(font)}


def test_tasks_come_from_tecum_only():
    with Sandbox(LIMITS) as one:
        for task in ("os:getcwd", "hostile_tasks:echo", "tecum.no_such:task", "tecum.hooks:nothing"):
            with pytest.raises(SandboxFailed, match=task):
                one.run(task, None, {}, ignore)
    with pytest.raises(SandboxFailed, match="no_such_module"):
        Sandbox(LIMITS, allow=["no_such_module"]).run("no_such_module:x", None, {}, ignore)


def test_a_child_that_cannot_start_is_named(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(SandboxFailed, match="status 1"):
        _ = Sandbox().layers
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    with pytest.raises(SandboxFailed, match="No such file"):
        _ = Sandbox().layers


def test_probe_says_what_holds():
    found = probe()
    assert set(found["layers"]) == {
        "no_new_privs", "netns", "seccomp", "landlock", "capabilities", "rlimits", "memory_watch",
    }  # fmt: skip
    assert all(value is True or (isinstance(value, str) and value) for value in found["layers"].values())
    assert len(found["attempts"]) == 4
    if found["layers"]["seccomp"] is True and found["layers"]["landlock"] is True:
        assert all(found["attempts"].values())


def test_works_with_layers_missing(monkeypatch, tmp_path):
    """An old kernel, or another system: the child runs, and says what is missing and why."""
    package = tmp_path / "posix.py"
    source = Path(posix.__file__).read_text()
    package.write_text(source.replace('if sys.platform != "linux":\n        raise', "if True:\n        raise"))
    child = tmp_path / "sandbox_child.py"
    child.write_text(Path(sandbox_child.__file__).read_text())
    monkeypatch.setattr(sandbox_child, "__file__", str(child))
    with Sandbox(LIMITS, allow=["hostile_tasks"]) as one:
        layers = one.layers
        assert collect(one, "echo")[0].ok
    for name in ("no_new_privs", "netns", "seccomp", "landlock", "capabilities"):
        assert "only on Linux" in str(layers[name])
    assert layers["rlimits"] is True


# --- nothing stays behind


def gone(pid: int) -> bool:
    """Whether a process ends within some seconds (a zombie has ended)."""
    for _ in range(200):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.02)
    return False


def test_closing_leaves_no_process_thread_or_folder():
    before = set(threading.enumerate())
    one = Sandbox(LIMITS, allow=["hostile_tasks"])
    assert collect(one, "echo")[0].ok
    pid, folder = one._child._process.pid, one._child.folder
    one.close()
    one.close()
    assert gone(pid) and not Path(folder).exists()
    assert set(threading.enumerate()) <= before


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_child_dies_with_a_killed_parent(tmp_path):
    program = textwrap.dedent("""
        import sys
        from tecum.engine.sandbox import Sandbox
        sys.path.insert(0, sys.argv[1])
        one = Sandbox(allow=["hostile_tasks"])
        def receive(message, payload):
            print(one._child._process.pid, one._child.folder, flush=True)
        one.run("hostile_tasks:trickles", None, {}, receive)
    """)
    parent = subprocess.Popen(
        [sys.executable, "-c", program, str(Path(__file__).parent)],
        env={**os.environ, "PYTHONPATH": str(Path(tecum.__file__).parents[1])},
        stdout=subprocess.PIPE,
        text=True,
    )
    with parent:
        pid, folder = parent.stdout.readline().split()
        parent.kill()
    assert gone(int(pid))
    if Path(folder).exists():
        assert sandbox_child.empty(folder)
        Path(folder).rmdir()
