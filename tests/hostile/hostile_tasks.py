"""Tasks that a sandbox must survive: each enters by the front door, as a reader would."""

import ctypes
import json
import os
import resource
import signal
import socket
import struct
import sys
import tempfile
import threading
import time
from pathlib import Path

from tecum.errors import TecumError
from tecum.hooks import Unreadable


def echo(file, args, send):
    data = file.read() if file is not None else b""
    send({"args": args, "size": len(data)}, data[:1000])


def pieces(file, args, send):
    while piece := file.read(args["piece"]):
        send({}, piece)


def surroundings(file, args, send):
    handles = []
    for handle in range(256):
        try:
            os.fstat(handle)
            handles.append(handle)
        except OSError:
            continue
    send(
        {
            "environment": dict(os.environ),
            "handles": handles,
            "folder": str(Path.cwd()),
            "stdin": sys.stdin.read(),
            "leader": os.getpgrp() == os.getpid() == os.getsid(0),
            "order": list({"alpha", "beta", "gamma", "delta"}),
            "modules": sorted(name for name in sys.modules if name.startswith("tecum.")),
        },
        b"",
    )


def speaks_names(file, args, send):
    send({"name": "half \ud83d a character"}, b"")


# --- ends of all kinds


def unreadable(file, args, send):
    send({"before": 1}, b"")
    raise Unreadable("ENCRYPTED", "It needs a password")


def raises(file, args, send):
    raise {
        "value": ValueError("bad\x1b[31m cell in <_io.BytesIO object at 0x7f0012345678>"),
        "exit": SystemExit(0),
        "keyboard": KeyboardInterrupt(),
        "memory": MemoryError(),
        "own": TecumError("text"),
        "wild code": Unreadable("no such code; DROP", "x"),
    }[args["kind"]]


def recurses(file, args, send):
    recurses(file, args, send)


def segfault(file, args, send):
    send({"seen": 1}, b"part")
    ctypes.string_at(0)


def aborts(file, args, send):
    os.write(2, b"first\nassertion failed: cell != NULL\n")
    os.abort()


def leaves(file, args, send):
    os._exit(args["status"])


def kills_itself(file, args, send):
    os.kill(os.getpid(), args["signal"])


def loops(file, args, send):
    while True:
        pass


def sleeps(file, args, send):
    send({"asleep": True}, b"")
    time.sleep(600)


def trickles(file, args, send):
    while True:
        send({"still": "here"}, b"")
        time.sleep(0.02)


# --- greed


def hogs(file, args, send):
    held = []
    while True:
        held.append(bytearray(16 << 20))


def hogs_quietly(file, args, send):
    held = []
    while True:
        try:
            held.append(bytearray(16 << 20))
        except MemoryError:
            time.sleep(0.01)


def floods_bytes(file, args, send):
    while True:
        send({}, bytes(1 << 20))


def floods_messages(file, args, send):
    while True:
        send({}, b"")


def floods_stderr(file, args, send):
    for _ in range(200):
        os.write(2, b"x" * 65536)
    print("to stdout")
    send({"written": True}, b"")
    os.write(2, b"\nlast words")
    os._exit(1)


def floods_disk(file, args, send):
    piece = bytes(1 << 20)
    for number in range(args["files"]):
        with Path(f"{number}").open("wb") as out:
            for _ in range(args["mb"]):
                out.write(piece)
    time.sleep(args.get("then", 0))


def too_big_at_once(file, args, send):
    send({}, bytes((1 << 20) + 1))


def forks(file, args, send):
    refused = 0
    for _ in range(50):
        try:
            if os.fork() == 0:
                time.sleep(600)
        except OSError:
            refused += 1
    send({"refused": refused}, b"")


def threads(file, args, send):
    done = []
    all_ = [threading.Thread(target=done.append, args=(n,)) for n in range(8)]
    for one in all_:
        one.start()
    for one in all_:
        one.join()
    send({"threads": len(done)}, b"")


# --- litter


def litters(file, args, send):
    place = os.open(".", os.O_RDONLY)
    for _ in range(args["depth"]):
        os.mkdir("d", dir_fd=place)
        inner = os.open("d", os.O_RDONLY, dir_fd=place)
        os.close(place)
        place = inner
    os.close(os.open("file", os.O_CREAT | os.O_WRONLY, dir_fd=place))
    os.close(place)
    with tempfile.NamedTemporaryFile(delete=False) as out:
        out.write(b"evidence")
    os.mkdir("closed", 0)  # noqa: PTH102


def looks(file, args, send):
    send({"names": sorted(os.listdir(".")), "temporary": tempfile.gettempdir()}, b"")  # noqa: PTH208


def litters_later(file, args, send):
    def soon():
        for number in range(10_000):
            Path(f"late{number}").touch()

    threading.Thread(target=soon, daemon=True).start()
    time.sleep(0.05)


# --- lies, written past ``send``


def _channel():
    return json.loads(sys.argv[1])[0]


def _lie(data):
    os.write(_channel(), data)
    time.sleep(600)


def _frame(kind, call, text, payload=b""):
    return struct.pack("!BIII", kind, call, len(text), len(payload)) + text + payload


LIES = {
    "garbage": lambda call: b"\xff" * 64,
    "huge message": lambda call: struct.pack("!BIII", 1, call, 1 << 31, 0),
    "huge payload": lambda call: struct.pack("!BIII", 1, call, 2, (1 << 32) - 1) + b"{}",
    "another call": lambda call: _frame(2, call + 1, b'{"code":"","message":"","cpu":0.1,"clean":true}'),
    "an old call": lambda call: _frame(1, call - 1, b"{}"),
    "unknown kind": lambda call: _frame(9, call, b"{}"),
    "greeting again": lambda call: _frame(0, call, b'{"layers":{}}'),
    "no json": lambda call: _frame(1, call, b"{'a': 1}"),
    "no object": lambda call: _frame(1, call, b"[1]"),
    "pickle": lambda call: _frame(1, call, b"cposix\nsystem\n(S'true'\ntR."),
    "not utf-8": lambda call: _frame(1, call, b'{"a":"\xff"}'),
    "half character": lambda call: _frame(1, call, b'{"a":"\\ud800"}'),
    "nan": lambda call: _frame(1, call, b'{"a":NaN}'),
    "long number": lambda call: _frame(1, call, b'{"a":' + b"9" * 100_000 + b"}"),
    "deep": lambda call: _frame(1, call, b'{"a":' + b"[" * 400_000 + b"]" * 400_000 + b"}"),
    "deepish": lambda call: _frame(1, call, b'{"a":' + b"[" * 80 + b"]" * 80 + b"}"),
    "end without types": lambda call: _frame(2, call, b'{"code":1,"message":null,"cpu":"x"}'),
    "end without cpu": lambda call: _frame(2, call, b'{"code":"","message":"","clean":true}'),
    "end with wild code": lambda call: _frame(2, call, b'{"code":"a b","message":"","cpu":0.1,"clean":true}'),
}


def lies(file, args, send):
    _lie(LIES[args["lie"]](args["call"]))


def stops_in_a_frame(file, args, send):
    os.write(_channel(), struct.pack("!BIII", 1, args["call"], 100, 0) + b"{")
    time.sleep(600)


def hangs_up(file, args, send):
    os.close(_channel())
    time.sleep(600)


def speaks_after_the_end(file, args, send):
    def later():
        time.sleep(0.2)
        send({"late": True}, b"")

    threading.Thread(target=later, daemon=True).start()


# --- burglary: each tries everything and sends what was not refused


def _attempts(send, attempts):
    for name, act in attempts.items():
        try:
            act()
            send({"attempt": name, "refused": False}, b"")
        except (OSError, ValueError) as error:
            send({"attempt": name, "refused": f"{type(error).__name__}: {error}"}, b"")


def _call(number, *values):
    libc = ctypes.CDLL(None, use_errno=True)
    ctypes.set_errno(0)
    if libc.syscall(ctypes.c_long(number), *[ctypes.c_long(value) for value in values]) < 0:
        raise OSError(ctypes.get_errno(), "refused")


def reads(file, args, send):
    def shown(path):
        return lambda: Path(path).read_bytes()

    attempts = {path: shown(path) for path in args["paths"]}
    attempts["its folder"] = lambda: list(Path(args["paths"][0]).parent.iterdir())
    for name in ("environ", "mem", "maps", "cmdline"):
        attempts[f"/proc {name}"] = lambda name=name: Path(f"/proc/{args['parent']}/{name}").read_bytes()
    for name in ("fd", "root", "cwd"):
        attempts[f"/proc {name}"] = lambda name=name: list(Path(f"/proc/{args['parent']}/{name}/").iterdir())
    attempts["/proc/self"] = lambda: Path("/proc/self/maps").read_bytes()
    _attempts(send, attempts)


def writes(file, args, send):
    there = Path(args["folder"])
    victim = there / "matter.db"
    _attempts(
        send,
        {
            "new": lambda: (there / "new").write_bytes(b""),
            "append": lambda: victim.open("ab"),
            "truncate": lambda: os.truncate(victim, 0),
            "remove": victim.unlink,
            "rename": lambda: victim.rename(there / "other"),
            "mode": lambda: victim.chmod(0o777),
            "owner": lambda: os.chown(victim, 1, 1),
            "times": lambda: os.utime(victim, (0, 0)),
            "attribute": lambda: os.setxattr(victim, "user.x", b"y"),
            "link": lambda: Path("link").symlink_to(victim),
            "hard link": lambda: Path("hard").hardlink_to(victim),
            "folder": lambda: (there / "folder").mkdir(),
            "library": lambda: os.open(os.__file__, os.O_WRONLY),
            "own package": lambda: os.open(args["package"], os.O_WRONLY),
            "input": lambda: os.write(file.fileno(), b"x"),
            "input's mode": lambda: os.chmod(file.fileno(), 0o777),  # noqa: PTH101
            "input's times": lambda: os.utime(file.fileno(), (0, 0)),
            "input's length": lambda: os.ftruncate(file.fileno(), 0),
        },
    )


def sockets(file, args, send):
    def made(*kind):
        return lambda: socket.socket(*kind).close()

    def on_the_channel():
        held = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, fileno=os.dup(_channel()))
        held.connect("/run/docker.sock")

    _attempts(
        send,
        {
            "tcp": made(),
            "tcp6": made(socket.AF_INET6, socket.SOCK_STREAM),
            "udp": made(socket.AF_INET, socket.SOCK_DGRAM),
            "unix": made(socket.AF_UNIX, socket.SOCK_STREAM),
            "netlink": made(socket.AF_NETLINK, socket.SOCK_RAW),
            "packet": made(socket.AF_PACKET, socket.SOCK_RAW),
            "pair": socket.socketpair,
            "connect": on_the_channel,
            "name": lambda: socket.create_connection(("localhost", 80), 1),
        },
    )


def attacks(file, args, send):
    parent = args["parent"]
    intel = os.uname().machine == "x86_64"
    numbers = args["numbers"]
    attempts = {
        "kill": lambda: os.kill(parent, signal.SIGTERM),
        "kill 0": lambda: os.kill(parent, 0),
        "kill group": lambda: os.killpg(os.getpgid(parent), 0),
        "limits": lambda: resource.prlimit(parent, resource.RLIMIT_CPU, (1, 1)),
        "priority": lambda: os.setpriority(os.PRIO_PROCESS, parent, 19),
        "more memory": lambda: resource.setrlimit(resource.RLIMIT_AS, (-1, -1)),
        "run": lambda: os.execv("/bin/true", ["true"]),
        "session": os.setsid,
        "root": lambda: os.chroot("."),
        "fork": os.fork,
        "signal on input": lambda: _call(numbers["fcntl"], _channel(), 8, parent),
    }
    for name, values in {
        "ptrace": (16, parent, 0, 0),  # PTRACE_ATTACH
        "process_vm_readv": (parent, 0, 0, 0, 0, 0),
        "process_vm_writev": (parent, 0, 0, 0, 0, 0),
        "pidfd_open": (parent, 0),
        "pidfd_send_signal": (0, 0, 0, 0),
        "unshare": (0x10000000,),
        "setns": (0, 0),
        "bpf": (0, 0, 0),
        "perf_event_open": (0, 0, 0, 0, 0),
        "userfaultfd": (0,),
        "io_uring_setup": (1, 0),
        "keyctl": (0, 0),
        "mount": (0, 0, 0, 0, 0),
        "shmget": (0, 4096, 0o1600),
        "memory of another": (0,),
        "clone3": (0, 0),
        "newer": (0, 0, 0, 0, 0),
    }.items():
        number = {"memory of another": numbers["kcmp"], "newer": 463}.get(name, numbers.get(name))
        attempts[name] = lambda number=number, values=values: _call(number, *values)
    if intel:
        attempts["x32"] = lambda: _call(0x40000000 + 39)
    _attempts(send, attempts)


def runs(file, args, send):
    import subprocess

    done = subprocess.run([args["program"], "said"], capture_output=True, text=True, check=True)
    send({"said": done.stdout}, b"")


def runs_script(file, args, send):
    """Let a shell try everything with what is built into it; it says which attempts were not refused."""
    import subprocess

    done = subprocess.run([args["program"], "-c", args["script"]], capture_output=True, text=True, check=False)
    send({"said": done.stdout.split("\n"), "complained": done.stderr[-2000:]}, b"")


def runs_forever(file, args, send):
    import subprocess

    running = subprocess.Popen([args["program"], "600"])
    send({"pid": running.pid}, b"")
    running.wait()
