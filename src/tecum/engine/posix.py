"""The one guarded file for what only POSIX systems have: the layers that shut a process in, and its limits.

The sandbox's child loads this file by its path and runs it before anything else, so it imports nothing but
``ctypes``, ``os``, ``sys`` and, where it exists, ``resource``. On Windows it imports, and every layer
answers with the reason why it does not hold.

Sources: seccomp(2), the kernel's ``Documentation/userspace-api/landlock.rst``, unshare(2), capabilities(7),
prctl(2); numbers of system calls from ``asm/unistd_64.h`` (x86_64) and ``asm-generic/unistd.h`` (aarch64).
"""
# pathlib would be one more import before the layers hold
# ruff: noqa: PTH112, PTH123

from __future__ import annotations

import ctypes
import errno
import math
import os
import sys
from collections.abc import Callable, Sequence

try:
    import resource

    _HAS_LIMITS = True
except ImportError:  # Windows
    _HAS_LIMITS = False

Layers = dict[str, bool | str]

_PR_SET_PDEATHSIG, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 1, 22, 38
_SIGKILL = 9
_CLONE_NEWIPC, _CLONE_NEWUSER, _CLONE_NEWNET, _CLONE_THREAD = 0x08000000, 0x10000000, 0x40000000, 0x00010000
_CAP_DAC_READ_SEARCH = 2

# What a parser never needs: "name x86_64 aarch64", '-' where the machine has no such call. All answer EPERM.
_REFUSED = """
socket 41 198, socketpair 53 199, connect 42 203, bind 49 200, listen 50 201, accept 43 202, accept4 288 242,
ptrace 101 117, process_vm_readv 310 270, process_vm_writev 311 271, process_madvise 440 440,
process_mrelease 448 448, kcmp 312 272, pidfd_open 434 434, pidfd_getfd 438 438, pidfd_send_signal 424 424,
tkill 200 130, rt_sigqueueinfo 129 138, rt_tgsigqueueinfo 297 240, setsid 112 157, setpgid 109 154,
setpriority 141 140, ioprio_set 251 30, sched_setparam 142 118, sched_setscheduler 144 119,
sched_setattr 314 274, sched_setaffinity 203 122, migrate_pages 256 238, move_pages 279 239,
shmget 29 194, shmat 30 196, shmctl 31 195, semget 64 190, semctl 66 191, semop 65 193, semtimedop 220 192,
msgget 68 186, msgsnd 69 189, msgrcv 70 188, msgctl 71 187, mq_open 240 180, mq_unlink 241 181,
add_key 248 217, request_key 249 218, keyctl 250 219, bpf 321 280, perf_event_open 298 241,
userfaultfd 323 282, io_uring_setup 425 425, io_uring_enter 426 426, io_uring_register 427 427,
modify_ldt 154 -, personality 135 92, inotify_init 253 -, inotify_init1 294 26, fanotify_init 300 262,
fanotify_mark 301 263, name_to_handle_at 303 264, open_by_handle_at 304 265,
mknod 133 -, mknodat 259 33, chroot 161 51, pivot_root 155 41, mount 165 40, umount2 166 39,
mount_setattr 442 442, open_tree 428 428, move_mount 429 429, fsopen 430 430, fsconfig 431 431,
fsmount 432 432, fspick 433 433, quotactl 179 60, quotactl_fd 443 443, unshare 272 97, setns 308 268,
init_module 175 105, finit_module 313 273, delete_module 176 106, kexec_load 246 104,
kexec_file_load 320 294, reboot 169 142, swapon 167 224, swapoff 168 225, acct 163 89, syslog 103 116,
vhangup 153 58, iopl 172 -, ioperm 173 -, settimeofday 164 170, clock_settime 227 112,
clock_adjtime 305 266, adjtimex 159 171, sethostname 170 161, setdomainname 171 162, lookup_dcookie 212 18,
uselib 134 -, nfsservctl 180 42
"""
# Landlock does not cover these, and a file's owner may do them to evidence: its mode, owner, times, length.
_REFUSED_FILES = """
chmod 90 -, fchmod 91 52, fchmodat 268 53, chown 92 -, fchown 93 55, lchown 94 -, fchownat 260 54,
utime 132 -, utimes 235 -, futimesat 261 -, utimensat 280 88, setxattr 188 5, lsetxattr 189 6,
fsetxattr 190 7, removexattr 197 14, lremovexattr 198 15, fremovexattr 199 16, truncate 76 45
"""
_REFUSED_PROGRAMS = "fork 57 -, vfork 58 -, execve 59 221, execveat 322 281"
_SPECIAL = """
clone 56 220, clone3 435 435, kill 62 129, tgkill 234 131, prlimit64 302 261, fcntl 72 25, ioctl 16 29,
capset 126 91, landlock_create_ruleset 444 444, landlock_add_rule 445 445, landlock_restrict_self 446 446
"""
_NEWEST_KNOWN = 451  # cachestat; what came later (other ways to set modes, mounts ...) answers ENOSYS
_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}  # column above, AUDIT_ARCH_*

_LD, _JEQ, _JGT, _JGE, _JSET, _RET = 0x20, 0x15, 0x25, 0x35, 0x45, 0x06
_ALLOW, _KILL_PROCESS, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_FCNTL_REFUSED = (8, 10, 15, 1024, 1026)  # F_SETOWN, F_SETSIG, F_SETOWN_EX (signals), F_SETLEASE, F_NOTIFY
_IOCTL_REFUSED = (0x8901, 0x8902, 0x5412)  # FIOSETOWN, SIOCSPGRP (signals), TIOCSTI

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_REFER, _TRUNCATE, _IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
_FILE_RIGHTS = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV
# In its own folder everything but running programs, devices, sockets, pipes and links to elsewhere.
_OWN_FOLDER = _WRITE_FILE | _READ_FILE | _READ_DIR | 1 << 4 | 1 << 5 | 1 << 7 | 1 << 8 | _REFER | _TRUNCATE
_DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")


def table(text: str) -> dict[str, tuple[int | None, int | None]]:
    """Read a table of system calls: name to (number on x86_64, number on aarch64)."""
    rows = (row.split() for row in text.replace("\n", " ").split(","))
    return {name: (_number(intel), _number(arm)) for name, intel, arm in rows}


def _number(text: str) -> int | None:
    return None if text == "-" else int(text)


def isolate(folder: str, reads: Sequence[str], lists: Sequence[str], programs: Sequence[str]) -> Layers:
    """Shut this process in for good, and say which layers hold: True, or the reason why not.

    ``folder`` is the one place it may write; ``reads`` are files and folders it may read, ``lists`` folders
    whose names it may list. Only with ``programs`` may it start processes, and only those.

    The order is that of the design with one exception: the namespace comes before the filter, which refuses
    ``unshare``. Nothing foreign has been loaded yet, so nothing is lost by that.
    """
    layers: Layers = {}

    def attempt(name: str, act: Callable[[], None]) -> None:
        try:
            act()
            layers[name] = True
        except OSError as error:
            layers[name] = error.strerror or str(error)

    attempt("no_new_privs", lambda: _prctl(_PR_SET_NO_NEW_PRIVS, 1))
    attempt("netns", _network_namespace)
    attempt("seccomp", lambda: _filter_calls(programs=bool(programs)))
    attempt("landlock", lambda: _landlock(folder, reads, lists, programs))
    attempt("capabilities", lambda: _drop_capabilities(keep_search=layers["landlock"] is True))
    return layers


def die_with_parent(parent: int) -> bool:
    """Let the kernel kill this process when the thread that started it ends; False where it cannot.

    Call it after any change of credentials, which undoes it. If ``parent`` is gone already, ends at once.
    """
    try:
        _prctl(_PR_SET_PDEATHSIG, _SIGKILL)
    except OSError:
        return False
    if os.getppid() != parent:
        os._exit(1)
    return True


def limit(memory: int, file: int, handles: int) -> bool | str:
    """Cap the address space (bytes, 0 for no cap), each written file (bytes) and open files; no core dumps.

    Returns True, or what could not be set.
    """
    if not _HAS_LIMITS:
        return "this system has no resource limits"
    wanted = {"RLIMIT_CORE": 0, "RLIMIT_FSIZE": file, "RLIMIT_NOFILE": handles, "RLIMIT_AS": memory or None}
    # RLIMIT_NPROC counts all processes of the user and spares root: the filter refuses new ones instead.
    failed = []
    for name, value in wanted.items():
        if value is not None:
            try:
                which = getattr(resource, name)
                hard = resource.getrlimit(which)[1]
                value = value if hard == resource.RLIM_INFINITY else min(value, hard)
                resource.setrlimit(which, (value, value))
            except (ValueError, OSError) as error:
                failed.append(f"{name}: {error}")
    return "; ".join(failed) or True


def limit_cpu(seconds: float) -> None:
    """Let this process be killed (SIGXCPU) after so many more seconds of processor time, rounded up."""
    if _HAS_LIMITS:
        used = resource.getrusage(resource.RUSAGE_SELF)
        hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
        resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(used.ru_utime + used.ru_stime + seconds), hard))


def kill_group(pid: int) -> None:
    """Kill the process group that ``pid`` leads; nothing happens when it is gone."""
    if sys.platform != "win32":
        try:
            os.killpg(pid, _SIGKILL)
        except (ProcessLookupError, PermissionError):  # macOS says EPERM for a group of zombies
            return


def alive(pid: int) -> bool:
    """Whether there is such a process; True where that cannot be asked without harm."""
    if sys.platform == "win32":
        return True  # os.kill would end it
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def ended(status: int) -> str:
    """Say how a process ended, from its exit status (negative: the signal that killed it)."""
    import signal

    if status >= 0:
        return f"ended with status {status}"
    names = {number.value: number.name for number in signal.Signals}
    return f"was killed by {names.get(-status, f'signal {-status}')}"


def resident(pid: int) -> int | None:
    """Resident memory of a process in bytes; None where it cannot be asked."""
    if sys.platform != "linux":
        return None
    try:
        with open(f"/proc/{pid}/statm", "rb") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")
    except (OSError, IndexError):
        return None


def _libc() -> ctypes.CDLL:
    if sys.platform != "linux":
        raise OSError(errno.ENOSYS, f"only on Linux, and this is {sys.platform}")
    return ctypes.CDLL(None, use_errno=True)


def _checked(answer: int) -> int:
    if answer < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return answer


def _prctl(option: int, *values: object) -> None:
    arguments = [ctypes.c_ulong(value) if isinstance(value, int) else value for value in values]
    arguments += [ctypes.c_ulong(0)] * (4 - len(arguments))  # some options insist on zeros
    _checked(_libc().prctl(option, *arguments))


def _syscall(name: str, *values: object) -> int:
    libc = _libc()
    number = table(_SPECIAL)[name][_machine()[0]]
    arguments = [ctypes.c_long(value) if isinstance(value, int) else value for value in values]
    return _checked(libc.syscall(ctypes.c_long(number or 0), *arguments))


def _machine() -> tuple[int, int]:
    if sys.platform == "win32" or os.uname().machine not in _MACHINES or sys.maxsize < 2**32:
        raise OSError(errno.ENOSYS, "no table of system calls for this machine")
    return _MACHINES[os.uname().machine]


def _network_namespace() -> None:
    """Move into a network and System V namespace of its own; root needs no user namespace for that."""
    libc = _libc()
    wanted = _CLONE_NEWNET | _CLONE_NEWIPC
    if libc.unshare(wanted) < 0:
        _checked(libc.unshare(wanted | _CLONE_NEWUSER))


def _drop_capabilities(*, keep_search: bool) -> None:
    """Give up root's powers (or those a user namespace gave).

    ``keep_search`` keeps the one to read past file modes, so that root may use an installation in a closed
    home folder; only where Landlock says what can be read at all.
    """
    kept = 1 << _CAP_DAC_READ_SEARCH if keep_search and os.geteuid() == 0 else 0
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3, this process
    # effective, permitted, inheritable; then the same for the upper half
    _syscall("capset", ctypes.byref(header), ctypes.byref((ctypes.c_uint32 * 6)(kept, kept, 0, 0, 0, 0)))


class _Instruction(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_uint16), ("jt", ctypes.c_uint8), ("jf", ctypes.c_uint8), ("k", ctypes.c_uint32),
    )  # fmt: skip


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.POINTER(_Instruction)))


def _filter_calls(*, programs: bool) -> None:
    """Install the seccomp filter."""
    column, architecture = _machine()
    code = _filter(column, architecture, os.getpid(), programs)
    array = (_Instruction * len(code))(*(_Instruction(*line) for line in code))
    program = _Program(len(code), ctypes.cast(array, ctypes.POINTER(_Instruction)))
    _prctl(_PR_SET_SECCOMP, 2, ctypes.byref(program))  # SECCOMP_MODE_FILTER


def _filter(column: int, architecture: int, pid: int, programs: bool) -> list[tuple[int, int, int, int]]:
    """Return the filter as classic BPF: (code, jump if true, jump if false, operand)."""
    eperm, enosys = _ERRNO | errno.EPERM, _ERRNO | errno.ENOSYS
    special = {name: row[column] or 0 for name, row in table(_SPECIAL).items()}
    refused = {**table(_REFUSED), **table(_REFUSED_FILES), **({} if programs else table(_REFUSED_PROGRAMS))}
    code = [
        (_LD, 0, 0, 4), (_JEQ, 1, 0, architecture), (_RET, 0, 0, _KILL_PROCESS),  # a 32-bit call
        (_LD, 0, 0, 0), (_JGE, 0, 1, 0x40000000), (_RET, 0, 0, eperm),  # the x32 way to call
        (_JGT, 0, 1, _NEWEST_KNOWN), (_RET, 0, 0, enosys),
    ]  # fmt: skip
    for row in refused.values():
        if (number := row[column]) is not None:
            code += [(_JEQ, 0, 1, number), (_RET, 0, 0, eperm)]
    if not programs:  # threads only; clone3 hides its flags, and libraries then fall back to clone
        code += [(_JEQ, 0, 1, special["clone3"]), (_RET, 0, 0, enosys)]
        code += _judge(special["clone"], 0, [_CLONE_THREAD], _ALLOW, eperm, test=_JSET)
    for name in ("kill", "tgkill"):  # itself, for abort(); never the parent
        code += _judge(special[name], 0, [pid], _ALLOW, eperm)
    code += _judge(special["prlimit64"], 0, [0, pid], _ALLOW, eperm)
    code += _judge(special["fcntl"], 1, _FCNTL_REFUSED, eperm, _ALLOW)
    code += _judge(special["ioctl"], 1, _IOCTL_REFUSED, eperm, _ALLOW)
    return [*code, (_RET, 0, 0, _ALLOW)]


def _judge(
    number: int, argument: int, values: Sequence[int], inside: int, outside: int, test: int = _JEQ
) -> list[tuple[int, int, int, int]]:
    """For one system call: ``inside`` when the argument's low half is one of ``values``, else ``outside``."""
    count = len(values)
    return [
        (_JEQ, 0, count + 3, number),
        (_LD, 0, 0, 16 + 8 * argument),
        *((test, count - place, 0, value) for place, value in enumerate(values)),
        (_RET, 0, 0, outside),
        (_RET, 0, 0, inside),
    ]


def _landlock(folder: str, reads: Sequence[str], lists: Sequence[str], programs: Sequence[str]) -> None:
    """Leave only these paths; with a newer kernel also no TCP, and no signals or sockets to the outside."""
    abi = _syscall("landlock_create_ruleset", None, 0, 1)
    handled = (1 << 13) - 1
    handled |= (_REFER if abi >= 2 else 0) | (_TRUNCATE if abi >= 3 else 0) | (_IOCTL_DEV if abi >= 5 else 0)
    attributes = [handled]
    if abi >= 4:
        attributes.append(0b11)  # bind and connect TCP
    if abi >= 6:
        attributes.append(0b11)  # abstract sockets and signals across the border
    packed = b"".join(value.to_bytes(8, sys.byteorder) for value in attributes)
    ruleset = _syscall("landlock_create_ruleset", packed, len(packed), 0)
    read = _READ_FILE | _READ_DIR | (_EXECUTE if programs else 0)
    rules = [(path, read) for path in (*reads, *programs)]
    rules += [(path, _READ_DIR) for path in lists]
    rules += [(path, _READ_FILE | _WRITE_FILE) for path in _DEVICES]
    rules.append((folder, _OWN_FOLDER))
    try:
        for path, rights in rules:
            _landlock_rule(ruleset, path, rights & handled)
        _syscall("landlock_restrict_self", ruleset, 0)
    finally:
        os.close(ruleset)


def _landlock_rule(ruleset: int, path: str, rights: int) -> None:
    try:
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return  # a library folder that this system does not have
    try:
        if not os.path.isdir(path):
            rights &= _FILE_RIGHTS
        rule = rights.to_bytes(8, sys.byteorder) + handle.to_bytes(4, sys.byteorder)
        _syscall("landlock_add_rule", ruleset, 1, rule, 0)  # LANDLOCK_RULE_PATH_BENEATH
    finally:
        os.close(handle)
