"""Silent loss: files that a program says it read while most of their text is missing; tecum beside three others.

    python benchmarks/silentloss.py FOLDER [--rivals PYTHON] [--phrases benchmarks/phrases.toml] [--out FOLDER]

FOLDER holds the files, such as the ``test-documents`` of apache/tika. PYTHON is an interpreter in whose environment
``kreuzberg``, ``extractous`` and ``markitdown[all]`` are installed; what is not installed is left out. Each program
has one worker for all files: a path goes in, the text comes out. A worker is killed at 30 s a file or 4 GiB, and
started again. Library defaults throughout; text recognition off; a child's text counts for the file that holds it.

A token is a run of letters and digits in lower case, counted once a file. Two consensuses are printed: tokens on which
any two of the programs agree (the reference's measure, in which every program is its own witness), and for each program
the tokens on which two of the *others* agree. A file counts where there are 20 or more. Silent loss: no error, and
under half of them; full: nine tenths and more.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import select
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import combinations
from pathlib import Path

HERE = Path(__file__).parent
RIVALS = ("kreuzberg", "extractous", "markitdown")
CORE = {
    "pdf": "pdf",
    "docx": "docx docm dotx dotm",
    "doc": "doc dot",
    "xlsx": "xlsx xlsm xltx xlsb",
    "xls": "xls xlt",
    "pptx": "pptx pptm ppsx ppsm potx potm",
    "ppt": "ppt pps pot",
    "rtf": "rtf",
    "odf": "odt ods odp ott ots otp odg",
    "mail": "eml msg mbox pst",
    "archive": "zip tar gz tgz 7z bz2 xz rar",
    "html": "html htm xhtml",
    "text": "txt csv tsv md",
}
FORMAT = {extension: name for name, extensions in CORE.items() for extension in extensions.split()}
LEAST, LOST, FULL = 20, 0.5, 0.9
SECONDS, MEMORY = 30.0, 4 << 30
_TOKEN = re.compile(r"\w+")
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Told:
    """What a program said of a file: ``state`` is text, empty, raised, hung, died or memory."""

    state: str
    error: str = ""
    seconds: float = 0.0
    cpu: float = 0.0
    tokens: list[str] = field(default_factory=list)
    text: str = ""
    office: bool = False  # LibreOffice had a part in it


class Worker:
    """One program's process, on a leash."""

    def __init__(self, program: str, python: str, out: Path) -> None:
        self.program, self._python, self._out = program, python, out
        self.peak = self.hung = self.died = 0
        self._process: subprocess.Popen[bytes] | None = None

    def read(self, path: Path) -> Told:
        """Give it a file; the clock starts with it."""
        process = self._started()
        begun, before = time.monotonic(), _used(process.pid)
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(json.dumps(str(path)).encode() + b"\n")
        process.stdin.flush()
        while not select.select([process.stdout], [], [], 0.05)[0]:
            usage = _used(process.pid)
            self.peak = max(self.peak, usage[1])
            if time.monotonic() - begun > SECONDS or usage[1] > MEMORY:
                self.close()
                self.hung += 1
                return Told("memory" if usage[1] > MEMORY else "hung", seconds=time.monotonic() - begun)
        line = process.stdout.readline()
        seconds, usage = time.monotonic() - begun, _used(process.pid)
        self.peak = max(self.peak, usage[1])
        if not line:
            self.close()
            self.died += 1
            return Told("died", seconds=seconds)
        said = json.loads(line)
        text = (self._out / f"{self.program}.txt").read_text(encoding="utf-8", errors="replace") if said["ok"] else ""
        tokens = sorted(set(_TOKEN.findall(text.lower())))
        state = "raised" if not said["ok"] else "text" if tokens else "empty"
        cpu = usage[0] - before[0]
        return Told(state, said.get("error", ""), seconds, cpu, tokens, text, said.get("office", False))

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            command = [self._python, str(HERE / "silentloss_worker.py"), self.program, str(self._out)]
            pipe = subprocess.PIPE
            self._process = subprocess.Popen(
                command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, start_new_session=True
            )
            assert self._process.stdout is not None
            ready = self._process.stdout.readline()
            if ready.strip() != b"ready":
                raise ModuleNotFoundError(self.program)
        return self._process

    def close(self) -> None:
        """Kill it and all it started."""
        if self._process is not None:
            for pid in _tree(self._process.pid):
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    continue
            self._process.wait()
            self._process = None


def _tree(pid: int) -> list[int]:
    found = [pid]
    for one in found:
        try:
            for task in Path(f"/proc/{one}/task").iterdir():
                found += [int(child) for child in (task / "children").read_text().split()]
        except OSError:
            continue
    return found


def _used(pid: int) -> tuple[float, int]:
    """Processor seconds of a process, those below it and those it waited for; and their resident bytes."""
    ticks = resident = 0
    for one in _tree(pid):
        try:
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += sum(map(int, fields[11:15]))
        resident += int(fields[21]) * os.sysconf("SC_PAGE_SIZE")
    return ticks / _TICKS, resident


def run(files: list[Path], programs: list[tuple[str, str]], out: Path) -> dict[str, dict[Path, Told]]:
    """Let every program read every file; file after file, so that all meet the same machine."""
    workers = {}
    for name, python in programs:
        worker = Worker(name, python, out)
        try:
            worker.read(files[0])  # imports and first calls are not charged to a file
        except ModuleNotFoundError:
            print(f"{name} is not installed there: left out", file=sys.stderr)
            continue
        workers[name] = worker
    told: dict[str, dict[Path, Told]] = {name: {} for name in workers}
    for number, path in enumerate(files):
        for name, worker in workers.items():
            told[name][path] = worker.read(path)
        if number % 50 == 0:
            print(f"{number} of {len(files)}", file=sys.stderr)
    print(f"\n{'all files':<14}" + "".join(f"{name:>13}" for name in workers))
    for state in ("text", "empty", "raised", "hung", "memory", "died"):
        counts = (sum(one.state == state for one in told[name].values()) for name in workers)
        print(f"  {state:<12}" + "".join(f"{count:>13,}" for count in counts))
    print(f"  {'peak MB':<12}" + "".join(f"{worker.peak / 1e6:>13,.0f}" for worker in workers.values()))
    for worker in workers.values():
        worker.close()
    return told


def coverage(told: dict[str, dict[Path, Told]], core: list[Path]) -> None:
    """Core files with text, beside those from which any program got text."""
    any_text = [path for path in core if any(one[path].state == "text" for one in told.values())]
    print(f"\ncore files: {len(core)}; text by any program: {len(any_text)}")
    for name, one in told.items():
        got = sum(one[path].state == "text" for path in any_text)
        print(f"  {name:<12}{got:>6}  {got / len(any_text):>7.1%}")


def consensus(told: dict[str, dict[Path, Told]], path: Path, without: str = "") -> set[str]:
    """Tokens on which two programs agree."""
    sets = [set(one[path].tokens) for name, one in told.items() if name != without and one[path].state == "text"]
    return set().union(*(a & b for a, b in combinations(sets, 2))) if len(sets) > 1 else set()


def losses(told: dict[str, dict[Path, Told]], core: list[Path], listed: bool) -> None:
    """Silent loss by both consensuses, and mean recall by format."""
    for title, others in (("any two agree", False), ("two others agree", True)):
        print(f"\nsilent loss, {title}{'':<8}files   lost  share   full  raised or empty")
        for name, one in told.items():
            usable, lost, full, silent_free = 0, [], 0, 0
            for path in core:
                wanted = consensus(told, path, name if others else "")
                if len(wanted) < LEAST:
                    continue
                usable += 1
                if one[path].state != "text" and one[path].state != "empty":
                    silent_free += 1
                    continue
                recall = len(wanted & set(one[path].tokens)) / len(wanted)
                lost += [(recall, path)] if recall < LOST else []
                full += recall >= FULL
            share = len(lost) / usable if usable else 0.0
            print(f"  {name:<32}{usable:>8}{len(lost):>7}{share:>7.1%}{full:>7}{silent_free:>8}")
            if listed and name == "tecum":
                for recall, path in lost:
                    print(f"      {recall:.2f} {path.name}")
    print("\nmean recall of what any two agree on, by format (files with text)")
    formats = defaultdict(list)
    for path in core:
        formats[FORMAT[_extension(path)]].append(path)
    print(f"  {'':<10}{'files':>6}" + "".join(f"{name:>18}" for name in told))
    for form, paths in formats.items():
        cells = []
        for one in told.values():
            wanted = {path: consensus(told, path) for path in paths}
            recalls = [len(wanted[p] & set(one[p].tokens)) / len(wanted[p]) for p in paths if len(wanted[p]) >= LEAST]
            texts = sum(one[path].state == "text" for path in paths)
            cells.append(f"{sum(recalls) / len(recalls):.2f} ({texts})" if recalls else f"- ({texts})")
        print(f"  {form:<10}{len(paths):>6}" + "".join(f"{cell:>18}" for cell in cells))


def processor(told: dict[str, dict[Path, Told]]) -> None:
    """Processor time on files that all programs read; those for which tecum needs LibreOffice apart."""
    for title, office in (("without LibreOffice", False), ("with LibreOffice", True)):
        paths = [
            path
            for path, one in told["tecum"].items()
            if one.office == office and all(other[path].state == "text" for other in told.values())
        ]
        print(f"\nprocessor seconds, {len(paths)} files that all read, {title}")
        for name, one in told.items():
            print(f"  {name:<12}{sum(one[path].cpu for path in paths):>8.2f}")


def phrases(told: dict[str, dict[Path, Told]], folder: Path, listing: Path, listed: bool) -> None:
    """Phrases chosen by hand from the files: found, or missing with or without an error."""
    wanted = tomllib.loads(listing.read_text(encoding="utf-8"))["files"]
    print(f"\nphrases chosen by hand: {sum(map(len, wanted.values()))} in {len(wanted)} files")
    print(f"  {'':<12}{'found':>7}{'missing, said':>15}{'silent':>8}{'files silent under half':>26}")
    for name, one in told.items():
        tally: Counter[str] = Counter()
        half = 0
        for file, those in wanted.items():
            said = one.get(folder / file)
            if said is None:
                continue
            text = _plain(said.text)
            found = [phrase for phrase in those if _plain(phrase) in text]
            quiet = said.state in ("text", "empty")
            tally["found"] += len(found)
            tally["silent" if quiet else "said"] += len(those) - len(found)
            half += quiet and len(found) * 2 < len(those)
            if listed and name == "tecum" and len(found) < len(those):
                print(f"      {file}: {[phrase for phrase in those if phrase not in found]} {said.state}")
        print(f"  {name:<12}{tally['found']:>7}{tally['said']:>15}{tally['silent']:>8}{half:>26}")


def _plain(text: str) -> str:
    """Letters and digits alone, in lower case: how a phrase is broken over lines and runs does not matter."""
    return "".join(_TOKEN.findall(text.lower()))


def _extension(path: Path) -> str:
    return path.suffix[1:].lower()


def _files(folder: Path, names: list[str]) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and (not names or any(part in str(path) for part in names)):
            yield path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rivals", default=sys.executable, help="interpreter that has the other programs")
    parser.add_argument("--phrases", type=Path)
    parser.add_argument("--only", action="append", default=[], help="a part of the names of the files to take")
    parser.add_argument("--list", action="store_true", help="name the files that tecum loses")
    parser.add_argument("--out", type=Path, help="keep what each program said of each file here, as JSON")
    chosen = parser.parse_args()
    files = list(_files(chosen.folder, chosen.only))
    programs = [("tecum", sys.executable), *((name, chosen.rivals) for name in RIVALS)]
    with tempfile.TemporaryDirectory() as folder:
        told = run(files, programs, Path(folder))
    core = [path for path in files if _extension(path) in FORMAT]
    coverage(told, core)
    losses(told, core, chosen.list)
    processor(told)
    if chosen.phrases:
        phrases(told, chosen.folder, chosen.phrases, chosen.list)
    if chosen.out:
        chosen.out.mkdir(parents=True, exist_ok=True)
        for name, one in told.items():
            said = {str(path.relative_to(chosen.folder)): asdict(answer) for path, answer in one.items()}
            (chosen.out / f"{name}.json").write_text(json.dumps(said), encoding="utf-8")


if __name__ == "__main__":
    main()
